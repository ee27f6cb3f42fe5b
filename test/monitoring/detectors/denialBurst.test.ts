import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { denialBurst } from "../../../src/domain/monitoring/detectors/denialBurst.ts";
import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { decision, explained, HOUR, MINUTE, patient, START, watch } from "./watching.ts";

/** As many denials, a minute apart, for as many different patients in turn. */
const denials = (count: number, patients: number, more: Partial<WatchedDecision> = {}): readonly WatchedDecision[] =>
  Array.from({ length: count }, (_, i) =>
    decision({
      at: START + i * MINUTE,
      outcome: "DENY",
      reasons: ["NO_MATCHING_RULE"],
      patients: [patient(`patient-${i % patients}`)],
      ...more,
    }),
  );
const allowed = (more: Partial<WatchedDecision> = {}) =>
  decision({ at: START + 30 * MINUTE, patients: [patient("found")], ...more });
const askedFor = (scope: string) =>
  ({ kind: "GRANT", action: null, resourceType: null, patients: [], scopesAsked: [scope] }) as const;

describe("DENIAL_BURST", () => {
  type Case = readonly [promise: string, decisions: readonly WatchedDecision[], told: readonly string[]];
  const cases: readonly Case[] = [
    ["four denials are too few", denials(4, 4), []],
    [
      "ten denials for one target go to operations",
      denials(10, 1),
      ["CLIENT LOW OPERATIONS", "SUBJECT LOW OPERATIONS"],
    ],
    ["ten denials for ten patients are probing", denials(10, 10), ["CLIENT MEDIUM", "SUBJECT MEDIUM"]],
    [
      "a client that asks for every patient with a scope that retired has one target",
      denials(10, 10, { reasons: ["SCOPE_RETIRED"] }),
      ["CLIENT LOW OPERATIONS", "SUBJECT LOW OPERATIONS"],
    ],
    [
      "and so it has where a notice stands beside",
      denials(10, 10, { reasons: ["SCOPE_RETIRED", "FACTS_REPLACED"] }),
      ["CLIENT LOW OPERATIONS", "SUBJECT LOW OPERATIONS"],
    ],
    [
      "who is denied because of an alert alone looks for nothing, nor is what follows told",
      [...denials(10, 10, { reasons: ["SUSPENDED_FOR_REVIEW", "FACTS_REPLACED"] }), allowed()],
      [],
    ],
    [
      "who is denied for other reasons besides is probing still",
      denials(10, 10, { reasons: ["SUSPENDED_FOR_REVIEW", "NO_MATCHING_RULE"] }),
      ["CLIENT MEDIUM", "SUBJECT MEDIUM"],
    ],
    [
      "tokens with ever other scopes are probing",
      ["a", "b", "c", "d", "e", "f", "g", "h"].flatMap((scope, i) =>
        denials(1, 1, { ...askedFor(scope), reasons: ["UNKNOWN_SCOPE"], subject: null, at: START + i * MINUTE }),
      ),
      ["CLIENT MEDIUM"],
    ],
    [
      "an unexplained ALLOW after probing is HIGH, once",
      [...denials(10, 10, { subject: null }), allowed({ subject: null }), allowed({ subject: null })],
      ["CLIENT MEDIUM", "CLIENT HIGH"],
    ],
    [
      "of a person it is told of the person",
      [...denials(10, 10), allowed()],
      ["CLIENT MEDIUM", "SUBJECT MEDIUM", "SUBJECT HIGH"],
    ],
    [
      "what something explains is no find",
      [...denials(10, 10), allowed({ patients: [explained("known")] })],
      ["CLIENT MEDIUM", "SUBJECT MEDIUM"],
    ],
    [
      "an ALLOW hours later is none",
      [...denials(10, 10), allowed({ at: START + 5 * HOUR })],
      ["CLIENT MEDIUM", "SUBJECT MEDIUM"],
    ],
    [
      "an ALLOW after denials for one target is none",
      [...denials(10, 1), allowed()],
      ["CLIENT LOW OPERATIONS", "SUBJECT LOW OPERATIONS"],
    ],
    [
      "an ALLOW for somebody else is none",
      [...denials(10, 10), allowed({ subject: { type: "user", id: "otto" } })],
      ["CLIENT MEDIUM", "SUBJECT MEDIUM"],
    ],
  ];
  for (const [promise, decisions, told] of cases)
    test(promise, () => {
      const findings = watch(denialBurst).see(decisions);
      const said = findings.map(({ entity, severity, audience }) =>
        [entity.kind, severity, audience].filter(Boolean).join(" "),
      );
      assert.deepEqual(said.sort(), [...told].sort());
    });

  test("a client that is denied as often every hour is not told, until it is more", () => {
    const watched = watch(denialBurst);
    const hour = (i: number, count: number) =>
      denials(count, count, { subject: null }).map((each) => ({ ...each, at: each.at + i * HOUR }));
    for (let i = 0; i < 60; i++) assert.deepEqual(watched.see(hour(i, 5)), [], `hour ${i}`);
    assert.deepEqual(watched.see(hour(60, 12)), []);
    assert.equal(watched.see(hour(61, 58)).length, 1);
    const usual = ({ sum, hours }: { readonly sum: number; readonly hours: number }) => ({ sum, hours });
    const before = usual(watched.baselines.get("CLIENT app") as never);
    watched.see(hour(62, 5));
    assert.deepEqual(
      usual(watched.baselines.get("CLIENT app") as never),
      before,
      "the hour that was told is not learnt",
    );
  });

  test("says how often, for how many targets, and what is usual, with the denials before as evidence", () => {
    const seen = denials(10, 10, { subject: null });
    const [finding] = watch(denialBurst).see(seen);
    assert.match(
      finding?.sentence ?? "",
      /^app was denied \d+ times in an hour, for \d+ different targets; it is usually 0\.5\.$/,
    );
    const at = seen.findIndex(({ id }) => id === finding?.decisionId);
    assert.deepEqual(
      finding?.evidence,
      seen
        .slice(0, at)
        .map(({ id }) => id)
        .reverse(),
    );
  });
});
