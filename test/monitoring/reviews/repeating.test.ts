import assert from "node:assert/strict";
import { before, test } from "node:test";
import { ScopewardenError } from "../../../src/domain/kernel/errors.ts";
import type { Campaign, NewCampaign } from "../../../src/domain/monitoring/reviews/campaign.ts";
import { createAccessReviews } from "../../../src/domain/monitoring/reviews/reviews.ts";
import type { ReviewStore } from "../../../src/domain/monitoring/reviews/store.ts";
import { changeOf, emptySnapshot, withChanges } from "../../../src/domain/policy/snapshot.ts";
import { DAY_MS } from "../../../src/domain/policy/use.ts";
import { createEngine, type Engine } from "../../../src/engine/engine.ts";
import { role } from "../../storage/samples.ts";
import { NO_VERSIONS } from "../../support/records.ts";
import { campaign } from "../../support/reviews.ts";

const NOTHING_USED = {
  ofScope: async () => ({ asOf: 0, uses: [] }),
  ofClients: async () => ({ asOf: 0, uses: [] }),
  allowed: async () => ({ asOf: 0, records: [] }),
  patients: async () => null,
};
let engine: Engine;
before(async () => {
  engine = await createEngine();
});
const held = { subjectType: "user", clientId: null, organization: "ward", validFrom: null, validUntil: null };
const snapshot = withChanges(
  emptySnapshot(),
  [
    changeOf("role", null, role("nurse")),
    changeOf("role", null, role("boss")),
    changeOf("assignment", null, { ...held, subjectId: "bob", role: "boss" }),
    // One more than can be reviewed.
    ...Array.from({ length: 2_001 }, (_, i) =>
      changeOf("assignment", null, { ...held, subjectId: `s${i}`, role: "nurse" }),
    ),
  ],
  1,
);

/** Nurses are too many; bosses, the last in the list, are one. */
function reviewsOf(before: readonly Campaign[], startFails?: () => Error | undefined) {
  const time = { now: 10 * DAY_MS };
  const begun: NewCampaign[] = [];
  const isDue = ({ id }: Campaign): boolean => !begun.some(({ follows }) => follows === id);
  const store = {
    exceptions: async () => new Map(),
    find: async (id: string) => campaign(id),
    start: async (made: NewCampaign) => {
      const failure = startFails?.();
      if (failure !== undefined) throw failure;
      begun.push(made);
    },
    toRepeat: async (_: number, after: string | null) =>
      before.filter((each) => isDue(each) && (after === null || each.id > after)).slice(0, 20),
  } as unknown as ReviewStore;
  let made = 0;
  const reviews = createAccessReviews({
    store,
    policy: { current: () => snapshot, refresh: async () => snapshot },
    alerts: { ownSubjects: () => Promise.resolve([]) },
    holderOfAlert: assert.fail,
    knownReviewers: () => assert.fail("nobody is looked for"),
    proposals: { propose: assert.fail, findAll: async () => [], find: assert.fail, withdraw: assert.fail },
    reader: { origins: async () => new Map(), usesOfHolders: async () => [] },
    usage: NOTHING_USED,
    figures: NOTHING_USED,
    facts: () => ({ snapshot, engine, now: time.now }),
    changeFacts: () => assert.fail("nothing is looked for"),
    ...NO_VERSIONS,
    oldestDecision: async () => null,
    breathe: async () => undefined,
    clock: () => time.now,
    newId: () => `n${++made}`,
    recordAct: () => Promise.resolve(),
    sha256: () => "digest",
  });
  return { reviews, time, begun };
}

test("reviews that can't begin anew keep none of the others waiting, and are tried again after a day", async () => {
  const tooLarge = Array.from({ length: 20 }, (_, i) => campaign(`c${String(i).padStart(2, "0")}`));
  const { begun, reviews, time } = reviewsOf([...tooLarge, campaign("c20", { role: "boss" })]);
  const failure = { code: "LIMIT_EXCEEDED", message: /^Campaign c00 .* in a day: .* Campaign c19 / };
  await assert.rejects(reviews.repeatDue(), failure);
  assert.equal(begun.length, 0);
  assert.equal((await reviews.repeatDue()).length, 1);
  assert.equal(begun[0]?.follows, "c20");
  time.now += DAY_MS - 1;
  assert.deepEqual(await reviews.repeatDue(), []);
  time.now += 1;
  await assert.rejects(reviews.repeatDue(), failure);
});

test("what is soon over by itself is tried again at the next look", async () => {
  let failure: Error | undefined = new ScopewardenError("POLICY_UNAVAILABLE", "Not now.");
  const { begun, reviews } = reviewsOf([campaign("c1", { role: "boss" })], () => failure);
  await assert.rejects(reviews.repeatDue(), { code: "POLICY_UNAVAILABLE", message: "Not now." });
  failure = undefined;
  await reviews.repeatDue();
  assert.equal(begun[0]?.follows, "c1");
});
