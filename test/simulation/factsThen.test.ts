import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Consent } from "../../src/domain/consent/types.ts";
import type { DecisionRecord } from "../../src/domain/decisions/types.ts";
import { createFactsThen } from "../../src/domain/simulation/factsThen.ts";
import { replayOfJob } from "../../src/domain/simulation/replay/replays.ts";
import { apply, openWorld } from "../graphql/world.ts";
import { consentOf } from "../support/consents.ts";

const gone = new Set<string>();
let versionsAsked = 0;
const world = await openWorld({
  through: (storage) => ({
    ...storage,
    consents: {
      ...storage.consents,
      versions: async (refs) => {
        versionsAsked++;
        const found = await storage.consents.versions(refs);
        return found.map((consent) =>
          consent !== null && gone.has(`${consent.id}:${consent.version}`) ? null : consent,
        );
      },
    },
  }),
});
const { domain, storage } = world;
const service = { id: "key:server", roles: new Set(["service"] as const), defaultClientId: null };
const auditor = { id: "key:auditor", roles: new Set(["auditor"] as const), defaultClientId: null };
const PATIENTS = 20;
const DELETE = { deleteRule: { id: "anyone" } };

const read = async (patient: string): Promise<DecisionRecord> => {
  const input = { clientId: "app", action: "read", resource: { type: "Observation", patient } };
  const [record] = await domain.authorizer.authorize(service, [input], () => "input");
  assert.ok(record !== undefined);
  return record;
};
const ask = (patient: string): Promise<DecisionRecord> =>
  domain.authorizer.decideGrant(service, { clientId: "app", scopes: ["notes"], context: { patient } }, "input");

/** What was decided before a consent, under each of its versions. */
const decided: DecisionRecord[] = [];
before(async () => {
  await apply(world, [
    { putClient: { id: "app", name: "App" } },
    {
      putRule: {
        id: "anyone",
        effect: "ALLOW",
        justification: "This policy is for a test.",
        role: "*",
        scope: "*",
        action: "*",
        resourceType: "*",
      },
    },
    { putScope: { name: "notes", atoms: [{ resourceType: "Observation", actions: ["read"] }], requiresConsent: true } },
    { activateScope: { name: "notes" } },
    { grantScope: { clientId: "app", scope: "notes" } },
  ]);
  const versions: readonly Partial<Consent>[] = [
    {},
    { scopes: ["another"] },
    { scopes: ["another"], step: "WITHDRAWN" },
  ];
  for (let i = 0; i < PATIENTS; i++) {
    const patient = `p${i}`;
    decided.push(await read(patient), await ask(patient));
    for (const [n, more] of versions.entries()) {
      await storage.consents.add(consentOf({ id: `c${i}`, patient, version: n + 1, ...more }));
      decided.push(await read(patient), await ask(patient));
    }
  }
});

describe("a decision that rested on a consent", () => {
  test("felt each version at once, and names it", () => {
    assert.deepEqual(
      decided.slice(0, 8).map(({ outcome, facts = [] }) => [outcome, ...facts.map(({ version }) => version)]),
      [["DENY"], ["DENY"], ["ALLOW", 1], ["ALLOW", 1], ["DENY", 2], ["DENY", 2], ["DENY", 3], ["DENY", 3]],
    );
  });

  test("is explained by what the patient had said then, whatever was said after it", async () => {
    for (const record of decided.slice(0, 8)) {
      const explained = await domain.whatIf.explain(auditor, record);
      assert.deepEqual([explained?.reproduced, explained?.difference], [true, null]);
    }
  });

  for (const base of ["CURRENT", "OWN"] as const)
    test(`is replayed by it (${base}), a page read at once`, async () => {
      versionsAsked = 0;
      const replay = await domain.replays.replay(auditor, { operations: [], base, filter: {} });
      assert.deepEqual(
        [replay.read, replay.same, replay.drifted, replay.notReplayable],
        [decided.length, decided.length, 0, 0],
      );
      assert.equal(versionsAsked, 1);
    });

  test("is replayed by it under a change", async () => {
    const replay = await domain.replays.replay(auditor, { operations: [DELETE], filter: {} });
    assert.deepEqual([replay.allowToDeny, replay.denyToAllow, replay.notReplayable], [2 * PATIENTS, 0, 0]);
  });

  test("is replayed apart, too", async () => {
    const job = await domain.replays.start(auditor, { operations: [DELETE], filter: {} });
    let found = await domain.jobs.find(job.id);
    while (found?.state === "QUEUED" || found?.state === "RUNNING") {
      await new Promise((resolve) => setTimeout(resolve, 20));
      found = await domain.jobs.find(job.id);
    }
    const result = found === null ? null : replayOfJob(found);
    assert.deepEqual([found?.state, result?.allowToDeny, result?.notReplayable], ["DONE", 2 * PATIENTS, 0]);
  });

  test("is not replayable where that version is not there: its place is told, and an explanation refused", async () => {
    gone.add("c0:1");
    const replay = await domain.replays.replay(auditor, { operations: [], filter: {} });
    assert.deepEqual([replay.notReplayable, replay.drifted], [2, 0]);
    assert.deepEqual(replay.causes, [
      { path: "facts.0", message: "names a version of a consent that is not there", few: false, decisions: 2 },
    ]);
    const [, , rested] = decided;
    await assert.rejects(domain.whatIf.explain(auditor, rested as DecisionRecord), { code: "INTERNAL" });
    gone.clear();
  });
});

test("what was not read ahead is read when it is asked for; what was erased names nothing", async () => {
  const asked: string[][] = [];
  const none = { versions: () => assert.fail("none is named") };
  const then = createFactsThen({
    consents: {
      versions: async (refs) => {
        asked.push(refs.map(({ id, version }) => `${id}:${version}`));
        return refs.map(({ id, version }) => (id === "none" ? null : consentOf({ id, version })));
      },
    },
    directory: { version: () => assert.fail("no entity is named") },
    breakGlasses: none,
    restrictions: none,
  });
  const [base] = decided;
  assert.ok(base !== undefined);
  const naming = (...ids: readonly (string | undefined)[]) =>
    ({ ...base, facts: ids.map((id) => ({ id, kind: "CONSENT", version: 1 })) }) as DecisionRecord;
  const consentsOf = async (record: DecisionRecord) => {
    const facts = await then.of(record);
    return "gathered" in facts ? facts.gathered.consents.map(({ id }) => id) : facts;
  };
  await then.ahead([naming("a", "b"), base, naming("b", undefined, "none")]);
  assert.deepEqual(asked, [["a:1", "b:1", "none:1"]]);
  assert.deepEqual(await consentsOf(naming("a", "b")), ["a", "b"]);
  const message = "names a version of a consent that is not there";
  assert.deepEqual(await consentsOf(naming("b", "none")), [{ path: "facts.1", message }]);
  assert.equal(asked.length, 1);
  assert.deepEqual(await consentsOf(naming("b", "x")), ["b", "x"]);
  assert.deepEqual(asked[1], ["b:1", "x:1"]);
  await then.ahead([base]);
  await then.of(naming("b"));
  assert.deepEqual(asked.slice(2), [["b:1"]]);
});
