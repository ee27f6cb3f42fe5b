import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { decide } from "../../src/domain/decisions/decide.ts";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import type { DecisionRecord } from "../../src/domain/decisions/types.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import type { Snapshot } from "../../src/domain/policy/snapshot.ts";
import { partsOfDecision, wholeRecord } from "../../src/domain/record/personal.ts";
import { createFactsThen } from "../../src/domain/simulation/factsThen.ts";
import type { ReplayInput } from "../../src/domain/simulation/replay/replayInput.ts";
import type { SeenReplay } from "../../src/domain/simulation/replay/seenReplay.ts";
import { type Exact, exact } from "../support/exactNumbers.ts";
import { type HospitalMonth, openHospitalMonth } from "../support/hospitalMonth.ts";

let month: HospitalMonth;
let records: readonly DecisionRecord[];
before(async () => {
  month = await openHospitalMonth();
  records = await month.records();
});
after(() => month.close());

const auditor = { id: "key:auditor", roles: new Set(["auditor"] as const), defaultClientId: null };
const ask = async (input: ReplayInput): Promise<Exact<SeenReplay>> =>
  exact(await month.domain.replays.replay(auditor, input));

const RETIRE: PolicyOperation = { retireScope: { name: "view_lab_results", version: null, force: true } };
const DELETE: PolicyOperation = { deleteRule: { id: "lab-tech-view-labs" } };

const sumOf = (replay: Exact<SeenReplay>): number =>
  replay.same +
  replay.allowToDeny +
  replay.denyToAllow +
  replay.narrowed +
  replay.widened +
  replay.otherObligations +
  replay.notReplayable;
const flipsOf = (replay: Exact<SeenReplay>): number => sumOf(replay) - replay.same - replay.notReplayable;

/** Each decision made again by itself, by two policies: what it was, and would be. */
async function naively(of: readonly DecisionRecord[], [base, then]: readonly [Snapshot, Snapshot]) {
  const { engine } = month.domain.decisionFacts();
  const flips: { readonly record: DecisionRecord; readonly to: "ALLOW" | "DENY" }[] = [];
  for (const record of of) {
    const rested = await createFactsThen(month.storage).of(record);
    assert.ok("gathered" in rested);
    const facts = { engine, now: record.decidedAt, ...rested };
    const outcome = (snapshot: Snapshot) =>
      (record.kind === "ACCESS"
        ? decide({ ...facts, snapshot }, record.request)
        : decideGrant({ ...facts, snapshot }, record.request)
      ).outcome;
    const to = outcome(then);
    if (outcome(base) !== to) flips.push({ record, to });
  }
  return flips;
}

function changed(...operations: readonly PolicyOperation[]): Snapshot {
  const { lint } = month.domain;
  const applied = applyOperations(month.domain.policy.current(), operations, {
    now: month.clock.now,
    newId: () => "id",
    ...lint,
  });
  assert.ok(applied.ok, JSON.stringify(applied));
  return applied.snapshot;
}

describe("replay", () => {
  test("reads what the journal has, of both kinds, and batches", () => {
    assert.ok(records.length > 2000);
    assert.ok(records.filter(({ kind }) => kind === "GRANT").length >= 40);
    assert.ok(new Set(records.map(({ decidedAt }) => decidedAt)).size < records.length);
    assert.ok(records.some(({ request }) => request.purposeOfUse === "BTG"));
  });

  for (const base of ["CURRENT", "OWN"] as const)
    test(`a change of nothing flips nothing (${base})`, async () => {
      const replay = await ask({ operations: [], base });
      assert.equal(replay.read, records.length);
      assert.deepEqual([replay.same, flipsOf(replay), replay.complete], [records.length, 0, true]);
      assert.deepEqual([replay.groups, replay.samples, replay.byClient, replay.causes], [[], [], [], []]);
    });

  test("in place, under its own revision, facts and time, every decision is the same, also after the policy moved on", async () => {
    const revision = month.domain.policy.current().revision;
    await month.domain.policy.apply({ operations: [DELETE], reason: "test", author: "test" });
    try {
      const own = await ask({ operations: [], base: "OWN" });
      assert.deepEqual([own.same, own.drifted, own.notReplayable], [records.length, 0, 0]);
      const current = await ask({ operations: [], base: "CURRENT" });
      assert.ok(current.drifted > 0, "a rule that allowed is gone");
      assert.equal(flipsOf(current), 0);
      // The change is no change any more, but for the decisions that were made before it.
      const again = {
        operations: [
          {
            putRule: {
              id: "other",
              role: "*",
              scope: "view_lab_results",
              action: "read",
              resourceType: "*",
              effect: "DENY",
            },
          },
        ],
      } as const;
      assert.ok(flipsOf(await ask({ ...again, base: "OWN" })) > flipsOf(await ask(again)));
    } finally {
      await month.domain.policy.rollback({ toRevision: revision, reason: "test", author: "test" });
    }
  });

  for (const [what, operations] of [
    ["retire view_lab_results", [RETIRE]],
    ["delete rule lab-tech-view-labs", [DELETE]],
    ["suspend the EHR", [{ updateClient: { id: "ehr", status: "SUSPENDED" } }]],
    [
      "allow everybody to read laboratory results",
      [
        {
          putRule: {
            id: "all",
            role: "*",
            scope: "view_lab_results",
            action: "*",
            resourceType: "*",
            effect: "ALLOW",
            justification: "test",
          },
        },
      ],
    ],
  ] as const satisfies readonly (readonly [string, readonly PolicyOperation[]])[])
    test(`${what}: what flips is what flips when each is decided again by itself`, async () => {
      const flips = await naively(records, [month.domain.policy.current(), changed(...operations)]);
      const replay = await ask({ operations, samples: 100 });
      assert.ok(flips.length > 0);
      assert.equal(sumOf(replay), replay.read);
      assert.equal(replay.read, replay.replayed + replay.notReplayable);
      const to = (outcome: string) => flips.filter((flip) => flip.to === outcome);
      assert.deepEqual([replay.allowToDeny, replay.denyToAllow], [to("DENY").length, to("ALLOW").length]);
      const clientsOf = (outcome: string) =>
        [...new Set(to(outcome).map(({ record }) => record.request.clientId))].sort();
      const told = (member: "allowToDeny" | "denyToAllow") =>
        replay.byClient
          .filter((count) => count[member] > 0)
          .map(({ key }) => key)
          .sort();
      assert.deepEqual([told("allowToDeny"), told("denyToAllow")], [clientsOf("DENY"), clientsOf("ALLOW")]);
      assert.equal(
        replay.groups.reduce((sum, { decisions }) => sum + decisions, 0) + replay.ungrouped,
        flipsOf(replay),
      );
      for (const { kind, decision, base, after: then } of replay.samples) {
        if (kind !== "NEWLY_DENIED" && kind !== "NEWLY_ALLOWED") continue;
        const flip = flips.find(({ record }) => record.id === decision.id);
        assert.deepEqual([base.outcome === then.outcome, then.outcome], [false, flip?.to]);
      }
    });

  test("retiring a scope and deleting a rule name the clients that break, and no others", async () => {
    const brokenBy = async (operation: PolicyOperation) => {
      const { byClient } = await ask({ operations: [operation], filter: { outcome: "ALLOW" } });
      return byClient.filter(({ allowToDeny }) => allowToDeny > 0).map(({ key }) => key);
    };
    const uses = records.filter(({ kind, scope }) => kind === "ACCESS" && scope === "view_lab_results");
    const grants = records.filter(({ kind, scope }) => kind === "GRANT" && scope === "view_lab_results");
    const clients = [...new Set([...uses, ...grants].map(({ request }) => request.clientId))].sort();
    assert.deepEqual([...(await brokenBy(RETIRE))].sort(), clients);
    assert.deepEqual(await brokenBy(DELETE), ["lab-portal"]);
  });

  test("beside the flips stands how much of what the change touches was never used", async () => {
    const used = (await ask({ operations: [DELETE] })).cells;
    assert.ok(used?.complete && used.changed > 0 && used.unused < used.changed, JSON.stringify(used));
    // The same rule, seen through a window in which nobody asked for it.
    const elsewhere = (await ask({ operations: [DELETE], filter: { resourceType: "Immunization" } })).cells;
    assert.deepEqual(elsewhere, { ...used, unused: used.changed });
    assert.deepEqual((await ask({ operations: [] })).cells, { changed: 0, unused: 0, complete: true });
    assert.equal((await ask({ operations: [DELETE], base: "OWN" })).cells, null);
  });

  test("flips are grouped as access, with days, patients and samples", async () => {
    const { groups } = await ask({ operations: [DELETE], filter: { kind: "ACCESS" } });
    for (const group of groups) {
      const meant = records.filter(
        ({ kind, outcome, request, reasons }) =>
          kind === "ACCESS" &&
          outcome === "ALLOW" &&
          request.clientId === group.clientId &&
          request.resource.type === group.resourceType &&
          request.action === group.action &&
          reasons.some(({ ruleId, role }) => ruleId === "lab-tech-view-labs" && role === group.role),
      );
      const times = meant.map(({ decidedAt }) => decidedAt);
      const patients = new Set(
        meant.flatMap(({ request }) => ("resource" in request && request.resource.patient) || []),
      );
      assert.deepEqual(
        [group.kind, group.scope, group.decisions, group.days, group.firstAt, group.lastAt, group.patients],
        [
          "NEWLY_DENIED",
          "view_lab_results",
          meant.length,
          new Set(times.map((at) => new Date(at).toISOString().slice(0, 10))).size,
          Math.min(...times),
          Math.max(...times),
          patients.size,
        ],
      );
      assert.deepEqual(
        group.samples,
        meant.slice(0, 3).map(({ id }) => id),
      );
    }
    assert.ok(groups.length > 0);
  });

  test("an input that is on record no more is named, and not filled in", async () => {
    const seen = new Set<string>();
    for (const path of ["request.subject.id", "request.resource.patient", "request.context.ipAddress", "facts.0.id"]) {
      const whole = records.find((record) => path in JSON.parse(partsOfDecision(record).personal));
      if (whole === undefined) continue;
      const { record, personal } = partsOfDecision(whole);
      const { [path]: _, ...left } = JSON.parse(personal);
      const erased = wholeRecord(record, JSON.stringify(left)) as DecisionRecord;
      const { replay } = await import("../../src/domain/simulation/replay/replay.ts");
      const facts = month.domain.decisionFacts();
      const replayed = await replay(
        {
          hypothesis: { facts, changeFacts: { now: facts.now, newId: () => "id", ...month.domain.lint } },
          snapshots: { at: () => Promise.reject(new Error("not asked for")) },
          directory: month.storage.directory,
          consents: month.storage.consents,
          breakGlasses: month.storage.breakGlasses,
          restrictions: month.storage.restrictions,
          decisions: {
            decisions: async () => ({
              items: [
                { node: erased, key: 1 },
                { node: whole, key: 2 },
              ],
              hasNextPage: false,
            }),
          },
          breathe: async () => {},
        },
        { operations: [], filter: {}, samples: 1, base: "CURRENT", mayIdentify: true },
        { most: 10, isTimeUp: () => false },
      );
      assert.deepEqual([replayed.read, replayed.same, replayed.notReplayable], [2, 1, 1]);
      assert.deepEqual(replayed.causes, [{ path, message: "is on record no more", decisions: 1, patients: 1 }]);
      seen.add(path);
    }
    assert.ok(seen.size >= 3, [...seen].join());
  });

  test("other obligations of a rule are flips of what it allowed alone", async () => {
    const obligations = [{ type: "notify", parameters: null }];
    const replay = await ask({ operations: [{ updateRule: { id: "lab-tech-view-labs", obligations } }] });
    const by = records.filter(
      ({ kind, outcome, reasons }) =>
        kind === "ACCESS" && outcome === "ALLOW" && reasons.some(({ ruleId }) => ruleId === "lab-tech-view-labs"),
    );
    assert.ok(by.length > 0);
    assert.deepEqual([replay.otherObligations, flipsOf(replay)], [by.length, by.length]);
    assert.deepEqual(
      replay.byRule.map(({ key }) => key),
      ["lab-tech-view-labs"],
    );
  });

  test("what is read is bounded by number and by time, the newest first, and the head says so", async () => {
    const { replay } = await import("../../src/domain/simulation/replay/replay.ts");
    const facts = month.domain.decisionFacts();
    const within = (bounds: { readonly maxDecisions: number; readonly pages?: number }) => {
      let left = bounds.pages ?? Number.POSITIVE_INFINITY;
      return replay(
        {
          hypothesis: { facts, changeFacts: { now: facts.now, newId: () => "id", ...month.domain.lint } },
          snapshots: { at: () => Promise.reject(new Error("not asked for")) },
          directory: month.storage.directory,
          consents: month.storage.consents,
          breakGlasses: month.storage.breakGlasses,
          restrictions: month.storage.restrictions,
          decisions: month.domain.decisions,
          breathe: async () => {},
        },
        { operations: [], filter: {}, samples: 1, base: "CURRENT", mayIdentify: true },
        { most: bounds.maxDecisions, isTimeUp: () => left-- <= 0 },
      );
    };
    const some = await within({ maxDecisions: 700 });
    const times = records.slice(0, 700).map(({ decidedAt }) => decidedAt);
    assert.deepEqual(
      [some.read, some.complete, some.from, some.to],
      [700, false, Math.min(...times), Math.max(...times)],
    );
    const short = await within({ maxDecisions: 1_000_000, pages: 1 });
    assert.ok(!short.complete && short.read > 0 && short.read <= 500);
    assert.ok((await within({ maxDecisions: records.length })).complete);
  });

  test("what is wrong is named by its path", async () => {
    const refused = async (input: ReplayInput): Promise<readonly string[]> => {
      const error = await ask(input).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof ScopewardenError && error.code === "BAD_USER_INPUT", String(error));
      return error.problems.map(({ path }) => path);
    };
    assert.deepEqual(await refused({ operations: [], filter: { from: 2, to: 1 } }), ["input.filter.to"]);
    assert.deepEqual(await refused({ operations: [], samples: 101 }), ["input.samples"]);
    assert.deepEqual(await refused({ operations: [], filter: { clientId: "a\u0000" } }), ["input.filter.clientId"]);
    assert.deepEqual(await refused({ operations: [{ deleteRule: { id: "none" } }] }), [
      "input.operations[0].deleteRule.id",
    ]);
  });

  test("a filter narrows what is read, and an empty window reads nothing", async () => {
    const { read, from, to } = await ask({ operations: [DELETE], filter: { clientId: "lab-portal" } });
    const own = records.filter(({ request }) => request.clientId === "lab-portal").map(({ decidedAt }) => decidedAt);
    assert.deepEqual([read, from, to], [own.length, Math.min(...own), Math.max(...own)]);
    const nothing = await ask({ operations: [DELETE], filter: { to: 1 } });
    assert.deepEqual([nothing.read, nothing.complete, nothing.from], [0, true, null]);
  });
});
