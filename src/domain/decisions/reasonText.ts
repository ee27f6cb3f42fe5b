import { linkFor } from "../consent/recipientLinks.ts";
import { day, minute } from "../kernel/time.ts";
import { interactions, isBundleOfRequests } from "../scopes/atom.ts";
import type { CounterExample, Missing } from "../scopes/counterExample.ts";
import { fhirTypes, isFhirType } from "../scopes/fhir.ts";
import type { Mismatch } from "../scopes/match.ts";
import { nearest } from "../scopes/nearest.ts";
import type { ByHolder, Reason, ReasonCode } from "./reason.ts";

/** Stands for what identified people and was erased. */
export const ERASED = "[erased]";

/** A text that ends a sentence: it has one full stop, or the question mark with which it ends. */
const ended = (text: string): string => (text.endsWith("?") ? text : text.replace(/\.?$/, "."));

const meant = (name: string | null): string => (name === null ? "" : `; did you mean ${name}?`);

/** What a name that is no FHIR interaction was probably to be; what the scope permits comes first. */
function meantAction({ permits, requested }: Extract<Mismatch, { readonly because: "ACTION" }>): string {
  return interactions.includes(requested) ? "" : meant(nearest(requested, [permits, ...interactions]));
}

function meantType({ reaches, requested }: Extract<Mismatch, { readonly because: "TYPE" }>): string {
  return isFhirType(requested) ? "" : meant(nearest(requested, [reaches, ...fhirTypes]));
}

/** Where a request says what is compared with a parameter. */
function memberOf(parameter: string): string {
  if (parameter === "_id") return "resource.id";
  return parameter === "_security" ? "resource.labels" : `resource.attributes.${parameter}`;
}

/** `purposeOfUse and resource.labels are missing` */
export const lackText = (members: readonly string[]): string =>
  `${members.join(" and ")} ${members.length > 1 ? "are" : "is"} missing`;

/** Why an atom does not permit a request, as a part of a sentence. */
export function mismatchText(why: Mismatch): string {
  switch (why.because) {
    case "NO_ATOMS":
      return "it permits nothing";
    case "NO_TYPE":
      return "a request names one resource type";
    case "EXPORT":
      return "an export needs a system/ scope that reads and searches a type, without a constraint";
    case "ACTION":
      if (isBundleOfRequests(why.requested))
        return `a ${why.requested} can't be asked about as a whole: ask about each of its entries, with its own action and resource`;
      return `it permits ${why.permits}, not ${why.requested}${meantAction(why)}`;
    case "TYPE":
      return `it is for ${why.reaches}, not ${why.requested === "*" ? "all types" : `${why.requested}${meantType(why)}`}`;
    case "NO_SUBJECT":
      return "it is for a user and the request names no subject";
    case "SUBJECT":
      return "it is for a client acting as itself and the request names a subject";
    case "NO_PATIENT_IN_CONTEXT":
      return "it needs a patient in context and there is none";
    case "NO_PATIENT":
      return "it reaches only resources of the patient in context and the resource names no patient";
    case "OTHER_PATIENT":
      return "the resource belongs to another patient than the one in context";
    case "ABSENT":
      return `${memberOf(why.parameter)} is absent, so ${why.parameter} can't be verified`;
    case "NOT_VERIFIABLE":
      return `${why.parameter} can't be verified: ${memberOf(why.parameter)} has a form that can't be compared`;
    case "VALUES":
      return `${why.parameter} of the resource is not within ${why.values.join(",")}`;
  }
}

function missingText(missing: Missing): string {
  switch (missing.lacks) {
    case "CONTEXT":
      return missing.context === "ANY" ? "any context" : `context ${missing.context.toLowerCase()}`;
    case "TYPE":
      return `resource type ${missing.resourceType ?? "of a later FHIR version"}`;
    case "ACTION":
      return `action ${missing.action}`;
    case "CODE":
      return `${missing.parameter} ${missing.code}`;
    case "VALUES":
      return missing.constraint.map(({ parameter, values }) => `${parameter} ${values.join(" or ")}`).join(" and ");
    case "OTHER_VALUES":
      return `${missing.parameter} other than ${missing.values.join(" or ")}`;
  }
}

/** `patient/Observation.rs is not within it: category vital-signs`. */
export const counterExampleText = ({ missing, requested }: CounterExample): string =>
  `${requested} is not within it: ${missingText(missing)}`;

const clientId = (personal: { readonly clientId: string } | undefined): string => personal?.clientId ?? ERASED;

function holderText(personal: ByHolder | undefined): string {
  if (personal === undefined) return ERASED;
  if ("clientId" in personal) return `client ${personal.clientId}`;
  const { id, name, type } = personal.subject;
  return name === undefined ? `${type} ${id}` : `${name} (${type} ${id})`;
}

const successorText = (successor: string | null): string => (successor === null ? "" : `; use ${successor}`);

function noScopes({ parameters: { because }, personal }: Reason<"NO_SCOPES">): string {
  if (because === "NONE_GRANTED") return `Client ${clientId(personal)} is granted no scope at this time.`;
  if (because === "ONLY_PROTOCOL")
    return "The request presents protocol scopes alone (such as openid or launch), which reach no resource.";
  const what = because === "NONE_PRESENTED" ? "presents no scopes" : "asks for no scopes";
  return `The request ${what}: its list is empty.`;
}

function retired({ scope, parameters: { later, retiredAt, successor, version } }: Reason<"SCOPE_RETIRED">): string {
  const at = retiredAt === null ? "" : ` on ${day(retiredAt)}`;
  const instead =
    successor === null && later !== null
      ? `; v${later.version} is ${later.state === "DRAFT" ? "a draft" : later.state.toLowerCase()} and can be activated`
      : successorText(successor);
  return `${scope} v${version} retired${at}${instead}.`;
}

function notGranted({ scope, parameters, personal }: Reason<"SCOPE_NOT_GRANTED">): string {
  const client = `Client ${clientId(personal)}`;
  const { at, because } = parameters;
  const missing = parameters.missing === null ? null : counterExampleText(parameters.missing);
  const more = missing === null ? "" : ` ${missing}`;
  switch (because) {
    case "NOT_GRANTED":
      return `${client} is not granted ${scope}; an admin can grant it.${more}`;
    case "BEGINS":
      return `${client}'s grant of ${scope} begins on ${at === null ? "an unknown day" : day(at)}.${more}`;
    case "ENDED":
      return `${client}'s grant of ${scope} ended on ${at === null ? "an unknown day" : day(at)}; an admin can grant it anew.${more}`;
    case "NARROWED":
      return ended(
        `${client} is not granted ${scope} ${missing === null ? "in one scope, but in several that say the same" : `as a whole.${more}`}`,
      );
    case "PROTOCOL":
      return `${client} may not be given ${scope}; an admin can name it in the client's protocolScopes.`;
    case "NO_SUBJECT":
      return `${scope} is about a person who has signed in, and the request names no subject.`;
  }
}

/** `, which begins on 2031-01-01`: when roles that would do are held. */
export function notNowText(notNow: Reason<"NO_MATCHING_RULE">["parameters"]["notNow"]): string {
  const texts = (notNow ?? []).map(({ begins, ended, role }) =>
    begins !== undefined
      ? `${role} begins on ${day(begins)}`
      : `${role} ended on ${ended === undefined ? ERASED : day(ended)}`,
  );
  return texts.length === 0 ? "" : ` (${texts.join(", ")})`;
}

function noMatchingRule({ scope, parameters, personal }: Reason<"NO_MATCHING_RULE">): string {
  const { emergencyNeeds = [], moreRoles = 0, moreUnmet = 0, needs, notNow, roles, unmet } = parameters;
  const names = roles.join(", ") + (moreRoles === 0 ? "" : ` and ${moreRoles} more`);
  const access = parameters.kind === "ACCESS";
  const texts: string[] = [];
  if (access) {
    const { action, organization, resourceType } = parameters;
    const [held, where] =
      organization === null
        ? ["that counts in every organization", "for a resource that names no organization"]
        : [`in ${organization}`, `in ${organization}`];
    const what = `${scope} for ${action} on ${resourceType}`;
    const lack = roles.length + moreRoles === 1 ? `role ${names} lacks` : `roles ${names} lack`;
    texts.push(
      roles.length === 0
        ? `${holderText(personal)} holds no role ${held}, and no rule allows everyone ${what}`
        : `${lack} ${what} ${where}`,
    );
  } else {
    const held = roles.length === 0 ? "who holds no role" : `who holds ${names}`;
    texts.push(`${scope} is of no use to ${holderText(personal)}, ${held}: no rule can allow anything with it`);
  }
  if (personal !== undefined && "holdsAs" in personal) {
    const { holdsAs = [], subject } = personal;
    texts.push(
      `${subject.id} holds roles there as type ${holdsAs.join(" and ")}, and the request says ${subject.type}`,
    );
  }
  const would = (ruleId: string): string => `rule ${ruleId} would${access ? " allow it" : ""}`;
  for (const { inEmergency, missing = [], ruleId, when } of unmet)
    if (!inEmergency)
      texts.push(`${would(ruleId)} if ${when}${missing.length === 0 ? "" : `, but ${lackText(missing)}`}`);
  if (moreUnmet > 0) texts.push(`${moreUnmet} more rules would under conditions of their own`);
  if (needs.length > 0) texts.push(`it needs the role ${needs.join(" or ")}${notNowText(notNow)}`);
  for (const { inEmergency, ruleId } of unmet) if (inEmergency) texts.push(`in an emergency ${would(ruleId)}`);
  if (emergencyNeeds.length > 0)
    texts.push(
      needs.length > 0 || unmet.some(({ inEmergency }) => !inEmergency)
        ? `in an emergency ${emergencyNeeds.join(" or ")} would do`
        : "no role does, except in an emergency",
    );
  return `${texts.join("; ")}.`;
}

function allowed({ scope, parameters, role, ruleId }: Reason<"ALLOWED_BY_RULE">): string {
  if (parameters === undefined)
    return `${scope} allows it: rule ${ruleId}, ${role === null ? "for everyone" : `by role ${role}`}.`;
  if (ruleId === null) return `${scope} can be used.`;
  const { action, organization, resourceType } = parameters;
  const by = role === null ? "for everyone" : `by role ${role} in ${organization ?? "any organization"}`;
  return `${scope} can be used: rule ${ruleId}, ${by}, can allow ${action} on ${resourceType ?? "any type"}.`;
}

function denied({ scope, parameters: { description, kind, missing }, ruleId }: Reason<"DENIED_BY_RULE">): string {
  const what = kind === "ACCESS" ? "it" : `all that ${scope} could be used for`;
  const lacks = missing === undefined ? "" : `, as ${lackText(missing)}`;
  return `Rule ${ruleId} denies ${what}${lacks}${description === null ? "" : `: ${description.replace(/\.$/, "")}`}.`;
}

/** That it takes an emergency; of a token or an access, and where one is open if not here. */
function breakGlassText({ parameters: { need, of }, personal }: Reason<"BREAK_GLASS_REQUIRED">): string {
  if (need !== "PURPOSE")
    return "Without the patient's consent, only an emergency opens this; ask for the patient's consent.";
  if (of === "NOBODY")
    return "Break-glass needs an emergency that is open for the patient, and the request does not say whose the data is.";
  const openAt = personal !== undefined && "openAt" in personal ? personal.openAt : [];
  const where = openAt.length === 0 ? "" : ` here; one is open at ${openAt.join(" and ")}`;
  return `Break-glass needs an open emergency for this person, patient and organization; there is none${where}.`;
}

/** `The directory knows another resource.patient than p1; correct the request, or the directory.` */
function disagree({ parameters: { members }, personal }: Reason<"FACTS_DISAGREE">): string {
  const each = members.map((member, i) => `another ${member} than ${personal?.asked[i] ?? ERASED}`);
  return `The directory knows ${each.join(", and ")}; correct the request, or the directory.`;
}

function replaced({ parameters: { attributes, moreAttributes = 0 } }: Reason<"FACTS_REPLACED">): string {
  const names = attributes.join(", ") + (moreAttributes === 0 ? "" : ` and ${moreAttributes} more`);
  return `The directory's values replaced those of the request: ${names}.`;
}

function narrowedText({ scope, parameters: { moreTo = 0, to }, personal }: Reason<"SCOPE_NARROWED">): string {
  const more = moreTo === 0 ? "" : ` and ${moreTo} more`;
  const counts = to.length === 0 ? "only for what it is granted" : `as ${to.join(" and ")}${more}`;
  return `${scope} says more than client ${clientId(personal)} is granted; it counts ${counts}.`;
}

type ConsentLack = Reason<"CONSENT_REQUIRED">["parameters"];

const forAnother = (what: string, parameters: ConsentLack, scope: string | null): string =>
  parameters.need === null
    ? `${parameters.who === "PATIENT" ? "You" : "The patient"} agreed to this for another ${what}.`
    : `${consentNeed(parameters, scope)}, and what is on record is for another ${what} than this.`;

/** What asks for consent, as the beginning of a sentence. */
function consentNeed({ need, who }: ConsentLack, scope: string | null): string {
  const whose = who === "PATIENT" ? "your" : "the patient's";
  if (need === "SCOPE") return `${scope} needs ${whose} consent`;
  if (need === "DATA") return `Data with these labels needs ${whose} consent`;
  return `The organization asks for ${whose} consent`;
}

/** What permits it to who represents the patient, a recipient like any other. */
const NAMING = "Who represents the patient is permitted by a consent that names them";

/** That consent is not there, as it is said to who asks. */
const lack = ({ who }: ConsentLack, sentence: string): string =>
  who === "REPRESENTATIVE" ? `${sentence} ${NAMING}.` : sentence;

/** What a patient refuses, as it is said to who asks. */
function refused({ who }: Pick<ConsentLack, "who">, sentence: string, own: string): string {
  if (who === "PATIENT") return own;
  return who === "REPRESENTATIVE" ? `${sentence} ${NAMING}: an exception of what is refused.` : sentence;
}

const each = (words: readonly string[]): string => [...new Set(words)].join(", ");

/** Whom a refusal names, that nobody is linked to, and what mends it; null: it refuses the very subject. */
function unlinkedText(personal: Reason<"CONSENT_REFUSED">["personal"]): string | null {
  const unlinked = personal?.unlinked ?? [];
  if (unlinked.length === 0) return null;
  const who = unlinked.join(", ");
  const links = unlinked.map(linkFor);
  const [by, known] = [links.map(({ property }) => property), links.map(({ knownBy }) => knownBy)];
  return `The patient refuses ${who}, and who that is, is not known: until the directory links somebody to ${who} (${each(by)}), everybody is refused whose ${each(known)} are not known.`;
}

const SENTENCES = {
  ALLOWED_BY_RULE: allowed,
  ALLOWED_BY_PROTOCOL_SCOPES: () =>
    "The token carries protocol scopes alone (such as openid or launch), which reach no resource.",
  UNKNOWN_CLIENT: ({ personal }) => `There is no client ${clientId(personal)}; an admin can create it.`,
  CLIENT_SUSPENDED: ({ personal }) => `Client ${clientId(personal)} is suspended.`,
  SUSPENDED_FOR_REVIEW: ({ parameters: { endsAt, of } }) =>
    `The access of this ${of.toLowerCase()} is suspended for review${endsAt === null ? "" : ` until ${minute(endsAt)}`}.`,
  FACTS_DISAGREE: disagree,
  FACTS_REPLACED: replaced,
  NO_SCOPES: noScopes,
  UNKNOWN_SCOPE: ({ scope, parameters }) =>
    parameters === undefined
      ? `There is no scope ${scope}; an admin can create it.`
      : "meant" in parameters
        ? `There is no scope ${scope}; did you mean ${parameters.meant}?`
        : "syntax" in parameters
          ? `${scope} is no SMART scope: ${parameters.syntax}.`
          : `"${scope}" is no scope: ${parameters.token}.`,
  SCOPE_NOT_ACTIVE: ({ scope, parameters }) => `${scope} v${parameters.version} is a draft; an admin can activate it.`,
  SCOPE_RETIRED: retired,
  SCOPE_DEPRECATED: ({ scope, parameters: { successor, sunsetAt, version } }) =>
    `${scope} v${version} is deprecated and retires on ${day(sunsetAt)}${successorText(successor)}.`,
  SCOPE_NOT_GRANTED: notGranted,
  SCOPE_NARROWED: narrowedText,
  SCOPE_DOES_NOT_COVER: ({ scope, parameters }) => {
    const what =
      parameters.kind === "ACCESS"
        ? `does not cover ${parameters.action} on ${parameters.resourceType}`
        : "would reach nothing";
    return ended(`${scope} ${what}: ${mismatchText(parameters.why)}`);
  },
  NO_MATCHING_RULE: noMatchingRule,
  DENIED_BY_RULE: denied,
  ALLOWED_BY_CONSENT: () => "The patient's consent permits it.",
  CONSENT_REQUIRED: ({ parameters, scope }) =>
    parameters.of === "NOBODY"
      ? `${consentNeed(parameters, scope)}, and the request does not say whose the data is.`
      : lack(parameters, `${consentNeed(parameters, scope)}, and none is on record.`),
  PURPOSE_REQUIRED: ({ parameters: { organization } }) =>
    `The request declares no purpose of use, and ${organization ?? "the policy"} asks for one: send purposeOfUse, such as TREAT.`,
  CONSENT_REFUSED: ({ parameters, personal }) =>
    unlinkedText(personal) ?? refused(parameters, "The patient refuses it.", "You refused it."),
  CONSENT_WITHDRAWN: ({ parameters, scope }) =>
    lack(parameters, `${consentNeed(parameters, scope)}, which was given and is withdrawn.`),
  CONSENT_EXPIRED: ({ parameters, scope }) =>
    lack(
      parameters,
      parameters.from === undefined
        ? `${consentNeed(parameters, scope)}, and the one on record has ended.`
        : `Not yet in force, from ${minute(parameters.from)}. ${consentNeed(parameters, scope)}, and the one on record begins then.`,
    ),
  CONSENT_OTHER_PURPOSE: ({ parameters, scope }) => lack(parameters, forAnother("purpose", parameters, scope)),
  CONSENT_OTHER_RECIPIENT: ({ parameters, scope }) => lack(parameters, forAnother("recipient", parameters, scope)),
  CONSENT_DATA_EXCEPTED: ({ parameters, personal }) =>
    unlinkedText(personal) ??
    refused(parameters, "The patient's consent leaves this data out.", "Your consent leaves this data out."),
  BREAK_GLASS_REQUIRED: breakGlassText,
  BREAK_GLASS: ({ parameters: { id, otherwise } }) =>
    `${id === null ? "An emergency" : `Emergency ${id}`} is open for the patient${
      otherwise === null ? "" : `; without one, this would be denied (${otherwise})`
    }.`,
  CONDITION_ERROR: ({ parameters: { effect }, personal, ruleId }) =>
    `The condition of rule ${ruleId} (${effect}) could not be evaluated: ${personal?.error ?? ERASED}.`,
} satisfies { readonly [Code in ReasonCode]: (reason: Reason<Code>) => string };

/** Every code, in the order in which the sentences stand. */
export const REASON_CODES = Object.keys(SENTENCES) as readonly ReasonCode[];

/** The reason as a sentence in plain English, with what would have to change. What was erased is told as erased. */
export const reasonText = (reason: Reason): string => (SENTENCES[reason.code] as (reason: Reason) => string)(reason);

/** A reason as people and programs outside are given it, its members in this order. */
export interface PrintedReason {
  readonly code: ReasonCode;
  readonly message: string;
  readonly role: string | null;
  readonly ruleId: string | null;
  readonly scope: string | null;
}

export function printedReason(reason: Reason): PrintedReason {
  const { code, role, ruleId, scope } = reason;
  return { code, message: reasonText(reason), role, ruleId, scope };
}
