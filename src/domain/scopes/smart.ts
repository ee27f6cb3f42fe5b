import { Memo } from "../kernel/memo.ts";
import {
  type Atom,
  type Constraint,
  interactions,
  type Parsed,
  parseConstraint,
  printConstraint,
  uniqueAtoms,
} from "./atom.ts";
import { isFhirType, nearestFhirType } from "./fhir.ts";

/** A clinical scope of SMART App Launch: `patient/Observation.read` (1), `patient/Observation.rs?...` (2). */
export interface SmartScope {
  /** As it was written. */
  readonly text: string;
  readonly version: 1 | 2;
  readonly context: "PATIENT" | "USER" | "SYSTEM";
  /** A FHIR R4 type, or `*`. */
  readonly resourceType: string;
  /** Canonical names, in the order create, read, update, delete, search. */
  readonly actions: readonly string[];
  readonly constraint: Constraint;
  readonly atoms: readonly Atom[];
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

/** `hints` asks for the nearest name, which costs much more than to see that there is no such type. */
function resourceProblem(resourceType: string, hints: boolean): string | null {
  if (resourceType === "*" || isFhirType(resourceType)) return null;
  const near = hints ? nearestFhirType(resourceType) : null;
  return `"${resourceType}" is no FHIR R4 resource type${near === null ? "" : `; the nearest is "${near}"`}`;
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

/** Reads a SMART clinical scope, or says in a sentence why it is none, with the nearest valid name. */
export const explainSmartScope = (text: string): Parsed<SmartScope> => readSmartScope(text, true);

function readSmartScope(text: string, hints: boolean): Parsed<SmartScope> {
  if (!isScopeToken(text))
    return no(`not one scope token of 1 to ${MAX_SCOPE_LENGTH} permitted characters (RFC 6749 section 3.3)`);
  const [, contextName = "", resourceType = "", suffix = "", mark = "", query = ""] =
    /^([^/]*)\/([^.?]*)\.([^?]*)(\??)(.*)$/.exec(text) ?? [];
  const context = Object.hasOwn(CONTEXTS, contextName) ? CONTEXTS[contextName] : undefined;
  if (!looksLikeSmart(text)) return no("a SMART clinical scope starts with patient/, user/ or system/");
  if (context === undefined) return no("not of the form patient/Type.letters");
  const resource = resourceProblem(resourceType, hints);
  if (resource !== null) return no(resource);
  const fromV1 = V1_LETTERS.get(suffix);
  const letters = fromV1 ?? suffix;
  if (!/^(?=.)c?r?u?d?s?$/.test(letters)) return no(suffixProblem(suffix));
  const version = fromV1 === undefined ? 2 : 1;
  // Constraints came with version 2; what a version 1 scope with one means is written nowhere.
  if (mark !== "" && version === 1) return no(`a constraint needs the letters of version 2: ".${letters}"`);
  const parsed: Parsed<Constraint> =
    mark === "" ? { ok: true, value: [] } : parseConstraint(query, resourceType, hints);
  if (!parsed.ok) return no(`constraint ${parsed.message}`);
  const constraint = parsed.value;
  const actions = interactions.filter((action) => letters.includes(action.charAt(0)));
  const atoms = uniqueAtoms(actions.map((action) => ({ context, resourceType, action, constraint })));
  return { ok: true, value: { text, version, context, resourceType, actions, constraint, atoms } };
}

/** A service meets the same scopes again and again, and reading one takes as long as all else about a decision. */
const remembered = new Memo<SmartScope | null>(4_096);

/**
 * Reads a SMART clinical scope; null if it is none and so grants nothing. Never a truncated prefix: the
 * whole text is understood or nothing is (SMART App Launch 2.2, "Scopes for requesting clinical data").
 */
export function parseSmartScope(text: string): SmartScope | null {
  if (!looksLikeSmart(text)) return null;
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const parsed = readSmartScope(text, false);
  const scope = parsed.ok ? parsed.value : null;
  // What is too long to be a scope is not worth its place.
  if (text.length <= MAX_SCOPE_LENGTH) remembered.set(text, scope);
  return scope;
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
