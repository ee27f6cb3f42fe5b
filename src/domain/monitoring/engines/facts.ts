import type { ReasonCode } from "./reasons.ts";
import type { Sight } from "./sign.ts";
import { targetOf } from "./target.ts";

const HOUR_MS = 3_600_000;
/** What one gave oneself is told of for so long. */
const GIVEN_MS = 90 * 24 * HOUR_MS;
/** Whoever is denied at so many targets within an hour looks for what there is. */
const PROBED = 3;
/** A house of fewer has no country of its own yet, and a client is young for a week. */
const LEAST_STAFF = 5;
const YOUNG_DAYS = 7;

/** What is no matter of how rare it is. */
export function facts(sight: Sight): void {
  selfGiven(sight);
  if (sight.decision.subject !== null) return;
  probed(sight);
  abroad(sight);
}

const FACT_BITS = 100;

function tell(
  sight: Sight,
  code: ReasonCode,
  of: { numbers: Record<string, string | number>; decisions: readonly string[] },
): void {
  const { client, decision, person } = sight;
  if (sight.weightOf(code) === 0) return;
  const said = (person?.state.today ?? client.today)?.said;
  if (said === undefined || said.has(code)) return;
  said.set(code, FACT_BITS);
  const group =
    person === null
      ? ({ kind: "CLIENT", id: decision.clientId } as const)
      : ({ kind: "SUBJECT", id: person.id } as const);
  sight.say({ code, bits: FACT_BITS, group, ...of });
}

/** A role or a grant that one gave oneself, and used. */
function selfGiven(sight: Sight): void {
  const { decision, memory, person } = sight;
  if (decision.outcome !== "ALLOW") return;
  const { given } = memory.house;
  if (given.length === 0) return;
  for (const [holder, gives, at] of given) {
    if (holder !== person?.id && holder !== `client ${decision.clientId} by ${person?.id}`) continue;
    if (decision.at < at || decision.at - at > GIVEN_MS) continue;
    if (!decision.roles.includes(gives) && !decision.scopesUsed.includes(gives)) continue;
    tell(sight, "SELF_GIVEN", {
      numbers: { gives, minutes: Math.round((decision.at - at) / 60_000) },
      decisions: [decision.id],
    });
  }
}

/** A client for itself that was denied at three targets within an hour and then allowed one, and nothing had changed. */
function probed(sight: Sight): void {
  const { client, decision, memory } = sight;
  const { at, id, outcome } = decision;
  const target = targetOf(decision);
  if (outcome === "DENY") {
    for (const [known, [then]] of client.probed) if (at - then > HOUR_MS) client.probed.delete(known);
    if (client.probed.size < 20) client.probed.set(target, [at, id]);
    return;
  }
  if (client.probed.size < PROBED) return;
  const live = [...client.probed].filter(([, [then]]) => at - then <= HOUR_MS);
  if (live.length < PROBED) return;
  const first = Math.min(...live.map(([, [then]]) => then));
  if (memory.house.changedAt >= first) return;
  tell(sight, "PROBED_THEN_ALLOWED", {
    numbers: { targets: live.length },
    decisions: [...live.map(([, [, denied]]) => denied), id],
  });
}

/** A client for itself from a country where nobody of the house is. */
function abroad(sight: Sight): void {
  const { client, day, decision, memory } = sight;
  const country = decision.place?.country ?? null;
  if (country === null || day - client.since < YOUNG_DAYS || client.known.has(`NEW_COUNTRY ${country}`)) return;
  if ((memory.places.get(`country ${country}`)?.size ?? 0) > 0) return;
  let elsewhere = 0;
  for (const [key, staff] of memory.places.entries()) if (key.startsWith("country ")) elsewhere += staff.size;
  if (elsewhere < LEAST_STAFF) return;
  tell(sight, "KEY_ABROAD", { numbers: { country }, decisions: [decision.id] });
}
