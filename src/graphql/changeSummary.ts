import type { Noun, PolicyRows, RowChange } from "../domain/policy/types.ts";
import { printAtom } from "../domain/scopes/atom.ts";

/** What is told of a row: its name, and its facts by label. The label "" stands for a fact that speaks for itself. */
type Words<Row> = {
  readonly began: string;
  readonly ended: string;
  readonly title: (row: Row) => string;
  readonly facts: (row: Row) => Readonly<Record<string, string | null>>;
};

const timeText = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
const listText = (items: readonly string[]): string | null => (items.length === 0 ? null : items.join(", "));
const period = (row: { readonly validFrom: number | null; readonly validUntil: number | null }) => ({
  from: timeText(row.validFrom),
  until: timeText(row.validUntil),
});

const WORDS: { readonly [N in Noun]: Words<PolicyRows[N]> } = {
  client: {
    began: "created",
    ended: "deleted",
    title: (row) => `client ${row.id}`,
    facts: (row) => ({ "": row.status, name: row.name, description: row.description }),
  },
  scope: {
    began: "created",
    ended: "deleted",
    title: (row) => `scope ${row.name} v${row.version}`,
    facts: (row) => ({
      "": row.state,
      title: row.title,
      description: row.description,
      atoms: listText(row.atoms.map(printAtom)),
      "requires consent": row.requiresConsent ? "yes" : null,
      justification: row.justification,
      sunset: timeText(row.sunsetAt),
      "replaced by": row.replacedBy,
      retired: timeText(row.retiredAt),
    }),
  },
  grant: {
    began: "granted",
    ended: "revoked",
    title: (row) => `scope ${row.scope} of client ${row.clientId}`,
    facts: period,
  },
  role: {
    began: "created",
    ended: "deleted",
    title: (row) => `role ${row.name}`,
    facts: (row) => ({ inherits: listText(row.inherits), description: row.description }),
  },
  assignment: {
    began: "assigned",
    ended: "unassigned",
    title: (row) => {
      const holder = row.subjectId === null ? `client ${row.clientId}` : `subject ${row.subjectId}`;
      return `role ${row.role} of ${holder} in ${row.organization ?? "all organizations"}`;
    },
    facts: period,
  },
  rule: {
    began: "created",
    ended: "deleted",
    title: (row) => `rule ${row.id}`,
    facts: (row) => ({
      "": row.effect,
      role: row.role,
      scope: row.scope,
      action: row.action,
      "resource type": row.resourceType,
      when: row.when,
      obligations: listText(
        row.obligations.map((o) => (o.parameters === null ? o.type : `${o.type} ${JSON.stringify(o.parameters)}`)),
      ),
      description: row.description,
    }),
  },
  entity: {
    began: "registered",
    ended: "removed",
    title: (row) => `entity ${row.id} of the type ${row.type}`,
    facts: (row) => ({ properties: row.properties === null ? null : JSON.stringify(row.properties) }),
  },
};

const LONGEST = 80;

function difference(label: string, was: string | null, is: string | null): string {
  const name = label === "" ? "" : `${label} `;
  const [from, to] = [was ?? "none", is ?? "none"];
  return from.length > LONGEST || to.length > LONGEST ? `${name}changed` : `${name}${from} -> ${to}`;
}

function summaryOf<N extends Noun>(noun: N, before: PolicyRows[N] | null, after: PolicyRows[N] | null): string {
  const words: Words<PolicyRows[N]> = WORDS[noun];
  const row = after ?? before;
  if (row === null) return `${noun}: no change`;
  const title = words.title(row);
  if (after === null) return `${title}: ${words.ended}`;
  const is = words.facts(after);
  if (before === null) {
    const facts = Object.entries(is).flatMap(([label, text]) =>
      text === null || text.length > LONGEST ? [] : [label === "" ? text : `${label} ${text}`],
    );
    return `${title}: ${[words.began, ...facts].join("; ")}`;
  }
  const was = words.facts(before);
  const labels = Object.keys(is).filter((label) => was[label] !== is[label]);
  return `${title}: ${labels.map((label) => difference(label, was[label] ?? null, is[label] ?? null)).join("; ") || "no visible change"}`;
}

/** A change in plain English: `scope view_lab_results v2: ACTIVE -> DEPRECATED; sunset none -> 2027-01-01T00:00:00.000Z`. */
export function changeSummary(change: RowChange): string {
  return summaryOf<Noun>(change.noun, change.before, change.after);
}

const TIMES: ReadonlySet<string> = new Set(["validFrom", "validUntil", "deprecatedAt", "sunsetAt", "retiredAt"]);

/** A row as JSON for people: its times as RFC 3339 text, as everywhere else in the API. */
export function rowJson(row: PolicyRows[Noun] | null): Readonly<Record<string, unknown>> | null {
  if (row === null) return null;
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, TIMES.has(name) ? timeText(value) : value]),
  );
}
