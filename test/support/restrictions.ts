import fc from "fast-check";
import type { KeptRestriction, RestrictedHolder } from "../../src/domain/decisions/restrictions/restriction.ts";
import type { AlertResponse, AlertResponseRule, Organization } from "../../src/domain/policy/types.ts";
import { NOW } from "./policies.ts";

/** A restriction as it is kept: rita suspended rose at 1,000,000 for an hour because of an alert. */
export const keptRestriction = (id: string, more: Partial<KeptRestriction> = {}): KeptRestriction => ({
  id,
  response: "SUSPENSION",
  alertId: "alert-1",
  holder: { kind: "SUBJECT", type: "user", id: "rose" },
  reason: "a test about ann",
  imposedAt: 1_000_000,
  imposedBy: { callerId: "key:rita", subject: { type: "user", id: "rita", issuer: null } },
  rule: null,
  endsAt: 1_000_000 + 3_600_000,
  lifted: null,
  ...more,
});

/** What organizations let alerts do, by their id. */
type Lets = readonly (readonly [id: string, readonly AlertResponseRule[] | null])[];

const RESPONSES: readonly AlertResponse[] = ["STEP_UP", "SUSPENSION"];
const MINUTE = 60_000;
const rule = (response: AlertResponse): fc.Arbitrary<AlertResponseRule> =>
  fc.record({ response: fc.constant(response), maxMinutes: fc.constantFrom(5, 10, 60) });
const lets: fc.Arbitrary<Lets[number]> = fc.tuple(
  fc.constantFrom("*", "*", "o1", "o2"),
  fc.oneof(
    fc.constant(null),
    fc.subarray([...RESPONSES]).chain((some) => fc.tuple(...some.map(rule))),
  ),
);
const holder: fc.Arbitrary<RestrictedHolder> = fc.oneof(
  fc.record({ kind: fc.constant("CLIENT" as const), id: fc.constantFrom("c1", "c2", "c3") }),
  fc.record({
    kind: fc.constant("SUBJECT" as const),
    type: fc.constantFrom("user", "user", "device"),
    id: fc.constantFrom("p1", "p2"),
  }),
);
const restriction: fc.Arbitrary<KeptRestriction> = fc
  .record({
    alertId: fc.constantFrom("alert-1", "alert-1", null),
    response: fc.constantFrom(...RESPONSES, "STEP_UP"),
    holder,
    before: fc.constantFrom(0, 1, 5, 9, 10),
    after: fc.constantFrom(0, 1, 20),
    isLifted: fc.constantFrom(false, false, false, true),
  })
  .map(({ after, before, isLifted, ...more }) =>
    keptRestriction("", {
      ...more,
      imposedAt: NOW - before * MINUTE,
      endsAt: NOW + after * MINUTE,
      lifted: isLifted ? { at: NOW - 1, by: { callerId: "k", subject: null }, reason: "r" } : null,
    }),
  );

/** What is let, and what was imposed on clients and subjects of `policies`: mostly nothing. */
export const restrictions: fc.Arbitrary<readonly [Lets, readonly KeptRestriction[]]> = fc.oneof(
  { weight: 1, arbitrary: fc.constant([[], []] as const) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.array(lets, { minLength: 1, maxLength: 3 }),
      fc.array(restriction, { maxLength: 4 }).map((all) => all.map((each, i) => ({ ...each, id: `x${i}` }))),
    ),
  },
);

const UNSET: Omit<Organization, "alertResponses" | "id"> = {
  name: null,
  consentOnSilence: null,
  specialProtection: null,
  purposeRequired: null,
  patientScopesReachShared: null,
  part2Program: null,
  accessRequestMaxMinutes: null,
  consentRequests: null,
  breakGlass: null,
  emergencyOverridesRefusal: null,
  retentionYears: null,
  legalHold: null,
  justification: null,
};
/** The organizations, which let alerts do what is said. */
export function lettingAlerts(organizations: readonly Organization[] | undefined, said: Lets): readonly Organization[] {
  const rows = new Map((organizations ?? []).map((each) => [each.id, each]));
  for (const [id, alertResponses] of said) rows.set(id, { ...UNSET, ...rows.get(id), id, alertResponses });
  return [...rows.values()];
}
