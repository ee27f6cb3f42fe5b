import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Campaign, NewCampaign, ReviewItem } from "../../src/domain/monitoring/reviews/campaign.ts";
import type { ItemState } from "../../src/domain/monitoring/reviews/itemKind.ts";
import type { CampaignFilter, NewItem } from "../../src/domain/monitoring/reviews/store.ts";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import type { NewRevision } from "../../src/domain/policy/store.ts";
import type { Assignment, RowChange } from "../../src/domain/policy/types.ts";
import { DAY_MS } from "../../src/domain/policy/use.ts";
import { peopleText } from "../../src/storage/database/storedPerson.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { assignmentAccess, decidedAs, evidence, grantAccess, newCampaign, newItem } from "../support/reviews.ts";
import { grant } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const conflict = { code: "CONFLICT" };

const holding = (subjectId: string, more: Partial<Assignment> = {}): Assignment => ({
  subjectId,
  subjectType: "user",
  clientId: null,
  role: "nurse",
  organization: "ward",
  validFrom: null,
  validUntil: null,
  ...more,
});

onEveryBackend("access reviews", ({ open, backend }) => {
  let url: string;
  let storage: Storage;
  const raw = (sql: string) => backend().raw(url, sql);
  const revise = (revision: number, changes: readonly RowChange[]) => {
    const made: NewRevision = {
      revision,
      author: "key:ada",
      reason: `r${revision}`,
      committedAt: revision * 5,
      changes,
    };
    return storage.policy.commit(made);
  };
  beforeEach(async () => {
    url = await backend().fresh();
    storage = await open(url);
    await revise(1, [
      changeOf("assignment", null, holding("rose")),
      changeOf("assignment", null, holding("rob", { organization: "*" })),
      changeOf("assignment", null, holding("max", { organization: "clinic" })),
      changeOf("assignment", null, holding("eve", { validUntil: 50 })),
      changeOf("assignment", null, holding("rose", { role: "clerk" })),
      changeOf("assignment", null, {
        ...holding(""),
        subjectId: null,
        subjectType: null,
        clientId: "ehr",
        role: "bot",
      }),
      changeOf("grant", null, grant("ehr", "view_labs")),
      changeOf("grant", null, grant("app", "view_labs")),
    ]);
  });
  const items = (campaignId: string, count: number): readonly NewItem[] =>
    Array.from({ length: count }, (_, i) =>
      newItem(`${campaignId}.0000${i + 1}`, {
        campaignId,
        access: assignmentAccess({ subjectId: `s${i}`, organization: `Ünïcode ${i}` }),
        evidence: evidence({ uses: i, usedIn: [null, "ward"], smaller: { scopes: ["a"], checked: 3, complete: true } }),
        advice: i === 0 ? null : newItem("x").advice,
      }),
    );
  /** Of the three nurses. */
  const start = async (id: string, more: Partial<NewCampaign> = {}, listed = items(id, 3)): Promise<Campaign> => {
    const campaign = newCampaign(id, { items: listed.length, ...more });
    await storage.reviews.start(campaign, listed, "digest");
    return (await storage.reviews.find(id)) as Campaign;
  };
  const item = async (id: string): Promise<ReviewItem> => (await storage.reviews.findItem(id)) as ReviewItem;
  const acts = async () => (await raw("SELECT id FROM journal WHERE kind = 'REVIEW' ORDER BY seq")).map(({ id }) => id);
  const page = { first: 50, after: null };
  const outcome = (work: Promise<unknown>) =>
    work.then(
      () => "done",
      (error: { readonly code?: string }) => error.code,
    );

  test("are read as they were written, each step with its act", async () => {
    const campaign = await start("c1", {
      reviewers: ["rita", "Ünïcode"],
      unusedForDays: null,
      repeatEveryDays: 30,
      repeatUntil: 9,
    });
    const written = newCampaign("c1", {
      items: 3,
      reviewers: ["rita", "Ünïcode"],
      repeatEveryDays: 30,
      repeatUntil: 9,
    });
    assert.deepEqual(campaign, { ...written, state: "OPEN", decided: 0, proposalId: null, closed: null });
    const listed = await storage.reviews.items({ campaignId: "c1", now: 700, page });
    const undecided = items("c1", 3).map((each) => ({ ...each, decision: null, outcome: null }));
    const { dueAt, endsAt, startedAt, startedBy } = written;
    const ofCampaign = { dueAt, endsAt, startedAt, startedBy };
    assert.deepEqual(
      listed.items.map(({ node }) => node),
      undecided.map((each) => ({ ...each, listed: ofCampaign })),
    );
    const decision = decidedAs("REDUCE", { exceptUntil: null });
    await storage.reviews.decide(await item("c1.00001"), decision);
    assert.deepEqual(await item("c1.00001"), { ...undecided[0], decision, listed: ofCampaign });
    const now = (await storage.reviews.find("c1")) as Campaign;
    assert.equal(now.decided, 1);
    await storage.reviews.propose(now, { at: 600, by: "key:ada", reason: null, proposalId: "p1" });
    const proposed = (await storage.reviews.find("c1")) as Campaign;
    assert.deepEqual([proposed.state, proposed.proposalId], ["PROPOSED", "p1"]);
    assert.deepEqual([...(await storage.reviews.proposed())], ["p1"]);
    const outcomes = [
      { id: "c1.00001", outcome: { is: "REDUCED", note: null } },
      { id: "c1.00002", outcome: { is: "REFUSED", note: "why" } },
      { id: "c1.00003", outcome: { is: "REFUSED", note: "why" } },
    ] as const;
    await storage.reviews.close(proposed, { at: 700, by: "key:ada", reason: "done", outcomes, reportSha256: "s" });
    const closed = await storage.reviews.find("c1");
    assert.deepEqual([closed?.state, closed?.closed], ["CLOSED", { at: 700, by: "key:ada", reportSha256: "s" }]);
    assert.deepEqual(
      await Promise.all(outcomes.map(async ({ id }) => (await item(id)).outcome)),
      outcomes.map((o) => o.outcome),
    );
    const ids = ["review:c1:started", "review:c1:decided:c1.00001", "review:c1:proposed:p1", "review:c1:closed"];
    assert.deepEqual(await acts(), ids);
    assert.equal(await storage.reviews.find("\0"), null);
    assert.equal(await storage.reviews.findItem("c9"), null);
  });

  test("what identifies people stands apart on record", async () => {
    await start("c1");
    await storage.reviews.decide(await item("c1.00001"), decidedAs("KEEP", { reason: "rose is on leave" }));
    const rows = await raw("SELECT record, personal FROM journal WHERE kind = 'REVIEW' ORDER BY seq");
    for (const row of rows) assert.doesNotMatch(String(row.record), /s0|rose|Nurses|yearly/);
    assert.deepEqual(JSON.parse(String(rows[1]?.personal)), {
      "access.subject.id": "s0",
      text: "rose is on leave",
      title: "Nurses in autumn",
    });
    assert.equal(JSON.parse(String(rows[0]?.record)).itemsSha256, "digest");
  });

  test("one opens only if its rows are those of the access list, counted by every selector", async () => {
    const count = async (selector: Partial<NewCampaign>): Promise<number> => {
      for (let leftOut = 0; leftOut < 10; leftOut++) {
        const id = `c${JSON.stringify(selector).length}-${leftOut}`;
        if ((await outcome(start(id, { role: null, ...selector, leftOut }, []))) === "done") return leftOut;
      }
      return -1;
    };
    // One that has ended is no access.
    assert.equal(await count({ role: "nurse" }), 3);
    assert.equal(await count({ role: "nurse", organization: "ward" }), 2);
    assert.equal(await count({ organization: "ward" }), 4);
    assert.equal(await count({ organization: "*" }), 1);
    assert.equal(await count({ clientId: "ehr" }), 2);
    assert.equal(await count({ clientId: "ehr", role: "bot" }), 1);
    assert.equal(await count({ unusedForDays: 90 }), 7);
    assert.equal(await count({ role: "nurse", startedAt: 49 }), 4);
    assert.equal(await count({ subjectId: "rose", subjectType: "user" }), 2);
    assert.equal(await count({ subjectId: "rose", subjectType: "client" }), 0);
  });

  test("one does not open on a policy that has changed meanwhile, and nothing of it is left", async () => {
    await revise(2, [changeOf("assignment", holding("rose"), null)]);
    await assert.rejects(start("c1"), { ...conflict, message: /revision 1, and the policy is at 2/ });
    await assert.rejects(start("c1", { policyRevision: 2 }), { ...conflict, message: /has 2 rows, and not the 3/ });
    assert.equal(await storage.reviews.find("c1"), null);
    assert.equal(await storage.reviews.findItem("c1.00001"), null);
    assert.deepEqual(await acts(), []);
  });

  test("an item is decided once, and only while the campaign is open and its time is not over", async () => {
    const campaign = await start("c1");
    const [one, two] = [await item("c1.00001"), await item("c1.00002")];
    await assert.rejects(storage.reviews.decide(one, decidedAs("KEEP", { at: 2_000 })), conflict);
    await storage.reviews.decide(one, decidedAs("KEEP"));
    await assert.rejects(storage.reviews.decide(one, decidedAs("REMOVE")), conflict);
    const now = { ...campaign, decided: 1 };
    await storage.reviews.propose(now, { at: 600, by: "key:ada", reason: null, proposalId: "p1" });
    await assert.rejects(storage.reviews.decide(two, decidedAs("KEEP")), conflict);
    assert.equal((await storage.reviews.find("c1"))?.decided, 1);
    assert.equal((await item("c1.00002")).decision, null);
    assert.equal((await acts()).length, 3);
  });

  test("of two who decide the same item at once one does", async () => {
    await start("c1");
    const second = await open(url).catch(() => storage);
    const one = await item("c1.00001");
    const both = await Promise.all([
      outcome(storage.reviews.decide(one, decidedAs("KEEP"))),
      outcome(second.reviews.decide(one, decidedAs("REMOVE"))),
    ]);
    assert.deepEqual(both.sort(), ["CONFLICT", "done"]);
    assert.equal((await storage.reviews.find("c1"))?.decided, 1);
  });

  test("a step on a campaign that is not as it was read is refused", async () => {
    const campaign = await start("c1");
    await storage.reviews.decide(await item("c1.00001"), decidedAs("KEEP"));
    const step = { at: 600, by: "key:ada", reason: null };
    await assert.rejects(storage.reviews.propose(campaign, { ...step, proposalId: "p1" }), conflict);
    const now = { ...campaign, decided: 1 };
    await storage.reviews.propose(now, { ...step, proposalId: "p1" });
    await assert.rejects(storage.reviews.propose(now, { ...step, proposalId: "p2" }), conflict);
    await assert.rejects(storage.reviews.close(now, { ...step, outcomes: [], reportSha256: "s" }), conflict);
    // The proposal came to nothing: another takes its place.
    const proposed = (await storage.reviews.find("c1")) as Campaign;
    await storage.reviews.propose(proposed, { ...step, proposalId: "p2" });
    await assert.rejects(storage.reviews.close(proposed, { ...step, outcomes: [], reportSha256: "s" }), conflict);
    assert.equal((await storage.reviews.find("c1"))?.proposalId, "p2");
  });

  test("the database itself refuses who decides about their own access, and any change of what was listed or decided", async () => {
    const access = assignmentAccess();
    const clientAccess = grantAccess();
    const listed = [access, clientAccess].map((each, i) => newItem(`c1.${i}`, { access: each }));
    await start("c1", { leftOut: 1 }, listed);
    const people = (id: string | null, type: string | null) => {
      const found = peopleText({ subject: id === null ? null : { id, type, issuer: null } });
      return found === null ? "NULL" : `'${found}'`;
    };
    const set = (id: string, version: number, columns: string) =>
      raw(`UPDATE case_file SET version = ${version}, ${columns} WHERE id = '${id}'`);
    const said = '{"verdict":"KEEP","reason":"r","to":null,"exceptUntil":null}';
    const decide = (id: string, who: string | null, type: string | null) =>
      set(
        id,
        2,
        `state = 'DECIDED', is_over = TRUE, decided_at = 5, decided_by = 'key:x', life = '${said}', decider_people = ${people(who, type)}`,
      );
    for (const [id, who, type] of [
      ["c1.0", "rose", "user"],
      ["c1.0", "rose", null],
      ["c1.0", "ROSE", "Practitioner"],
      ["c1.0", null, null],
      ["c1.1", "ehr", "client"],
    ] as const)
      await assert.rejects(decide(id, who, type), `${id} ${who}`);
    await decide("c1.0", "rose", "client");
    await decide("c1.1", "ehr", "user");
    for (const [id, version, change] of [
      ["c1.0", 3, `life = '${said.replace("KEEP", "REMOVE")}'`],
      ["c1.0", 3, "body = '{}'"],
      ["c1.0", 3, "subject_id = 'rob'"],
      ["c1.0", 3, "state = 'UNDECIDED'"],
      ["c1", 2, "due_at = 1500"],
      ["c1", 2, "ends_at = 2500"],
      ["c1", 2, "body = '{}'"],
    ] as const)
      await assert.rejects(set(id, version, change), change);
    await assert.rejects(raw("DELETE FROM case_file"));
    await set("c1", 2, "state = 'PROPOSED'");
    for (const state of ["OPEN", "DECIDED"]) await assert.rejects(set("c1", 3, `state = '${state}'`), state);
    // What became of an item is the end.
    await set("c1.0", 3, `outcome = '{"is":"KEPT","note":null}'`);
    await assert.rejects(set("c1.0", 4, `outcome = '{"is":"REMOVED","note":null}'`));
    await start("c2");
    await set("c2.00001", 2, `is_over = TRUE, outcome = '{"is":"REMOVED","note":null}'`);
    const late = `decided_at = 5, decided_by = 'key:x', decider_people = '["person/otto"]', life = '${said}'`;
    await assert.rejects(set("c2.00001", 3, late));
  });

  test("are listed newest first, by each filter and page by page; their items in order, decided or not", async () => {
    await start("c1", { dueAt: 300 });
    await start("c2");
    await start("c3", {}, []).catch(() => start("c3", { leftOut: 3 }, []));
    const list = async (filter: CampaignFilter, first = 10, after: string | null = null) => {
      const found = await storage.reviews.page({ filter, now: 500, page: { first, after } });
      return [...found.items.map(({ key }) => key), ...(found.hasNextPage ? ["more"] : [])];
    };
    assert.deepEqual(await list({}), ["c3", "c2", "c1"]);
    assert.deepEqual(await list({}, 1, "c3"), ["c2", "more"]);
    assert.deepEqual(await list({ overdue: true }), ["c1"]);
    assert.deepEqual(await list({ overdue: false }), ["c3", "c2"]);
    assert.deepEqual(await list({ states: ["PROPOSED", "CLOSED"] }), []);
    assert.deepEqual(await list({ states: [] }), []);
    assert.deepEqual(await list({ states: ["OPEN", "CLOSED"] }), ["c3", "c2", "c1"]);
    await storage.reviews.decide(await item("c2.00002"), decidedAs("KEEP"));
    const listItems = async (states: readonly ItemState[] | undefined, first = 10, after: string | null = null) => {
      const found = await storage.reviews.items({ campaignId: "c2", states, now: 700, page: { first, after } });
      return [...found.items.map(({ key }) => key.slice(-1)), ...(found.hasNextPage ? ["more"] : [])];
    };
    assert.deepEqual(await listItems(undefined), ["1", "2", "3"]);
    assert.deepEqual(await listItems(["UNDECIDED"]), ["1", "3"]);
    assert.deepEqual(await listItems(["DECIDED"]), ["2"]);
    assert.deepEqual(await listItems(["LAPSED", "DECIDED"]), ["2"]);
    assert.deepEqual(await listItems([]), []);
    assert.deepEqual(await listItems(undefined, 1, "c2.00001"), ["2", "more"]);
  });

  test("an exception holds until its end, the latest of several", async () => {
    await start("c1");
    await start("c2");
    const [one, two] = [await item("c1.00001"), await item("c2.00001")];
    await storage.reviews.decide(one, decidedAs("KEEP", { exceptUntil: 3_000 }));
    await storage.reviews.decide(two, decidedAs("KEEP", { exceptUntil: 5_000 }));
    const key = 'ASSIGNMENT ["s0","user",null,"nurse","Ünïcode 0"]';
    assert.deepEqual([...(await storage.reviews.exceptions(4_999))], [[key, 5_000]]);
    assert.deepEqual([...(await storage.reviews.exceptions(5_000))], []);
  });

  test("one that repeats is due after its days, until its last, and is begun anew once", async () => {
    const repeating = { repeatEveryDays: 1, repeatUntil: 3 * DAY_MS };
    await start("c1", repeating);
    await start("c2");
    const due = async (now: number) => (await storage.reviews.toRepeat(now, null)).map(({ id }) => id);
    assert.deepEqual(await due(DAY_MS + 99), []);
    assert.deepEqual(await due(DAY_MS + 100), ["c1"]);
    assert.deepEqual(await due(3 * DAY_MS), []);
    const later = { startedAt: DAY_MS + 100, dueAt: DAY_MS + 200, endsAt: DAY_MS + 300 };
    const next = { ...repeating, ...later, follows: "c1" };
    const both = [start("c3", next), start("c4", next)].map(outcome);
    assert.deepEqual((await Promise.all(both)).sort(), ["CONFLICT", "done"]);
    assert.deepEqual(await due(DAY_MS + 100), []);
  });

  test("those that are due are listed to the last, a part at a time", async () => {
    const ids = Array.from({ length: 23 }, (_, i) => `c${String(i).padStart(2, "0")}`);
    for (const id of ids) await start(id, { repeatEveryDays: 1, repeatUntil: 3 * DAY_MS });
    const found: string[] = [];
    for (let after: string | null = null; ; ) {
      const part: readonly string[] = (await storage.reviews.toRepeat(2 * DAY_MS, after)).map(({ id }) => id);
      if (part.length === 0) break;
      assert.ok(part.length <= 20);
      found.push(...part);
      after = part.at(-1) ?? null;
    }
    assert.deepEqual(found, ids);
  });

  test("at most fifty are open at once; one that is proposed makes room", async () => {
    for (let i = 0; i < 50; i++) await start(`c${i}`);
    await assert.rejects(start("more"), { code: "BAD_USER_INPUT", message: /^input: .*50 access reviews are open/ });
    assert.equal(await storage.reviews.find("more"), null);
    const one = (await storage.reviews.find("c7")) as Campaign;
    await storage.reviews.propose(one, { at: 600, by: "key:ada", reason: null, proposalId: "p1" });
    await start("more");
  });

  test("the past tells with which revision a row began as it stands", async () => {
    await revise(2, [changeOf("grant", grant("ehr", "view_labs"), { ...grant("ehr", "view_labs"), validUntil: 99 })]);
    const keys = ['["ehr","view_labs"]', '["app","view_labs"]', '["x","y"]', "\0"];
    const origins = async (revision: number) =>
      [...(await storage.evidence.origins({ noun: "grant", keys, revision }))]
        .map(([key, { author, committedAt, reason, revision: since }]) => [key, since, author, reason, committedAt])
        .sort();
    const app = ['["app","view_labs"]', 1, "key:ada", "r1", 5];
    assert.deepEqual(await origins(2), [app, ['["ehr","view_labs"]', 2, "key:ada", "r2", 10]]);
    assert.deepEqual(await origins(1), [app, ['["ehr","view_labs"]', 1, "key:ada", "r1", 5]]);
  });
});
