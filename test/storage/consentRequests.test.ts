import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { ConsentAnswered, KeptConsentRequest } from "../../src/domain/consent/requests/consentRequest.ts";
import { OPEN_REQUESTS } from "../../src/domain/consent/requests/store.ts";
import { CONSENTS_OF_PATIENT } from "../../src/domain/consent/store.ts";
import type { Consent } from "../../src/domain/consent/types.ts";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { readActs } from "../../src/storage/journal/acts.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { consentOf } from "../support/consents.ts";
import { storedKey } from "../support/keys.ts";
import { onEveryBackend } from "./suite.ts";

const conflict = { code: "CONFLICT" };
const HOUR = 3_600_000;

const requestOf = (more: Partial<KeptConsentRequest> = {}): KeptConsentRequest => ({
  id: "r1",
  patient: "ann'\"%_\\",
  clientId: "app ünï 𝄞",
  subject: { type: "user", id: "nina \u0001" },
  purposes: ["http://terminology.hl7.org/CodeSystem/v3-ActReason|TREAT"],
  scopes: ["labs", "patient/*.rs?a=b"],
  inTheWay: [{ id: "c9", version: 3 }],
  grantAction: "MERGE",
  grantId: null,
  languages: ["de-AT"],
  decisionId: "d1",
  requestedBy: "jwt:server",
  requestedAt: 1_000,
  expiresAt: 1_000 + HOUR,
  validUntil: 9_999_999_999_999,
  refusedDays: 90,
  answered: null,
  ...more,
});
const answeredBy = (consent: Consent, more: Partial<ConsentAnswered> = {}): ConsentAnswered => ({
  at: 2_000,
  by: { type: "user", id: "ann" },
  relation: "REPRESENTS",
  callerId: "jwt:portal",
  agreed: ["labs"],
  refused: ["patient/*.rs?a=b"],
  consent: { id: consent.id, version: consent.version },
  ...more,
});

onEveryBackend("consent requests", ({ open, backend }) => {
  let url: string;
  let storage: Storage;
  beforeEach(async () => {
    url = await backend().fresh();
    storage = await open(url);
  });

  async function raw(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const connection = await openConnection({ dialect: dialectOf(url), purpose: "write", counter: statementCounter() });
    try {
      return (await connection.run(sql)).rows;
    } finally {
      await connection.close();
    }
  }
  const kinds = async () => (await raw(`SELECT "id" FROM journal ORDER BY "seq"`)).map(({ id }) => id);
  const find = (id: string) => storage.consentRequests.find(id);
  const grantOf = ({ id, patient }: KeptConsentRequest, more: Partial<Consent> = {}) =>
    consentOf({ id: "g1", patient, answers: id, recordedBy: "jwt:portal", ...more });
  const answer = (
    request: KeptConsentRequest,
    consents: readonly Consent[],
    more: { read?: readonly Consent[]; at?: number } = {},
  ) => {
    const { read = [], at = 2_000 } = more;
    const [grant] = consents;
    assert.ok(grant !== undefined);
    return storage.consentRequests.answer(request, { answered: answeredBy(grant, { at }), consents, read });
  };

  test("each member comes back as it was, and the act has it all", async () => {
    const request = requestOf();
    assert.deepEqual(await storage.consentRequests.open(request), request);
    assert.deepEqual(await find("r1"), request);
    for (const none of ["none", "\0", "\uD800"]) assert.equal(await find(none), null);
    const grant = grantOf(request);
    await answer(request, [grant]);
    assert.deepEqual(await find("r1"), { ...request, answered: answeredBy(grant) });
    assert.deepEqual(await storage.consents.find("g1"), grant);
    const connection = await openConnection({ dialect: dialectOf(url), purpose: "write", counter: statementCounter() });
    const acts = await readActs({ run: connection.run, dialect: dialectOf(url) }, { after: 0, first: 10 });
    await connection.close();
    assert.deepEqual(
      acts.map(({ id }) => id),
      ["consent-request:r1:asked", "consent:g1:1", "consent-request:r1:answered"],
    );
    const {
      answered: _,
      languages: __,
      id: requestId,
      requestedAt: ___,
      requestedBy,
      validUntil,
      refusedDays,
      ...asked
    } = request;
    const { at, callerId, ...given } = answeredBy(grant);
    assert.deepEqual(acts[0]?.record, {
      ...asked,
      requestId,
      event: "ASKED",
      at: 1_000,
      author: requestedBy,
      answer: null,
    });
    assert.deepEqual(acts[2]?.record, { ...asked, requestId, event: "ANSWERED", at, author: callerId, answer: given });
    assert.ok(validUntil !== null && refusedDays > 0);
    const [{ record, personal } = {}] = await raw(
      `SELECT "record", "personal" FROM journal WHERE "id" = 'consent-request:r1:answered'`,
    );
    for (const [of, name] of [
      [String(record), "open"],
      [String(personal), "apart"],
    ] as const)
      assert.equal(of.includes("nina") && of.includes("ann'"), name === "apart", name);
  });

  test("the same asked again while it is open is the same; otherwise, or of another caller, a new one", async () => {
    await storage.consentRequests.open(requestOf());
    const again = (more: Partial<KeptConsentRequest>) => storage.consentRequests.open(requestOf({ id: "r2", ...more }));
    assert.equal((await again({ requestedAt: 5_000, decisionId: "d2" })).id, "r1");
    assert.equal(await find("r2"), null);
    assert.deepEqual(await kinds(), ["consent-request:r1:asked"]);
    let n = 2;
    for (const more of [
      { requestedBy: "jwt:another" },
      { scopes: ["labs"] },
      { purposes: [] },
      { subject: null },
      { grantAction: "CREATE" },
      { grantId: "g1" },
      { inTheWay: [] },
      { languages: null },
      { clientId: "other" },
      { patient: "bob" },
    ] as const)
      assert.equal((await again({ ...more, id: `r${++n}` })).id, `r${n}`, JSON.stringify(more));
    assert.equal((await again({ id: "late", requestedAt: 1_000 + HOUR, expiresAt: 1_000 + 2 * HOUR })).id, "late");
  });

  test("the same asked again after the patient said something is a new one, also in that moment", async () => {
    await storage.consentRequests.open(requestOf());
    const again = (id: string) => storage.consentRequests.open(requestOf({ id, requestedAt: 1_500 }));
    const before = consentOf({ id: "c1", patient: requestOf().patient, recordedAt: 999, recordedBy: "jwt:portal" });
    await storage.consents.add(before);
    assert.equal((await again("r2")).id, "r1");
    await storage.consents.add({ ...before, version: 2, recordedAt: 1_000 });
    assert.equal((await again("r3")).id, "r3");
    assert.equal((await again("r4")).id, "r3");
  });

  test("asked on two instances at once it is one", async () => {
    const second = await open(url);
    for (let round = 0; round < 6; round++) {
      const of = (id: string) => requestOf({ id: `${id}${round}`, scopes: [`s${round}`], requestedAt: 1_000 + round });
      const found = await Promise.all([storage.consentRequests.open(of("a")), second.consentRequests.open(of("b"))]);
      assert.equal(found[0].id, found[1].id);
    }
    assert.equal((await raw(`SELECT "id" FROM case_file`)).length, 6);
    assert.equal((await kinds()).length, 6);
  });

  test("so many wait at once and no more: the oldest ends; what nobody answered goes a day later, answers stay", async () => {
    const of = (n: number, more: Partial<KeptConsentRequest> = {}) =>
      requestOf({ id: `r${String(n).padStart(2, "0")}`, scopes: [`s${n}`], requestedAt: 1_000 + n, ...more });
    for (let n = 0; n < OPEN_REQUESTS + 2; n++) await storage.consentRequests.open(of(n));
    for (const n of [0, 1, 2])
      assert.equal((await find(of(n).id))?.expiresAt, n < 2 ? 1_000 + OPEN_REQUESTS + n : of(n).expiresAt, `${n}`);
    await storage.consentRequests.open(of(90, { clientId: "other" }));
    await answer(of(5), [grantOf(of(5))]);
    const late = 1_000 + 25 * HOUR;
    await storage.consentRequests.open(of(91, { requestedAt: late, expiresAt: late + HOUR }));
    const left = (await raw(`SELECT "id" FROM case_file ORDER BY "id"`)).map(({ id }) => id);
    assert.deepEqual(left, ["r05", "r90", "r91"]);
  });

  test("it is answered once and in time, or nothing at all is written", async () => {
    const request = await storage.consentRequests.open(requestOf());
    const grant = grantOf(request);
    await assert.rejects(answer(request, [grant], { at: request.expiresAt }), conflict);
    await assert.rejects(answer({ ...request, id: "none" }, [grant]), conflict);
    assert.equal(await storage.consents.find("g1"), null);
    await answer(request, [grant]);
    const acts = await kinds();
    await assert.rejects(answer(request, [grantOf(request, { id: "g2" })], { read: [grant] }), conflict);
    assert.deepEqual(await kinds(), acts);
    assert.equal(await storage.consents.find("g2"), null);
    assert.equal(storage.journal.ready, true);
  });

  test("it writes all versions, or none where what the patient said is not what was read", async () => {
    const request = await storage.consentRequests.open(requestOf());
    const refusal = consentOf({ id: "c9", patient: request.patient, effect: "DENY" });
    await storage.consents.add(refusal);
    const [grant, lifted] = [grantOf(request), { ...refusal, version: 2, reason: "excepted" }];
    const acts = await kinds();
    await assert.rejects(answer(request, [grant]), conflict);
    await assert.rejects(answer(request, [grant, { ...lifted, version: 3 }], { read: [refusal] }), conflict);
    await storage.consents.add({ ...refusal, id: "c8" });
    await assert.rejects(answer(request, [grant, lifted], { read: [refusal] }), conflict);
    assert.deepEqual([(await find("r1"))?.answered, await storage.consents.find("g1")], [null, null]);
    assert.deepEqual(await kinds(), [...acts, "consent:c8:1"]);
    await answer(request, [grant, lifted], { read: [refusal, { ...refusal, id: "c8" }] });
    assert.equal((await storage.consents.find("c9"))?.reason, "excepted");
  });

  test("of two answers on two instances at once one wins", async () => {
    const second = await open(url);
    for (let round = 0; round < 6; round++) {
      const request = await storage.consentRequests.open(requestOf({ id: `r${round}`, patient: `p${round}` }));
      const by = async (at: Storage, id: string) => {
        const grant = grantOf(request, { id });
        const given = { answered: answeredBy(grant), consents: [grant], read: [] };
        return at.consentRequests.answer(request, given).then(
          () => "ok",
          ({ code }) => code,
        );
      };
      assert.deepEqual((await Promise.all([by(storage, `a${round}`), by(second, `b${round}`)])).sort(), [
        "CONFLICT",
        "ok",
      ]);
      assert.equal((await storage.consents.ofPatients([request.patient])).length, 1);
    }
  });

  test("of two first answers to different requests at once, which were made of the same, one wins", async () => {
    const second = await open(url);
    const requests = [requestOf(), requestOf({ id: "r2", scopes: ["vitals"] })];
    for (const each of requests) await storage.consentRequests.open(each);
    const outcomes = await Promise.all(
      requests.map((request, i) => {
        const grant = grantOf(request, { id: `g${i}` });
        return [storage, second][i]?.consentRequests
          .answer(request, { answered: answeredBy(grant), consents: [grant], read: [] })
          .then(
            () => "ok",
            ({ code }) => code,
          );
      }),
    );
    assert.deepEqual(outcomes.sort(), ["CONFLICT", "ok"]);
  });

  test("a patient who has as many consents as one may have answers with none more", async () => {
    const request = await storage.consentRequests.open(requestOf());
    const read: Consent[] = [];
    for (let n = 0; n < CONSENTS_OF_PATIENT; n++) {
      read.push(consentOf({ id: `c${n}`, patient: request.patient }));
      await storage.consents.add(read[n] as Consent);
    }
    await assert.rejects(answer(request, [grantOf(request)], { read }), { code: "BAD_USER_INPUT" });
    assert.equal((await find("r1"))?.answered, null);
  });

  test("a caller whose key is no longer in force asks and answers nothing", async () => {
    await storage.apiKeys.add(storedKey("aaaaaaaaaaaa"));
    await storage.apiKeys.revoke("aaaaaaaaaaaa", { at: 5, author: "key:admin", reason: "a test" });
    const refused = { code: "UNAUTHENTICATED" };
    await assert.rejects(storage.consentRequests.open(requestOf({ requestedBy: "key:aaaaaaaaaaaa" })), refused);
    const request = await storage.consentRequests.open(requestOf());
    const grant = grantOf(request);
    const answered = answeredBy(grant, { callerId: "key:aaaaaaaaaaaa" });
    await assert.rejects(storage.consentRequests.answer(request, { answered, consents: [grant], read: [] }), refused);
    assert.equal((await find("r1"))?.answered, null);
  });

  test("the database itself keeps what was asked, and each answer once", async () => {
    const request = await storage.consentRequests.open(requestOf());
    const set = (sets: string) => raw(`UPDATE case_file SET "version" = "version" + 1, ${sets}`);
    for (const fixed of [`"body" = '{}'`, `"patient" = 'bob'`, `"ends_at" = "ends_at" + 1`])
      await assert.rejects(set(fixed), /does not change/, fixed);
    for (const half of [`"state" = 'ANSWERED'`, `"life" = '{}'`, `"decided_at" = 1, "decided_by" = 'k'`])
      await assert.rejects(set(half), half);
    await answer(request, [grantOf(request)]);
    for (const again of [`"life" = '{}'`, `"state" = 'OPEN'`, `"decided_at" = 9`])
      await assert.rejects(set(again), /does not change/, again);
    await assert.rejects(raw(`DELETE FROM case_file`), /is kept/);
  });
});
