/** Something of a Casbin model or policy that has no counterpart here, and where it stands. */
export interface NotExpressed {
  readonly file: string;
  readonly line: number;
  readonly message: string;
  /** Whether leaving it out could allow more than Casbin does. */
  readonly opens: boolean;
}

/** What is known of a model that can be imported. */
export interface CasbinModel {
  /** The columns of `p` rows. */
  readonly columns: readonly string[];
  /** Columns of `g` rows; 0: no roles. */
  readonly roleColumns: 0 | 2 | 3;
  readonly hasDomains: boolean;
  /** Whether a deny outweighs; else it counts for nothing. */
  readonly denies: boolean;
}

interface Entry {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

/** The entries of Casbin's ini files, with comments and continued lines as it reads them. */
function entriesOf(text: string): readonly Entry[] {
  const entries: Entry[] = [];
  let section = "";
  let begun = "";
  for (const [i, raw] of text.split("\n").entries()) {
    const line = raw.replace(/[#;].*$/, "").trim();
    if (line === "") continue;
    if (line.startsWith("[") && line.endsWith("]")) {
      section = line.slice(1, -1);
      continue;
    }
    if (line.endsWith("\\")) {
      begun += line.slice(0, -1).trim();
      continue;
    }
    const whole = begun + line;
    begun = "";
    const at = whole.indexOf("=");
    entries.push({
      section,
      key: (at < 0 ? whole : whole.slice(0, at)).trim(),
      value: at < 0 ? "" : whole.slice(at + 1).trim(),
      line: i + 1,
    });
  }
  return entries;
}

const KNOWN: Readonly<Record<string, string>> = {
  request_definition: "r",
  policy_definition: "p",
  role_definition: "g",
  policy_effect: "e",
  matchers: "m",
};
const ALLOWS = "some(where(p.eft==allow))";
const ALLOWS_AND_DENIES = [`${ALLOWS}&&!some(where(p.eft==deny))`, `!some(where(p.eft==deny))&&${ALLOWS}`];

const listOf = (text: string): readonly string[] => text.split(",").map((item) => item.trim());
const dense = (text: string): string => text.replace(/\s+/g, "").replaceAll("p_eft", "p.eft");
const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item) => b.includes(item));

/** What one term of a matcher compares; null: it is no plain comparison. */
function termOf(term: string): string | null {
  const equal = /^([rp])\.(\w+)==([rp])\.(\w+)$/.exec(term);
  if (equal !== null) return equal[1] !== equal[3] && equal[2] === equal[4] ? (equal[2] ?? null) : null;
  if (term === "g(r.sub,p.sub)") return "g2";
  return /^g\(r\.sub,p\.sub,[rp]\.dom\)$/.test(term) ? "g3" : null;
}

/** The matcher's terms, without brackets around each. */
const termsOf = (matcher: string): readonly string[] =>
  dense(matcher)
    .split("&&")
    .map((term) => term.replace(/^\(([^()]*)\)$/, "$1"));

/** Reads a model; what it has that can't be imported is told with its line. */
export function readModel(
  file: string,
  text: string,
): { readonly model: CasbinModel | null; readonly problems: readonly NotExpressed[] } {
  const problems: NotExpressed[] = [];
  const note = (line: number, message: string): void => {
    problems.push({ file, line, message, opens: true });
  };
  const found = new Map<string, Entry>();
  for (const entry of entriesOf(text)) {
    const { section, key, line } = entry;
    const known = KNOWN[section];
    if (known === undefined) note(line, `the section [${section}] has no counterpart`);
    else if (key !== known)
      note(line, `${key} has no counterpart: of the section [${section}], ${known} alone is imported`);
    else if (found.has(key)) note(line, `${key} is there twice`);
    else found.set(key, entry);
  }
  const entryOf = (key: string): Entry | null => {
    const entry = found.get(key);
    if (entry === undefined) note(1, `the model has no ${key}`);
    return entry ?? null;
  };
  const [r, p, e, m] = ["r", "p", "e", "m"].map(entryOf);
  if (!r || !p || !e || !m) return { model: null, problems };
  const g = found.get("g");
  const roleColumns = g === undefined ? 0 : listOf(g.value).length;
  if (g !== undefined && (!listOf(g.value).every((item) => item === "_") || roleColumns < 2 || roleColumns > 3))
    note(g.line, "roles are imported of the forms g = _, _ and g = _, _, _");
  const asked = listOf(r.value);
  const hasDomains = asked.includes("dom");
  const needed = hasDomains ? ["sub", "dom", "obj", "act"] : ["sub", "obj", "act"];
  if (!sameSet(asked, needed))
    note(r.line, `requests are imported of sub, obj, act and perhaps dom, not of ${r.value}`);
  const columns = listOf(p.value);
  if (!sameSet(columns, needed) && !sameSet(columns, [...needed, "eft"]))
    note(p.line, `policies are imported of ${needed.join(", ")} and perhaps eft, not of ${p.value}`);
  const effect = dense(e.value);
  const denies = ALLOWS_AND_DENIES.includes(effect);
  if (!denies && effect !== ALLOWS)
    note(e.line, "the effect is imported where some rule must allow, and perhaps none deny");
  const who = roleColumns === 0 ? "sub" : `g${roleColumns}`;
  const others = needed.filter((name) => name !== "sub");
  const terms = termsOf(m.value);
  for (const term of terms)
    if (termOf(term) === null || ![who, ...others].includes(termOf(term) ?? ""))
      note(
        m.line,
        `the matcher's ${term} has no counterpart: only ${[who, ...others].join(", ")} are compared, each for being equal`,
      );
  for (const name of [who, ...others])
    if (!terms.some((term) => termOf(term) === name)) note(m.line, `the matcher does not compare ${name}`);
  // Roles of one domain would hold in all.
  if (hasDomains && roleColumns === 2)
    note(g?.line ?? 1, "roles without a domain beside requests with one are not imported");
  if (!hasDomains && roleColumns === 3)
    note(g?.line ?? 1, "roles with a domain beside requests without one are not imported");
  if (problems.length > 0) return { model: null, problems };
  return { model: { columns, roleColumns: roleColumns as 0 | 2 | 3, hasDomains, denies }, problems };
}
