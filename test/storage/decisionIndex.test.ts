import assert from "node:assert/strict";
import { test } from "node:test";
import { reason } from "../../src/domain/decisions/reason.ts";
import type { DecisionFilter, DecisionRecord } from "../../src/domain/decisions/types.ts";
import type { Consumer } from "../../src/storage/journal/consumer.ts";
import { decisionIndex } from "../../src/storage/journal/decisionIndex.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { heldConsumer } from "../support/heldConsumer.ts";
import { allDecisions } from "./allDecisions.ts";
import type { Backend } from "./backends.ts";
import { decision, grantDecision, withRequestId } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const records = (from: number, to: number): readonly DecisionRecord[] =>
  Array.from({ length: to - from }, (_, i) => decision(from + i));
const ids = (found: readonly DecisionRecord[]): readonly string[] => found.map(({ id }) => id);
/** Every decision of the samples has this caller: a search that finds all. */
const EVERY: DecisionFilter = { callerId: "key:gateway" };

const found = async (storage: Storage, filter: DecisionFilter): Promise<readonly string[]> =>
  ids(await allDecisions(storage, filter)).toReversed();

/** Waits as what is counted does: a search reads what is not indexed from the journal. */
const untilIndexed = async (storage: Storage): Promise<void> => void (await storage.journalSpan());

/** Rows of the journal up to where the index ends, and rows of the index; as one statement sees them. */
async function ends(backend: Backend, url: string): Promise<{ readonly journal: number; readonly index: number }> {
  const [row] = await backend.raw(
    url,
    `SELECT (SELECT COUNT(*) FROM journal WHERE seq <= (SELECT COALESCE(MAX(seq), 0) FROM decision_index)) AS journal,
      (SELECT COUNT(*) FROM decision_index JOIN journal USING (seq)) AS "index"`,
  );
  return { journal: Number(row?.journal), index: Number(row?.index) };
}

/** The database has no room for the index, until that is undone. */
async function breakIndex({ raw }: Backend, url: string): Promise<() => Promise<void>> {
  await raw(url, "ALTER TABLE search_mark RENAME TO gone");
  return async () => void (await raw(url, "ALTER TABLE gone RENAME TO search_mark"));
}

/** What a decision is searched by, said naively. */
function searchedBy(record: DecisionRecord): Readonly<Record<string, unknown>> {
  const { decidedAt, kind, outcome, reasons, request, scope } = record;
  const access = record.kind === "ACCESS" ? record.request : null;
  const codes = new Set(reasons.map(({ code }) => code));
  const more = new Set(reasons.filter(({ code }) => code === "ALLOWED_BY_RULE").map((allowed) => allowed.scope));
  more.delete(scope);
  more.delete(null);
  const rules = [...new Set(reasons.flatMap(({ ruleId }) => ruleId ?? []))];
  return {
    decided_at: decidedAt,
    kind,
    client_id: request.clientId,
    subject_id: request.subject?.id ?? null,
    subject_type: request.subject?.type ?? null,
    patient:
      access === null
        ? (request.context?.patient ?? null)
        : (access.resource.patient ?? access.resource.patients?.[0] ?? null),
    patients: access?.resource.patients?.length ?? ((access?.resource ?? request.context)?.patient == null ? 0 : 1),
    resource_type: access?.resource.type ?? "scope",
    purpose_of_use: request.purposeOfUse,
    outcome,
    scope,
    more_scopes: access === null || outcome === "DENY" || more.size === 0 ? null : [...more],
    reason_codes: [...codes],
    organization: access?.resource.organization ?? null,
    rule_ids: rules.length === 0 ? null : rules,
    erased: false,
  };
}
const parts = (text: unknown, separator: string) => (text === null ? null : String(text).split(separator).slice(1, -1));

onEveryBackend("the index of the journal", ({ open, backend }) => {
  test("has of each decision what it is searched by", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    const allowedBy = (scope: string | null) => reason("ALLOWED_BY_RULE", { ruleId: "r", scope });
    const plain = decision(1);
    const { resource } = plain.request;
    const samples: readonly DecisionRecord[] = [
      plain,
      decision(5),
      withRequestId(decision(2), "q"),
      grantDecision(3),
      grantDecision(10),
      decision(6, { scope: "a", reasons: ["a", "b", "c", "b"].map(allowedBy) }),
      decision(7, { scope: "a", reasons: [allowedBy("b"), reason("SCOPE_DEPRECATED", { scope: "d" } as never)] }),
      decision(8, { scope: "a", reasons: [allowedBy(null), allowedBy("a")] }),
      decision(16, { reasons: ['b"|,\\é', "r"].map((ruleId) => reason("ALLOWED_BY_RULE", { ruleId })) }),
      decision(9, { outcome: "DENY", scope: null, reasons: [allowedBy("b"), ...decision(5).reasons] }),
      decision(11, { request: { ...plain.request, subject: null, context: null, purposeOfUse: null } }),
      decision(12, { request: { ...plain.request, resource: { ...resource, id: null, patient: null } } }),
      decision(14, {
        request: { ...plain.request, resource: { ...resource, patient: null, patients: ["p 1", "p2"] } },
      }),
      decision(15, { request: { ...plain.request, resource: { ...resource, patient: "p2", patients: ["p1", "p2"] } } }),
      decision(13, { request: { ...plain.request, clientId: "007", resource: { ...resource, id: '"\\u0000{' } } }),
    ];
    await storage.journal.append(samples);
    await untilIndexed(storage);
    const rows = await backend().raw(url, "SELECT * FROM decision_index ORDER BY seq");
    const read = rows.map(({ seq, more_scopes, reason_codes, decided_at, patients, rule_ids, erased, ...row }) => ({
      ...row,
      erased: Boolean(erased),
      patients: Number(patients),
      rule_ids: rule_ids === null ? null : JSON.parse(String(rule_ids)),
      decided_at: Number(decided_at),
      more_scopes: parts(more_scopes, " "),
      reason_codes: parts(reason_codes, "|"),
    }));
    // Codes and scopes are sets: in which order they stand, nobody asks.
    const sorted = (row: Readonly<Record<string, unknown>>) =>
      Object.entries(row)
        .map(([name, value]) => [name, Array.isArray(value) ? [...value].sort() : value])
        .sort();
    assert.deepEqual(read.map(sorted), samples.map(searchedBy).map(sorted));
  });

  test("finds a decision by every patient that it names, newest first, page by page", async (context) => {
    const { consumer, goOn, hold } = heldConsumer(context, decisionIndex);
    const storage = await open(undefined, { following: { consumers: [[consumer]] } });
    const { resource } = decision(1).request;
    const about = (n: number, patient: string | null, patients: readonly string[] | null) =>
      decision(n, { request: { ...decision(n).request, resource: { ...resource, patient, patients } } });
    const twins = ["eve", "o'\"\\%", "ada"];
    const all = Array.from({ length: 40 }, (_, n) => {
      if (n % 4 === 0) return about(n, "ada", null);
      if (n % 4 === 1) return about(n, null, n % 8 === 1 ? twins : ["ada"]);
      return n % 4 === 2 ? about(n, "eve", twins) : about(n, null, ["bob", "eve"]);
    });
    // Half of them are indexed, and half are read from the journal.
    await storage.journal.append(all.slice(0, 20));
    await untilIndexed(storage);
    hold();
    await storage.journal.append(all.slice(20));
    for (const patient of ["ada", "eve", "bob", twins[1] as string, "ad", "nobody"]) {
      const named = all.filter((one) => {
        const { patient: single, patients } = (one.request as (typeof all)[number]["request"]).resource;
        return single === patient || (patients ?? []).includes(patient);
      });
      assert.deepEqual(await found(storage, { patient }), ids(named), patient);
      const denied = named.filter(({ outcome }) => outcome === "DENY");
      assert.deepEqual(await found(storage, { patient, outcome: "DENY" }), ids(denied), patient);
      const pages: string[] = [];
      for (let after: number | null = null; ; ) {
        const page = await storage.decisions.decisions({ filter: { patient }, page: { first: 3, after } });
        pages.push(...page.items.map(({ node }) => node.id));
        after = page.items.at(-1)?.key ?? null;
        if (!page.hasNextPage) break;
      }
      assert.deepEqual(pages.toReversed(), ids(named), `${patient}, page by page`);
    }
    goOn();
  });

  test("a search reads what it lacks from the journal, and waits for it where that is much; what decides always waits", async (context) => {
    const { consumer, goOn, hold } = heldConsumer(context, decisionIndex);
    const url = await backend().fresh();
    const storage = await open(url, { following: { consumers: [[consumer]] } });
    const asked = withRequestId(decision(5000), "q");
    hold();
    await storage.journal.append([...records(0, 1200), asked]);
    assert.deepEqual(await storage.decisions.decision(decision(7).id), decision(7));
    assert.deepEqual((await storage.journal.findByRequestId(asked.callerId, "q"))?.record, asked);
    assert.equal((await found(storage, {})).length, 1201);
    assert.deepEqual(await found(storage, EVERY), [...ids(records(0, 1200)), asked.id]);
    await storage.journal.append(records(1200, 2100));
    setTimeout(goOn, 200);
    assert.equal((await found(storage, EVERY)).length, 2101);
    await storage.journal.append(records(2100, 2200));
    const { uses: use } = await storage.usageOnRecord.ofScope("view_lab_results", 0);
    assert.equal(
      use.reduce((sum, { uses }) => sum + uses, 0),
      1760,
    );
    assert.deepEqual(await ends(backend(), url), { journal: 2201, index: 2201 });
  });

  test("has what another instance appended, and what one left when it died", async () => {
    const url = await backend().fresh();
    const [one, two] = [await open(url), await open(url, { following: { consumers: [] } })];
    await one.journal.append(records(0, 300));
    await two.journal.append(records(300, 500));
    await untilIndexed(one);
    for (const storage of [one, two]) assert.deepEqual(await found(storage, EVERY), ids(records(0, 500)));
    await one.close();
    await two.journal.append(records(500, 700));
    const heir = await open(url);
    await untilIndexed(heir);
    assert.deepEqual(await ends(backend(), url), { journal: 700, index: 700 });
  });

  test("is a beginning of the journal at every moment, while several write both", async () => {
    const url = await backend().fresh();
    // A file has one service, and commands beside it.
    const first = await open(url);
    const others = { following: backend().name === "sqlite" ? { consumers: [] } : {} };
    const instances = [first, await open(url, others), await open(url, others)] as const;
    let writing = true;
    let looks = 0;
    const observer = (async () => {
      for (; writing || looks === 0; looks++) {
        const { journal, index } = await ends(backend(), url);
        assert.equal(index, journal);
      }
    })();
    const appended = instances.map(async ({ journal }, i) => {
      // Fewer in all than a search reads behind the index: those that index nothing themselves could not wait for it.
      for (let n = 0; n < 30; n++)
        await journal.append([
          ...records(i * 10_000 + n * 20, i * 10_000 + n * 20 + 20),
          // Most are skipped as repeated, so that positions have gaps where a database leaves such.
          withRequestId(decision(90_000 + i * 1000 + n), `shared-${n}`),
        ]);
    });
    const searched = instances.map(async (storage) => {
      for (let n = 0; n < 10; n++) {
        await untilIndexed(first);
        await found(storage, EVERY);
      }
    });
    try {
      await Promise.all([...appended, ...searched]);
    } finally {
      writing = false;
      await observer;
    }
    const all = await found(instances[0], {});
    assert.equal(all.length, 3 * 600 + 30);
    for (const storage of instances) assert.deepEqual(await found(storage, EVERY), all);
  });

  test("gets on: a work waits for all of it, an answer only so long", async () => {
    const slow: Consumer = {
      ...decisionIndex,
      async read(batch) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        return decisionIndex.read?.(batch);
      },
    };
    const storage = await open(undefined, { following: { consumers: [[slow]], indexWaitMs: 300 } });
    for (let n = 0; n < 1_500; n += 100) await storage.journal.append(records(n, n + 100));
    const [answer, span] = await Promise.allSettled([
      storage.usageOnRecord.ofScope("view_lab_results", 0),
      storage.journalSpan(),
    ]);
    assert.equal(answer.status, "rejected");
    assert.equal(span.status === "fulfilled" && span.value?.end, 1_500);
  });

  test("cannot be written: what would lack much refuses, decisions go on, and it is made up for", async () => {
    const url = await backend().fresh();
    const said: string[] = [];
    const storage = await open(url, {
      log: ({ message }) => void said.push(message),
      following: { indexWaitMs: 500 },
    });
    await storage.journal.append(records(0, 10));
    await untilIndexed(storage);
    const mend = await breakIndex(backend(), url);
    await storage.journal.append(records(10, 110));
    assert.deepEqual(await found(storage, EVERY), ids(records(0, 110)));
    for (let n = 110; n < 3010; n += 100) await storage.journal.append(records(n, n + 100));
    const refused = { code: "JOURNAL_UNAVAILABLE", message: /3000 acts behind/ };
    await assert.rejects(found(storage, EVERY), refused);
    const { usage, usageOnRecord } = storage;
    await assert.rejects(usageOnRecord.ofScope("view_lab_results", 0), refused);
    await assert.rejects(usageOnRecord.ofClients(["client-1"], 0), refused);
    await assert.rejects(usageOnRecord.allowed({ clientId: "client-1", scope: null, since: 0, first: 1 }), refused);
    // A figure says that it has the first ten alone.
    const figure = await usage.ofScope("view_lab_results", 0);
    assert.equal(figure.asOf, decision(10).decidedAt);
    assert.equal(
      figure.uses.reduce((sum, { uses }) => sum + uses, 0),
      8,
    );
    assert.equal((await found(storage, {})).length, 3010);
    assert.ok(storage.journal.ready);
    assert.ok((storage.followers()[0]?.failures ?? 0) > 0);
    assert.ok(said.includes("A consumer of the journal can't go on."));
    await mend();
    await storage.untilFollowed();
    assert.deepEqual(await found(storage, EVERY), ids(records(0, 3010)));
    assert.ok(said.includes("A consumer of the journal goes on again."));
  });

  test("an act that it can't take is set aside: lists and accesses read it from the journal, and db rebuild-index tries it again", async () => {
    const url = await backend().fresh();
    let broken = true;
    const failing: Consumer = {
      ...decisionIndex,
      async write(batch, read) {
        if (broken && batch.after < 70 && batch.until >= 70) throw new TypeError("a mistake in the consumer");
        await decisionIndex.write(batch, read);
      },
    };
    const storage = await open(url, { following: { consumers: [[failing]] } });
    const all = records(0, 200);
    await storage.journal.append(all);
    await untilIndexed(storage);
    assert.deepEqual(await ends(backend(), url), { journal: 200, index: 199 });
    assert.deepEqual(await found(storage, EVERY), ids(all));
    const seventieth = all[69] as DecisionRecord;
    const { clientId } = seventieth.request;
    assert.deepEqual(
      await found(storage, { clientId }),
      ids(all.filter(({ request }) => request.clientId === clientId)),
    );
    // Figures go no further than what they have.
    assert.equal((await storage.usage.ofScope("view_lab_results", 0)).asOf, seventieth.decidedAt);
    broken = false;
    await storage.rebuildIndex();
    assert.deepEqual(await ends(backend(), url), { journal: 200, index: 200 });
    assert.equal((await backend().raw(url, "SELECT * FROM act_set_aside")).length, 0);
    assert.deepEqual(await found(storage, EVERY), ids(all));
  });
});
