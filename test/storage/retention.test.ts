import assert from "node:assert/strict";
import { copyFile, readFile } from "node:fs/promises";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { LegalHold } from "../../src/domain/audit/retention/legalHold.ts";
import { createRetention } from "../../src/domain/audit/retention/retention.ts";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import { consentReadAct, simulationAct } from "../../src/domain/record/acts.ts";
import { erasedPersonal } from "../../src/domain/record/tree/leafEntry.ts";
import { createRecordProofs } from "../../src/domain/record/tree/recordProofs.ts";
import type { TrustedKey } from "../../src/domain/record/verify/checkpointCheck.ts";
import { verifyRecord } from "../../src/domain/record/verify/verifyRecord.ts";
import type { Job } from "../../src/domain/simulation/jobs/job.ts";
import { newNoteKey, noteSigner, noteVerifier } from "../../src/process/noteKeys.ts";
import { recordHash } from "../../src/process/recordHash.ts";
import { openRecord } from "../../src/storage/record/recordSource.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { countedIn } from "../support/counted.ts";
import { keptRestriction } from "../support/restrictions.ts";
import { allDecisions } from "./allDecisions.ts";
import { type Backend, heldReader } from "./backends.ts";
import { decision, revision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const DAY = 86_400_000;
const YEAR = 366 * DAY;
const NOW = Date.parse("2026-03-01T00:00:00Z");
const OLD = NOW - 6 * YEAR - DAY;
/** Long enough that no other text has it by accident. */
const PATIENT = "patient-zz9-plural-z-alpha";
const PERSON = "person-qwertz-4711";

const signer = noteSigner("test.example/record", newNoteKey());
const keys: readonly TrustedKey[] = [signer].map(({ publicKey }) => {
  const verifier = noteVerifier(publicKey);
  assert.ok(verifier);
  return { verifier, publicKey, untilSize: null };
});

interface Said {
  readonly at: number;
  readonly patient?: string;
  readonly client?: string;
  readonly organization?: string;
  readonly ip?: string;
}

function access(
  n: number,
  { at, client = "app", ip = "10.9.8.7", organization = "st-mary", patient = PATIENT }: Said,
): AccessRecord {
  const made = decision(n, { decidedAt: at });
  const { context, request, resource } = { ...made, context: made.request.context, resource: made.request.resource };
  assert.ok(context);
  return {
    ...made,
    request: {
      ...request,
      clientId: client,
      requestId: `request-${n}`,
      subject: { id: PERSON, type: "user", organization, roles: null, attributes: null },
      resource: {
        ...resource,
        id: `${patient}-observation`,
        patient,
        patients: [patient, `${patient}-twin`],
        organization,
      },
      context: { ...context, patient, ipAddress: ip },
    },
  };
}

let ids = 0;
const newId = (): string => `id-${String(++ids).padStart(8, "0")}`;

async function retentionOf(storage: Storage, clock: () => number = () => NOW) {
  const snapshot = await storage.policy.load();
  return createRetention({
    store: storage.retention,
    snapshot: () => snapshot,
    hash: recordHash,
    clock,
    newId,
    giveWay: async () => undefined,
  });
}

/** What follows must have taken what is on record, or nothing of it is erased. */
async function caughtUp(storage: Storage): Promise<void> {
  await storage.journalSpan();
  await storage.watched.ofDecision("absent");
  await storage.record.untilGrown();
}

async function verified(url: string, isTreeOnly = false) {
  const record = await openRecord(url);
  assert.ok(record);
  try {
    return await verifyRecord({
      source: isTreeOnly ? record.treeOnly : record.source,
      hash: recordHash,
      keys,
      readKey: noteVerifier,
      elsewhere: [],
      progress: () => undefined,
    });
  } finally {
    await record.close();
  }
}

const sign = (storage: Storage) =>
  createRecordProofs({ store: storage.record, signer: async () => signer, clock: () => NOW }).sign();

/** All rows of all tables as one text. */
async function dump({ name, raw }: Backend, url: string): Promise<string> {
  const list =
    name === "sqlite"
      ? "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
      : "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace";
  const texts: string[] = [];
  for (const { name: table } of await raw(url, list))
    texts.push(
      JSON.stringify(await raw(url, `SELECT * FROM "${table}"`), (_, value) => (Buffer.isBuffer(value) ? "" : value)),
    );
  return texts.join("\n");
}

const hold = (more: Partial<LegalHold>): LegalHold => ({
  id: newId(),
  patient: null,
  clientId: null,
  from: null,
  to: null,
  reason: "a lawsuit",
  placedAt: NOW,
  placedBy: { callerId: "jwt:auditor", subject: null },
  lifted: null,
  ...more,
});

/** A back-test that is over; of an old one a sample tells of whom. */
const backtestJob = (id: string, { from, to }: { readonly from: number; readonly to: number }): Job => ({
  ...{
    id,
    owner: "c",
    state: "DONE",
    progress: 1,
    read: 1,
    inputSha256: "",
    reason: null,
    detector: "FREQUENCY",
    kind: "BACKTEST",
    baseRevision: null,
  },
  ...{ createdAt: to, startedAt: to, endedAt: to, seenAt: to, from, to },
  result: { samples: from === OLD ? [{ patients: [PATIENT] }] : [] },
});

onEveryBackend("retention", ({ backend, open }) => {
  test("what identifies people is erased after its time wherever it stands, the rest stays, and the record verifies", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    await storage.journal.append([
      access(1, { at: OLD }),
      access(2, { at: OLD + 1, patient: `${PATIENT}-2` }),
      access(3, { at: NOW - DAY, patient: "young", ip: "10.1.1.1" }),
    ]);
    const asked = { callerId: "c", field: "f", baseRevision: 0, operations: 0, operationsSha256: "", questions: 1 };
    await storage.recordAct(
      consentReadAct("r1", { callerId: "c", at: OLD, field: "consents", patients: [PATIENT], consents: 1 }),
    );
    await storage.recordAct(simulationAct("s1", { ...asked, at: NOW - DAY, patients: ["young"] }));
    await storage.jobs.add(backtestJob("old", { from: OLD, to: OLD + DAY }), 0);
    const running = {
      ...backtestJob("running", { from: OLD - DAY, to: NOW }),
      state: "RUNNING" as const,
      endedAt: null,
      result: null,
    };
    await storage.jobs.add(running, 0);
    await storage.jobs.add({ ...running, id: "waiting", state: "QUEUED" }, 0);
    await storage.jobs.add(backtestJob("young", { from: NOW - DAY, to: NOW }), 0);
    await caughtUp(storage);
    const before = await sign(storage);
    assert.ok((await dump(backend(), url)).includes(PATIENT));
    const retention = await retentionOf(storage);

    const would = await retention.preview();
    assert.deepEqual([would.acts, would.held], [3, 0]);
    assert.ok((await dump(backend(), url)).includes(PATIENT), "a preview changes nothing");

    const done = await retention.eraseDue();
    assert.equal(done.acts, 3);
    assert.equal(done.values, would.values);
    assert.deepEqual([done.nextAt, done.oldestAt], [NOW - DAY + 6 * YEAR, NOW - DAY]);
    assert.equal((await retention.eraseDue()).acts, 0);
    assert.equal(await storage.jobs.find("old"), null);
    assert.notEqual(await storage.jobs.find("young"), null);
    // What one has read that is being made would be shown when it is done: nothing comes of it.
    const ended = { state: "DONE" as const, endedAt: NOW, result: backtestJob("", { from: OLD, to: NOW }).result };
    assert.equal(await storage.jobs.change("running", ended), false);
    const failed = await storage.jobs.find("running");
    assert.deepEqual([failed?.state, failed?.result], ["FAILED", null]);
    assert.match(failed?.reason ?? "", /erased meanwhile.*Begin it again/);
    assert.equal((await storage.jobs.find("waiting"))?.state, "QUEUED");
    assert.deepEqual(await storage.retention.status().then(({ acts, values }) => ({ acts, values })), {
      acts: 3,
      values: done.values,
    });

    const record = await storage.decisions.decision(access(1, { at: OLD }).id);
    assert.ok(record?.kind === "ACCESS");
    assert.deepEqual(record.erased, [
      ...["reasons.0.personal"].filter(() => record.outcome === "DENY"),
      "request.context.ipAddress",
      "request.context.patient",
      "request.requestId",
      "request.resource.attributes",
      "request.resource.id",
      "request.resource.patient",
      "request.resource.patients",
      "request.subject.id",
    ]);
    assert.equal(record.request.subject?.id, null);
    assert.equal(record.request.subject?.type, "user");
    assert.equal(record.request.clientId, "app");
    assert.equal(await storage.journal.findByRequestId("key:gateway", "request-1"), null);
    const list = async (filter: object) =>
      (await storage.decisions.decisions({ filter, page: { first: 9, after: null } })).items.map(({ node }) => node.id);
    assert.equal((await list({ clientId: "app" })).length, 3);
    assert.deepEqual(await list({ patient: PATIENT }), []);
    assert.deepEqual(await list({ subjectId: PERSON }), [access(3, { at: 0 }).id]);
    assert.deepEqual(await list({ network: "10.9.8.0/24" }), []);
    assert.deepEqual(await list({ network: "10.1.1.0/24" }), [access(3, { at: 0 }).id]);
    const { patientAccesses } = storage;
    assert.equal(await patientAccesses.erased({ from: 0, to: NOW, most: 10 }), 2);
    assert.equal(await patientAccesses.erased({ from: NOW - YEAR, to: NOW, most: 10 }), 0);
    assert.equal(await patientAccesses.namingNobody({ from: 0, to: NOW, without: [], most: 10 }), 0);

    await storage.record.untilGrown();
    await sign(storage);
    assert.ok(before);
    const verification = await verified(url);
    assert.deepEqual(verification.findings, []);
    assert.equal(verification.erased, done.values);
    assert.deepEqual((await verified(url, true)).findings, []);
    const rows = await backend().raw(url, `SELECT "record" FROM journal WHERE "kind" = 'ERASURE'`);
    assert.equal(rows.length, 1);
    const { acts, positions, values } = JSON.parse(String(rows[0]?.record));
    assert.deepEqual(
      { acts, positions, values },
      {
        acts: { CONSENT_READ: 1, DECISION: 2 },
        positions: [
          [1, 2],
          [4, 4],
        ],
        values: done.values,
      },
    );

    const later = await retentionOf(storage, () => NOW + 7 * YEAR);
    assert.equal((await later.eraseDue()).acts, 2);
    const all = await dump(backend(), url);
    for (const id of [PATIENT, PERSON, "young", "10.9.8.7", "10.1.1.1", "request-1"])
      assert.ok(
        !all.includes(id),
        `${id} stands in ${all
          .split("\n")
          .find((table) => table.includes(id))
          ?.slice(0, 300)}`,
      );
    await storage.record.untilGrown();
    await sign(storage);
    assert.deepEqual((await verified(url)).findings, []);
  });

  test("in a burst a list lacks nothing, a restriction holds at once, and what is due is erased", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    await storage.journal.append([access(1, { at: OLD })]);
    await caughtUp(storage);
    const retention = await retentionOf(storage);
    let n = 1;
    let isOver = false;
    const burst = (async () => {
      for (; !isOver; await sleep(20))
        await storage.journal.append(
          Array.from({ length: 100 }, () => access(++n, { at: NOW - DAY, patient: "young" })),
        );
    })();
    // Where the index is too far behind an answer says so, and lacks nothing when it comes.
    const found = async (patient: string): Promise<number> => {
      const page = { first: 10, after: null };
      for (;;)
        try {
          return (await storage.decisions.decisions({ filter: { patient }, page })).items.length;
        } catch (error) {
          assert.equal((error as { readonly code?: unknown }).code, "JOURNAL_UNAVAILABLE");
        }
    };
    try {
      for (let round = 0; round < 10; round++) {
        const patient = `of-round-${round}`;
        await storage.journal.append([access(1_000_000 + round, { at: NOW, patient })]);
        assert.equal(await found(patient), 1, patient);
        const kept = keptRestriction(`r${round}`, { alertId: null, holder: { kind: "CLIENT", id: patient } });
        await storage.restrictions.impose(kept);
        const inForce = await storage.restrictions.inForce({ clientIds: [patient], subjectIds: [] }, kept.endsAt - 1);
        assert.deepEqual(inForce, [kept]);
      }
      assert.equal(await found(PATIENT), 1);
      assert.equal((await retention.eraseDue()).acts, 1);
      assert.equal(await found(PATIENT), 0);
    } finally {
      isOver = true;
      await burst;
    }
    await caughtUp(storage);
    assert.equal((await allDecisions(storage)).length, n + 10);
    await sign(storage);
    await storage.close();
    assert.deepEqual((await verified(url)).findings, []);
  });

  test("an index that is made again over erased acts is as it was", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    await storage.journal.append(
      Array.from({ length: 20 }, (_, n) => access(n, { at: n < 10 ? OLD : NOW, patient: `p-${n}` })),
    );
    await caughtUp(storage);
    assert.equal((await (await retentionOf(storage)).eraseDue()).acts, 10);
    const tables = ["decision_index", "watched_access"];
    const read = async () => {
      const all: unknown[] = [];
      for (const table of tables)
        all.push((await backend().raw(url, `SELECT * FROM ${table}`)).map((row) => JSON.stringify(row)).sort());
      for (const name of ["DECISION", "USE", "BLIND"] as const)
        all.push((await backend().raw(url, countedIn(name))).map((row) => JSON.stringify(row)).sort());
      return JSON.stringify(all);
    };
    const before = await read();
    await storage.rebuildIndex();
    assert.equal(await read(), before);
  });

  test("nothing but an erasure with its act gets through the guards", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    const filler = Array.from({ length: 61 }, (_, n) => access(n + 4, { at: NOW }));
    await storage.journal.append([access(1, { at: OLD }), access(2, { at: OLD }), access(3, { at: NOW }), ...filler]);
    await caughtUp(storage);
    const { raw } = backend();
    const refused = (sql: string) => assert.rejects(raw(url, sql), /append-only/, sql);
    const commitment = "A".repeat(43);
    const all = [
      `UPDATE journal SET "salt" = NULL, "caller_id" = NULL, "request_id" = NULL WHERE "seq" = 1`,
      `UPDATE journal SET "personal" = '{}' WHERE "seq" = 1`,
      `UPDATE journal SET "record" = '{}' WHERE "seq" = 1`,
      `UPDATE journal SET "seq" = 9 WHERE "seq" = 1`,
      `DELETE FROM journal WHERE "seq" = 1`,
      `UPDATE decision_index SET "patient" = 'x' WHERE "seq" = 1`,
      `UPDATE decision_index SET "subject_id" = NULL, "patient" = NULL, "patients" = NULL, "erased" = TRUE WHERE "seq" = 1`,
      `DELETE FROM decision_index WHERE "seq" = 1`,
    ];
    for (const sql of all) await refused(sql);
    assert.equal((await (await retentionOf(storage)).eraseDue()).acts, 2);
    // The newest act is an erasure now: of others, and of less than all.
    const keysOf = async (seq: number) =>
      Object.keys(
        JSON.parse(String((await raw(url, `SELECT "personal" FROM journal WHERE "seq" = ${seq}`))[0]?.personal)),
      );
    const personal = async (seq: number, value: unknown) =>
      JSON.stringify(Object.fromEntries((await keysOf(seq)).map((key) => [key, value])));
    const gone = `"salt" = NULL, "caller_id" = NULL, "request_id" = NULL`;
    await refused(
      `UPDATE journal SET ${gone}, "personal" = '${await personal(3, { commitment: `${commitment}=` })}' WHERE "seq" = 3`,
    );
    await refused(`UPDATE journal SET ${gone}, "personal" = '{}' WHERE "seq" = 1`);
    await refused(
      `UPDATE journal SET ${gone}, "personal" = '${await personal(1, { commitment: "x" })}' WHERE "seq" = 1`,
    );
    await refused(
      `UPDATE journal SET ${gone}, "personal" = '${await personal(1, { commitment: `${commitment}=`, value: 1 })}' WHERE "seq" = 1`,
    );
    const wrong = `UPDATE journal SET ${gone}, "personal" = '${await personal(1, { commitment: `${commitment}=` })}' WHERE "seq" = 1`;
    await refused(wrong);
    await refused(`UPDATE journal SET "salt" = 'x' WHERE "seq" = 1`);
    for (const sql of all.slice(1, 5)) await refused(sql);
    await refused(`UPDATE decision_index SET "client_id" = 'x' WHERE "seq" = 1`);
    await refused(`UPDATE decision_index SET "patient" = 'x' WHERE "seq" = 1`);
    await storage.record.untilGrown();
    await sign(storage);
    assert.deepEqual((await verified(url)).findings, []);
    // Past the guards a wrong erasure is found, and one that no act announced: that is what proofs are for.
    const off =
      backend().name === "postgres" ? "ALTER TABLE journal DISABLE TRIGGER USER" : "DROP TRIGGER journal_no_update";
    await raw(url, off);
    await raw(url, wrong);
    const [third] = await raw(url, 'SELECT "salt", "record", "personal" FROM journal WHERE "seq" = 3');
    const stolen = erasedPersonal({ salt: String(third?.salt), personal: String(third?.personal) }, recordHash);
    await raw(url, `UPDATE journal SET ${gone}, "personal" = '${stolen}' WHERE "seq" = 3`);
    const { findings } = await verified(url);
    assert.deepEqual(
      findings.map((finding) => [finding.kind, "position" in finding && finding.position]),
      [
        ["CHANGED", 1],
        ["ERASED", 3],
      ],
    );
  });

  test("the database itself keeps holds: of something, as they were placed, until they are lifted, and lifted once", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    const placed = hold({ patient: "ann", clientId: "app", from: 5, to: 9 });
    await storage.retention.place(placed);
    assert.deepEqual(await storage.retention.find(placed.id), placed);
    const change = (version: number, set: string) =>
      backend().raw(url, `UPDATE case_file SET version = ${version}, ${set} WHERE id = '${placed.id}'`);
    for (const set of ["patient = 'bob'", "client_id = NULL", "body = '{}'", "ends_at = opened_at + 1", "due_at = 1"])
      await assert.rejects(change(2, set), /does not change/, set);
    await assert.rejects(backend().raw(url, "DELETE FROM case_file"), /is kept/);
    const lifted = { at: NOW, by: "jwt:auditor", reason: "over" };
    await storage.retention.lift(placed.id, lifted);
    await assert.rejects(storage.retention.lift(placed.id, lifted), { code: "CONFLICT" });
    for (const set of ["decided_at = NULL, decided_by = NULL", "is_over = FALSE", "state = 'IN_FORCE'", "life = NULL"])
      await assert.rejects(change(3, set), /does not change/, set);
    assert.deepEqual(await storage.retention.find(placed.id), { ...placed, lifted });
    assert.deepEqual((await storage.retention.inForce()).holds, []);
    await assert.rejects(storage.retention.place(hold({})));
  });

  test("a step is not taken where holds, policy or another instance have gone on, or where something has not taken the acts yet", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    await storage.journal.append([access(1, { at: OLD })]);
    const { retention } = storage;
    const erased = async () => (await storage.decisions.decision(access(1, { at: 0 }).id))?.erased !== undefined;
    await caughtUp(storage);
    const { acts, until } = await retention.next(0, 9);
    const { version } = await retention.inForce();
    const [act] = acts;
    assert.ok(act);
    const rows = [{ position: act.position, personal: "{}" }];
    const record = {
      ...{ at: NOW, policyRevision: 0, positions: [[act.position, act.position]] as const, acts: { DECISION: 1 } },
      ...{ values: 1, oldestAt: OLD, newestAt: OLD },
    };
    const step = {
      ...{ walked: { from: 0, to: until }, act: { id: newId(), record }, rows, passed: [], settled: [] },
      ...{ policyRevision: 0, holds: version },
    };
    await retention.place(hold({ clientId: "somebody else's" }));
    assert.equal(await retention.take(step), false, "the holds are others");
    const { version: now } = await retention.inForce();
    assert.notEqual(now, version);
    assert.equal(await retention.take({ ...step, holds: now, policyRevision: 1 }), false, "the policy is another");
    assert.equal(
      await retention.take({ ...step, holds: now, walked: { from: 5, to: 6 } }),
      false,
      "somebody was there",
    );
    // Beyond the hold, which is an act that may have been taken.
    assert.equal(
      await retention.take({ ...step, holds: now, walked: { from: 0, to: until + 2 } }),
      false,
      "what follows is not that far",
    );
    assert.equal(await erased(), false);
    assert.equal((await backend().raw(url, `SELECT 1 FROM journal WHERE "kind" = 'ERASURE'`)).length, 0);
    assert.equal((await retention.status()).position, 0);
  });

  test("lifting a hold rewrites nothing of what it kept: that is looked at again step by step, and once", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    const kept = Array.from({ length: 40 }, (_, n) => access(n + 1, { at: OLD + n }));
    await storage.journal.append(kept);
    await caughtUp(storage);
    const [one, two] = [hold({ patient: PATIENT }), hold({ clientId: "app" })];
    for (const each of [one, two]) await storage.retention.place(each);
    const retention = await retentionOf(storage);
    assert.deepEqual([(await retention.eraseDue()).held, (await retention.eraseDue()).held], [40, 0]);
    const passed = () => backend().raw(url, `SELECT * FROM retention_passed ORDER BY "position"`);
    const before = await passed();
    assert.equal(before.length, 40);
    const lift = ({ id }: LegalHold) => storage.retention.lift(id, { at: NOW, by: "jwt:auditor", reason: "over" });
    await lift(one);
    assert.deepEqual(await passed(), before);
    const again = await retention.eraseDue();
    assert.deepEqual([again.held, again.acts, (await retention.eraseDue()).held], [40, 0, 0]);
    await lift(two);
    assert.equal((await retention.eraseDue()).acts, 40);
    assert.deepEqual(await passed(), []);
  });

  test("two instances erase together: each act once, and all of them", async () => {
    const url = await backend().fresh();
    const [one, two] = [await open(url), await open(url)];
    await one.journal.append(Array.from({ length: 200 }, (_, n) => access(n, { at: OLD, patient: `p-${n}` })));
    await caughtUp(one);
    let [left, right] = [0, 0];
    for (let round = 0; round < 100 && left + right < 200; round++) {
      const [a, b] = await Promise.all([(await retentionOf(one)).eraseDue(), (await retentionOf(two)).eraseDue()]);
      left += a.acts;
      right += b.acts;
    }
    assert.equal(left + right, 200);
    assert.equal((await one.retention.status()).acts, 200);
    await one.record.untilGrown();
    await sign(one);
    assert.deepEqual((await verified(url)).findings, []);
  });

  test("law: what is held, or whose time is not over, loses nothing; all else loses all, whatever came in which order", async () => {
    let seed = 20_260_301;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const url = await backend().fresh();
    const storage = await open(url);
    const all: readonly (Required<Pick<Said, "at" | "client" | "organization" | "patient">> & {
      readonly n: number;
    })[] = Array.from({ length: 90 }, (_, n) => ({
      ...{ n, at: OLD - 2 * YEAR + random(8 * YEAR), patient: `patient-${random(4)}` },
      ...{ client: `client-${random(3)}`, organization: ["st-mary", "lab", "archive"][random(3)] as string },
    }));
    // As they come in a journal: in about their order.
    await storage.journal.append([...all].sort((a, b) => a.at - b.at).map(({ n, ...said }) => access(n, said)));
    const organization = (id: string, retentionYears: number | null, legalHold: boolean | null) => ({
      ...{ id, name: null, consentOnSilence: null, specialProtection: null, purposeRequired: null },
      ...{ patientScopesReachShared: null, part2Program: null, accessRequestMaxMinutes: null },
      ...{
        consentRequests: null,
        breakGlass: null,
        alertResponses: null,
        emergencyOverridesRefusal: null,
        justification: "a test",
      },
      ...{ retentionYears, legalHold },
    });
    const settings = new Map([
      ["lab", { years: 6, held: false }],
      ["archive", { years: 6, held: false }],
      ["st-mary", { years: 6, held: false }],
    ]);
    const rows = new Map<string, ReturnType<typeof organization>>();
    let head = 0;
    const set = async (id: string, years: number, held: boolean) => {
      const after = organization(id, years, held);
      head++;
      await storage.policy.commit(revision(head, [changeOf("organization", rows.get(id) ?? null, after)]));
      rows.set(id, after);
      settings.set(id, { years, held });
    };
    const inForce = new Map<string, LegalHold>();
    const gone = new Set<number>();
    let now = OLD + 4 * YEAR;
    let [partly, kept] = [0, 0];
    for (let step = 0; step < 30; step++) {
      const op = random(6);
      if (op === 0) {
        const placed = hold({
          ...(random(2) === 0 ? { patient: `patient-${random(4)}` } : { clientId: `client-${random(3)}` }),
          ...(random(3) === 0 && { from: OLD + random(4 * YEAR) }),
        });
        await storage.retention.place(placed);
        inForce.set(placed.id, placed);
      } else if (op === 1 && inForce.size > 0) {
        const id = [...inForce.keys()][random(inForce.size)] as string;
        await storage.retention.lift(id, { at: now, by: "jwt:auditor", reason: "over" });
        inForce.delete(id);
      } else if (op === 2)
        await set(["lab", "archive", "st-mary"][random(3)] as string, 4 + random(6), random(4) === 0);
      else if (op === 3) now += random(YEAR / 2);
      // What was passed over is looked at again after a while, at the latest.
      now += 31 * DAY;
      await caughtUp(storage);
      await (await retentionOf(storage, () => now)).eraseDue();
      for (const { at, client, n, organization: of, patient } of all) {
        const { held = false, years = 6 } = settings.get(of) ?? {};
        const isHeld = [...inForce.values()].some(
          (each) =>
            (each.patient === null || each.patient === patient) &&
            (each.clientId === null || each.clientId === client) &&
            (each.from === null || at >= each.from),
        );
        const isOver = at + years * YEAR <= now;
        if (isOver && !held && !isHeld) gone.add(n);
        else if (isOver && !gone.has(n)) kept++;
        const record = await storage.decisions.decision(decision(n).id);
        assert.equal(record?.erased !== undefined, gone.has(n), `step ${step}, act ${n}`);
      }
      if (gone.size > 0 && gone.size < all.length) partly++;
    }
    assert.ok(
      partly > 10 && kept > 50,
      `${partly} steps with some gone, ${kept} times kept by a hold: too little was tried`,
    );
    await storage.record.untilGrown();
    await sign(storage);
    assert.deepEqual((await verified(url)).findings, []);
  });

  test("scrubbing ends when SQLite's file itself has what was in its log, also where somebody was reading", async (t) => {
    if (backend().name !== "sqlite") return t.skip("PostgreSQL cleans its index instead");
    const url = await backend().fresh();
    const path = url.slice("sqlite:".length);
    const storage = await open(url, { following: { consumers: [] } });
    const release = await heldReader(path);
    await storage.journal.append([access(1, { at: OLD })]);
    let isOver = false;
    const scrubbed = storage.retention.scrub().then(() => {
      isOver = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(isOver, false);
    await release();
    await scrubbed;
    await copyFile(path, `${path}.alone`);
    const [row] = await backend().raw(
      `sqlite:${path}.alone`,
      "SELECT COUNT(*) AS n FROM journal WHERE kind = 'DECISION'",
    );
    assert.equal(row?.n, 1);
  });

  test("of SQLite the file and its log have nothing of what was erased, but for traces that VACUUM takes away", async (t) => {
    if (backend().name !== "sqlite") return t.skip("PostgreSQL's own files are for VACUUM");
    const url = await backend().fresh();
    const storage = await open(url);
    for (let n = 0; n < 1_500; n += 100)
      await storage.journal.append(
        Array.from({ length: 100 }, (_, i) =>
          access(n + i, {
            at: OLD,
            client: (n + i) % 3 === 0 ? "held" : "app",
            patient: `${PATIENT}-${n + i}-of-1500`,
            ip: `${PATIENT}-${n + i}-of-1500-desk`,
          }),
        ),
      );
    await storage.retention.place(hold({ clientId: "held" }));
    await caughtUp(storage);
    const path = url.slice("sqlite:".length);
    const bytes = async () => {
      const log = await readFile(`${path}-wal`).catch(() => Buffer.alloc(0));
      return Buffer.concat([await readFile(path), log]).toString("latin1");
    };
    const left = (text: string) => [
      ...new Set(Array.from(text.matchAll(new RegExp(`${PATIENT}-(\\d+)-of-1500`, "g")), ([, n]) => Number(n))),
    ];
    assert.equal(left(await bytes()).length, 1_500);
    // Those that are held stand between.
    const done = await (await retentionOf(storage)).eraseDue();
    assert.deepEqual([done.acts, done.held], [1_000, 500]);
    await storage.close();
    const ofErased = async () => left(await bytes()).filter((n) => n % 3 !== 0);
    // What SQLite had moved from page to page before may have left a trace in an unused part of one.
    assert.ok((await ofErased()).length < 50, String((await ofErased()).length));
    await backend().raw(url, "VACUUM");
    assert.deepEqual(await ofErased(), []);
    assert.equal(left(await bytes()).length, 500);
    const again = await open(url);
    assert.equal((await again.retention.status()).acts, 1_000);
  });
});
