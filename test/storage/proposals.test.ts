import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { peopleUntold, samePerson } from "../../src/domain/callers/samePerson.ts";
import type { CallerSubject } from "../../src/domain/callers/types.ts";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import type { KeptProposal } from "../../src/domain/simulation/proposals/proposal.ts";
import type { ProposalFilter } from "../../src/domain/simulation/proposals/store.ts";
import { peopleText } from "../../src/storage/database/storedPerson.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { storedKey } from "../support/keys.ts";
import { approvalBy, keptProposal, stepOf } from "../support/proposals.ts";
import { revision, role } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const conflict = { code: "CONFLICT" };
const carriedOut = (proposalId: string, more: object = {}) => ({
  proposalId,
  digest: "d1",
  by: "key:ben",
  at: 30,
  ...more,
});
const next = { round: 2, digest: "d2", baseRevision: 7, effect: "e2", findings: [], report: null };
const text = (value: string | null): string => (value === null ? "NULL" : `'${value}'`);

onEveryBackend("proposals", ({ open, backend }) => {
  let url: string;
  let storage: Storage;
  beforeEach(async () => {
    url = await backend().fresh();
    storage = await open(url);
  });
  const raw = (sql: string) => backend().raw(url, sql);
  const add = (id: string, more: Partial<KeptProposal> = {}) => storage.proposals.add(keptProposal(id, more));
  const approve = (id: string, who = "ben", on = storage) =>
    on.proposals.approve(id, approvalBy(who), stepOf(id, "APPROVED", { once: who, author: `key:${who}` }));
  const acts = async () =>
    (await raw(`SELECT id FROM journal WHERE kind = 'PROPOSAL' ORDER BY seq`)).map(({ id }) => id);
  const commit = (number: number, id?: string, more: object = {}, on = storage) =>
    on.policy.commit(
      revision(number, [changeOf("role", null, role(`role-${number}`))], { author: "key:admin" }),
      id === undefined ? undefined : carriedOut(id, more),
    );

  test("are read as they were written, with what was said of them and who approved them", async () => {
    const report = { at: 9, filter: { clientId: "ehr" }, replay: { read: 3 } } as unknown as KeptProposal["report"];
    const findings = [{ code: "WIDENS_ALLOW", noun: "role", key: "staff", message: "m" }] as const;
    const made = keptProposal("p1", { report, findings, emergency: true, title: "Ünïcode 𝄞" });
    await storage.proposals.add(made);
    assert.deepEqual(await storage.proposals.find("p1"), made);
    const comment = { id: "c1", callerId: "key:rita", at: 15, text: "Why?" };
    await storage.proposals.comment("p1", comment, { ...stepOf("p1", "COMMENTED", { once: "c1" }), most: 1 });
    await approve("p1");
    assert.deepEqual(await storage.proposals.find("p1"), {
      ...made,
      state: "APPROVED",
      comments: [comment],
      approvals: [approvalBy("ben")],
    });
    const more = { ...stepOf("p1", "COMMENTED", { once: "c2" }), most: 1 };
    await assert.rejects(storage.proposals.comment("p1", { ...comment, id: "c2" }, more), { code: "LIMIT_EXCEEDED" });
    assert.equal(await storage.proposals.find("none"), null);
    assert.equal(await storage.proposals.find("\0"), null);
    assert.deepEqual(await acts(), ["proposal:p1:proposed", "proposal:p1:commented:c1", "proposal:p1:approved:ben"]);
  });

  test("a change without effects on the state is no step: approving twice, and what is closed or renewed", async () => {
    await add("p1");
    await approve("p1");
    await assert.rejects(approve("p1", "rita"), conflict);
    await storage.proposals.renew("p1", { from: "d1", next }, stepOf("p1", "RENEWED", { once: "1" }));
    const renewed = await storage.proposals.find("p1");
    assert.deepEqual([renewed?.state, renewed?.digest, renewed?.baseRevision], ["OPEN", "d2", 7]);
    assert.equal(renewed?.approvals.length, 1);
    // What was approved is not what stands there now.
    await assert.rejects(approve("p1", "rita"), conflict);
    await assert.rejects(commit(1, "p1"), conflict);
    await assert.rejects(
      storage.proposals.renew("p1", { from: "d1", next }, stepOf("p1", "RENEWED", { once: "2" })),
      conflict,
    );
    await storage.proposals.close("p1", "REJECTED", stepOf("p1", "REJECTED"));
    for (const state of ["REJECTED", "WITHDRAWN", "EXPIRED"] as const)
      await assert.rejects(storage.proposals.close("p1", state, stepOf("p1", state)), conflict);
    await assert.rejects(
      storage.proposals.renew("p1", { from: "d2", next }, stepOf("p1", "RENEWED", { once: "3" })),
      conflict,
    );
    assert.deepEqual((await storage.proposals.find("p1"))?.closed, { at: 10, by: "key:ada", reason: "a test" });
    assert.equal(await storage.policy.headRevision(), 0);
    assert.equal(storage.journal.ready, true);
  });

  test("is applied in the transaction of the revision that it makes, or neither is there", async () => {
    await add("p1");
    await assert.rejects(commit(1, "p1"), conflict);
    assert.equal(await storage.policy.headRevision(), 0);
    await approve("p1");
    await assert.rejects(commit(1, "p1", { digest: "other" }), conflict);
    await assert.rejects(commit(1, "p1", { at: 1_000 }), conflict);
    await assert.rejects(commit(2, "p1"), conflict);
    assert.equal((await storage.proposals.find("p1"))?.state, "APPROVED");
    assert.equal(await storage.policy.headRevision(), 0);
    await commit(1, "p1");
    const applied = await storage.proposals.find("p1");
    assert.deepEqual([applied?.state, applied?.appliedRevision, applied?.closed?.by], ["APPLIED", 1, "key:ben"]);
    await assert.rejects(commit(2, "p1"), conflict);
    assert.equal(await storage.policy.headRevision(), 1);
    const all = await raw(`SELECT id FROM journal ORDER BY seq`);
    assert.deepEqual(all.map(({ id }) => id).slice(-2), ["proposal:p1:applied", "policy:1"]);
  });

  test("entities and keys end their proposals with themselves, or not at all", async () => {
    await add("p1");
    await add("p2");
    const put = {
      author: "key:admin",
      reason: "r",
      committedAt: 5,
      put: [{ type: "user", id: "a", properties: null }],
      remove: [],
    };
    await assert.rejects(storage.directory.commit(put, carriedOut("p1")), conflict);
    await assert.rejects(storage.apiKeys.add(storedKey("k1"), carriedOut("p2")), conflict);
    assert.deepEqual([await storage.directory.headRevision(), await storage.apiKeys.find("k1")], [0, null]);
    await approve("p1");
    await approve("p2");
    await assert.rejects(storage.directory.commit({ ...put, expectedRevision: 3 }, carriedOut("p1")), conflict);
    await storage.directory.commit({ ...put, expectedRevision: 0 }, carriedOut("p1"));
    await storage.apiKeys.add(storedKey("k1"), carriedOut("p2"));
    const [one, other] = [await storage.proposals.find("p1"), await storage.proposals.find("p2")];
    assert.deepEqual([one?.state, one?.appliedRevision], ["APPLIED", 1]);
    assert.deepEqual([other?.state, other?.appliedRevision], ["APPLIED", null]);
  });

  test("of two who apply, approve or close at once, on two instances, one does", async () => {
    const second = await open(url);
    const outcome = (work: Promise<unknown>) =>
      work.then(
        () => "done",
        (error) => error.code,
      );
    for (let round = 1; round <= 6; round++) {
      const id = `p${round}`;
      await add(id);
      const approvals = await Promise.all([outcome(approve(id, "ben")), outcome(approve(id, "rita", second))]);
      assert.deepEqual(approvals.sort(), ["CONFLICT", "done"]);
      const applied = await Promise.all([outcome(commit(round, id)), outcome(commit(round, id, {}, second))]);
      assert.deepEqual(applied.sort(), ["CONFLICT", "done"]);
      const head = await storage.policy.headRevision();
      assert.equal(head, round);
      await add(`${id}x`);
      const close = (state: "REJECTED" | "WITHDRAWN", on: Storage) =>
        outcome(on.proposals.close(`${id}x`, state, stepOf(`${id}x`, state)));
      const closed = await Promise.all([close("REJECTED", storage), close("WITHDRAWN", second)]);
      assert.deepEqual(closed.sort(), ["CONFLICT", "done"]);
    }
  });

  test("the key of who takes a step is looked at once more", async () => {
    await storage.apiKeys.add(storedKey("aaaaaaaaaaaa", { roles: ["reviewer"] }));
    await storage.apiKeys.revoke("aaaaaaaaaaaa", { at: 5, author: "key:admin", reason: "r" });
    await add("p1");
    const by = { author: "key:aaaaaaaaaaaa" };
    const refused = { code: "UNAUTHENTICATED" };
    const approval = approvalBy("x", { callerId: by.author });
    await assert.rejects(
      storage.proposals.approve("p1", approval, stepOf("p1", "APPROVED", { once: "1", ...by })),
      refused,
    );
    await assert.rejects(storage.proposals.close("p1", "REJECTED", stepOf("p1", "REJECTED", by)), refused);
    await assert.rejects(add("p2", { author: { callerId: by.author, subject: null } }), refused);
    assert.equal((await storage.proposals.find("p1"))?.state, "OPEN");
  });

  test("a list comes newest first, page by page, narrowed by what is kept", async () => {
    const rows: readonly Partial<KeptProposal>[] = [
      {},
      { emergency: true },
      { expiresAt: 50 },
      { author: { callerId: "key:eve", subject: null } },
      { change: { kind: "ROLLBACK", toRevision: 3 } },
    ];
    for (const [i, more] of rows.entries()) await add(`p${i}`, more);
    await approve("p0");
    const ids = async (filter: ProposalFilter, first = 10, after: string | null = null) => {
      const page = await storage.proposals.page({ filter, now: 50, page: { first, after } });
      return [page.items.map(({ node }) => node.id).join(" "), page.hasNextPage];
    };
    assert.deepEqual(await ids({}), ["p4 p3 p2 p1 p0", false]);
    assert.deepEqual(await ids({}, 2), ["p4 p3", true]);
    assert.deepEqual(await ids({}, 3, "p3"), ["p2 p1 p0", false]);
    assert.deepEqual(await ids({ emergency: true }), ["p1", false]);
    assert.deepEqual(await ids({ emergency: false, states: ["OPEN"] }), ["p4 p3", false]);
    assert.deepEqual(await ids({ kind: "ROLLBACK" }), ["p4", false]);
    assert.deepEqual(await ids({ callerId: "key:eve" }), ["p3", false]);
    assert.deepEqual(await ids({ callerId: "\0" }), ["", false]);
    assert.deepEqual(await ids({ states: ["EXPIRED"] }), ["p2", false]);
    assert.deepEqual(await ids({ states: ["EXPIRED", "APPROVED", "STALE"] }), ["p2 p0", false]);
    const due = async () => (await storage.proposals.due(50, 9)).map(({ id }) => id);
    assert.deepEqual(await due(), ["p2"]);
    await assert.rejects(storage.proposals.close("p1", "EXPIRED", stepOf("p1", "EXPIRED", { at: 50 })), conflict);
    await assert.rejects(storage.proposals.close("p2", "REJECTED", stepOf("p2", "REJECTED", { at: 50 })), conflict);
    const close = () => storage.proposals.close("p2", "EXPIRED", stepOf("p2", "EXPIRED", { at: 50 }));
    await close();
    await assert.rejects(close(), conflict);
    assert.deepEqual([await due(), await ids({ states: ["EXPIRED"] })], [[], ["p2", false]]);
  });

  const insertApproval = (id: string, author: string, subject: CallerSubject | null, entry = "d1:1") =>
    raw(`INSERT INTO case_entry (id, case_id, kind, at, "by", subject_id, subject_type, issuer, people, body) VALUES ('${id}:${entry}', '${id}',
      'APPROVAL', 1, '${author}', ${text(subject?.id ?? null)}, ${text(subject?.type ?? null)}, ${text(subject?.issuer ?? null)},
      ${text(peopleText({ subject }))}, '{"digest":"d1"}')`);

  test("one that a token without a person made is approved by two people, and stays open until then", async () => {
    await add("p1", { approvalsNeeded: 2 });
    const by = (who: string, once: string, more: object = {}) =>
      storage.proposals.approve("p1", approvalBy(who, more), stepOf("p1", "APPROVED", { once, author: `key:${who}` }));
    await by("ben", "1");
    assert.equal((await storage.proposals.find("p1"))?.state, "OPEN");
    await assert.rejects(commit(1, "p1"), conflict);
    // By the same key, by another key of the same person, and by nobody, whatever the caller believes: service and database refuse it.
    for (const [who, more] of [
      ["ben", {}],
      ["bens-other", { subject: { type: "employee", id: "BEN", issuer: null } }],
      ["nobody", { subject: null }],
    ] as const) {
      await assert.rejects(by(who, who, more), conflict, who);
      const { callerId, subject } = approvalBy(who, more);
      await assert.rejects(insertApproval("p1", callerId, subject, "d1:2"), /twice by one person|somebody else/);
    }
    await assert.rejects(
      raw(`UPDATE case_file SET version = 3, state = 'APPROVED' WHERE id = 'p1'`),
      /as it was approved/,
    );
    await by("rita", "2");
    const found = await storage.proposals.find("p1");
    assert.deepEqual([found?.state, found?.approvalsNeeded, found?.approvals.length], ["APPROVED", 2, 2]);
    await storage.proposals.renew("p1", { from: "d1", next }, stepOf("p1", "RENEWED", { once: "1" }));
    await assert.rejects(
      raw(`UPDATE case_file SET version = 5, state = 'APPROVED' WHERE id = 'p1'`),
      /as it was approved/,
    );
  });

  test("of two approvals that are needed, two at once on two instances are both there", async () => {
    const second = await open(url);
    for (let round = 1; round <= 4; round++) {
      await add(`p${round}`, { approvalsNeeded: 2 });
      await Promise.all([approve(`p${round}`, "ben"), approve(`p${round}`, "rita", second)]);
      const found = await storage.proposals.find(`p${round}`);
      assert.deepEqual([found?.state, found?.approvals.length], ["APPROVED", 2]);
    }
  });

  test("so is one of which it can't be told whether a person made it, as the database has it: by two who are not its author", async () => {
    const account = { type: null, id: "job", issuer: "https://id.example" };
    const author = { callerId: "jwt:https://id.example#job", subject: account, people: peopleUntold([account]) };
    const forOne = `INSERT INTO case_file (id, kind, state, opened_at, opened_by, opener_subject_id, opener_issuer, opener_people, ends_at, is_over,
      version, body, life) VALUES ('p1', 'PROPOSAL', 'OPEN', 1, 'jwt:x#job', 'job', 'x', ${text(peopleText(author))}, 2, FALSE, 1, '{}', '{}')`;
    await assert.rejects(raw(forOne), /begins open/);
    await add("p1", { author, approvalsNeeded: 2 });
    for (const subject of [account, { ...account, id: "JOB" }, null])
      await assert.rejects(insertApproval("p1", "key:other", subject), /somebody else than its author/);
    await approve("p1", "ben");
    await approve("p1", "rita");
    assert.equal((await storage.proposals.find("p1"))?.state, "APPROVED");
    // For what one person approves, that can't be told is a refusal.
    await add("p2", { author: { callerId: "key:x", subject: { ...account, type: "user" } } });
    await assert.rejects(insertApproval("p2", "key:ben", approvalBy("ben").subject), /somebody else than its author/);
  });

  test("the database refuses what a client's own token proposed for one approval", async () => {
    const author = {
      callerId: "jwt:https://id.example#ci",
      subject: { type: "client", id: "ci", issuer: "https://id.example" },
    };
    await assert.rejects(
      raw(`INSERT INTO case_file (id, kind, state, opened_at, opened_by, opener_subject_id, opener_subject_type, opener_issuer, ends_at, is_over, version, body, life)
        VALUES ('p1', 'PROPOSAL', 'OPEN', 1, 'jwt:x#ci', 'ci', 'client', 'x', 2, FALSE, 1, '{}', '{}')`),
      /begins open/,
    );
    await add("p2", { author, approvalsNeeded: 2 });
    assert.equal((await storage.proposals.find("p2"))?.approvalsNeeded, 2);
  });

  test("the database itself refuses an approval by the author, whoever writes it: for all persons as samePerson has it", async () => {
    const subjects: (CallerSubject | null)[] = [null];
    for (const id of ["ada", "ADA", "ben"])
      for (const type of [null, "user", "employee", "client"])
        for (const issuer of [null, "https://one.example", "https://two.example"]) subjects.push({ id, type, issuer });
    let allowed = 0;
    let number = 0;
    for (const author of [null, ...subjects.filter((_, i) => i % 3 === 1), subjects[2] ?? null]) {
      const ids = subjects.map(() => `p${++number}`);
      const values = ids.map(
        (id) => `('${id}','PROPOSAL','OPEN',1,'key:author', ${text(author?.id ?? null)}, ${text(author?.type ?? null)},
          ${text(author?.issuer ?? null)},${text(peopleText({ subject: author }))},2,FALSE,1,'{}','{}')`,
      );
      await raw(`INSERT INTO case_file (id, kind, state, opened_at, opened_by, opener_subject_id, opener_subject_type, opener_issuer, opener_people,
          ends_at, is_over, version, body, life) VALUES ${values.join(", ")}`);
      for (const [i, approver] of subjects.entries()) {
        const isSame = samePerson({ subject: author }, { subject: approver });
        // Of those who may, one in seven: each connects anew.
        if (!isSame && (i + number) % 7 !== 0) continue;
        const id = ids[i] ?? "";
        const works = await insertApproval(id, "key:other", approver).then(
          () => true,
          () => false,
        );
        assert.equal(works, !isSame, JSON.stringify([author, approver]));
        if (works) allowed++;
      }
    }
    assert.ok(allowed > 20);
  });

  test("and an approval by the author's own key, of what is not there, a change of what was proposed, and an end without approval", async () => {
    await add("p1");
    const set = (version: number, what: string) =>
      raw(`UPDATE case_file SET version = ${version}, ${what} WHERE id = 'p1'`);
    const ENDED = "decided_at = 1, decided_by = 'key:ben', is_over = TRUE";
    const ben: CallerSubject = { id: "ben", type: "user", issuer: null };
    for (const [sql, why] of [
      [() => insertApproval("p1", "key:ada", ben), /somebody else than its author/],
      [() => insertApproval("none", "key:ben", ben), /somebody else than its author/],
      [() => set(2, "state = 'APPROVED'"), /as it was approved/],
      [() => set(2, `state = 'APPLIED', ${ENDED}`), /as it was approved/],
      [() => set(2, "opener_subject_id = 'eve'"), /does not change/],
      [() => set(2, "opened_by = 'key:eve'"), /does not change/],
      [() => set(2, "body = '{}'"), /does not change/],
      [() => set(2, "ends_at = 99"), /does not change/],
      [() => set(2, ENDED), /constraint/i],
      [() => set(2, "state = 'REJECTED'"), /constraint/i],
      [() => raw(`DELETE FROM case_file WHERE id = 'p1'`), /is kept/],
    ] as const)
      await assert.rejects(sql(), why);
    await approve("p1");
    for (const [sql, why] of [
      [() => raw("UPDATE case_entry SET body = '{}'"), /does not change/],
      [() => raw("DELETE FROM case_entry"), /is kept/],
      [() => set(3, `life = '{"digest":"d2"}', state = 'APPLIED', ${ENDED}`), /as it was approved/],
      [() => set(3, `life = '{}'`), /as it was approved/],
    ] as const)
      await assert.rejects(sql(), why);
    await assert.rejects(
      raw(`INSERT INTO case_file (id, kind, state, opened_at, opened_by, ends_at, is_over, version, body, life)
        SELECT 'p9', kind, 'APPROVED', opened_at, opened_by, ends_at, is_over, 1, body, life FROM case_file WHERE id = 'p1'`),
      /begins open/,
    );
    assert.equal((await storage.proposals.find("p1"))?.state, "APPROVED");
  });
});
