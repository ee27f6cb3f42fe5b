import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessRecord, DecisionRecord } from "../../src/domain/decisions/types.ts";
import type { NewEntity } from "../../src/domain/directory/entity.ts";
import type { ExplainedAccess } from "../../src/domain/monitoring/explanations/seenBefore.ts";
import type { ShareDimension } from "../../src/domain/monitoring/explanations/store.ts";
import type { WatchedDecision } from "../../src/domain/monitoring/watchedDecision.ts";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import type { Batch, Consumer } from "../../src/storage/journal/consumer.ts";
import { decisionIndex } from "../../src/storage/journal/decisionIndex.ts";
import { DIMENSIONS } from "../../src/storage/journal/rollup/dimensions.ts";
import { createWatching, type WatchStep } from "../../src/storage/monitoring/watching.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { decidedBy, keptRequest } from "../support/accessRequests.ts";
import { keptBreakGlass } from "../support/breakGlasses.ts";
import { consentOf } from "../support/consents.ts";
import { countedIn } from "../support/counted.ts";
import { eventually } from "../support/eventually.ts";
import { accessOf, DAY, NOON } from "../support/watchedAccess.ts";
import { killInTheMiddle, killRounds, momentOf } from "./killRounds.ts";
import { grantDecision, revision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const person = (id: string, properties: NewEntity["properties"]): NewEntity => ({ type: "user", id, properties });
const patient = (id: string, properties: NewEntity["properties"]): NewEntity => ({ type: "Patient", id, properties });
let changes = 0;
const put = ({ directory }: Storage, ...entities: readonly NewEntity[]) =>
  directory.commit({
    author: "key:hr",
    reason: `change ${++changes}`,
    committedAt: NOON - 10 * DAY + changes,
    put: entities,
    remove: [],
  });

/** In the place of a table: what is counted of explanations. */
const EXPLAINED = "explained";
const STAFF = [
  person("nina", { unit: "w1", organization: "north" }),
  person("noor", { unit: "w1", organization: "north" }),
  person("zed", { unit: "w1", organization: "north", relatives: ["cleo"] }),
  person("olga", { unit: "w9", organization: "north", patientRecord: "p-olga" }),
];
const PATIENTS = [patient("ada", { careTeam: ["nina"], vip: true }), patient("ben", { unit: "w1" })];

/** What explains each decision: the kind and the reference, of its patients in order. */
async function explained({ watched }: Storage, ...ids: readonly string[]) {
  const found: Record<string, string> = {};
  for (const id of ids) {
    const accesses = await watched.ofDecision(id);
    found[id] = accesses.map(({ explanation: e }) => (e === null ? "-" : `${e.kind} ${e.reference}`)).join(", ");
  }
  return found;
}

const NOTHING_WATCHED: Omit<WatchStep, "begin"> = { async write() {}, undone() {} };

onEveryBackend("explanations of accesses", ({ open, backend }) => {
  const append = ({ journal }: Storage, ...records: readonly DecisionRecord[]) => journal.append(records);

  test("are by what the directory had just before the decision in the journal, and stay", async () => {
    const storage = await open();
    await append(storage, accessOf("before"));
    const { revision: made } = await put(storage, ...STAFF, ...PATIENTS);
    await append(storage, accessOf("while"), accessOf("other", { person: "olga" }));
    await put(storage, patient("ada", { careTeam: ["olga"] }));
    await append(storage, accessOf("after"), accessOf("now", { person: "olga" }));
    assert.deepEqual(await explained(storage, "before", "while", "other", "after", "now"), {
      before: "-",
      while: "CARE_TEAM Patient/ada",
      other: "-",
      after: "-",
      now: "CARE_TEAM Patient/ada",
    });
    const [access] = await storage.watched.ofDecision("while");
    const times = await storage.watched.directoryTimes([made]);
    assert.equal(access?.explanation?.since, times.get(made));
    assert.deepEqual([access?.role, access?.unit, access?.organization], ["nurse", "w1", "north"]);
  });

  test("are by emergencies, access requests and consents as they were at the time", async () => {
    const storage = await open();
    await put(storage, ...STAFF, ...PATIENTS);
    const olga = { type: "user", id: "olga" };
    const times = { startedAt: NOON, endsAt: NOON + 1000, reviewDueAt: NOON + DAY };
    await storage.breakGlasses.open(
      keptBreakGlass("b1", { subject: olga, patient: "ada", organization: "north", ...times }),
    );
    await storage.breakGlasses.end("b1", { at: NOON + 500, by: "key:portal", reason: "over" });
    const asked = keptRequest("a1", {
      subject: olga,
      role: "oncall",
      organization: "north",
      createdAt: NOON,
      expiresAt: NOON + 900,
    });
    await storage.accessRequests.open(asked);
    const { at, by, reason } = decidedBy("ada", NOON + 100);
    const given = { validFrom: NOON + 100, validUntil: NOON + 900, before: null };
    const step = {
      accessRequestId: "a1",
      step: "APPROVED",
      by: "key:ada",
      subject: by.subject,
      at,
      reason,
      given,
    } as const;
    await storage.policy.commit(
      revision(1, [changeOf("role", null, { name: "oncall", inherits: [], description: null })], { author: "key:ada" }),
      step,
    );
    const named = [{ clientId: null, subject: olga, role: null, organization: null, group: null, identifier: null }];
    const anyOfClient = named.map((terms) => ({ ...terms, subject: null, clientId: "ehr" }));
    await storage.consents.add(consentOf({ id: "c-named", patient: "ben", recipients: named, recordedAt: NOON - 5 }));
    await storage.consents.add(consentOf({ id: "c-any", patient: "ada", recipients: null }));
    await storage.consents.add(consentOf({ id: "c-client", patient: "ada", recipients: anyOfClient }));
    const consent = (...ids: string[]) => ids.map((id) => ({ id, kind: "CONSENT", version: 1 }) as const);
    const by_ = { person: "olga" } as const;
    await append(
      storage,
      accessOf("opened", { ...by_, at: NOON + 499 }),
      accessOf("ended", { ...by_, at: NOON + 500 }),
      accessOf("elsewhere", { ...by_, at: NOON + 10, organization: "south" }),
      accessOf("otherPerson", { person: "zed", at: NOON + 10, patient: "dora" }),
      accessOf("requested", { ...by_, role: "oncall", at: NOON + 600, policyRevision: 1 }),
      accessOf("otherRole", { ...by_, at: NOON + 600, policyRevision: 1 }),
      accessOf("tooEarly", { ...by_, role: "oncall", at: NOON + 99, patient: "dora" }),
      accessOf("expired", { ...by_, role: "oncall", at: NOON + 900, policyRevision: 1 }),
      accessOf("named", { ...by_, patient: "ben", at: NOON + 600, facts: consent("c-named") }),
      accessOf("notInFacts", { ...by_, patient: "ben", at: NOON + 600 }),
      accessOf("anybody", { ...by_, at: NOON + 600, facts: consent("c-any", "c-client") }),
    );
    assert.deepEqual(
      await explained(
        storage,
        ...["opened", "ended", "elsewhere", "otherPerson", "requested", "otherRole", "tooEarly", "expired"],
        ...["named", "notInFacts", "anybody"],
      ),
      {
        opened: "BREAK_GLASS b1",
        ended: "-",
        elsewhere: "-",
        otherPerson: "-",
        requested: "ACCESS_REQUEST a1",
        otherRole: "-",
        tooEarly: "-",
        expired: "-",
        named: "CONSENT c-named",
        notInFacts: "-",
        anybody: "-",
      },
    );
  });

  const COLLEAGUES: readonly (readonly [string, Parameters<typeof accessOf>[1], string])[] = [
    ["snoop1", { person: "zed", patient: "cleo", at: NOON }, "-"],
    ["snoop2", { person: "noor", patient: "cleo", at: NOON + 1 }, "-"],
    ["snoop1again", { person: "zed", patient: "cleo", at: NOON + 2 }, "-"],
    ["early", { person: "noor", at: NOON + 3 }, "-"],
    ["related", { person: "nina", at: NOON + 4 }, "CARE_TEAM Patient/ada"],
    ["colleague", { person: "noor", at: NOON + 5 }, "COLLEAGUE related"],
    ["otherRole", { person: "zed", role: "clerk", at: NOON + 6 }, "-"],
    ["otherUnit", { person: "olga", at: NOON + 7 }, "-"],
    ["inTime", { person: "zed", at: NOON + 4 + 7 * DAY }, "COLLEAGUE related"],
    // By then only colleagues who were explained by a colleague have seen her.
    ["tooLate", { person: "zed", at: NOON + 5 + 7 * DAY }, "-"],
  ];

  test("are by a colleague whom a relation explains, and never by one whom nothing or a colleague does", async () => {
    for (const together of [true, false]) {
      const storage = await open();
      await put(storage, ...STAFF, ...PATIENTS);
      const records = COLLEAGUES.map(([id, of]) => accessOf(id, of));
      if (together) await append(storage, ...records);
      else
        for (const record of records) {
          await append(storage, record);
          await storage.watched.ofDecision(record.id);
        }
      assert.deepEqual(
        await explained(storage, ...COLLEAGUES.map(([id]) => id)),
        Object.fromEntries(COLLEAGUES.map(([id, , what]) => [id, what])),
      );
    }
  });

  test("are not asked of what was denied, of tokens, of clients for themselves, and where there is no patient", async () => {
    const storage = await open();
    await append(
      storage,
      accessOf("denied", { outcome: "DENY" }),
      accessOf("itself", { person: null }),
      accessOf("client", { type: "client" }),
      accessOf("nobody", { patient: null }),
      grantDecision(1),
    );
    const found = await explained(
      storage,
      "denied",
      "itself",
      "client",
      "nobody",
      grantDecision(1).id,
      "unknown",
      "\0",
    );
    assert.deepEqual([...new Set(Object.values(found))], [""]);
    assert.deepEqual(await storage.watched.totals(), []);
  });

  /** A mixture in which nearly all depends on order. */
  const mixture = (n: number): AccessRecord =>
    accessOf(`m${n}`, {
      person: ["nina", "noor", "zed", "olga"][(n * 7) % 4] ?? null,
      patient: ["ada", "ben", "cleo"][(n * 5) % 3] ?? null,
      role: n % 11 === 0 ? "clerk" : "nurse",
      at: NOON + n * 3_600_000,
      outcome: n % 13 === 0 ? "DENY" : "ALLOW",
      organization: n % 4 === 0 ? "south" : "north",
    });
  const all = (url: string, table: string) =>
    backend()
      .raw(
        url,
        table === EXPLAINED
          ? `${countedIn("EXPLAINED")} UNION ALL ${countedIn("EXPLAINED_EVER")}`
          : `SELECT * FROM ${table}`,
      )
      .then((rows) =>
        rows.map((row) => JSON.stringify(Object.values(row).map((v) => (v === null ? null : String(v))))).sort(),
      );

  test("are the same however the journal was parted, and after rebuild-index", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    await put(storage, ...STAFF, ...PATIENTS);
    for (let n = 0; n < 300; n++) {
      await append(storage, mixture(n));
      if (n === 150) await put(storage, patient("cleo", { careTeam: ["zed"] }));
      if (n % 17 === 0) await storage.watched.ofDecision("m0");
    }
    await storage.watched.ofDecision("m0");
    const tables = ["watched_access", EXPLAINED, "watched_directory"];
    const before = await Promise.all(tables.map((table) => all(url, table)));
    assert.ok((before[0]?.length ?? 0) > 200);
    await storage.rebuildIndex();
    assert.deepEqual(await Promise.all(tables.map((table) => all(url, table))), before);
    const kinds = new Set(
      (await backend().raw(url, "SELECT DISTINCT kind FROM watched_access")).map(({ kind }) => kind),
    );
    assert.deepEqual([...kinds].map(String).sort(), ["CARE_TEAM", "COLLEAGUE", "SAME_UNIT", "null"]);
  });

  test("are made once each by one that is killed again and again, by two on PostgreSQL", {
    timeout: 300_000 + killRounds(3) * 30_000,
  }, async () => {
    const url = await backend().fresh();
    const first = await open(url, { following: { consumers: [] } });
    await put(first, ...STAFF, ...PATIENTS);
    const instances = url.startsWith("postgres") ? 2 : 1;
    let made = 0;
    for (let round = 0; round < killRounds(3); round++) {
      for (const end = made + 500; made < end; made += 100)
        await append(first, ...Array.from({ length: 100 }, (_, i) => mixture(made + i)));
      await killInTheMiddle("test/storage/explanationsChild.ts", { url, instances, moment: momentOf(round) });
    }
    const heir = await open(url);
    await heir.watched.ofDecision("m1");
    const killed = await Promise.all(["watched_access", EXPLAINED].map((table) => all(url, table)));
    const allowed = Array.from({ length: made }, (_, n) => mixture(n)).filter(({ outcome }) => outcome === "ALLOW");
    assert.equal(killed[0]?.length, allowed.length);
    const [total] = await backend().raw(url, "SELECT SUM(n) AS n FROM rollup WHERE dimension = 4");
    assert.equal(Number(total?.n), allowed.length);
    await heir.rebuildIndex();
    assert.deepEqual(await Promise.all(["watched_access", EXPLAINED].map((table) => all(url, table))), killed);
  });

  test("take a few statements a step, however many decisions it has", async () => {
    const steps: { decisions: number; statements: number }[] = [];
    const watching = createWatching({ next: { ...NOTHING_WATCHED, begin: async () => async () => null } });
    const { read: _, ...whole } = watching;
    const counting: Consumer = {
      ...whole,
      async write(batch) {
        const step = { decisions: 0, statements: 0 };
        steps.push(step);
        const run: typeof batch.run = (sql, parameters) => {
          step.statements++;
          return batch.run(sql, parameters);
        };
        const change: typeof batch.change = (sql, parameters) => {
          step.statements++;
          return batch.change(sql, parameters);
        };
        const select: typeof batch.select = (sql, parameters) => {
          step.statements++;
          return batch.select(sql, parameters);
        };
        const counted = { ...batch, run, change, select };
        await watching.write(counted, await watching.read?.(counted));
        step.decisions = batch.until - batch.after;
      },
    };
    const following = { consumers: [[decisionIndex], [counting]] };
    const storage = await open(undefined, { following });
    await put(storage, ...STAFF, ...PATIENTS);
    await append(storage, ...Array.from({ length: 600 }, (_, n) => mixture(n)));
    await storage.watched.ofDecision("m0");
    assert.ok(steps.some(({ decisions }) => decisions >= 16));
    // Counting asks once more for each new day, and what is young of the policy is looked for three times at most.
    for (const { decisions, statements } of steps)
      assert.ok(
        statements <= 17 + Math.ceil(decisions / 24) + 1,
        `${statements} statements for ${decisions} decisions`,
      );
  });

  /** What watches is handed the decisions, with the transaction. */
  const STEPS = async (
    write: (batch: Batch, decisions: readonly WatchedDecision[]) => Promise<void>,
    more: Parameters<typeof createWatching>[0] = {},
  ) => {
    const url = await backend().fresh();
    const begin: WatchStep["begin"] = async () => async (decisions) => decisions;
    const watching = createWatching({ ...more, next: { ...NOTHING_WATCHED, begin, write } });
    const storage = await open(url, {
      following: { consumers: [[decisionIndex], [watching]], indexWaitMs: 1_000 },
    });
    return { url, storage };
  };

  test("go on to what watches: all decisions in order, with what the directory says of the patient", async () => {
    const taken: WatchedDecision[] = [];
    const place = { network: "10.0.0.0/24", autonomousSystem: 1, country: "DE" };
    const { storage } = await STEPS(async (_, decisions) => void taken.push(...decisions), {
      placeOf: () => place,
    });
    const held = {
      clientId: null,
      subjectId: "nina",
      subjectType: "user",
      validFrom: null,
      validUntil: null,
      organization: "*",
    };
    await storage.policy.commit(revision(1, [changeOf("assignment", null, { ...held, role: "ward" })]));
    await storage.policy.commit(revision(2, [changeOf("assignment", null, { ...held, role: "late" })]));
    await put(
      storage,
      ...STAFF,
      ...PATIENTS,
      person("paul", { unit: "w1", organization: "north", patientRecord: "p-paul", household: "h1" }),
      person("rita", { household: "h1" }),
    );
    await append(
      storage,
      accessOf("d1", { outcome: "DENY", patient: "cleo", person: "zed" }),
      accessOf("d2", { policyRevision: 1 }),
      grantDecision(7),
      accessOf("d3", { person: null }),
      accessOf("d4", { patient: "p-paul", at: NOON + 1 }),
      accessOf("d5", { patient: "p-paul", person: "rita" }),
      accessOf("d6", { patient: "p-olga", person: "olga" }),
      accessOf("d7", { at: NOON + 2 }),
      accessOf("d8", { at: NOON + 91 * DAY, person: "noor" }),
    );
    await storage.watched.ofDecision("d1");
    assert.deepEqual(
      taken.map(({ kind, outcome, patients, position }, i) => [
        ...[kind, outcome, i === 0 || position > (taken[i - 1]?.position ?? 0)],
        ...patients.flatMap(({ explanation, relation, seenByUnit, underCare, vip }) => [
          explanation?.kind,
          relation,
          vip,
          seenByUnit,
          underCare,
        ]),
      ]),
      [
        ["ACCESS", "DENY", true, undefined, "RELATIVE", false, false, undefined],
        ["ACCESS", "ALLOW", true, "CARE_TEAM", null, true, false, true],
        ["GRANT", "ALLOW", true, undefined, null, false, null, undefined],
        ["ACCESS", "ALLOW", true, undefined, null, true, null, true],
        ["ACCESS", "ALLOW", true, undefined, "COLLEAGUE", false, false, undefined],
        ["ACCESS", "ALLOW", true, undefined, "HOUSEHOLD", false, null, undefined],
        ["ACCESS", "ALLOW", true, undefined, "SELF", false, false, undefined],
        ["ACCESS", "ALLOW", true, "CARE_TEAM", null, true, true, true],
        ["ACCESS", "ALLOW", true, undefined, null, true, false, true],
      ],
    );
    const [, second, grant] = taken;
    assert.deepEqual([second?.roles, second?.unit, second?.scopesUsed], [["ward"], "w1", ["view_notes"]]);
    assert.equal(second?.place, null, "there is no address");
    assert.deepEqual([grant?.action, grant?.resourceType, grant?.place], [null, null, place]);
  });

  test("are taken back together with what watches when that fails, and then made", async () => {
    let failing = true;
    const { storage, url } = await STEPS(async ({ run }, decisions) => {
      await run(`UPDATE watched_directory SET revision = revision + 0`);
      // Not of the acts, which would be set aside.
      if (failing && decisions.length > 0) throw Object.assign(new Error("The step fails."), { code: "EIO" });
    });
    await append(storage, accessOf("d1"));
    await assert.rejects(storage.watched.ofDecision("d1"), { code: "JOURNAL_UNAVAILABLE" });
    assert.deepEqual(await all(url, "watched_access"), []);
    assert.deepEqual(await all(url, EXPLAINED), []);
    failing = false;
    // It is tried again after a pause, which is the longer the more often it has failed.
    await eventually("what was taken back is made", () =>
      storage.watched.ofDecision("d1").then(
        (found) => found.length === 1,
        () => false,
      ),
    );
  });

  test("are counted by the day, by each dimension and in all; made-up organizations stay few in the metric", async () => {
    const storage = await open();
    await put(storage, ...STAFF, ...PATIENTS);
    const records = Array.from({ length: 300 }, (_, n) => mixture(n));
    await append(storage, ...records);
    const accesses = (await Promise.all(records.map(({ id }) => storage.watched.ofDecision(id)))).flat();
    const [from, to] = [NOON - (NOON % DAY) + DAY, NOON - (NOON % DAY) + 5 * DAY];
    const within = accesses.filter(({ at }) => at >= from && at < to);
    for (const [by, keyOf] of [
      [null, () => null],
      ["ORGANIZATION", (a) => a.organization],
      ["CLIENT", (a) => a.clientId],
      ["ROLE", (a) => a.role],
      ["DAY", (a) => String(a.at - (a.at % DAY))],
    ] as readonly (readonly [ShareDimension | null, (a: ExplainedAccess) => string | null])[]) {
      const naively: Record<string, number> = {};
      for (const each of within) {
        const key = JSON.stringify([keyOf(each), each.explanation?.kind ?? null]);
        naively[key] = (naively[key] ?? 0) + 1;
      }
      const { counts } = await storage.watched.counts({ from, to, by });
      assert.deepEqual(
        Object.fromEntries(counts.map(({ count, key, kind }) => [JSON.stringify([key, kind]), count])),
        naively,
      );
    }
    const sum = async () => (await storage.watched.totals()).reduce((n, { count }) => n + count, 0);
    assert.equal(await sum(), accesses.length);
    await append(
      storage,
      ...Array.from({ length: 400 }, (_, n) => accessOf(`x${n}`, { organization: `made-up-${n}` })),
    );
    await storage.watched.ofDecision("x0");
    const totals = await storage.watched.totals();
    assert.ok(totals.length <= DIMENSIONS.EXPLAINED_EVER.bound.keys + 2, `${totals.length} series`);
    assert.ok(totals.some(({ organization, role }) => organization === "*" && role === "*"));
    assert.equal(await sum(), accesses.length + 400);
  });
});
