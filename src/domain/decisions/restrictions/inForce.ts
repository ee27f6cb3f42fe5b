import { longestResponses, minutesOf, settingsOf } from "../../policy/organizations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { AlertResponse } from "../../policy/types.ts";
import type { Question } from "../question.ts";
import type { AccessRequest, GrantRequest } from "../types.ts";
import type { KeptRestriction } from "./restriction.ts";

const MINUTE_MS = 60_000;
const NONE: readonly KeptRestriction[] = [];

/** Whether the access of who asks is restricted by it: of the client, or of the subject for whom it acts. */
export function isOf(
  { holder }: Pick<KeptRestriction, "holder">,
  { clientId, subject }: Pick<AccessRequest | GrantRequest, "clientId" | "subject">,
): boolean {
  if (holder.kind === "CLIENT") return holder.id === clientId;
  return subject !== null && subject.id === holder.id && subject.type === holder.type;
}

/**
 * For how long the policy lets an alert restrict a question. Of an access it is that of the resource's organization; where none is
 * named, and of a token, which may be used anywhere, the longest of any.
 */
function longest(snapshot: Snapshot, request: AccessRequest | GrantRequest, response: AlertResponse): number {
  const organization = "resource" in request ? request.resource.organization : null;
  if (organization !== null) return minutesOf(settingsOf(snapshot, organization), response);
  return longestResponses(snapshot).get(response) ?? 0;
}

/**
 * The restrictions of one kind that hold for a question, by id, each with the end that it has there. They hold as long as the policy
 * lets them: one of a client that has become care-critical suspends nothing any more. What no alert brought holds until its own end.
 */
export function restrictionsOn(question: Question, response: AlertResponse): readonly KeptRestriction[] {
  const { client, facts, request } = question;
  const known = facts.gathered?.restrictions;
  if (known === undefined || known.length === 0) return NONE;
  const minutes = longest(facts.snapshot, request, response);
  const isSpared = ({ holder }: KeptRestriction): boolean =>
    response === "SUSPENSION" && holder.kind === "CLIENT" && client?.careCritical === true;
  return known
    .filter((each) => each.response === response && each.lifted === null && isOf(each, request) && !isSpared(each))
    .map((each) => ({
      ...each,
      endsAt: each.alertId === null ? each.endsAt : Math.min(each.endsAt, each.imposedAt + minutes * MINUTE_MS),
    }))
    .filter(({ endsAt }) => facts.now < endsAt);
}
