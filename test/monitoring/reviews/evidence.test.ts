import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { ReviewAccess } from "../../../src/domain/monitoring/reviews/campaign.ts";
import { evidenceFor, exceptionKey, type Found } from "../../../src/domain/monitoring/reviews/evidence.ts";
import type { HolderUse } from "../../../src/domain/monitoring/reviews/store.ts";
import { changeOf, emptySnapshot, withChanges } from "../../../src/domain/policy/snapshot.ts";
import { DAY_MS } from "../../../src/domain/policy/use.ts";
import { createEngine, type Engine } from "../../../src/engine/engine.ts";
import { client, grant, role, rule } from "../../storage/samples.ts";
import { NO_VERSIONS } from "../../support/records.ts";
import { assignmentAccess, grantAccess } from "../../support/reviews.ts";

const NOW = 1_000 * DAY_MS;
let engine: Engine;
before(async () => {
  engine = await createEngine();
});
const snapshot = withChanges(
  emptySnapshot(),
  [
    changeOf("client", null, client("ehr")),
    changeOf("role", null, role("staff")),
    changeOf("role", null, role("nurse", ["staff"])),
    changeOf("rule", null, rule("of-staff", { role: "staff" })),
    changeOf("rule", null, rule("of-doctors", { role: "doctor" })),
    changeOf("rule", null, rule("of-all", { role: "*" })),
    changeOf("grant", null, grant("ehr", "user/Observation.rs")),
    changeOf("grant", null, grant("ehr", "user/Condition.rs")),
    changeOf("grant", null, grant("ehr", "user/Condition.r")),
  ],
  1,
);

interface Past {
  readonly uses?: readonly Partial<HolderUse>[];
  readonly scopes?: readonly (readonly [scope: string, uses: number, lastUsedAt: number])[];
  /** For how many days it has been there, and decisions on record. */
  readonly days?: number;
  readonly recorded?: number | null;
  readonly exceptions?: ReadonlyMap<string, number>;
}
async function of(access: ReviewAccess, past: Past = {}): Promise<Found> {
  const { days = 200, exceptions = new Map(), recorded = 300, scopes = [], uses = [] } = past;
  const revision = {
    revision: 1,
    author: "key:ada",
    reason: "Joined",
    committedAt: NOW - days * DAY_MS,
    changeCount: 1,
  };
  const {
    evidence: [found],
  } = await evidenceFor(
    {
      reader: {
        origins: async ({ keys }) => new Map(keys.map((key) => [key, revision])),
        usesOfHolders: async () =>
          uses.map((use) => ({
            holder: "s:user\nrose",
            organization: "ward",
            isElsewhere: false,
            ruleIds: [],
            uses: 1,
            patients: 1,
            lastUsedAt: 7,
            ...use,
          })),
      },
      usage: {
        ofScope: async () => ({ asOf: NOW, uses: [] }),
        ofClients: async (_, since) => ({
          asOf: NOW,
          uses: scopes
            .filter(([, , lastUsedAt]) => lastUsedAt >= since)
            .map(([scope, count, lastUsedAt]) => ({ clientId: "ehr", scope, uses: count, lastUsedAt })),
        }),
        allowed: async () => ({ asOf: NOW, records: [] }),
        patients: async () => null,
      },
      facts: () => ({ snapshot, engine, now: NOW }),
      changeFacts: () => assert.fail("nothing is looked for"),
      ...NO_VERSIONS,
      oldestDecision: async () => (recorded === null ? null : NOW - recorded * DAY_MS),
      breathe: async () => undefined,
    },
    [access],
    { windowDays: 90, now: NOW, exceptions, wantsSmaller: () => false },
  );
  assert.ok(found !== undefined);
  return found;
}

test("a role is used by a rule of its own or of one that it inherits, in its organization", async () => {
  const uses = async (use: Partial<HolderUse>, access = assignmentAccess()) => (await of(access, { uses: [use] })).uses;
  assert.equal(await uses({ ruleIds: ["of-staff"] }), 1);
  assert.equal(await uses({ ruleIds: ["of-doctors"] }), 0);
  assert.equal(await uses({ ruleIds: ["of-all"] }), 0);
  assert.equal(await uses({ ruleIds: ["of-all", "of-staff"] }), 1);
  assert.equal(await uses({ ruleIds: ["of-staff"], organization: "clinic" }), 0);
  assert.equal(
    await uses({ ruleIds: ["of-staff"], organization: "clinic" }, assignmentAccess({ organization: "*" })),
    1,
  );
});

test("what can't be told counts as use: a rule that is gone, an organization that was not named", async () => {
  const uses = [{ ruleIds: ["gone"] }, { ruleIds: ["of-staff"], organization: null, uses: 2, lastUsedAt: 9 }];
  const found = await of(assignmentAccess(), { uses });
  assert.deepEqual([found.uses, found.lastUsedAt, found.usedIn], [3, 9, [null, "ward"]]);
});

test("organizations are named up to twenty and counted beyond, however many a request makes up", async () => {
  const everywhere = assignmentAccess({ organization: "*" });
  const uses = Array.from({ length: 200_000 }, (_, i) => ({
    organization: `org-${String(i).padStart(6, "0")}`,
    ruleIds: ["of-staff"],
  }));
  const beyond = { organization: null, isElsewhere: true, ruleIds: ["of-staff"], uses: 7, lastUsedAt: 9 };
  const found = await of(everywhere, { uses: [...uses, beyond] });
  assert.deepEqual([found.uses, found.lastUsedAt, found.usedIn.length], [200_007, 9, 20]);
  assert.deepEqual([found.usedIn[0], found.usedIn[19], found.usedInCount], ["org-000000", "org-000019", 200_001]);
  const here = await of(assignmentAccess(), { uses: [beyond] });
  assert.deepEqual([here.uses, here.usedInCount], [0, 0]);
});

test("uses before the window tell when it was last used, and no more", async () => {
  const found = await of(assignmentAccess(), { uses: [{ ruleIds: ["of-staff"], uses: 0, lastUsedAt: 5 }] });
  assert.deepEqual([found.uses, found.lastUsedAt, found.usedIn], [0, 5, []]);
  const older = NOW - 200 * DAY_MS;
  const granted = await of(grantAccess({ scope: "user/Observation.rs" }), {
    scopes: [["user/Observation.rs", 4, older]],
  });
  assert.deepEqual([granted.uses, granted.lastUsedAt], [0, older]);
});

test("a grant is used by its name, or by what it has in common with a scope that is not granted itself", async () => {
  const uses = async (scope: string, used: string) =>
    (await of(grantAccess({ scope }), { scopes: [[used, 4, NOW - DAY_MS]] })).uses;
  assert.equal(await uses("user/Condition.rs", "user/Condition.rs"), 4);
  assert.equal(await uses("user/Observation.rs", "user/Observation.r"), 4);
  assert.equal(await uses("user/Condition.rs", "user/Condition.r"), 0);
  assert.equal(await uses("user/Observation.rs", "user/Patient.r"), 0);
});

test("it was observed since it was given, and decisions are on record, for the window at most", async () => {
  const days = async (past: Past, access = assignmentAccess()) => (await of(access, past)).observedDays;
  assert.equal(await days({}), 90);
  assert.equal(await days({ days: 12 }), 12);
  assert.equal(await days({ recorded: 30 }), 30);
  assert.equal(await days({ recorded: null }), 0);
  assert.equal(await days({}, assignmentAccess({ validFrom: NOW - 5 * DAY_MS })), 5);
  assert.equal(await days({}, assignmentAccess({ validFrom: NOW + 5 * DAY_MS })), 0);
});

test("it says who gave it, when and why, and until when it is excepted", async () => {
  const access = assignmentAccess();
  const found = await of(access, { days: 12, exceptions: new Map([[exceptionKey(access), 77]]) });
  assert.deepEqual(found.assigned, { revision: 1, at: NOW - 12 * DAY_MS, by: "key:ada", reason: "Joined" });
  assert.equal(found.exceptUntil, 77);
  assert.equal((await of(grantAccess(), { exceptions: new Map([[exceptionKey(access), 77]]) })).exceptUntil, null);
});
