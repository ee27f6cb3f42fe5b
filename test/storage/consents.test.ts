import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { ALL_DATA } from "../../src/domain/consent/dataMatch.ts";
import {
  CONSENTS_OF_PATIENT,
  CONSENTS_OF_REQUEST,
  type ConsentFilter,
  IDS_OF_PATIENT,
  TERMS_OF_PATIENT,
} from "../../src/domain/consent/store.ts";
import type { Consent, RecipientTerms } from "../../src/domain/consent/types.ts";
import { createConsentSource } from "../../src/domain/decisions/consentSource.ts";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import { emptySnapshot } from "../../src/domain/policy/snapshot.ts";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { readActs } from "../../src/storage/journal/acts.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { consentOf } from "../support/consents.ts";
import { storedKey } from "../support/keys.ts";
import { decision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const conflict = { code: "CONFLICT" };

/** Asks again, as callers do, where SQLite's lock, which has no queue, was the other instance's for longer than is waited for: nothing has changed then. */
async function insist(act: () => Promise<void>): Promise<void> {
  for (let left = 30; ; left--)
    try {
      return await act();
    } catch (error) {
      if (left === 0 || (error as { code?: unknown }).code !== "POLICY_UNAVAILABLE") throw error;
    }
}
const client = (clientId: string): RecipientTerms => ({
  clientId,
  subject: null,
  role: null,
  organization: null,
  group: null,
  identifier: null,
});
const ids = (consents: readonly Consent[]) => consents.map(({ id, version }) => `${id}:${version}`).join(" ");
const withdrawn = (consent: Consent, more: Partial<Consent> = {}): Consent => ({
  ...consent,
  version: consent.version + 1,
  step: "WITHDRAWN",
  reason: "not any more",
  ...more,
});

/** Every member has a value, and texts that databases differ about. */
const FULL = consentOf({
  id: "ünï 𝄞 \u0001",
  patient: "p'\"%_\\",
  effect: "DENY",
  recipients: [
    client("ehr"),
    { ...client("ehr"), subject: { id: "ada", type: "user" } },
    { clientId: null, subject: null, role: "nurse", organization: "st-mary", group: "g", identifier: "s|i" },
  ],
  scopes: ["patient/*.rs"],
  purposes: ["http://terminology.hl7.org/CodeSystem/v3-ActReason|TREAT"],
  actions: ["http://terminology.hl7.org/CodeSystem/consentaction|access"],
  data: {
    ...ALL_DATA,
    labels: ["s|R"],
    references: [{ meaning: "related", reference: "Encounter/1" }],
    authors: ["Practitioner/1"],
    from: 1,
    until: 2 ** 52,
  },
  validFrom: -5,
  validUntil: 9_999_999_999_999,
  includeNarrower: true,
  exceptions: [
    {
      effect: "PERMIT",
      recipients: [client("x")],
      scopes: [],
      purposes: null,
      actions: null,
      data: ALL_DATA,
      validFrom: null,
      validUntil: null,
    },
  ],
  source: { kind: "FHIR", reference: "Consent/1 \0" },
  madeAt: null,
});

onEveryBackend("consents", ({ open, backend }) => {
  let url: string;
  let storage: Storage;
  beforeEach(async () => {
    url = await backend().fresh();
    storage = await open(url);
  });
  const raw = (sql: string) => backend().raw(url, sql);
  const outcome = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "done",
      (error) => error.code,
    );

  test("are read as they were written, whatever they say", async () => {
    await storage.consents.add(FULL);
    assert.deepEqual(await storage.consents.find(FULL.id), FULL);
    assert.deepEqual(await storage.consents.ofPatients([FULL.patient]), [FULL]);
    assert.deepEqual(await storage.consents.versions([FULL]), [FULL]);
    const page = await storage.consents.page({ filter: {}, page: { first: 1, after: null } });
    assert.deepEqual(
      page.items.map(({ node }) => node),
      [FULL],
    );
    for (const none of ["none", "\0", "\uD800", "c1'"]) {
      assert.equal(await storage.consents.find(none), null);
      assert.deepEqual(await storage.consents.ofPatients([none]), []);
      assert.deepEqual(await storage.consents.versions([{ id: none, version: 1 }]), [null]);
    }
  });

  test("of patients the newest versions come, withdrawn ones too, by id, in one statement", async () => {
    const first = consentOf({ id: "b" });
    await storage.consents.add(first);
    await storage.consents.add(withdrawn(first));
    await storage.consents.add(consentOf({ id: "a", version: 1, effect: "DENY" }));
    await storage.consents.add(consentOf({ id: "c", patient: "bob" }));
    await storage.consents.add(consentOf({ id: "d", patient: "eve" }));
    const before = storage.statements();
    const found = await storage.consents.ofPatients(["bob", "ann", "none", "ann"]);
    assert.equal(storage.statements(), before + 1);
    // What versions say was read: from now on the database is asked which of them count, and nothing else.
    assert.deepEqual(await storage.consents.ofPatients(["bob", "ann"]), found);
    assert.equal(storage.statements(), before + 2);
    assert.equal(ids(found), "c:1 a:1 b:2");
    assert.equal(found[2]?.step, "WITHDRAWN");
    assert.deepEqual(await storage.consents.ofPatients([]), []);
    assert.equal(storage.statements(), before + 2);
    // Of some what they say is known, of others not.
    await storage.consents.add(consentOf({ id: "a", version: 2, effect: "PERMIT" }));
    const later = storage.statements();
    assert.equal(ids(await storage.consents.ofPatients(["ann", "eve", "bob"])), "a:2 b:2 d:1 c:1");
    assert.equal(storage.statements(), later + 2);
    // More than a statement may have parameters.
    const many = Array.from({ length: 70_000 }, (_, i) => `p${i}`);
    assert.equal(ids(await storage.consents.ofPatients([...many, "eve"])), "d:1");
  });

  test("more than a bound are refused before what all of them say is read, and where there is none all are read", async () => {
    for (let i = 0; i < 6; i++) await storage.consents.add(consentOf({ id: `c${i}`, patient: `p${i % 2}` }));
    const refused = { code: "BAD_USER_INPUT", message: /^patients: have more than 5/ };
    await assert.rejects(storage.consents.ofPatients(["p0", "p1"], 5), refused);
    assert.equal((await storage.consents.ofPatients(["p0", "p1"], 6)).length, 6);
    assert.equal((await storage.consents.ofPatients(["p0"], 5)).length, 3);
    // Past the journal, which would take long.
    const { run, close } = await openConnection({
      dialect: dialectOf(url),
      purpose: "write",
      counter: statementCounter(),
    });
    const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)";
    await run(`INSERT INTO consent SELECT 'x-' || n.i || '-' || m.i, 1, 'q' || n.i, step, terms, source, made_at, recorded_by, recorded_at, reason, NULL
      FROM consent, (${numbers} SELECT i FROM n) n, (${numbers} SELECT i FROM n UNION ALL SELECT i + 40 FROM n UNION ALL SELECT i + 80 FROM n UNION ALL SELECT i + 120 FROM n) m
      WHERE id = 'c0'`);
    await close();
    const all = Array.from({ length: 40 }, (_, i) => `q${i + 1}`);
    const before = storage.statements();
    await assert.rejects(storage.consents.ofPatients(all, CONSENTS_OF_REQUEST), /have more than 5000/);
    // For all who ask, and for this one alone: some of them whole, then all by name.
    assert.equal(storage.statements(), before + 4);
    const found = await storage.consents.ofPatients([...all, "p0"]);
    assert.equal(found.length, 40 * 160 + 3);
    assert.equal(new Set(found.map(({ id }) => id)).size, found.length);
  });

  test("a batch of decisions about as many patients is one statement more, and all of them feel what was recorded", async () => {
    const second = await open(url);
    for (let i = 0; i < 50; i += 2) await second.consents.add(consentOf({ id: `c${i}`, patient: `p${i}` }));
    const base = decision(1).request as AccessRequest;
    const requests = Array.from({ length: 50 }, (_, i) => ({
      ...base,
      resource: { ...base.resource, patient: `p${i}`, patients: null },
    }));
    const source = createConsentSource(storage.consents);
    await source.gather({ kind: "ACCESS", requests, snapshot: emptySnapshot() });
    const before = storage.statements();
    const facts = await source.gather({ kind: "ACCESS", requests, snapshot: emptySnapshot() });
    assert.equal(storage.statements(), before + 1);
    for (const [i, { consents = [] }] of facts.entries()) assert.equal(ids(consents), i % 2 === 0 ? `c${i}:1` : "");
  });

  test("every version stays, and is found in the order asked", async () => {
    const versions = [consentOf()];
    for (let n = 2; n <= 300; n++) versions.push(consentOf({ version: n, recordedAt: n }));
    for (const version of versions) await storage.consents.add(version);
    const asked = [...versions].reverse();
    const found = await storage.consents.versions([...asked, { id: "c1", version: 301 }, { id: "c1", version: 0.5 }]);
    assert.deepEqual(found, [...asked, null, null]);
    assert.deepEqual(await storage.consents.find("c1"), versions.at(-1));
    assert.equal(ids(await storage.consents.ofPatients(["ann"])), "c1:300");
  });

  test("a version that is there, one too early, and one of another patient change nothing", async () => {
    const first = consentOf();
    const second = withdrawn(first);
    await storage.consents.add(first);
    await assert.rejects(storage.consents.add(first), conflict);
    await assert.rejects(storage.consents.add(consentOf({ patient: "bob" })), conflict);
    await assert.rejects(storage.consents.add({ ...second, version: 3 }), conflict);
    await assert.rejects(storage.consents.add(consentOf({ id: "c2", version: 2 })), conflict);
    await assert.rejects(storage.consents.add({ ...second, patient: "bob" }), {
      code: "BAD_USER_INPUT",
      problems: [{ path: "patient", message: "must be the patient of the versions before" }],
    });
    await storage.consents.add(second);
    await assert.rejects(storage.consents.add(second), conflict);
    await assert.rejects(storage.consents.add(first), conflict);
    assert.equal(ids(await storage.consents.ofPatients(["ann", "bob"])), "c1:2");
    assert.equal((await raw("SELECT id FROM journal")).length, 2);
    assert.equal(storage.journal.ready, true);
  });

  test("of two who record the next version, or the first, at once on two instances, one does", async () => {
    const second = await open(url);
    for (let n = 1; n <= 8; n++) {
      const next = (reason: string) => consentOf({ version: n, reason });
      const both = [outcome(storage.consents.add(next("one"))), outcome(second.consents.add(next("other")))];
      assert.deepEqual((await Promise.all(both)).sort(), ["CONFLICT", "done"]);
    }
    assert.equal((await raw("SELECT id FROM journal WHERE kind = 'CONSENT'")).length, 8);
    assert.equal(ids(await second.consents.ofPatients(["ann"])), "c1:8");
  });

  test("a patient has so many and no more, also where two instances record the last at once", async () => {
    for (let i = 0; i < CONSENTS_OF_PATIENT - 1; i++) await storage.consents.add(consentOf({ id: `c${i}` }));
    const second = await open(url);
    const both = [
      outcome(storage.consents.add(consentOf({ id: "one" }))),
      outcome(second.consents.add(consentOf({ id: "other" }))),
    ];
    assert.deepEqual((await Promise.all(both)).sort(), ["BAD_USER_INPUT", "done"]);
    await assert.rejects(storage.consents.add(consentOf({ id: "more" })), (error: { problems: { path: string }[] }) => {
      assert.equal(error.problems[0]?.path, "patient");
      return true;
    });
    await storage.consents.add(withdrawn(consentOf({ id: "c0" })));
    await storage.consents.add(consentOf({ id: "more", patient: "bob" }));
    assert.equal((await storage.consents.ofPatients(["ann"])).length, CONSENTS_OF_PATIENT);
    assert.equal((await raw("SELECT id FROM journal WHERE kind = 'CONSENT'")).length, CONSENTS_OF_PATIENT + 2);
  });

  test("the ids of a patient's consents, and what they say, are so long together and no longer; a withdrawal always has room", async () => {
    const refusedAt = (path: string, consent: Consent) =>
      assert.rejects(storage.consents.add(consent), (error: { code?: string; problems: { path: string }[] }) => {
        assert.deepEqual([error.code, error.problems.map((problem) => problem.path)], ["BAD_USER_INPUT", [path]]);
        return true;
      });
    const long = (i: number): string => String(i).padStart(256, "ü");
    const room = Math.floor(IDS_OF_PATIENT / Buffer.byteLength(long(1)));
    for (let i = 1; i <= room; i++) await storage.consents.add(consentOf({ id: long(i) }));
    await refusedAt("id", consentOf({ id: long(room + 1) }));
    await storage.consents.add(consentOf({ id: "short" }));
    await storage.consents.add(consentOf({ id: long(1), version: 2 }));
    const scopes = [`patient/*.rs?code=${"x".repeat(TERMS_OF_PATIENT - 2_000)}`];
    const much = consentOf({ id: "much", patient: "bob", scopes });
    await storage.consents.add(much);
    await refusedAt("patient", consentOf({ id: "more", patient: "bob", scopes: ["y".repeat(2_000)] }));
    await refusedAt("patient", { ...much, version: 2, scopes: [...scopes, "y".repeat(2_000)] });
    await storage.consents.add({ ...withdrawn(much), scopes: [...scopes, "y".repeat(2_000)] });
  });

  test("the key of who records is looked at once more", async () => {
    await storage.apiKeys.add(storedKey("aaaaaaaaaaaa", { roles: ["service"] }));
    await storage.apiKeys.revoke("aaaaaaaaaaaa", { at: 5, author: "key:admin", reason: "r" });
    const add = storage.consents.add(consentOf({ recordedBy: "key:aaaaaaaaaaaa" }));
    await assert.rejects(add, { code: "UNAUTHENTICATED" });
    assert.equal(await storage.consents.find("c1"), null);
  });

  test("each version is an act, the whole of it, with what identifies people apart", async () => {
    await storage.consents.add(FULL);
    await storage.consents.add(withdrawn(FULL));
    const dialect = dialectOf(url);
    const { run, close } = await openConnection({ dialect, purpose: "read", counter: statementCounter() });
    const acts = await readActs({ run, dialect }, { after: 0, first: 10 }).finally(close);
    assert.deepEqual(
      acts.map(({ position: _, ...act }) => act),
      [
        { kind: "CONSENT", format: 1, id: `consent:${FULL.id}:1`, record: FULL },
        { kind: "CONSENT", format: 1, id: `consent:${FULL.id}:2`, record: withdrawn(FULL) },
      ],
    );
  });

  test("lists have the newest versions, the last recorded first, page by page", async () => {
    const add = (id: string, more: Partial<Consent>) => storage.consents.add(consentOf({ id, ...more }));
    const [ehr, app] = [{ recipients: [client("ehr"), client("ehr")] }, { recipients: [client("app"), client("ehr")] }];
    await add("a", { recordedAt: 5, ...ehr });
    await add("b", { recordedAt: 5, patient: "bob", ...app });
    await add("c", { recordedAt: 9 });
    await add("d", { recordedAt: 1, ...ehr });
    await add("d", { recordedAt: 7, version: 2, recipients: [client("app")] });
    const list = async (filter: ConsentFilter, first = 10, after: string | null = null) => {
      const page = await storage.consents.page({ filter, page: { first, after } });
      return [ids(page.items.map(({ node }) => node)), page.hasNextPage];
    };
    assert.deepEqual(await list({}), ["c:1 d:2 b:1 a:1", false]);
    assert.deepEqual(await list({ patient: "ann" }), ["c:1 d:2 a:1", false]);
    assert.deepEqual(await list({ clientId: "ehr" }), ["b:1 a:1", false]);
    assert.deepEqual(await list({ clientId: "app", patient: "ann" }), ["d:2", false]);
    assert.deepEqual(await list({ clientId: "ehr", patient: "eve" }), ["", false]);
    for (const filter of [{}, { patient: "ann" }, { clientId: "ehr" }]) {
      const read: string[] = [];
      for (let after: string | null = null, more = true; more; ) {
        const page = await storage.consents.page({ filter, page: { first: 1, after } });
        read.push(ids(page.items.map(({ node }) => node)));
        [after, more] = [page.items[0]?.key ?? null, page.hasNextPage];
      }
      assert.equal(read.join(" "), (await list(filter))[0]);
    }
    for (const after of ["", "c", "[1]", '["x","y"]', '[1,"\\u0000"]', "{}"])
      assert.deepEqual(await list({}, 10, after), ["", false]);
    assert.deepEqual(await list({ patient: "\0" }), ["", false]);
  });

  test("what one instance has recorded the other reads from then on, under load and in the middle of other reads", async () => {
    const second = await open(url);
    const PATIENTS = 4;
    const VERSIONS = 60;
    /** The newest version of each patient's consent that was acknowledged. */
    const acknowledged = Array.from({ length: PATIENTS }, () => 0);
    let isOver = false;
    const record = async (patient: number): Promise<void> => {
      const by = patient % 2 === 0 ? storage : second;
      for (let version = 1; version <= VERSIONS; version++) {
        const step = version % 2 === 0 ? "WITHDRAWN" : "RECORDED";
        await insist(() => by.consents.add(consentOf({ id: `c${patient}`, patient: `p${patient}`, version, step })));
        acknowledged[patient] = version;
      }
    };
    let reads = 0;
    let between = 0;
    const read = async (from: Storage, patient: number): Promise<void> => {
      while (!isOver) {
        await nextTurn();
        const before = acknowledged[patient] ?? 0;
        const [found] = await from.consents.ofPatients([`p${patient}`, "nobody"]);
        const version = found?.version ?? 0;
        assert.ok(version >= before, `version ${version} was read after ${before} was acknowledged`);
        if (version > 0) assert.equal(found?.step, version % 2 === 0 ? "WITHDRAWN" : "RECORDED");
        reads++;
        if (version > 0 && version < VERSIONS) between++;
      }
    };
    const patients = Array.from({ length: PATIENTS }, (_, patient) => patient);
    const readers = patients.flatMap((patient) =>
      [storage, second, storage, second].map((from) => read(from, patient)),
    );
    const recorded = Promise.all(patients.map(record)).finally(() => {
      isOver = true;
    });
    await Promise.all([recorded, ...readers]);
    assert.ok(reads > 500 && between > 100, `${reads} reads, ${between} of them between`);
    for (const from of [storage, second])
      for (const patient of patients)
        assert.equal(ids(await from.consents.ofPatients([`p${patient}`])), `c${patient}:${VERSIONS}`);
  });

  test("what others write past the service, more than is kept of changes too, is felt in the next read, and a database that went back", async () => {
    const first = consentOf();
    await storage.consents.add(first);
    await storage.consents.add(consentOf({ id: "b", patient: "bob" }));
    const both = async () => ids(await storage.consents.ofPatients(["ann", "bob"]));
    assert.equal(await both(), "c1:1 b:1");
    const columns = "id, version, patient, step, terms, source, made_at, recorded_by, recorded_at, reason";
    const insert = (id: string, version: string, patient: string, from: string) =>
      raw(`INSERT INTO consent (${columns}) SELECT ${id}, ${version}, ${patient}, step, terms, source, made_at, recorded_by,
        recorded_at, reason FROM ${from}`);
    await raw("UPDATE consent SET until = 2 WHERE id = 'c1'");
    await insert("id", "2", "patient", "consent WHERE id = 'c1'");
    assert.equal(await both(), "c1:2 b:1");
    // In one statement, of which the first changes are forgotten at once.
    const numbers =
      "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100) SELECT i FROM n) n";
    const patient = "CASE WHEN n.i = 1 THEN 'bob' ELSE 'p' || n.i END";
    await insert("'x' || n.i", "1", patient, `consent, ${numbers} WHERE id = 'b' ORDER BY n.i`);
    assert.equal(await both(), "c1:2 b:1 x1:1");
    const [kept] = await raw("SELECT COUNT(*) AS n, MIN(position) AS first, MAX(position) AS last FROM consent_change");
    assert.deepEqual([kept?.n, kept?.first, kept?.last].map(Number), [1_000, 104, 1_103]);
    // What a copy has that took over before it had all.
    await raw("DELETE FROM consent_change WHERE position = 1103");
    await insert("'y'", "1", "'ann'", "consent WHERE id = 'b'");
    assert.equal(await both(), "c1:2 y:1 b:1 x1:1");
  });

  test("the database itself refuses that a version changes, goes, or comes out of turn", async () => {
    const first = consentOf({ recipients: [client("ehr")] });
    await storage.consents.add(first);
    await storage.consents.add(withdrawn(first));
    const copy = (version: number, patient: string) =>
      `INSERT INTO consent SELECT id, ${version} AS version, '${patient}' AS patient, step, terms, source, made_at, recorded_by,
        recorded_at, reason, NULL FROM consent WHERE version = 2`;
    for (const [sql, why] of [
      ["UPDATE consent SET terms = '{}' WHERE version = 2", /does not change/],
      ["UPDATE consent SET made_at = 5 WHERE version = 2", /does not change/],
      ["UPDATE consent SET patient = 'bob', until = 3 WHERE version = 2", /does not change/],
      ["UPDATE consent SET until = NULL WHERE version = 1", /does not change/],
      ["UPDATE consent SET until = 9 WHERE version = 2", /does not change/],
      ["DELETE FROM consent", /is kept/],
      ["UPDATE consent_client SET client_id = 'x'", /does not change/],
      ["DELETE FROM consent_client", /is kept/],
      [copy(3, "ann"), /follows the one before/],
      [copy(4, "ann"), /follows the one before/],
    ] as const)
      await assert.rejects(raw(sql), why, sql);
    await raw("UPDATE consent SET until = 3 WHERE version = 2");
    await assert.rejects(raw(copy(3, "bob").replace("version = 2", "version = 1")), /follows the one before/);
    assert.equal(await storage.consents.find("c1"), null);
  });
});
