import { Memo } from "../kernel/memo.ts";
import {
  type Atom,
  type Constraint,
  interactions,
  type Parsed,
  parseConstraint,
  printConstraint,
  type ReadBy,
  typeElsewhere,
  uniqueAtoms,
} from "./atom.ts";
import { DEFAULT_FHIR_VERSION, FHIR_VERSIONS, type FhirVersion, isFhirType, nearestFhirType } from "./fhir.ts";

/** A clinical scope of SMART App Launch: `patient/Observation.read` (1), `patient/Observation.rs?...` (2). */
export interface SmartScope {
  /** As it was written. */
  readonly text: string;
  readonly version: 1 | 2;
  readonly context: "PATIENT" | "USER" | "SYSTEM";
  /** A FHIR type, or `*`. */
  readonly resourceType: string;
  /** Canonical names, in the order create, read, update, delete, search. */
  readonly actions: readonly string[];
  readonly constraint: Constraint;
  readonly atoms: readonly Atom[];
  /** The versions of FHIR that define its type and the parameters of its constraint. */
  readonly fhirVersions: readonly FhirVersion[];
}

const MAX_SCOPE_LENGTH = 2048;
const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/;
const NO_TOKEN_CHARACTER = /[^\x21\x23-\x5B\x5D-\x7E]/u;

/** Whether this is one scope token of RFC 6749 section 3.3, of 1 to 2,048 characters. */
export function isScopeToken(text: string): boolean {
  return text.length <= MAX_SCOPE_LENGTH && SCOPE_TOKEN.test(text);
}

/** Why a text is no scope token, as a part of a sentence, or null. */
export function tokenProblem(text: string): string | null {
  if (text === "") return "it is empty";
  if (text.length > MAX_SCOPE_LENGTH)
    return `it has ${text.length} characters, and may have at most ${MAX_SCOPE_LENGTH}`;
  const [character] = NO_TOKEN_CHARACTER.exec(text) ?? [];
  if (character === undefined) return null;
  const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
  return `RFC 6749 section 3.3 does not permit its character ${text.indexOf(character) + 1}, U+${code}`;
}

/** Whether the text claims to be a SMART clinical scope, well formed or not. */
export function looksLikeSmart(text: string): boolean {
  return /^(?:patient|user|system)\//.test(text);
}

const CONTEXTS: Readonly<Record<string, SmartScope["context"]>> = {
  patient: "PATIENT",
  user: "USER",
  system: "SYSTEM",
};
const V1_LETTERS: ReadonlyMap<string, string> = new Map([
  ["read", "rs"],
  ["write", "cud"],
  ["*", "cruds"],
]);

/** The SMART v2 letters of canonical actions, in the order `cruds`; other actions have none. */
export function smartLetters(actions: readonly string[]): string {
  const letters = interactions.map((action) => (actions.includes(action) ? action.charAt(0) : ""));
  return letters.join("");
}

const no = (message: string): { readonly ok: false; readonly message: string } => ({ ok: false, message });

function resourceProblem(resourceType: string, { hints = true, version }: ReadBy): string | null {
  if (resourceType === "*" || isFhirType(resourceType, version)) return null;
  const where = typeElsewhere(resourceType, hints ? nearestFhirType(resourceType, version) : null);
  return `"${resourceType}" is no FHIR ${version} resource type${where}`;
}

/** What one version of FHIR makes of the constraint of a scope on a type; `query` null: it has none. */
function constraintIn(by: ReadBy, resourceType: string, query: string | null): Parsed<Constraint> {
  const resource = resourceProblem(resourceType, by);
  if (resource !== null) return no(resource);
  const parsed: Parsed<Constraint> =
    query === null ? { ok: true, value: [] } : parseConstraint(query, resourceType, by);
  return parsed.ok ? parsed : no(`constraint ${parsed.message}`);
}

function suffixProblem(suffix: string): string {
  if (suffix === "") return "the part after the dot is missing; it is one or more of the letters cruds";
  const letters = [...new Set(suffix)].join("");
  const sorted = [..."cruds"].filter((letter) => letters.includes(letter)).join("");
  const fits = letters.length > 0 && sorted.length === letters.length;
  const lower = suffix.toLowerCase();
  const meant = fits ? sorted : V1_LETTERS.has(lower) || /^c?r?u?d?s?$/.test(lower) ? lower : null;
  const hint = meant === null ? "" : `; the nearest is "${meant}"`;
  return `"${suffix}" is none of read, write, * (version 1) nor letters of cruds in that order (version 2)${hint}`;
}

/**
 * Reads a SMART clinical scope, or says in a sentence why it is none, with the nearest valid name. `version` null: it is one
 * if some version of FHIR defines its type and parameters.
 */
export const explainSmartScope = (text: string, version: FhirVersion | null = null): Parsed<SmartScope> =>
  readSmartScope(text, version, true);

function readSmartScope(text: string, version: FhirVersion | null, hints: boolean): Parsed<SmartScope> {
  if (!isScopeToken(text))
    return no(`not one scope token of 1 to ${MAX_SCOPE_LENGTH} permitted characters (RFC 6749 section 3.3)`);
  const [, contextName = "", resourceType = "", suffix = "", mark = "", query = ""] =
    /^([^/]*)\/([^.?]*)\.([^?]*)(\??)(.*)$/.exec(text) ?? [];
  const context = Object.hasOwn(CONTEXTS, contextName) ? CONTEXTS[contextName] : undefined;
  if (!looksLikeSmart(text)) return no("a SMART clinical scope starts with patient/, user/ or system/");
  if (context === undefined) return no("not of the form patient/Type.letters");
  const type = resourceProblem(resourceType, { version: version ?? DEFAULT_FHIR_VERSION, hints });
  if (type !== null && (version !== null || !isFhirType(resourceType))) return no(type);
  const fromV1 = V1_LETTERS.get(suffix);
  const letters = fromV1 ?? suffix;
  if (!/^(?=.)c?r?u?d?s?$/.test(letters)) return no(suffixProblem(suffix));
  const smartVersion = fromV1 === undefined ? 2 : 1;
  // Constraints came with version 2; what a version 1 scope with one means is written nowhere.
  if (mark !== "" && smartVersion === 1) return no(`a constraint needs the letters of version 2: ".${letters}"`);
  const asked = mark === "" ? null : query;
  const fhirVersions = FHIR_VERSIONS.filter(
    (one) => constraintIn({ version: one, hints: false }, resourceType, asked).ok,
  );
  const by = { version: version ?? fhirVersions[0] ?? DEFAULT_FHIR_VERSION, hints };
  const parsed = constraintIn(by, resourceType, asked);
  if (!parsed.ok) return parsed;
  const constraint = parsed.value;
  const actions = interactions.filter((action) => letters.includes(action.charAt(0)));
  const atoms = uniqueAtoms(actions.map((action) => ({ context, resourceType, action, constraint })));
  const value = {
    text,
    version: smartVersion,
    context,
    resourceType,
    actions,
    constraint,
    atoms,
    fhirVersions,
  } as const;
  return { ok: true, value };
}

/** A service meets the same scopes again and again, and reading one takes as long as all else about a decision. */
const remembered = new Memo<SmartScope | null>(4_096);

/**
 * Reads a SMART clinical scope; null if it is none in any version of FHIR and so grants nothing. Never a truncated
 * prefix: the whole text is understood or nothing is (SMART App Launch 2.2, "Scopes for requesting clinical data").
 */
export function parseSmartScope(text: string): SmartScope | null {
  if (!looksLikeSmart(text)) return null;
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const parsed = readSmartScope(text, null, false);
  const scope = parsed.ok ? parsed.value : null;
  // What is too long to be a scope is not worth its place.
  if (text.length <= MAX_SCOPE_LENGTH) remembered.set(text, scope);
  return scope;
}

/** The same as one version of FHIR reads it: a scope on a type or a parameter that it does not define is none. */
export function smartScopeIn(version: FhirVersion, text: string): SmartScope | null {
  const scope = parseSmartScope(text);
  return scope === null || scope.fhirVersions.includes(version) ? scope : null;
}

/** The text in the letters of version 1, `.read` for rs; null: they can't say it. */
export function inV1Letters(s: SmartScope): string | null {
  if (s.version === 1) return s.text;
  const isSaid = s.constraint.length === 0 && [...V1_LETTERS.values()].includes(smartLetters(s.actions));
  return isSaid ? printSmartScope({ ...s, version: 1 }) : null;
}

/** The canonical text: parsing it gives the same scope; a scope already in canonical form prints as it was. */
export function printSmartScope(s: SmartScope): string {
  const letters = smartLetters(s.actions);
  const v1 = s.version === 1 ? [...V1_LETTERS].find(([, meaning]) => meaning === letters)?.[0] : undefined;
  const constraint = s.constraint.length === 0 ? "" : `?${printConstraint(s.constraint)}`;
  return `${s.context.toLowerCase()}/${s.resourceType}.${v1 ?? letters}${constraint}`;
}

/** The version 2 scope of the same meaning: `.read` is rs, `.write` is cud, `.*` is cruds. */
export function upgradeToV2(s: SmartScope): SmartScope {
  const upgraded = { ...s, version: 2 } satisfies SmartScope;
  return { ...upgraded, text: printSmartScope(upgraded) };
}

/** The version 2 text of a SMART version 1 scope; any other scope as it is written. */
export function upgradeScopeText(text: string): string {
  const scope = parseSmartScope(text);
  return scope?.version === 1 ? upgradeToV2(scope).text : text;
}
