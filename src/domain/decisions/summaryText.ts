import type { Mismatch } from "../scopes/match.ts";
import { meantPurpose } from "../scopes/purposes.ts";
import type { Reason, ReasonCode } from "./reason.ts";
import { ERASED, mismatchText, reasonText } from "./reasonText.ts";
import type { AccessRecord, DecisionRecord } from "./types.ts";

/** What a summary is made of. */
export type Summarized = Pick<
  DecisionRecord,
  "kind" | "obligations" | "outcome" | "reasons" | "request" | "scope" | "sufficientScopes"
>;

/** Names that a sentence lists. */
const LISTED = 3;

const begun = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function listText(names: readonly string[], word: "and" | "or"): string {
  if (names.length > LISTED) return `${names.slice(0, LISTED).join(", ")} ${word} ${names.length - LISTED} more`;
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} ${word} ${last}`;
}

/** Who holds no role, as people say it: the name, or else the id. */
function whoText({ personal }: Reason<"NO_MATCHING_RULE">): string {
  if (personal === undefined) return begun(ERASED);
  return "clientId" in personal ? `Client ${personal.clientId}` : (personal.subject.name ?? personal.subject.id);
}

/** `; the role provider there would allow it`. */
function rolesText({ conditional, needs }: Reason<"NO_MATCHING_RULE">["parameters"], where: string): string {
  if (needs.length === 0) return "";
  const roles = needs.length === 1 ? `the role ${needs[0]}` : `one of the roles ${listText(needs, "or")}`;
  return `; ${roles}${where} ${conditional === true ? "can allow it, under a condition" : "would allow it"}`;
}

function purposeText({ purposeOfUse }: Summarized["request"]): string {
  const meant = purposeOfUse === null ? null : meantPurpose(purposeOfUse);
  return meant === null ? "" : ` The purpose ${purposeOfUse} is not known; did you mean ${meant}?`;
}

function noRule(reason: Reason<"NO_MATCHING_RULE">, { request }: Summarized): string {
  const { parameters, scope } = reason;
  if (parameters.kind === "GRANT") return begun(reasonText(reason));
  const { action, moreRoles = 0, organization, resourceType, roles, unmet } = parameters;
  const [condition] = unmet;
  const at = organization === null ? "" : ` at ${organization}`;
  const there = organization === null ? ", held in every organization," : " there";
  const held = listText(roles, "and") + (moreRoles > 0 && roles.length <= LISTED ? ` and ${moreRoles} more` : "");
  if (condition !== undefined) {
    const by = roles.length === 0 ? "Everyone" : roles.length === 1 ? `The role ${held}` : `One of the roles ${held}`;
    return `${by} may ${action} ${resourceType}${at} with ${scope} only under a condition, which does not hold: ${condition.when} (rule ${condition.ruleId}).${purposeText(request)}`;
  }
  if (roles.length > 0) {
    const who = roles.length === 1 ? `The role ${held} does` : `The roles ${held} do`;
    return `${who} not allow ${action} on ${resourceType}${at} with ${scope}${rolesText(parameters, there)}.`;
  }
  const none =
    organization === null
      ? `${whoText(reason)} holds no role that counts in every organization, and the resource names none`
      : `${whoText(reason)} holds no role${at}`;
  return `${none}${rolesText(parameters, there)}.`;
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

/** These stand beside what decided. */
const NOTICES: ReadonlySet<ReasonCode> = new Set([
  "SCOPE_DEPRECATED",
  "SCOPE_NARROWED",
  "CONDITION_ERROR",
  "FACTS_REPLACED",
  "ALLOWED_BY_CONSENT",
  "BREAK_GLASS",
]);

/** The reason of which the summary of a denial is made; undefined: there is none. */
export const decisiveReason = ({ reasons }: Pick<Summarized, "reasons">): Reason | undefined =>
  reasons.find(({ code }) => !NOTICES.has(code)) ?? reasons[0];

function denialText(record: Summarized): string {
  const { sufficientScopes = [] } = record;
  const first = decisiveReason(record);
  if (first === undefined) return "Denied.";
  const text =
    first.code === "NO_MATCHING_RULE"
      ? noRule(first, record)
      : first.code === "SCOPE_DOES_NOT_COVER"
        ? doesNotCover(first, record)
        : reasonText(first);
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
  if (record.kind === "GRANT") return tokenText(record);
  return record.outcome === "ALLOW" ? permissionText(record) : denialText(record);
}

/** How many reasons a decision had, of which its record may keep fewer. */
export const reasonCountOf = ({ reasonCount, reasons }: Pick<AccessRecord, "reasonCount" | "reasons">): number =>
  reasonCount ?? reasons.length;
