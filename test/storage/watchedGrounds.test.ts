import assert from "node:assert/strict";
import { test } from "node:test";
import { reason } from "../../src/domain/decisions/reason.ts";
import type { DecisionRecord } from "../../src/domain/decisions/types.ts";
import type { WatchedDecision } from "../../src/domain/monitoring/watchedDecision.ts";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import type { RowChange } from "../../src/domain/policy/types.ts";
import type { Consumer } from "../../src/storage/journal/consumer.ts";
import { decisionIndex } from "../../src/storage/journal/decisionIndex.ts";
import { createWatching, type WatchStep } from "../../src/storage/monitoring/watching.ts";
import { keptBreakGlass, reviewedBy } from "../support/breakGlasses.ts";
import { storedKey } from "../support/keys.ts";
import { accessOf, DAY, NOON } from "../support/watchedAccess.ts";
import { grant, revision, role, rule, scope } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const notes = scope("view_notes", {
  declarations: [{ context: "ANY", resourceType: "DocumentReference", actions: ["read"], constraint: null }],
  atoms: [{ context: "ANY", resourceType: "DocumentReference", action: "read", constraint: [] }],
});
const held = (subjectId: string, more: object = {}) => ({
  ...{ subjectId, subjectType: "user", clientId: null, role: "nurse", organization: "north" },
  ...{ validFrom: null, validUntil: null },
  ...more,
});
const allow = rule("r", { role: "nurse", scope: "view_notes", resourceType: "DocumentReference" });
const POLICY: readonly RowChange[] = [
  changeOf("scope", null, notes),
  changeOf("role", null, role("nurse")),
  changeOf("grant", null, grant("ehr", "view_notes")),
  changeOf("assignment", null, held("nina")),
  changeOf("rule", null, allow),
];
const HOUR = 3_600_000;

onEveryBackend("what decisions rest on that are watched", ({ open }) => {
  async function watched() {
    const taken: WatchedDecision[] = [];
    let statements = 0;
    const next: WatchStep = {
      begin: async () => async (decisions) => decisions,
      write: async (_, decisions) => void taken.push(...(decisions as readonly WatchedDecision[])),
      undone() {},
    };
    const { read, write, ...watching } = createWatching({ next });
    const counting: Consumer = {
      ...watching,
      async write(batch) {
        const select: typeof batch.select = (sql, parameters) => {
          if (/FROM policy_revision|policy_\w+ AS [xr]|api_key/.test(sql)) statements++;
          return batch.select(sql, parameters);
        };
        const counted = { ...batch, select };
        await write(counted, await read?.(counted));
      },
    };
    const following = { consumers: [[decisionIndex], [counting]] };
    const storage = await open(undefined, { following });
    let made = 0;
    const commit = (committedAt: number, author: string, ...changes: readonly RowChange[]) =>
      storage.policy.commit(revision(++made, changes, { author, committedAt }));
    /** The decisions as they were watched, in their order. */
    const take = async (...records: readonly DecisionRecord[]) => {
      taken.length = 0;
      statements = 0;
      await storage.journal.append(records);
      await storage.watched.ofDecision(records[0]?.id ?? "");
      return records.map(({ id }) => taken.find((each) => each.id === id));
    };
    const widened = async (...records: readonly DecisionRecord[]) =>
      (await take(...records)).map((each) => each?.widened);
    return { storage, commit, take, widened, statements: () => statements };
  }

  test("is the young change by which they were allowed, with the person behind its author", async () => {
    const { commit, storage, widened } = await watched();
    await storage.apiKeys.add(storedKey("aaaaaaaaaaaa", { subject: { type: "user", id: "nina" } }));
    await storage.apiKeys.add(storedKey("bbbbbbbbbbbb", { subject: { type: "user", id: "ada" } }));
    await commit(NOON - 30 * DAY, "key:admin", ...POLICY);
    assert.deepEqual(await widened(accessOf("old", { policyRevision: 1 })), [undefined]);
    await commit(NOON - 2 * DAY, "key:aaaaaaaaaaaa", changeOf("assignment", null, held("zed")));
    await commit(NOON - DAY, "key:bbbbbbbbbbbb", changeOf("rule", allow, { ...allow, action: "*" }));
    await commit(NOON - HOUR, "jwt:https://idp.test#noor", changeOf("assignment", null, held("noor")));
    await commit(NOON - HOUR / 2, "machine:root", changeOf("assignment", null, held("mona", { organization: "*" })));
    const [zed, rule] = [NOON - 2 * DAY, NOON - DAY];
    assert.deepEqual(
      await widened(
        accessOf("before", { person: "zed", policyRevision: 1 }),
        accessOf("zed", { person: "zed", policyRevision: 2 }),
        accessOf("nina", { policyRevision: 2 }),
        accessOf("rule", { policyRevision: 3 }),
        accessOf("noor", { person: "noor", policyRevision: 5 }),
        accessOf("mona", { person: "mona", policyRevision: 5 }),
        accessOf("late", { policyRevision: 5, at: NOON + 6 * DAY }),
        accessOf("denied", { policyRevision: 5, outcome: "DENY" }),
      ),
      [
        undefined,
        { at: zed, by: "user/nina" },
        undefined,
        { at: rule, by: "user/ada" },
        { at: NOON - HOUR, by: "user/noor" },
        { at: NOON - HOUR / 2, by: null },
        undefined,
        undefined,
      ],
    );
  });

  test("is of SMART scopes and clients that act for themselves, too, and of times that begin", async () => {
    const { commit, widened } = await watched();
    const system = "system/DocumentReference.r";
    const any = { ...allow, scope: "*" };
    await commit(
      NOON - 30 * DAY,
      "jwt:idp#ada",
      changeOf("rule", null, any),
      changeOf("role", null, role("nurse")),
      changeOf("grant", null, grant("ehr", "system/Observation.rs")),
      changeOf("assignment", null, held("nina", { validFrom: NOON - HOUR })),
      changeOf("assignment", null, held("x", { subjectId: null, subjectType: null, clientId: "ehr" })),
      changeOf("grant", null, grant("ehr", "user/DocumentReference.r")),
    );
    await commit(NOON - DAY, "jwt:idp#ada", changeOf("grant", null, grant("ehr", "system/*.r")));
    assert.deepEqual(
      await widened(
        accessOf("client", { person: null, scope: system, policyRevision: 2 }),
        accessOf("begins", { scope: "user/DocumentReference.r", policyRevision: 2 }),
      ),
      [
        { at: NOON - DAY, by: "user/ada" },
        { at: NOON - HOUR, by: "user/ada" },
      ],
    );
  });

  test("costs nothing where the policy is as it was, and a few statements where it has changed", async () => {
    const { commit, statements, take } = await watched();
    await commit(NOON - 30 * DAY, "key:admin", ...POLICY);
    const some = (name: string, policyRevision: number) =>
      Array.from({ length: 40 }, (_, n) =>
        accessOf(`${name}-${n}`, { policyRevision, person: n % 2 === 0 ? "nina" : "zed" }),
      );
    const counts: number[] = [];
    const step = async (name: string, policyRevision: number) => {
      const found = await take(...some(name, policyRevision));
      counts.push(statements());
      return found;
    };
    await step("first", 1);
    await step("same", 1);
    await commit(NOON - DAY, "key:admin", changeOf("assignment", null, held("zed")));
    const changed = await step("changed", 2);
    assert.deepEqual(new Set(changed.map((each) => each?.widened?.at ?? null)), new Set([null, NOON - DAY]));
    await step("again", 2);
    const [first, same, after, again] = counts as [number, number, number, number];
    assert.ok(first > 0 && first <= 3 && after > 0 && after <= 8, counts.join(" "));
    assert.deepEqual([same, again], [0, 0]);
  });

  test("is the emergency, with its reason as a code and the reviews that were overdue then", async () => {
    const { storage, take } = await watched();
    const subject = { type: "user", id: "olga" };
    const open = (id: string, patient: string, more: Parameters<typeof keptBreakGlass>[1]) =>
      storage.breakGlasses.open(keptBreakGlass(id, { subject, patient, ...more }));
    const past = (days: number) => ({
      startedAt: NOON - days * DAY,
      endsAt: NOON - days * DAY + HOUR,
      reviewDueAt: NOON - (days - 1) * DAY,
    });
    await open("late", "p1", { reason: "Unconscious, no consent!", ...past(9) });
    await open("reviewed", "p2", { reason: "bleeding", ...past(8) });
    await storage.breakGlasses.review("reviewed", reviewedBy("ada", NOON - 3 * DAY));
    await open("reviewedLater", "p3", { reason: "bleeding", ...past(7) });
    await storage.breakGlasses.review("reviewedLater", reviewedBy("ada", NOON + 1));
    await open("now", "p4", {
      reason: "  unconscious -- no CONSENT",
      startedAt: NOON - HOUR,
      endsAt: NOON + HOUR,
      reviewDueAt: NOON + DAY,
    });
    await storage.breakGlasses.open(
      keptBreakGlass("other", { subject: { type: "user", id: "rob" }, patient: "p5", reason: "fit", ...past(9) }),
    );
    const inEmergency = (id: string, at: number) => {
      const record = accessOf(`in-${id}-${at}`, { person: "olga", at });
      const glass = reason("BREAK_GLASS", {
        parameters: { id, otherwise: null, wouldBeAllowed: true },
        scope: "view_notes",
      });
      return { ...record, reasons: [...record.reasons, glass] };
    };
    const [first, reviewed, last, later, none] = await take(
      inEmergency("late", NOON - 9 * DAY),
      inEmergency("reviewed", NOON - 8 * DAY),
      inEmergency("now", NOON),
      inEmergency("now", NOON + 2),
      accessOf("none", { person: "olga" }),
    );
    assert.deepEqual(
      [first, reviewed, last, later].map((each) => [each?.emergency?.id, each?.emergency?.overdueReviews]),
      [
        ["late", 0],
        ["reviewed", 1],
        ["now", 2],
        ["now", 1],
      ],
    );
    assert.equal(none?.emergency, undefined);
    assert.match(first?.emergency?.reason ?? "", /^[\w-]{16}$/);
    assert.equal(last?.emergency?.reason, first?.emergency?.reason);
    assert.notEqual(reviewed?.emergency?.reason, first?.emergency?.reason);
    const [unknown] = await take(inEmergency("gone", NOON));
    assert.deepEqual(unknown?.emergency, { id: "gone", reason: null, overdueReviews: 2 });
  });
});
