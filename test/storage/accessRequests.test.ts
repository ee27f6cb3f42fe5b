import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { samePerson } from "../../src/domain/callers/samePerson.ts";
import type { CallerSubject } from "../../src/domain/callers/types.ts";
import type { KeptAccessRequest } from "../../src/domain/consent/accessRequests/accessRequest.ts";
import type { AccessRequestFilter } from "../../src/domain/consent/accessRequests/store.ts";
import type { AccessGiven } from "../../src/domain/policy/fourEyes.ts";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import { createAccessRequestStore } from "../../src/storage/cases/accessRequestStore.ts";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { peopleText } from "../../src/storage/database/storedPerson.ts";
import type { Writer } from "../../src/storage/database/writer.ts";
import { createPutOnRecord } from "../../src/storage/journal/acts.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { decidedBy, keptRequest } from "../support/accessRequests.ts";
import { storedKey } from "../support/keys.ts";
import { revision, role } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const conflict = { code: "CONFLICT" };
const GIVEN = { validFrom: 20, validUntil: 500, before: null };
const step = (accessRequestId: string, more: Partial<AccessGiven> = {}): AccessGiven => ({
  accessRequestId,
  step: "APPROVED",
  by: "key:ada",
  subject: { type: "user", id: "ada", issuer: null },
  at: 20,
  reason: "I know of it",
  given: GIVEN,
  ...more,
});
const returned = { at: 30, by: "key:portal", reason: null };
const text = (value: string | null): string => (value === null ? "NULL" : `'${value}'`);

onEveryBackend("access requests", ({ open, backend }) => {
  let url: string;
  let storage: Storage;
  beforeEach(async () => {
    url = await backend().fresh();
    storage = await open(url);
  });
  const raw = (sql: string) => backend().raw(url, sql);
  const add = async (id: string, more: Partial<KeptAccessRequest> = {}) => {
    const request = keptRequest(id, more);
    await storage.accessRequests.open(request);
    return request;
  };
  const commit = (number: number, given: AccessGiven, on = storage) =>
    on.policy.commit(revision(number, [changeOf("role", null, role(`role-${number}`))], { author: given.by }), given);
  const find = (id: string) => storage.accessRequests.find(id);
  const acts = async () =>
    (await raw("SELECT id FROM journal WHERE kind = 'ACCESS_REQUEST' ORDER BY seq")).map(({ id }) => id);

  test("are read as they were written, each step with its act", async () => {
    const asked = await add("a1", { reason: "Ünïcode 𝄞" });
    assert.deepEqual(await find("a1"), asked);
    await commit(1, step("a1", { given: { ...GIVEN, before: { validFrom: null, validUntil: 40 } } }));
    const approved = {
      ...asked,
      state: "APPROVED",
      expiresAt: 500,
      decided: decidedBy("ada"),
      given: { ...GIVEN, before: { validFrom: null, validUntil: 40 } },
      policyRevision: 1,
    };
    assert.deepEqual(await find("a1"), approved);
    await storage.accessRequests.giveBack("a1", returned);
    assert.deepEqual(await find("a1"), { ...approved, state: "RETURNED", returned });
    const scope = await add("a2", {
      subject: null,
      role: null,
      organization: null,
      clientId: "ehr",
      scope: "view",
      requestedBy: { callerId: "jwt:x#y", subject: { type: null, id: "y", issuer: "x" } },
    });
    assert.deepEqual(await find("a2"), scope);
    await storage.accessRequests.refuse("a2", decidedBy("ben"));
    assert.deepEqual(await find("a2"), { ...scope, state: "REFUSED", decided: decidedBy("ben") });
    assert.deepEqual([await find("none"), await find("\0")], [null, null]);
    assert.deepEqual(await acts(), [
      "access-request:a1:requested",
      "access-request:a1:approved",
      "access-request:a1:returned",
      "access-request:a2:requested",
      "access-request:a2:refused",
    ]);
  });

  test("access is given in the transaction of its revision, or neither is there; no step is taken twice", async () => {
    await add("a1");
    await assert.rejects(commit(1, step("none")), conflict);
    await assert.rejects(commit(1, step("a1", { at: 1_000 })), conflict);
    await assert.rejects(commit(2, step("a1")), conflict);
    assert.deepEqual([(await find("a1"))?.state, await storage.policy.headRevision()], ["OPEN", 0]);
    await commit(1, step("a1"));
    for (const again of [step("a1"), step("a1", { by: "key:ben", subject: { type: "user", id: "ben", issuer: null } })])
      await assert.rejects(commit(2, again), conflict);
    await assert.rejects(storage.accessRequests.refuse("a1", decidedBy("ben")), conflict);
    await assert.rejects(commit(2, step("a1", { step: "RETURNED", at: 500 })), conflict);
    assert.equal(await storage.policy.headRevision(), 1);
    await commit(2, step("a1", { step: "RETURNED", at: 30, by: "key:portal", reason: null }));
    await assert.rejects(commit(3, step("a1", { step: "RETURNED", at: 30 })), conflict);
    await assert.rejects(storage.accessRequests.giveBack("a1", returned), conflict);
    assert.deepEqual((await find("a1"))?.returned, returned);
    await add("a2");
    await storage.accessRequests.refuse("a2", decidedBy("ada"));
    for (const work of [
      () => commit(3, step("a2")),
      () => storage.accessRequests.refuse("a2", decidedBy("ada")),
      () => storage.accessRequests.giveBack("a2", returned),
    ])
      await assert.rejects(work(), conflict);
    assert.equal(await storage.policy.headRevision(), 2);
    assert.equal(storage.journal.ready, true);
    const all = (await raw("SELECT id FROM journal ORDER BY seq")).map(({ id }) => id);
    assert.deepEqual(all.slice(0, 5), [
      "access-request:a1:requested",
      "access-request:a1:approved",
      "policy:1",
      "access-request:a1:returned",
      "policy:2",
    ]);
  });

  test("of two who answer at once, on two instances, one does", async () => {
    const second = await open(url);
    const outcome = (work: Promise<unknown>) =>
      work.then(
        () => "done",
        (error) => error.code,
      );
    for (let round = 1; round <= 5; round++) {
      await add(`a${round}`);
      const head = await storage.policy.headRevision();
      const answers = await Promise.all([
        outcome(commit(head + 1, step(`a${round}`))),
        outcome(second.accessRequests.refuse(`a${round}`, decidedBy("ben"))),
      ]);
      assert.deepEqual(answers.sort(), ["CONFLICT", "done"]);
      const approved = (await find(`a${round}`))?.state === "APPROVED";
      assert.equal(await storage.policy.headRevision(), approved ? head + 1 : head);
    }
  });

  test("of two who ask for the same at once, on two instances, one does, and the refusal names it", async () => {
    const second = await open(url);
    const scope = { subject: null, role: null, organization: null, clientId: "ehr", scope: "view" };
    for (let round = 1; round <= 5; round++) {
      const more = round % 2 === 0 ? { ...scope, scope: `view-${round}` } : { organization: `ward-${round}` };
      const asking = [storage, second, storage].map(async ({ accessRequests }, i) => {
        const request = keptRequest(`a${round}-${i}`, more);
        await accessRequests.open(request);
        return request.id;
      });
      const answers = await Promise.allSettled(asking);
      const done = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
      assert.equal(done.length, 1, JSON.stringify(answers));
      for (const answer of answers)
        if (answer.status === "rejected") {
          assert.equal(answer.reason.code, "CONFLICT");
          assert.match(answer.reason.message, new RegExp(`access request ${done[0]} is OPEN`));
        }
      assert.deepEqual(
        (await storage.accessRequests.standing(keptRequest("x", more), 100)).map(({ id }) => id),
        done,
      );
    }
    assert.equal((await acts()).length, 5);
  });

  test("one that is written again, as nobody knows whether it was, finds itself and is content", async () => {
    const dialect = dialectOf(url);
    const { close, ...use } = await openConnection({ dialect, purpose: "write", counter: statementCounter() });
    const twice: Pick<Writer, "write"> = {
      async write(job) {
        await job({ ...use, retry: false });
        return job({ ...use, retry: true });
      },
    };
    const { open: ask } = createAccessRequestStore({
      ...{ source: {} as never, reads: {} as never, lists: {} as never, dialect, writer: twice as Writer },
      putOnRecord: createPutOnRecord({ dialect, newSalt: () => "00" }),
      requireCaller: async () => undefined,
    });
    try {
      const request = keptRequest("a1");
      await ask(request);
    } finally {
      await close();
    }
    assert.deepEqual(await acts(), ["access-request:a1:requested"]);
  });

  test("the same can be asked for once it was answered, or its time is over", async () => {
    await add("a1");
    await assert.rejects(add("a2", { createdAt: 999 }), conflict);
    await add("a3", { organization: "lab" });
    await add("a4", { subject: { type: "Practitioner", id: "nora" } });
    await storage.accessRequests.refuse("a1", decidedBy("ada"));
    await add("a5");
    await commit(1, step("a5"));
    await add("a6");
    await add("a7", { createdAt: 1_000, expiresAt: 2_000 });
  });

  test("the key of who takes a step is looked at once more", async () => {
    await storage.apiKeys.add(storedKey("aaaaaaaaaaaa", { roles: ["admin"] }));
    await storage.apiKeys.revoke("aaaaaaaaaaaa", { at: 5, author: "key:admin", reason: "r" });
    await add("a1");
    const by = "key:aaaaaaaaaaaa";
    const refused = { code: "UNAUTHENTICATED" };
    await assert.rejects(commit(1, step("a1", { by })), refused);
    const decided = decidedBy("ada");
    await assert.rejects(
      storage.accessRequests.refuse("a1", { ...decided, by: { ...decided.by, callerId: by } }),
      refused,
    );
    await assert.rejects(storage.accessRequests.giveBack("a1", { ...returned, by }), refused);
    const asked = keptRequest("a2", { requestedBy: { callerId: by, subject: null } });
    await assert.rejects(storage.accessRequests.open(asked), refused);
    assert.equal((await find("a1"))?.state, "OPEN");
  });

  test("a list comes newest first, narrowed by state at a time and by what is asked for", async () => {
    const scope = { subject: null, role: null, organization: null, clientId: "ehr", scope: "view" };
    await add("a0");
    await add("a1", { subject: { type: "device", id: "nora" }, organization: "lab" });
    await add("a2", { ...scope });
    await add("a3", { role: "doctor", requestedBy: { callerId: "key:eve", subject: null } });
    await commit(1, step("a0"));
    await storage.accessRequests.refuse("a1", decidedBy("ada"));
    const ids = async (filter: AccessRequestFilter, now = 100, first = 10, after: string | null = null) => {
      const page = await storage.accessRequests.page({ filter, now, page: { first, after } });
      return [page.items.map(({ node }) => node.id).join(" "), page.hasNextPage];
    };
    assert.deepEqual(await ids({}), ["a3 a2 a1 a0", false]);
    assert.deepEqual(await ids({}, 100, 2), ["a3 a2", true]);
    assert.deepEqual(await ids({}, 100, 2, "a2"), ["a1 a0", false]);
    assert.deepEqual(await ids({ states: ["OPEN"] }), ["a3 a2", false]);
    assert.deepEqual(await ids({ states: ["OPEN"] }, 1_000), ["", false]);
    assert.deepEqual(await ids({ states: ["APPROVED"] }), ["a0", false]);
    assert.deepEqual(await ids({ states: ["APPROVED"] }, 500), ["", false]);
    assert.deepEqual(await ids({ states: ["EXPIRED"] }, 500), ["a0", false]);
    assert.deepEqual(await ids({ states: ["EXPIRED"] }, 1_000), ["a3 a2 a0", false]);
    assert.deepEqual(await ids({ states: ["REFUSED"] }), ["a1", false]);
    assert.deepEqual(await ids({ states: ["REFUSED", "APPROVED"] }), ["a1 a0", false]);
    assert.deepEqual(await ids({ states: [] }), ["", false]);
    assert.deepEqual(await ids({ states: ["RETURNED"] }), ["", false]);
    assert.deepEqual(await ids({ subjectId: "nora" }), ["a3 a1 a0", false]);
    assert.deepEqual(await ids({ subjectId: "nora", subjectType: "device" }), ["a1", false]);
    assert.deepEqual(await ids({ organization: "lab" }), ["a1", false]);
    assert.deepEqual(await ids({ clientId: "ehr", scope: "view" }), ["a2", false]);
    assert.deepEqual(await ids({ role: "doctor" }), ["a3", false]);
    assert.deepEqual(await ids({ callerId: "key:eve" }), ["a3", false]);
    assert.deepEqual(await ids({ role: "\0" }), ["", false]);
  });

  test("what stands of one role or scope, and what ends with a subject", async () => {
    const scope = { subject: null, role: null, organization: null, clientId: "ehr", scope: "view" };
    const nora = { type: "user", id: "nora" };
    const byNora = { callerId: "key:nora", subject: { ...nora, issuer: null } };
    await add("a0");
    await add("a1", { organization: "lab" });
    await add("a2", { ...scope, scope: "list", requestedBy: byNora });
    await add("a3", { ...scope, subject: nora });
    await add("a4", { subject: { type: "device", id: "nora" } });
    await add("a5", { organization: "clinic" });
    await storage.accessRequests.refuse("a5", decidedBy("ada"));
    const ids = (requests: readonly KeptAccessRequest[]) => requests.map(({ id }) => id).join(" ");
    const { accessRequests } = storage;
    assert.equal(ids(await accessRequests.standing(keptRequest("x"), 100)), "a0");
    assert.equal(ids(await accessRequests.standing(keptRequest("x"), 1_000)), "");
    assert.equal(ids(await accessRequests.standing(keptRequest("x", { organization: "clinic" }), 100)), "");
    assert.equal(ids(await accessRequests.standing(keptRequest("x", scope), 100)), "a3");
    assert.equal(ids(await accessRequests.standingOf(nora, 100)), "a3 a2 a1 a0");
    assert.equal(ids(await accessRequests.standingOf({ type: "client", id: "ehr" }, 100)), "a3 a2");
    // The access of a client does not end with the person for whom it was asked, nor with who asked.
    await commit(1, step("a0"));
    await commit(2, step("a2"));
    await commit(3, step("a3"));
    assert.equal(ids(await accessRequests.standingOf(nora, 100)), "a1 a0");
    assert.equal(ids(await accessRequests.standingOf({ type: "client", id: "ehr" }, 100)), "a3 a2");
    await add("a6", scope);
    assert.equal(ids(await accessRequests.standing(keptRequest("x", scope), 100)), "a6 a3");
  });

  const set = (id: string, sets: string) =>
    raw(`UPDATE case_file SET version = version + 1, ${sets} WHERE id = '${id}'`);
  const approve = (id: string, by: string, subject: CallerSubject | null) =>
    set(
      id,
      `state = 'APPROVED', is_over = TRUE, life = '{"reason":"r"}', decided_at = 1, decided_by = '${by}',
      decider_subject_id = ${text(subject?.id ?? null)}, decider_subject_type = ${text(subject?.type ?? null)},
      decider_issuer = ${text(subject?.issuer ?? null)}, decider_people = ${text(peopleText({ subject }))}`,
    ).then(
      () => true,
      () => false,
    );

  test("the database itself refuses an approval by who asked or whom it is for, whoever writes it", async () => {
    const subjects: (CallerSubject | null)[] = [null];
    for (const id of ["nora", "NORA", "ben"])
      for (const type of [null, "user", "employee", "client"])
        for (const issuer of [null, "https://one.example", "https://two.example"]) subjects.push({ id, type, issuer });
    let number = 0;
    let allowed = 0;
    for (const requester of subjects.filter((_, i) => i % 2 === 0))
      for (const decider of subjects.filter((_, i) => i % 3 !== 2)) {
        const id = `a${++number}`;
        const { subject } = await add(id, {
          organization: id,
          requestedBy: { callerId: "key:portal", subject: requester },
        });
        const holder = subject === null ? null : { ...subject, issuer: null };
        const other =
          !samePerson({ subject: requester }, { subject: decider }) &&
          !samePerson({ subject: holder }, { subject: decider });
        assert.equal(await approve(id, "key:other", decider), other, JSON.stringify([requester, decider]));
        if (other) allowed++;
      }
    assert.ok(allowed > 20);
    await add("own");
    const ben = { id: "ben", type: "user", issuer: null };
    assert.equal(await approve("own", "key:portal", ben), false, "by the key that asked");
    assert.equal(await approve("own", "key:other", ben), true);
  });

  test("and a change of what was asked for, another answer, and that it goes away", async () => {
    await add("a1");
    for (const fixed of ["body = '{}'", "organization = 'lab'", "opened_by = 'key:eve'", "slot = 'other'"])
      await assert.rejects(set("a1", fixed), /does not change/, fixed);
    await assert.rejects(set("a1", "state = 'APPROVED'"));
    await assert.rejects(raw("DELETE FROM case_file WHERE id = 'a1'"), /is kept/);
    await storage.accessRequests.refuse("a1", decidedBy("ben"));
    assert.equal(await approve("a1", "key:ben", { id: "ben", type: "user", issuer: null }), false);
    for (const again of ["state = 'OPEN'", "state = 'RETURNED'", `life = '{}'`])
      await assert.rejects(set("a1", again), /does not change/, again);
    await add("a2", { organization: "lab" });
    await storage.accessRequests.giveBack("a2", returned);
    assert.equal(await approve("a2", "key:ben", { id: "ben", type: "user", issuer: null }), false);
    const begun = keptRequest("a3", { state: "APPROVED", decided: decidedBy("ben") });
    await assert.rejects(storage.accessRequests.open(begun));
  });

  test("what was approved stays as it was approved, also when it is given back", async () => {
    await add("a1");
    await commit(1, step("a1", { reason: 'Sie "weiß" \\ es: 𝄞 \n' }));
    for (const changed of [
      "state = 'REFUSED'",
      `life = '{}'`,
      `state = 'RETURNED', life = '{"reason":"other","returned":{}}'`,
      `state = 'RETURNED', decided_by = 'key:eve', life = life`,
    ])
      await assert.rejects(set("a1", changed), /does not change/, changed);
    const approved = await find("a1");
    await storage.accessRequests.giveBack("a1", { ...returned, reason: 'again "ü" 𝄞' });
    const { state, returned: gone, ...rest } = (await find("a1")) as KeptAccessRequest;
    assert.deepEqual([state, gone?.reason], ["RETURNED", 'again "ü" 𝄞']);
    assert.deepEqual({ ...rest, state: "APPROVED", returned: null }, approved);
    await assert.rejects(set("a1", "state = 'APPROVED'"), /does not change/);
  });
});
