import { groupBy } from "../../kernel/groupBy.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { ScopeVersion } from "../../policy/types.ts";
import { union } from "../../scopes/algebra.ts";
import { type Atom, type AtomContext, type Constraint, interactions, printConstraint } from "../../scopes/atom.ts";
import { protocolKindOf } from "../../scopes/protocol.ts";
import { parseSmartScope, upgradeScopeText } from "../../scopes/smart.ts";
import { meantVersion } from "../holds/lifecycle.ts";
import type { ScopeGrant } from "../types.ts";

/** What a person is shown of a scope before agreeing to it. */
export interface ScopeWords {
  /** As registered, in the best of the languages that it has; null: it is not registered, or has no title. */
  readonly title: string | null;
  readonly description: string | null;
  /** What can be reached with what is granted of it, in plain English, at most `MOST_SENTENCES`; empty when refused. */
  readonly reaches: readonly string[];
}

const MOST_SENTENCES = 20;
const MOST_VALUES = 10;

const listText = (words: readonly string[], last: "and" | "or"): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;

/** `MedicationRequest` is `medication request`; a name of one's own stays as it is. */
const typeText = (type: string): string =>
  /^[A-Z]/.test(type) ? type.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase() : type;

function whereText(constraint: Constraint): string {
  const parts = constraint.map(({ parameter, values }) => {
    const codes = values.slice(0, MOST_VALUES).map((value) => value.slice(value.lastIndexOf("|") + 1) || value);
    const more = values.length > MOST_VALUES ? [`${values.length - MOST_VALUES} more`] : [];
    return `${parameter.replace(/^_/, "")} is ${listText([...codes, ...more], "or")}`;
  });
  return parts.length === 0 ? "" : `, where ${listText(parts, "and")}`;
}

const WHOSE: { readonly [Context in AtomContext]: string } = {
  ANY: "",
  PATIENT: " of the patient",
  USER: " that the user may reach",
  SYSTEM: " of the whole system",
};

function sentence(actions: readonly string[], { constraint, context, resourceType }: Atom): string {
  const known = interactions.filter((action) => actions.includes(action));
  const verbs = [...known, ...actions.filter((action) => !interactions.includes(action)).sort()];
  const what = resourceType === "*" ? "records of every type" : `${typeText(resourceType)} records`;
  const text = `${listText(verbs, "and")} ${what}${WHOSE[context]}${whereText(constraint)}`;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** `Read and search observation records of the patient, where category is laboratory`, for each that differs in more than its action. */
function atomsText(atoms: readonly Atom[]): readonly string[] {
  const kinds = groupBy(union(atoms), (atom) =>
    JSON.stringify([atom.context, atom.resourceType, printConstraint(atom.constraint)]),
  );
  const sentences = [...kinds.values()].flatMap((same) => {
    const [first] = same;
    return first === undefined
      ? []
      : [
          sentence(
            same.map(({ action }) => action),
            first,
          ),
        ];
  });
  if (sentences.length <= MOST_SENTENCES) return sentences;
  const shown = sentences.slice(0, MOST_SENTENCES - 1);
  return [...shown, `And ${sentences.length - shown.length} more`];
}

const PROTOCOL: Readonly<Record<string, string>> = {
  openid: "Know who you are, by an identifier",
  profile: "Know your name and what else stands in your profile",
  email: "Know your e-mail address",
  fhirUser: "Know which record is your own",
  launch: "Know in what context it was started",
  online_access: "Stay signed in for as long as you are",
  offline_access: "Go on while you are away, until access is taken back",
};

function protocolText(scope: string): string | null {
  if (Object.hasOwn(PROTOCOL, scope)) return PROTOCOL[scope] ?? null;
  const kind = protocolKindOf(scope);
  if (kind === "LAUNCH") return `Know which ${scope.slice("launch/".length).split("?")[0]} you have chosen`;
  return kind === null ? null : `What ${scope} stands for, which this service does not know`;
}

function reachesOf(snapshot: Snapshot, scopes: readonly string[]): readonly string[] {
  const atoms: Atom[] = [];
  const told: string[] = [];
  for (const scope of scopes) {
    const text = protocolText(scope);
    if (text !== null) told.push(text);
    else atoms.push(...((parseSmartScope(scope) ?? meantVersion(snapshot.scopes.get(scope) ?? []))?.atoms ?? []));
  }
  return [...told, ...atomsText(atoms)];
}

/** The translation for the first language that has one, or is a kind of one that has (RFC 4647 section 3.4). */
function inLanguage({ translations }: ScopeVersion, languages: readonly string[]) {
  for (const language of languages) {
    const subtags = language.toLowerCase().split("-");
    for (; subtags.length > 0; subtags.pop()) {
      const found = translations.find((each) => each.language.toLowerCase() === subtags.join("-"));
      if (found !== undefined) return found;
    }
  }
  return null;
}

/**
 * What a person is shown of a scope that was asked for: by the registered scope of its name, or, where the token carries one
 * other instead, of that; as the policy has it now.
 */
export function scopeWords(
  snapshot: Snapshot,
  { requested, scopes }: Pick<ScopeGrant, "requested" | "scopes">,
  languages: readonly string[] | null,
): ScopeWords {
  const names = [requested, upgradeScopeText(requested), ...(scopes.length === 1 ? scopes : [])];
  const version = names.map((name) => meantVersion(snapshot.scopes.get(name) ?? [])).find((each) => each !== undefined);
  const { title, description } = (version && inLanguage(version, languages ?? [])) ?? version ?? NO_WORDS;
  return { title, description, reaches: reachesOf(snapshot, scopes) };
}
const NO_WORDS = { title: null, description: null };
