import type { Constraint } from "../../scopes/atom.ts";
import { printConstraint } from "../../scopes/atom.ts";
import type { AccessCondition } from "./accessCell.ts";
import { anyOf } from "./accessDifference.ts";

const quoted = (text: string): string => JSON.stringify(text);

/** `Observations`, `resources`, `Organization resources`: what an access of a type is about. */
const thingsOf = (resourceType: string): string => (resourceType === "*" ? "resources" : `${resourceType} resources`);

const codeOf = (value: string): string => value.slice(value.indexOf("|") + 1) || value;

/** `category laboratory or vital-signs and status final`. */
const constraintWords = (constraint: Constraint): string =>
  constraint
    .map(({ parameter, values }) =>
      parameter === "_security"
        ? `label ${anyOf(values.map(codeOf))}`
        : `${parameter === "_id" ? "id" : parameter} ${anyOf(values.map(codeOf))}`,
    )
    .join(" and ");

const meets = (constraint: Constraint): string => `meets(${quoted(printConstraint(constraint))})`;
const mayMeet = (constraint: Constraint): string => `mayMeet(${quoted(printConstraint(constraint))})`;

/** What a scope is confined to: one of these. */
export function onlyMeeting(constraints: readonly Constraint[], resourceType: string): AccessCondition {
  const cel = constraints.map(meets).join(" || ");
  return {
    cel: constraints.length > 1 ? `(${cel})` : cel,
    text: `only ${thingsOf(resourceType)} of ${constraints.map(constraintWords).join(", or of ")}`,
  };
}

export const notMeeting = (constraints: readonly Constraint[], resourceType: string): AccessCondition => ({
  cel: `!(${constraints.map(meets).join(" || ")})`,
  text: `not ${thingsOf(resourceType)} of ${constraints.map(constraintWords).join(", or of ")}`,
});

/** That something else holds for an access, where it meets a constraint, or may, and none of others. */
export interface Reaching {
  /** Null: it holds for all. */
  readonly constraint: Constraint | null;
  readonly except: readonly Constraint[];
}

export function reachesNot({ constraint, except }: Reaching, why: string, resourceType: string): AccessCondition {
  const parts = [...(constraint === null ? [] : [mayMeet(constraint)]), ...except.map((each) => `!${meets(each)}`)];
  const of = constraint === null ? thingsOf(resourceType) : `what is, or may be, of ${constraintWords(constraint)}`;
  const but = except.length === 0 ? "" : `, other than of ${except.map(constraintWords).join(", or of ")}`;
  return { cel: `!(${parts.join(" && ")})`, text: `not ${of}${but}: ${why}` };
}

export const consentTo = (scope: string): AccessCondition => ({
  cel: `consented(${quoted(scope)})`,
  text: `only with the patient's consent to ${scope}`,
});

export const isConsentTo = ({ cel }: AccessCondition): boolean => cel.startsWith("consented(");

/** Where the organization asks for a purpose: no purpose is empty, and what compares one that is not there is not met. */
export const PURPOSE_GIVEN: AccessCondition = {
  cel: 'purposeOfUse != ""',
  text: "only if the purpose of use is given",
};

/** Where the purpose is to break glass. */
export const EMERGENCY_OPEN: AccessCondition = {
  cel: "emergencyOpen()",
  text: "only while an emergency is open for whoever asks, the patient and the organization",
};

/** Whose the resource is, as to the patient in context. */
export type Whose = "ANYONE" | "NO_CONTEXT" | "OWN" | "OTHERS" | "NOBODY";
export const WHOSE: readonly Whose[] = ["NO_CONTEXT", "OWN", "OTHERS", "NOBODY"];

/** What must be so of the patient, for one of these to be. Null: nothing, it is one of them whatever is asked. */
export function whoseIs(whose: readonly Whose[], patient: string | null, isSearch: boolean): AccessCondition | null {
  const possible = patient === null ? WHOSE : WHOSE.filter((each) => each !== "NO_CONTEXT");
  if (whose.includes("ANYONE") || possible.every((each) => whose.includes(each))) return null;
  const who = patient === null ? "context.patient" : quoted(patient);
  const named = patient === null ? "the patient in context" : `the patient ${patient}`;
  const there = patient === null ? "has(context.patient) && " : "";
  const cels: Readonly<Record<Exclude<Whose, "ANYONE">, string>> = {
    NO_CONTEXT: "!has(context.patient)",
    OWN: `(${there}has(resource.patients) && ${who} in resource.patients)`,
    OTHERS: `(${there}has(resource.patients) && !(${who} in resource.patients))`,
    NOBODY: `(${there}!has(resource.patients))`,
  };
  const texts: Readonly<Record<Exclude<Whose, "ANYONE">, string>> = {
    NO_CONTEXT: "only without a patient in context",
    OWN: `only for ${named}`,
    OTHERS: `only for others than ${named}`,
    NOBODY: "only for what names no patient",
  };
  const of = possible.filter((each) => whose.includes(each)) as Exclude<Whose, "ANYONE">[];
  const cel = of.map((each) => cels[each]).join(" || ");
  // A search that names nobody is confined to the patient in context.
  const isOwn = of.includes("OWN") && of.every((each) => each === "OWN" || each === "NOBODY");
  const own = isSearch || !of.includes("NOBODY") ? `only for ${named}` : `only for ${named}, or what names no patient`;
  return { cel: of.length > 1 ? `(${cel})` : cel, text: isOwn ? own : of.map((each) => texts[each]).join(", or ") };
}

/** Where the resource must be: in one of these, or, of null, in none of `except`. */
export function whereIs(organizations: readonly (string | null)[], except: readonly string[]): AccessCondition | null {
  const named = organizations.filter((each) => each !== null);
  const list = (names: readonly string[]): string => `resource.organization in [${names.map(quoted).join(", ")}]`;
  if (!organizations.includes(null)) return { cel: list(named), text: `only in ${anyOf(named)}` };
  const others = except.filter((each) => !named.includes(each));
  if (others.length === 0) return null;
  return {
    cel: `(!has(resource.organization) || !(${list(others)}))`,
    text: `not in ${anyOf(others)}`,
  };
}
