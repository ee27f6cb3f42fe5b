// What stands in a change, in words: no reader has to know what the service calls its members, nor JSON.
import { atomWords, declared } from "../atomWords.ts";
import { labelName, purposeName } from "../codeWords.ts";
import { OBLIGATION_MEANS } from "../obligationWords.ts";
import { SETTINGS, type SettingName, type Settings } from "../settingWords.ts";
import { wholeWords } from "../times.ts";
import { spaced, words } from "../words.ts";

type Row = Readonly<Record<string, unknown>>;

interface Member {
  readonly label: string;
  /** What it means that it is empty. */
  readonly empty?: string;
  /** What a value says; absent: as `plainly` says it. */
  readonly say?: (value: never) => string;
  /** It is a code or a name that stands in tokens or files. */
  readonly isCode?: boolean;
}

const isRow = (value: unknown): value is Row => typeof value === "object" && value !== null && !Array.isArray(value);
export const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
/** Members whose texts are codes with words of their own. */
const CODED: Readonly<Record<string, (code: string) => string>> = {
  ...{ purpose: purposeName, purposes: purposeName, purposeOfUse: purposeName, label: labelName, labels: labelName },
  ...{ roles: words, mode: words, detector: words, status: words, state: words, severity: words },
};

/** Anything, in words: `{ expireMinutes: 30, roles: ["a", "b"] }` as "expire minutes: 30; roles: a, b". */
export function plainly(value: unknown, name = ""): string {
  if (isEmpty(value)) return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return value.toLocaleString("en-US");
  if (Array.isArray(value)) return value.map((each) => plainly(each, name)).join(value.some(isRow) ? "; " : ", ");
  if (isRow(value))
    return Object.entries(value)
      .filter(([, each]) => !isEmpty(each))
      .map(([key, each]) => `${spaced(key).toLowerCase()}: ${isRow(each) ? `(${plainly(each)})` : plainly(each, key)}`)
      .join("; ");
  const text = String(value);
  if (TIME.test(text)) return wholeWords(new Date(text));
  return CODED[name]?.(text) ?? text;
}

const any = (what: string) => (value: string) => (value === "*" ? what : value);
const ANY = any("any");
const REASON: Member = { label: "Why it stands", empty: "no reason was given" };
const DESCRIPTION: Member = { label: "Description", empty: "none" };
const UNTIL = {
  validFrom: { label: "From", empty: "at once" },
  validUntil: { label: "Until", empty: "without an end" },
};

type Declaration = Parameters<typeof atomWords>[0];
interface Atom extends Omit<Declaration, "actions" | "constraint"> {
  readonly action: string;
  readonly constraint: readonly { readonly parameter: string; readonly values: readonly string[] }[];
}
const constraintText = (of: Atom["constraint"]): string | null =>
  of.length === 0 ? null : of.map(({ parameter, values }) => `${parameter}=${values.join(",")}`).join("&");
const sayAtoms = (atoms: readonly Atom[]): string =>
  declared(atoms.map((atom) => ({ ...atom, constraint: constraintText(atom.constraint) })))
    .map(atomWords)
    .join("; ");

/** By noun, every member that the service tells of. */
const MEMBERS: Readonly<Record<string, Readonly<Record<string, Member>>>> = {
  client: {
    id: { label: "Id", isCode: true },
    name: { label: "Name" },
    status: { label: "Served", say: (status: string) => (status === "ACTIVE" ? "yes" : "no: it is suspended") },
    description: DESCRIPTION,
    protocolScopes: { label: "Protocol scopes", empty: "all but offline_access", isCode: true },
    careCritical: { label: "Care depends on it, so that no alert suspends it" },
  },
  scope: {
    name: { label: "Name", isCode: true },
    version: { label: "Version" },
    state: { label: "State", say: words },
    title: { label: "Title", empty: "none" },
    description: DESCRIPTION,
    translations: {
      label: "In other languages",
      empty: "in none",
      say: (
        of: readonly { readonly language: string; readonly title: string; readonly description: string | null }[],
      ) =>
        of
          .map(({ language, title, description }) => `${language}: ${title}${description ? ` (${description})` : ""}`)
          .join("; "),
    },
    declarations: {
      label: "Permits",
      empty: "what its name says",
      say: (of: readonly Declaration[]) => of.map(atomWords).join("; "),
    },
    requiresConsent: { label: "Needs the patient's consent" },
    justification: REASON,
    deprecatedAt: { label: "Its end was announced", empty: "not yet" },
    sunsetAt: { label: "Ends", empty: "no end is set" },
    replacedBy: { label: "Replaced by", empty: "nothing", isCode: true },
    retiredAt: { label: "Ended", empty: "not yet" },
    atoms: { label: "Permits, one by one", empty: "nothing", say: sayAtoms },
  },
  role: {
    name: { label: "Name", isCode: true },
    inherits: { label: "Has all that these roles have", empty: "of no other role", isCode: true },
    description: DESCRIPTION,
  },
  grant: {
    clientId: { label: "Client", isCode: true },
    scope: { label: "Scope", isCode: true },
    ...UNTIL,
  },
  assignment: {
    subjectId: { label: "Person or program", empty: "the client itself", isCode: true },
    subjectType: { label: "Kind of that", empty: "a client" },
    clientId: { label: "Client that acts for itself", empty: "none", isCode: true },
    role: { label: "Role", isCode: true },
    organization: { label: "Held in", say: any("all organizations") },
    ...UNTIL,
  },
  rule: {
    id: { label: "Id", isCode: true },
    role: { label: "For the role", say: ANY, isCode: true },
    scope: { label: "With the scope", say: ANY, isCode: true },
    action: { label: "May do", say: ANY },
    resourceType: { label: "Type of data", say: ANY },
    when: { label: "Only when", empty: "always", isCode: true },
    effect: { label: "Effect", say: (effect: string) => (effect === "ALLOW" ? "allows it" : "denies it") },
    obligations: {
      label: "What the caller must do",
      empty: "nothing",
      say: (of: readonly { readonly type: string; readonly parameters: unknown }[]) =>
        of
          .map(({ type, parameters }) => {
            const told = OBLIGATION_MEANS[type] ?? spaced(type).toLowerCase();
            return isEmpty(parameters) ? told : `${told} (${plainly(parameters)})`;
          })
          .join("; "),
    },
    description: DESCRIPTION,
    justification: REASON,
  },
  organization: {
    id: { label: "Organization", say: any("all organizations") },
    name: { label: "Name", empty: "none" },
    justification: REASON,
    ...Object.fromEntries(Object.entries(SETTINGS).map(([name, { label }]) => [name, { label }])),
  },
};

/** Whether a member has words of its own, and not those made of its name. */
export const hasWords = (noun: string, name: string): boolean => MEMBERS[noun]?.[name] !== undefined;
export const memberLabel = (noun: string, name: string): string => MEMBERS[noun]?.[name]?.label ?? spaced(name);
export const isCodeMember = (noun: string, name: string): boolean => MEMBERS[noun]?.[name]?.isCode === true;

/** What a row says by a member. */
export function memberText(noun: string, name: string, row: Row): string {
  const value = row[name];
  const setting = noun === "organization" ? SETTINGS[name as SettingName] : undefined;
  if (setting !== undefined)
    return (
      setting.say(row as never as Settings) ??
      (row.id === "*" ? `as without it: ${setting.unset}` : "as for all organizations")
    );
  const member = MEMBERS[noun]?.[name];
  if (isEmpty(value)) return member?.empty ?? "none";
  return member?.say === undefined ? plainly(value, name) : member.say(value as never);
}
