import type { Mismatch } from "../scopes/match.ts";
import { isKnownPurpose, meantPurpose } from "../scopes/purposes.ts";
import type { Reason } from "./reason.ts";
import { isNotice } from "./reasonKinds.ts";
import { isConsentCode } from "./reasonOrder.ts";
import { ERASED, lackText, mismatchText, notNowText, reasonText } from "./reasonText.ts";
import type { AccessRecord, DecisionRecord } from "./types.ts";

/** What a summary is made of. */
export type Summarized = Pick<
  DecisionRecord,
  "kind" | "obligations" | "outcome" | "reasons" | "request" | "scope" | "sufficientScopes"
>;

/** Names that a sentence lists. */
const LISTED = 3;

function listText(names: readonly string[], word: "and" | "or"): string {
  if (names.length > LISTED) return `${names.slice(0, LISTED).join(", ")} ${word} ${names.length - LISTED} more`;
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} ${word} ${last}`;
}

/** Who holds no role, as people say it: the name, or else the id. */
function whoText({ personal }: Reason<"NO_MATCHING_RULE">): string {
  if (personal === undefined) return ERASED;
  return "clientId" in personal ? `Client ${personal.clientId}` : (personal.subject.name ?? personal.subject.id);
}

/** `; the role provider there would allow it`; those that would in an emergency alone come last, and never by themselves. */
function rolesText({ conditional, emergencyNeeds = [], needs, notNow }: NoRule, where: string): string {
  if (needs.length === 0) return emergencyNeeds.length === 0 ? "" : "; no role allows it in the ordinary way";
  const roles = needs.length === 1 ? `the role ${needs[0]}` : `one of the roles ${listText(needs, "or")}`;
  const others = emergencyNeeds.slice(0, Math.max(LISTED - needs.length, 0));
  const also = others.length === 0 ? "" : `; in an emergency, ${listText(others, "or")} can too`;
  return `; ${roles}${where} ${conditional === true ? "can allow it, under a condition" : "would allow it"}${also}${notNowText(notNow)}`;
}

/** A purpose that nobody knows is refused by all that names purposes, so that nothing else helps before it is mended. */
function unknownPurposeText({ purposeOfUse }: Summarized["request"]): string {
  if (purposeOfUse === null || isKnownPurpose(purposeOfUse)) return "";
  const meant = meantPurpose(purposeOfUse);
  return `${purposeOfUse} is no known purpose of use${meant === null ? "." : `; did you mean ${meant}?`} `;
}

type NoRule = Reason<"NO_MATCHING_RULE">["parameters"];
type Unmet = NoRule["unmet"][number];

/** Each condition once, and what takes an emergency once. */
const distinct = (unmet: readonly Unmet[]): readonly Unmet[] => {
  const ways = new Map<string | null, Unmet>();
  for (const way of unmet) {
    const key = way.inEmergency ? null : way.when;
    if (!ways.has(key)) ways.set(key, way);
  }
  return [...ways.values()];
};

/** `purposeOfUse == "TREAT" (rule a), or in an emergency by rule b`: the nearest ways, and how many others there are. */
function waysText(ways: readonly Unmet[], missing: string, more: number): string {
  const texts = ways.slice(0, LISTED).map(({ inEmergency, missing: lacks = [], ruleId, when }) => {
    if (inEmergency) return `in an emergency by rule ${ruleId}`;
    const other = lacks.length === 0 || lackText(lacks) === missing ? "" : `; ${lackText(lacks)}`;
    return `${when} (rule ${ruleId}${other})`;
  });
  const left = ways.length - texts.length + more;
  return `${texts.join(", or ")}${left === 0 ? "" : `, or by ${left} more ${left === 1 ? "rule" : "rules"}`}`;
}

/** Who holds roles as a subject of another type than the request says. */
function otherTypeText({ parameters, personal }: Reason<"NO_MATCHING_RULE">): string | null {
  if (personal === undefined || !("subject" in personal) || personal.holdsAs === undefined) return null;
  const { id, name = id, type } = personal.subject;
  const isAnywhere = parameters.kind === "GRANT" || parameters.organization === null;
  const at = isAnywhere ? "" : ` at ${parameters.organization}`;
  return `${name} holds roles${at} as type ${listText(personal.holdsAs, "and")}; the request says type ${type}.`;
}

function noRule(reason: Reason<"NO_MATCHING_RULE">): string {
  const { parameters, scope } = reason;
  const otherType = otherTypeText(reason);
  if (parameters.kind === "GRANT") return otherType ?? reasonText(reason);
  const { action, moreRoles = 0, moreUnmet = 0, organization, resourceType, roles, unmet } = parameters;
  const ways = distinct(unmet);
  const [way] = ways;
  const at = organization === null ? "" : ` at ${organization}`;
  const held = listText(roles, "and") + (moreRoles > 0 && roles.length <= LISTED ? ` and ${moreRoles} more` : "");
  const missing = way?.missing === undefined ? "" : lackText(way.missing);
  const lacks = missing === "" ? "" : `${missing}. `;
  if (way !== undefined && !way.inEmergency) {
    const by = roles.length === 0 ? "Everyone" : roles.length === 1 ? `The role ${held}` : `One of the roles ${held}`;
    const isOne = ways.filter(({ inEmergency }) => !inEmergency).length + moreUnmet === 1;
    const fails = missing !== "" ? "" : isOne ? ", which does not hold" : ", and none holds";
    const only = `${by} may ${action} ${resourceType}${at} with ${scope} only under a condition${fails}`;
    const other = otherType === null ? "" : ` ${otherType}`;
    return `${lacks}${only}: ${waysText(ways, missing, moreUnmet)}.${other}`;
  }
  if (otherType !== null) return `${lacks}${otherType}`;
  const exception = way === undefined ? "" : ` An emergency is the exception (rule ${way.ruleId}).`;
  // Where the request names no organization nobody is led to a role in every one: the request is to be mended.
  const end =
    organization === null
      ? `, and the request names none (resource.organization), in which others may count.${exception}`
      : `${rolesText(parameters, " there")}.${exception}`;
  if (roles.length > 0) {
    const [a, does, has] = roles.length === 1 ? ["role", "does", "has"] : ["roles", "do", "have"];
    return way === undefined
      ? `The ${a} ${held} ${does} not allow ${action} on ${resourceType}${at} with ${scope}${end}`
      : `${lacks}The ${a} ${held} ${has} no ordinary way to ${action} ${resourceType}${at} with ${scope}${end}`;
  }
  const none =
    organization === null
      ? `${whoText(reason)} holds no role that counts in all organizations`
      : `${whoText(reason)} holds no role${at}`;
  return `${lacks}${none}${end}`;
}

const ELSEWHERE: ReadonlySet<Mismatch["because"]> = new Set(["ACTION", "TYPE", "NO_ATOMS", "NO_TYPE"]);

/** None of several scopes is for this: which is for what instead explains nothing. */
function noneCovers(reason: Reason<"SCOPE_DOES_NOT_COVER">, { reasons, request }: Summarized): string | null {
  const { parameters } = reason;
  if (parameters.kind === "GRANT" || !ELSEWHERE.has(parameters.why.because)) return null;
  if (reasons.filter(({ code }) => code === reason.code).length < 2) return null;
  const scopes =
    "resource" in request && request.scopes === null ? `granted to client ${request.clientId}` : "presented";
  return `None of the scopes ${scopes} permits ${parameters.action} on ${parameters.resourceType}.`;
}

/** `view_labs does not reach it: the resource belongs to another patient than the one in context.` */
function doesNotCover(reason: Reason<"SCOPE_DOES_NOT_COVER">, record: Summarized): string {
  const { parameters, scope } = reason;
  const none = noneCovers(reason, record);
  if (none !== null) return none;
  if (parameters.kind === "GRANT" || ELSEWHERE.has(parameters.why.because)) return reasonText(reason);
  return `${scope} does not reach this resource: ${mismatchText(parameters.why)}.`;
}

/** Whether a draft is denied that would not do if it were active: to activate it helps nobody. */
const isIdleDraft = ({ code, scope }: Reason, reasons: readonly Reason[]): boolean =>
  code === "SCOPE_NOT_ACTIVE" &&
  reasons.some((other) => other.code === "SCOPE_DOES_NOT_COVER" && other.scope === scope);

/** The reason of which the summary of a denial is made; undefined: there is none. */
export const decisiveReason = ({ reasons }: Pick<Summarized, "reasons">): Reason | undefined =>
  reasons.find((reason) => !isNotice(reason.code) && !isIdleDraft(reason, reasons)) ?? reasons[0];

/** Consents and emergencies are each of one patient: of which one it is not said. */
function severalText({ code }: Reason, { request }: Summarized): string {
  const patients = "resource" in request ? (request.resource.patients ?? []) : [];
  return patients.length < 2 || !isConsentCode(code)
    ? ""
    : ` The data is of ${patients.length} patients, and this is so of at least one of them.`;
}

function denialText(record: Summarized): string {
  const { sufficientScopes = [] } = record;
  const first = decisiveReason(record);
  if (first === undefined) return "Denied.";
  const text =
    first.code === "NO_MATCHING_RULE"
      ? noRule(first)
      : first.code === "SCOPE_DOES_NOT_COVER"
        ? doesNotCover(first, record)
        : `${reasonText(first)}${severalText(first, record)}`;
  return sufficientScopes.length === 0 ? text : `${text} The scope ${listText(sufficientScopes, "or")} would allow it.`;
}

function permissionText({ obligations, reasons }: Summarized): string {
  const first = reasons.find(({ code }) => code === "ALLOWED_BY_RULE");
  const text = first === undefined ? "Allowed." : reasonText(first);
  const types = [...new Set(obligations.map(({ type }) => type))];
  return types.length === 0 ? text : `${text} The caller must meet the obligations: ${listText(types, "and")}.`;
}

function tokenText(record: Summarized): string {
  const { outcome, request, scope } = record;
  const asked = new Set(request.scopes).size;
  const scopes = scope?.split(" ") ?? [];
  if (outcome === "ALLOW") return `The token may carry ${listText(scopes, "and")} (${asked} requested).`;
  const why = denialText(record);
  return asked < 2 ? why : `None of the ${asked} scopes requested can be given. ${why}`;
}

/**
 * A decision in one sentence, perhaps with what would help, for a person: of a denial the nearest reason. Made of what is
 * on record alone, so that it is the same whenever it is read; who was erased is told as erased.
 */
export function summaryText(record: Summarized): string {
  const first = unknownPurposeText(record.request);
  if (record.kind === "GRANT") return first + tokenText(record);
  return first + (record.outcome === "ALLOW" ? permissionText(record) : denialText(record));
}

/** How many reasons a decision had, of which its record may keep fewer. */
export const reasonCountOf = ({ reasonCount, reasons }: Pick<AccessRecord, "reasonCount" | "reasons">): number =>
  reasonCount ?? reasons.length;
