import { asNamed, samePerson } from "../../callers/samePerson.ts";
import type { Person } from "../../callers/types.ts";
import type { KeptRestriction, RestrictedHolder, RestrictionRule } from "../../decisions/restrictions/restriction.ts";
import { MOST_PER_HOUR } from "../../policy/organizations.ts";
import { type AlertResponse, type AlertResponseRule, type Client, SEVERITIES } from "../../policy/types.ts";
import type { Severity } from "../detectors/detector.ts";
import type { Story, WithheldBecause } from "../watch/story.ts";
import type { Rise } from "../watch/tellStories.ts";

/** Who imposes what the policy has imposed by itself. */
const ITSELF: Person = {
  callerId: "scopewarden:alerts",
  subject: { type: "service", id: "scopewarden", issuer: null },
};

/** Nobody is restricted now for what was decided so long ago: watching may be behind, or have begun again. */
const NEWEST_MS = 10 * 60_000;
const MINUTE_MS = 60_000;

/** What the policy has imposed because of an alert. */
export interface DueResponse {
  readonly response: AlertResponse;
  readonly from: Severity;
  readonly minutes: number;
  readonly mostPerHour: number;
}

/**
 * What is to be imposed when an alert comes to be or rises: each response whose severity it reaches only now, so that an alert asks for
 * each once.
 */
export function dueResponses(
  { from, to }: Pick<Rise, "from" | "to">,
  rules: readonly AlertResponseRule[],
): readonly DueResponse[] {
  const rank = (severity: Severity | null): number => (severity === null ? -1 : SEVERITIES.indexOf(severity));
  return rules.flatMap(({ automatic, maxMinutes, response }) => {
    if (!automatic) return [];
    const least = response === "SUSPENSION" ? "HIGH" : automatic.from;
    if (rank(to) < rank(least) || rank(from) >= rank(least)) return [];
    const minutes = Math.min(automatic.minutes, maxMinutes);
    return [{ response, from: least, minutes, mostPerHour: automatic.mostPerHour ?? MOST_PER_HOUR }];
  });
}

/** Whom alone an alert is about: a client, or one subject; null: several, or nobody. */
export function holderAlone({ entity, subject }: Pick<Story, "entity" | "subject">): RestrictedHolder | null {
  if (entity.kind === "CLIENT") return { kind: "CLIENT", id: entity.id };
  return subject === null ? null : { kind: "SUBJECT", type: subject.type, id: subject.id };
}

/**
 * Whom the service may restrict because of an alert: whom alone it is about. One about a patient names who came last, who may be the one
 * with a reason; who is no client of the policy is refused anyway; and who bears the service's own name would restrict themselves.
 */
function holderByItself(
  alert: Pick<Story, "entity" | "subject">,
  clientOf: (id: string) => Pick<Client, "careCritical"> | undefined,
): RestrictedHolder | null {
  const holder = alert.entity.kind === "PATIENT" ? null : holderAlone(alert);
  if (holder === null) return null;
  if (holder.kind === "CLIENT" && clientOf(holder.id) === undefined) return null;
  const type = holder.kind === "CLIENT" ? "client" : holder.type;
  return samePerson(asNamed({ type, id: holder.id }), ITSELF) ? null : holder;
}

/** The restriction that a response comes to, or why it is not imposed. */
export function automaticRestriction({
  alert,
  clientOf,
  decidedAt,
  due: { from, minutes, response },
  id,
  now,
  rule,
}: {
  readonly id: string;
  readonly alert: Pick<Story, "entity" | "id" | "subject">;
  /** When the decision was made by which it came to be or rose. */
  readonly decidedAt: number;
  readonly due: DueResponse;
  readonly rule: RestrictionRule;
  /** Undefined: the policy has no such client. */
  readonly clientOf: (id: string) => Pick<Client, "careCritical"> | undefined;
  readonly now: number;
}): KeptRestriction | WithheldBecause {
  if (now - decidedAt > NEWEST_MS) return "TOO_LATE";
  const holder = holderByItself(alert, clientOf);
  if (holder === null) return "NOBODY_ALONE";
  // A step-up too: who works with it at night may have no way to step up.
  if (holder.kind === "CLIENT" && clientOf(holder.id)?.careCritical) return "CARE_CRITICAL";
  const { organization, revision } = rule;
  return {
    ...{ id, response, holder, rule },
    alertId: alert.id,
    reason: `The policy has it imposed because of an alert of severity ${from} or more: alertResponses of organization ${organization}, revision ${revision}.`,
    imposedAt: now,
    imposedBy: ITSELF,
    endsAt: now + minutes * MINUTE_MS,
    lifted: null,
  };
}
