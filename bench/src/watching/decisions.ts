import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { createRandom } from "../monitoring/random.ts";

const DAY_MS = 86_400_000;
const KINDS = ["CARE_TEAM", "SAME_UNIT", null] as const;

/** Decisions about people and by clients of a large network, in the order in which they are made: as many a day over 90 days. */
export function* watchedDecisions(of: {
  readonly decisions: number;
  readonly clients: number;
  readonly subjects: number;
  readonly from: number;
}): Generator<WatchedDecision> {
  const random = createRandom("watching");
  for (let i = 0; i < of.decisions; i++) {
    // Each client and person is there, and some much more often than others.
    const subject = i < of.subjects ? i : Math.floor(random.next() ** 2 * of.subjects);
    const client = i < of.clients ? i : subject % of.clients;
    const at = of.from + Math.floor((i * 90 * DAY_MS) / of.decisions);
    const kind = KINDS[Math.floor(random.next() * 20)] ?? "CARE_TEAM";
    const unit = `unit-${subject % 400}`;
    yield {
      id: `decision-${i}`,
      position: i + 1,
      at,
      kind: "ACCESS",
      outcome: i % 25 === 0 ? "DENY" : "ALLOW",
      reasons: [i % 25 === 0 ? "NO_MATCHING_RULE" : "ALLOWED_BY_RULE"],
      callerId: "key:gateway",
      clientId: `client-${client}`,
      subject: { type: "user", id: `person-${subject}` },
      roles: [`role-${subject % 30}`],
      unit,
      scopesAsked: ["patient/Observation.rs", "patient/Condition.rs"],
      scopesUsed: ["patient/Observation.rs"],
      action: "read",
      resourceType: "Observation",
      resourceId: `observation-${i}`,
      labels: i % 50 === 0 ? ["PSY"] : [],
      patients: [
        {
          id: `patient-${Math.floor(random.next() * of.subjects * 2)}`,
          explanation: i % 25 === 0 || kind === null ? null : { kind, reference: "Patient/x", since: at - DAY_MS },
          relation: null,
          vip: i % 1000 === 0,
          seenByUnit: i % 30 !== 0,
        },
      ],
      purposeOfUse: "TREAT",
      organization: `organization-${client % 50}`,
      place: { network: `10.${client % 200}.0.0/24`, autonomousSystem: 64_512, country: "DE" },
      breakGlass: false,
    };
  }
}
