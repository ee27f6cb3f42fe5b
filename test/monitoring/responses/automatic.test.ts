import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Severity, WatchedEntity } from "../../../src/domain/monitoring/detectors/detector.ts";
import { automaticRestriction, dueResponses } from "../../../src/domain/monitoring/responses/automatic.ts";
import type { Story } from "../../../src/domain/monitoring/watch/story.ts";
import type { AlertResponseRule } from "../../../src/domain/policy/types.ts";

const NOW = 1_795_500_000_000;
const MINUTE = 60_000;
const STEP_UP: AlertResponseRule = {
  response: "STEP_UP",
  maxMinutes: 60,
  automatic: { from: "MEDIUM", minutes: 20, mostPerHour: 9 },
};
const SUSPENSION: AlertResponseRule = {
  response: "SUSPENSION",
  maxMinutes: 30,
  automatic: { from: "HIGH", minutes: 15, mostPerHour: null },
};

describe("what an alert has the service impose", () => {
  for (const [from, to, due] of [
    [null, "INFO", []],
    [null, "LOW", []],
    [null, "MEDIUM", ["STEP_UP"]],
    [null, "HIGH", ["STEP_UP", "SUSPENSION"]],
    ["LOW", "MEDIUM", ["STEP_UP"]],
    ["LOW", "HIGH", ["STEP_UP", "SUSPENSION"]],
    ["MEDIUM", "HIGH", ["SUSPENSION"]],
  ] as readonly (readonly [Severity | null, Severity, readonly string[]])[])
    test(`from ${from ?? "none"} to ${to}: ${due.join(" and ") || "nothing"}`, () => {
      const found = dueResponses({ from, to }, [STEP_UP, SUSPENSION]);
      assert.deepEqual(
        found.map(({ response }) => response),
        due,
      );
    });

  test("is nothing unless the policy says so", () => {
    const byPeople = [SUSPENSION, STEP_UP].map(({ maxMinutes, response }) => ({ response, maxMinutes }));
    assert.deepEqual(dueResponses({ from: null, to: "HIGH" }, byPeople), []);
    const told = byPeople.map((rule) => ({ ...rule, automatic: null }));
    assert.deepEqual(dueResponses({ from: null, to: "HIGH" }, told), []);
  });

  test("is bounded whatever stands in the policy: a suspension takes HIGH, and nothing lasts longer than people may have it", () => {
    const automatic = { from: "LOW", minutes: 99, mostPerHour: null } as const;
    const rules = [{ ...SUSPENSION, automatic }];
    assert.deepEqual(dueResponses({ from: null, to: "MEDIUM" }, rules), []);
    assert.deepEqual(dueResponses({ from: "MEDIUM", to: "HIGH" }, rules), [
      { response: "SUSPENSION", from: "HIGH", minutes: 30, mostPerHour: 5 },
    ]);
  });
});

describe("a restriction that the service imposes by itself", () => {
  const made = ({
    age = 0,
    entity = { kind: "SUBJECT", id: "user/rose" },
    subject = { type: "user", id: "rose" },
    rule = SUSPENSION,
  }: {
    readonly age?: number;
    readonly entity?: WatchedEntity;
    readonly subject?: Story["subject"];
    readonly rule?: AlertResponseRule;
  } = {}) => {
    const [due] = dueResponses({ from: null, to: "HIGH" }, [rule]);
    assert.ok(due !== undefined);
    return automaticRestriction({
      ...{ id: "r1", due, now: NOW },
      alert: { id: "alert-1", entity, subject },
      decidedAt: NOW - age,
      rule: { organization: "lab", revision: 7 },
      clientOf: (id) => (id === "unknown" ? undefined : { careCritical: id === "ehr" }),
    });
  };

  test("is of the one person, and says by what of the policy", () => {
    assert.deepEqual(made(), {
      id: "r1",
      response: "SUSPENSION",
      alertId: "alert-1",
      holder: { kind: "SUBJECT", type: "user", id: "rose" },
      reason:
        "The policy has it imposed because of an alert of severity HIGH or more: alertResponses of organization lab, revision 7.",
      imposedAt: NOW,
      imposedBy: {
        callerId: "scopewarden:alerts",
        subject: { type: "service", id: "scopewarden", issuer: null },
      },
      rule: { organization: "lab", revision: 7 },
      endsAt: NOW + 15 * MINUTE,
      lifted: null,
    });
  });

  const holderOf = (of: Parameters<typeof made>[0]) => {
    const found = made(of);
    return typeof found === "string" ? found : found.holder;
  };
  const client = (id: string): WatchedEntity => ({ kind: "CLIENT", id });
  const patient: WatchedEntity = { kind: "PATIENT", id: "ann" };
  for (const [what, of, expected] of [
    ["a client", { entity: client("app") }, { kind: "CLIENT", id: "app" }],
    ["a client that is care-critical", { entity: client("ehr") }, "CARE_CRITICAL"],
    ["the same, a step-up", { entity: client("ehr"), rule: STEP_UP }, "CARE_CRITICAL"],
    ["a client that the policy does not have", { entity: client("unknown") }, "NOBODY_ALONE"],
    ["a patient, whoever came last", { entity: patient }, "NOBODY_ALONE"],
    ["several people", { subject: null }, "NOBODY_ALONE"],
    ["who bears the service's name", { subject: { type: "service", id: "scopewarden" } }, "NOBODY_ALONE"],
    [
      "who bears it as another type",
      { subject: { type: "user", id: "scopewarden" } },
      { kind: "SUBJECT", type: "user", id: "scopewarden" },
    ],
    ["a decision of ten minutes ago", { age: 10 * MINUTE }, { kind: "SUBJECT", type: "user", id: "rose" }],
    ["a decision of before that", { age: 10 * MINUTE + 1 }, "TOO_LATE"],
    ["a decision by a clock that is ahead", { age: -MINUTE }, { kind: "SUBJECT", type: "user", id: "rose" }],
  ] as readonly (readonly [string, Parameters<typeof made>[0], unknown])[])
    test(`because of an alert about ${what}`, () => {
      assert.deepEqual(holderOf(of), expected);
    });
});
