import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import fc from "fast-check";
import type { LegalHold } from "../../src/domain/audit/retention/legalHold.ts";
import { decisionSubject } from "../../src/domain/decisions/decisionSubject.ts";
import { reason } from "../../src/domain/decisions/reason.ts";
import { decisiveReason } from "../../src/domain/decisions/summaryText.ts";
import type { AccessRecord, DecisionFilter, DecisionRecord } from "../../src/domain/decisions/types.ts";
import { endOf } from "../../src/domain/kernel/pages.ts";
import { statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { openReadConnections } from "../../src/storage/database/readConnections.ts";
import { createDecisionSearch } from "../../src/storage/journal/decisionSearch.ts";
import { monthTables } from "../../src/storage/journal/search/monthTables.ts";
import { createSearchIndex } from "../../src/storage/journal/search/searchIndex.ts";
import { token } from "../../src/storage/journal/search/tokens.ts";
import { openRecord } from "../../src/storage/record/recordSource.ts";
import type { Storage, StorageOptions } from "../../src/storage/storage.ts";
import { allDecisions } from "./allDecisions.ts";
import { eraseBefore } from "./eraseBefore.ts";
import { killInTheMiddle, killRounds, momentOf } from "./killRounds.ts";
import { decision, grantDecision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const T = 1_795_500_000_000;
const DAY = 86_400_000;
/** So that the decisions of a test are of several months. */
const STEP = DAY / 12;
const LONG = `patient/Observation.rs?${"x".repeat(300)}`;
/** A number below another, always the same for the same two. */
const some = (n: number, seed: number, below: number): number => ((n * 2_654_435_761 + seed * 40_503) >>> 7) % below;
const oneOf = <T>(n: number, seed: number, values: readonly T[]): T => values[some(n, seed, values.length)] as T;

const CLIENTS = ["app", "portal", "lab's", "once"] as const;
const SUBJECTS = ["eve", "ada", "bob", "é|\"'", null] as const;
const PATIENTS = ["p1", "p2", "p3", "p4", null] as const;
const SCOPES = ["view", "view_lab", LONG, `${LONG}y`] as const;
const TYPES = ["Observation", "Procedure", "Medication"] as const;
const PURPOSES = ["TREAT", "HPAYMT", null] as const;
const ORGANIZATIONS = ["st-mary", "north", null] as const;
const ADDRESSES = ["10.0.0.1", "10.0.1.2", "192.0.2.7", "2001:db8::1", "ward-3", null] as const;
const SEARCHES = ["search-1", "search-2", null, null] as const;
const RULES = ["r1", "r2", 'r"3|,'] as const;

/** Decisions in which everything differs; some values stop or begin somewhere, and times go back now and then. */
function made(n: number): DecisionRecord {
  if (n % 17 === 3) return { ...grantDecision(n), decidedAt: T + n * STEP };
  const base = decision(n);
  const patient = oneOf(n, 3, PATIENTS);
  const scope = oneOf(n, 4, SCOPES);
  const outcome = some(n, 5, 9) === 0 ? "DENY" : "ALLOW";
  const subject = oneOf(n, 2, SUBJECTS);
  const several = some(n, 6, 6) === 0;
  const partOf = oneOf(n, 18, SEARCHES);
  return {
    ...base,
    ...(partOf !== null && outcome === "ALLOW" && some(n, 19, 3) > 0 && { again: true }),
    decidedAt: T + n * STEP - (some(n, 7, 40) === 0 ? 40 * DAY : 0),
    callerId: `key:${some(n, 8, 3)}`,
    outcome,
    scope: outcome === "DENY" ? null : scope,
    reasons:
      outcome === "DENY"
        ? [reason("DENIED_BY_RULE", { ruleId: oneOf(n, 9, RULES), scope } as never), ...decision(5).reasons]
        : [
            reason("ALLOWED_BY_RULE", { ruleId: oneOf(n, 9, RULES), scope }),
            ...(some(n, 10, 5) === 0 ? [reason("ALLOWED_BY_RULE", { ruleId: "r1", scope: "view" })] : []),
          ],
    request: {
      ...base.request,
      ...(partOf !== null && { partOf }),
      clientId: n === 77 ? "once" : oneOf(n, 1, CLIENTS.slice(0, n < 150 ? 2 : 3)),
      subject:
        subject === null ? null : { ...base.request.subject, id: subject, type: oneOf(n, 11, ["user", "robot"]) },
      purposeOfUse: oneOf(n, 12, PURPOSES),
      resource: {
        ...base.request.resource,
        type: oneOf(n, 13, TYPES),
        id: some(n, 14, 4) === 0 ? null : `r${some(n, 15, 30)}`,
        patient: several ? null : patient,
        patients: several && patient !== null ? [patient, "p9"] : null,
        organization: oneOf(n, 16, ORGANIZATIONS),
      },
      context: { ...base.request.context, ipAddress: oneOf(n, 17, ADDRESSES) },
    },
  } as AccessRecord;
}

const WITHIN: Readonly<Record<string, readonly string[]>> = {
  "10.0.0.0/24": ["10.0.0.1"],
  "10.0.1.0/24": ["10.0.1.2"],
  "10.0.7.0/24": [],
  "10.0.0.0/30": ["10.0.0.1"],
  "10.0.0.0/15": ["10.0.0.1", "10.0.1.2", "10.1.2.3"],
  "192.0.0.0/8": ["192.0.2.7"],
  "2001:db8::/64": ["2001:db8::1"],
};
/** Said naively. */
const HOLDS: { readonly [Name in keyof Required<DecisionFilter>]: (record: DecisionRecord, value: never) => boolean } =
  {
    kind: ({ kind }, value) => kind === value,
    callerId: ({ callerId }, value) => callerId === value,
    clientId: ({ request }, value) => request.clientId === value,
    subjectId: ({ request }, value) => request.subject?.id === value,
    subjectType: ({ request }, value) => request.subject?.type === value,
    patient: (record, value) => decisionSubject(record).patients.includes(value),
    scope: ({ scope }, value) => scope === value,
    outcome: ({ outcome }, value) => outcome === value,
    resourceType: (record, value) => decisionSubject(record).resourceType === value,
    resourceId: (record, value) => decisionSubject(record).resourceId === value,
    purposeOfUse: ({ request }, value) => request.purposeOfUse === value,
    organization: (record, value) => record.kind === "ACCESS" && record.request.resource.organization === value,
    partOf: (record, value) => record.kind === "ACCESS" && record.request.partOf === value,
    ipAddress: ({ request }, value) => request.context?.ipAddress === value,
    network: ({ request }, value) => (WITHIN[value] as readonly string[]).includes(request.context?.ipAddress ?? ""),
    ruleId: ({ reasons }, value) => reasons.some(({ ruleId }) => ruleId === value),
    reason: ({ reasons }, value) => reasons.some(({ code }) => code === value),
    decisiveReason: (record, value) => decisiveReason(record)?.code === value,
    from: ({ decidedAt }, value) => decidedAt >= value,
    to: ({ decidedAt }, value) => decidedAt < value,
  };
/** Said naively: a part of a search that was taken out, or of which the access counts already, is shown to who asks for parts, or for a resource. */
const isShown = (record: DecisionRecord, { partOf, resourceId }: DecisionFilter): boolean =>
  record.kind === "GRANT" ||
  record.request.partOf === undefined ||
  (record.outcome === "ALLOW" && record.again !== true) ||
  partOf !== undefined ||
  resourceId !== undefined;
const holds = (record: DecisionRecord, filter: DecisionFilter): boolean =>
  isShown(record, filter) &&
  Object.entries(filter).every(([name, value]) => HOLDS[name as keyof DecisionFilter](record, value as never));

const COUNT = 1_300;
const anyTime = fc.integer({ min: T - 50 * DAY, max: T + COUNT * STEP + DAY });
const among = <T>(values: readonly T[], absent: T) =>
  fc.constantFrom(...values.filter((each) => each !== null), absent);
const filters: fc.Arbitrary<DecisionFilter> = fc
  .record(
    {
      kind: fc.constantFrom("ACCESS" as const, "GRANT" as const),
      callerId: among(["key:0", "key:1", "key:gateway"], "key:9"),
      clientId: among<string>(CLIENTS, "nobody"),
      subjectId: among<string | null>(SUBJECTS, "nobody"),
      subjectType: among(["user", "robot"], "thing"),
      patient: among<string | null>([...PATIENTS, "p9"], "p0"),
      scope: among<string>(SCOPES, `${LONG}z`),
      outcome: fc.constantFrom("ALLOW" as const, "DENY" as const),
      resourceType: among<string>([...TYPES, "scope"], "Device"),
      resourceId: among(["r1", "r2", "r29"], "r99"),
      partOf: among<string | null>(SEARCHES, "search-9"),
      purposeOfUse: among<string | null>(PURPOSES, "BTG"),
      organization: among<string | null>(ORGANIZATIONS, "south"),
      ipAddress: among<string | null>(ADDRESSES, "10.0.0.2"),
      network: fc.constantFrom(
        "10.0.0.0/24",
        "10.0.1.0/24",
        "10.0.7.0/24",
        "10.0.0.0/30",
        "10.0.0.0/15",
        "192.0.0.0/8",
        "2001:db8::/64",
      ),
      ruleId: among<string>(RULES, "r"),
      reason: fc.constantFrom("ALLOWED_BY_RULE", "DENIED_BY_RULE", "NO_MATCHING_RULE", "UNKNOWN_CLIENT"),
      decisiveReason: fc.constantFrom("ALLOWED_BY_RULE", "DENIED_BY_RULE", "NO_MATCHING_RULE", "UNKNOWN_CLIENT"),
      from: anyTime,
      to: anyTime,
    },
    { requiredKeys: [] },
  )
  // Of many conditions nothing would be left.
  .chain((all) =>
    fc
      .subarray(Object.entries(all), { maxLength: Math.min(3, Object.keys(all).length) })
      .map((part) => Object.fromEntries(part) as DecisionFilter),
  )
  .filter((filter) => Object.keys(filter).length > 0);

/** The time of a page is never up. */
const unhurried = (more: StorageOptions["following"] = {}): Partial<StorageOptions> => ({
  following: { searchClock: () => 0, ...more },
});
/** The time of every page is up after its first part. */
const hurried = () => {
  let now = 0;
  return unhurried({ searchClock: () => (now += 1_000) });
};
/** Nothing is put into the index. */
const still = unhurried({ consumers: [] });

const idsOf = (records: readonly DecisionRecord[]): readonly string[] => records.map(({ id }) => id);

/** Rows and tokens of the index are what the record says: none lacks, and none is left. */
async function requireTrue(url: string): Promise<void> {
  const record = await openRecord(url);
  assert.ok(record !== null);
  try {
    assert.deepEqual(await record.compareIndex(() => {}), { damaged: [], differences: [], derived: [], behind: 0 });
  } finally {
    await record.close();
  }
}

test("a token tells nothing without the secret, and is another for each facet and value", () => {
  assert.match(token("s", "patient", "p1"), /^[0-9a-f]{15}$/);
  const all = [
    token("s", "patient", "p1"),
    token("t", "patient", "p1"),
    token("s", "patient", "p2"),
    token("s", "scope", "p1"),
  ];
  assert.equal(new Set(all).size, 4);
});

onEveryBackend("searching decisions", ({ open, backend }) => {
  const records = Array.from({ length: COUNT }, (_, n) => made(n));

  async function indexed(options = unhurried()): Promise<{ readonly url: string; readonly storage: Storage }> {
    const url = await backend().fresh();
    const storage = await open(url, options);
    for (let at = 0; at < COUNT; at += 250) await storage.journal.append(records.slice(at, at + 250));
    await storage.journalSpan();
    return { url, storage };
  }
  async function positionsIn(storage: Storage): Promise<ReadonlyMap<string, number>> {
    const positions = new Map<string, number>();
    for (let after: number | null = null, more = true; more; ) {
      const { hasNextPage, items } = await storage.decisions.decisions({
        filter: {},
        page: { first: 300, after },
        parts: true,
      });
      for (const { key, node } of items) positions.set(node.id, key);
      after = items.at(-1)?.key ?? null;
      more = hasNextPage;
    }
    return positions;
  }
  const months = async (url: string): Promise<readonly Record<string, unknown>[]> =>
    backend().raw(url, 'SELECT "id", "month", "first_position" FROM search_month ORDER BY "id"');

  test("finds just what the records themselves say: any filter, from any cursor, whether the time is up or not", {
    timeout: 300_000,
  }, async () => {
    const { storage, url } = await indexed();
    await requireTrue(url);
    assert.ok((await months(url)).length >= 4);
    const short = await open(url, hurried());
    const positions = await positionsIn(storage);
    assert.equal(positions.size, COUNT);
    const wanted = idsOf(records.filter((record) => holds(record, {})));
    assert.ok(wanted.length < COUNT);
    assert.deepEqual(idsOf(await allDecisions(storage, {})).toReversed(), wanted, "without a filter");
    const small: string[] = [];
    for (let after: number | null = null, more = true; more; ) {
      const page = await storage.decisions.decisions({ filter: {}, page: { first: 7, after } });
      small.push(...idsOf(page.items.map(({ node }) => node)));
      after = endOf(page);
      more = page.hasNextPage;
    }
    assert.deepEqual(small.toReversed(), wanted, "in small pages");
    let shortPages = 0;
    await fc.assert(
      fc.asyncProperty(
        filters,
        fc.option(fc.integer({ min: 0, max: COUNT + 2 })),
        fc.integer({ min: 1, max: 300 }),
        async (filter, after, first) => {
          const wanted = idsOf(
            records.filter(
              (record) => holds(record, filter) && (after === null || (positions.get(record.id) ?? 0) < after),
            ),
          ).toReversed();
          const page = await storage.decisions.decisions({ filter, page: { first, after } });
          assert.deepEqual(
            page.items.map(({ node }) => node.id),
            wanted.slice(0, first),
          );
          assert.equal(page.hasNextPage, wanted.length > first);
          assert.equal(page.searchedTo, undefined);
          const walked: string[] = [];
          for (let at: number | null = after; ; ) {
            const part = await short.decisions.decisions({ filter, page: { first, after: at } });
            walked.push(...part.items.map(({ node }) => node.id));
            if (!part.hasNextPage) break;
            if (part.items.length < first) {
              shortPages++;
              assert.ok(Math.abs((part.searchedTo ?? 0) - T) < COUNT * STEP + 50 * DAY, `${part.searchedTo}`);
            }
            const next = endOf(part);
            assert.ok(next !== null && (at === null || next < at), "each page gets on");
            at = next;
          }
          assert.deepEqual(walked, wanted);
        },
      ),
      { numRuns: 150 },
    );
    assert.ok(shortPages > 100, `${shortPages} short pages`);
  });

  test("finds the same where a part is not in the index: any filter, from any cursor; farther behind it says how far", {
    timeout: 300_000,
  }, async () => {
    const { storage: indexing, url } = await indexed();
    await indexing.close();
    const more = Array.from({ length: 300 }, (_, n) => made(COUNT + n));
    const storage = await open(url, still);
    await storage.journal.append(more);
    const positions = await positionsIn(storage);
    const all = [...records, ...more];
    const shown = idsOf(all.filter((record) => holds(record, {})));
    assert.deepEqual(idsOf(await allDecisions(storage, {})).toReversed(), shown, "without a filter");
    let found = 0;
    await fc.assert(
      fc.asyncProperty(filters, fc.option(fc.nat({ max: COUNT + 302 })), async (filter, after) => {
        const wanted = idsOf(
          all.filter((record) => holds(record, filter) && (after === null || (positions.get(record.id) ?? 0) < after)),
        ).toReversed();
        const page = await storage.decisions.decisions({ filter, page: { first: 400, after } });
        assert.deepEqual(
          page.items.map(({ node }) => node.id),
          wanted.slice(0, 400),
        );
        found += wanted.length;
      }),
      { numRuns: 80 },
    );
    assert.ok(found > 1_000, `${found} were found`);
    await storage.close();

    await backend().raw(
      url,
      `UPDATE journal_follower SET "holder" = 'another', "lease_until" = ${Date.now() + 3_600_000} WHERE "name" = 'decision_index'`,
    );
    const others = await open(url, unhurried({ leaseMs: 3_600_000, indexWaitMs: 2_000 }));
    for (let at = 300; at < 2_800; at += 250)
      await others.journal.append(Array.from({ length: 250 }, (_, n) => made(COUNT + at + n)));
    const since = performance.now();
    const question = { filter: { clientId: "app" }, page: { first: 10, after: null } };
    await assert.rejects(others.decisions.decisions(question), {
      code: "JOURNAL_UNAVAILABLE",
      message: /2\d00 acts behind the journal/,
    });
    assert.ok(performance.now() - since >= 2_000);
    // Before what is missing it has all.
    const before = await others.decisions.decisions({ ...question, page: { first: 10, after: COUNT } });
    assert.equal(before.items.length, 10);
  });

  test("finds each once, whatever is put into the index between its looks", async () => {
    const { storage: indexing, url } = await indexed();
    await indexing.close();
    const more = Array.from({ length: 200 }, (_, n) => made(COUNT + n));
    const storage = await open(url, still);
    await storage.journal.append(more);
    const dialect = dialectOf(url);
    const lists = await openReadConnections({ dialect, counter: statementCounter() });
    const listReads = dialect.preparingReads(lists);
    const giveWay = async () => {};
    const index = createSearchIndex({ lists, listReads, dialect, giveWay, untilIndexed: giveWay });
    const search = createDecisionSearch({
      index: {
        ...index,
        async state(before) {
          const state = await index.state(before);
          await (await open(url)).untilFollowed();
          return state;
        },
      },
      ...{ giveWay, now: () => 0 },
    });
    try {
      const found: number[] = [];
      assert.equal(
        await search({ clientId: "app" }, { before: null, parts: false }, ({ position }) => found.push(position) > 0),
        null,
      );
      const wanted = [...records, ...more].flatMap((record, i) => (holds(record, { clientId: "app" }) ? [i + 1] : []));
      assert.deepEqual(found, wanted.reverse());
    } finally {
      await listReads.release();
      await lists.destroy();
    }
  });

  test("a decision that stands under a token of another value is not shown for it", async () => {
    const { storage, url } = await indexed();
    const [secret] = await backend().raw(url, `SELECT "value" FROM service_secret WHERE "name" = 'search'`);
    const stray = token(String(secret?.value), "clientId", "nobody");
    const newest = (await months(url)).at(-1);
    const table = `search_${newest?.id}`;
    await backend().raw(
      url,
      backend().name === "sqlite"
        ? `INSERT INTO ${table} (rowid, tokens) VALUES (${COUNT}, '${stray}')`
        : `UPDATE ${table} SET "tokens" = "tokens" || ${BigInt(`0x${stray}`)}::BIGINT WHERE "position" = ${COUNT}`,
    );
    const { items } = await storage.decisions.decisions({
      filter: { clientId: "nobody" },
      page: { first: 10, after: null },
    });
    assert.deepEqual(items, []);
    await assert.rejects(requireTrue(url), /position/);
  });

  test("rebuild-index makes it anew; a search that it comes into begins again", async () => {
    const { storage, url } = await indexed();
    const before = await months(url);
    let rebuilt: Promise<void> | null = null;
    let asked = 0;
    const other = await open(url, {
      following: {
        ...unhurried().following,
        searchClock: () => {
          // In the middle of a search, whose time is never up.
          if (++asked === 3) rebuilt = storage.rebuildIndex();
          return 0;
        },
      },
    });
    const filter: DecisionFilter = { purposeOfUse: "HPAYMT" };
    const wanted = idsOf(records.filter((record) => holds(record, filter)));
    assert.deepEqual(idsOf(await allDecisions(other, filter)).toReversed(), wanted);
    assert.notEqual(rebuilt, null);
    await rebuilt;
    const after = await months(url);
    assert.deepEqual(
      after.map(({ first_position, month }, i) => [i === 0 ? 0 : Number(first_position), Number(month)]),
      before.map(({ first_position, month }, i) => [i === 0 ? 0 : Number(first_position), Number(month)]),
    );
    assert.ok(Number(after[0]?.id) > Number(before.at(-1)?.id), "no number comes again");
    await requireTrue(url);
    assert.deepEqual(idsOf(await allDecisions(other, filter)).toReversed(), wanted);
  });

  const heldBy = (more: Partial<LegalHold>): LegalHold => ({
    ...{ id: randomUUID(), patient: null, clientId: null, from: null, to: null, reason: "a lawsuit" },
    ...{ placedAt: T, placedBy: { callerId: "jwt:auditor", subject: null }, lifted: null, ...more },
  });

  test("what was erased is found by no value that is gone; all else as before: any filter, after each erasure", {
    timeout: 300_000,
  }, async () => {
    const { storage, url } = await indexed();
    await storage.retention.place(heldBy({ patient: "p2" }));
    const portal = heldBy({ clientId: "portal" });
    await storage.retention.place(portal);
    const last = T + COUNT * STEP;
    let erased = 0;
    let gone = 0;
    for (const end of [T + 150 * STEP, T + 700 * STEP, T + 701 * STEP, last, null]) {
      if (end === null) await storage.retention.lift(portal.id, { at: T, by: "jwt:auditor", reason: "over" });
      erased += await eraseBefore(storage, end ?? last);
      await requireTrue(url);
      const now = (await allDecisions(storage, {}, true)).toReversed();
      assert.equal(now.filter((record) => record.erased !== undefined).length, erased);
      assert.ok(erased > gone, "each erases some");
      gone = erased;
      await fc.assert(
        fc.asyncProperty(filters, async (filter) => {
          const wanted = idsOf(now.filter((record) => holds(record, filter)));
          assert.deepEqual(idsOf(await allDecisions(storage, filter)).toReversed(), wanted);
        }),
        { numRuns: 40 },
      );
    }
    assert.ok(erased < COUNT, "p2 is held");
    await storage.rebuildIndex();
    await requireTrue(url);
  });

  test("acts are put into the index and erased at the same time, by two instances", { timeout: 300_000 }, async () => {
    const url = await backend().fresh();
    const [one, two] = [await open(url, unhurried({ leaseMs: 1 })), await open(url, unhurried({ leaseMs: 1 }))];
    for (let n = 0; n < 400; n += 60) {
      await one.journal.append(records.slice(n, n + 60));
      await Promise.all([eraseBefore(one, T + (n + 50) * STEP), eraseBefore(two, T + (n + 40) * STEP)]);
    }
    await eraseBefore(one, T + 500 * STEP);
    await requireTrue(url);
    const [secret] = await backend().raw(url, `SELECT "value" FROM service_secret WHERE "name" = 'search'`);
    const lists = await openReadConnections({ dialect: dialectOf(url), counter: statementCounter() });
    const listReads = dialectOf(url).preparingReads(lists);
    const on = { source: lists, rows: listReads.rows };
    try {
      for (const subject of SUBJECTS)
        for (const { id } of await months(url)) {
          const tokens = [token(String(secret?.value), "subjectId", subject ?? "")];
          const query = { tokens, span: { after: 0, until: COUNT }, most: 9, isFirst: true };
          assert.deepEqual(await monthTables(dialectOf(url)).newest(on, Number(id), query), []);
        }
    } finally {
      await listReads.release();
      await lists.destroy();
    }
  });

  test("of SQLite the file has no token of a patient that was erased; of PostgreSQL not once the run is over", async () => {
    const { storage, url } = await indexed();
    const { name, raw } = backend();
    const [row] = await raw(url, `SELECT "value" FROM service_secret WHERE "name" = 'search'`);
    // What is before it may be shared with the token before it.
    const tails = PATIENTS.flatMap((patient) =>
      patient === null ? [] : [token(String(row?.value), "patient", patient).slice(-9)],
    );
    const path = url.slice("sqlite:".length);
    const copies = async (): Promise<number> => {
      await raw(url, "PRAGMA wal_checkpoint(PASSIVE)");
      const bytes = (await readFile(path)).toString("latin1");
      return tails.filter((tail) => bytes.includes(tail)).length;
    };
    if (name === "sqlite") assert.equal(await copies(), tails.length);
    assert.equal((await storage.retention.status()).uncleanAfter, null);
    const step = await eraseBefore(storage, T + 2 * COUNT * STEP);
    assert.equal(step, COUNT);
    assert.equal((await storage.retention.status()).uncleanAfter, null);
    if (name === "sqlite") assert.equal(await copies(), 0);
    else {
      const [touched] = await raw(
        url,
        'SELECT COUNT(*) AS "n" FROM search_month WHERE "erased_to" = 0 OR "rebuilt_to" < "erased_to"',
      );
      assert.equal(Number(touched?.n), 0);
    }
    await requireTrue(url);
  });

  test("what instances clean at the same time is clean once", { timeout: 300_000 }, async () => {
    const { storage, url } = await indexed();
    const other = await open(url, still);
    await eraseBefore(storage, T + 500 * STEP);
    for (let round = 0; round < 5; round++) {
      await backend().raw(url, 'UPDATE search_month SET "erased_to" = "rebuilt_to" + 1');
      await Promise.all([storage, other, storage, other].map(({ retention }) => retention.scrub()));
      assert.equal((await storage.retention.status()).uncleanAfter, null);
    }
    // No act of erasure stands where these say that one does.
    await backend().raw(url, 'UPDATE search_month SET "erased_to" = 0, "rebuilt_to" = 0');
    await requireTrue(url);
  });

  test("it is whole whoever is killed while it grows", { timeout: 240_000 }, async () => {
    const url = await backend().fresh();
    const storage = await open(url, still);
    for (let n = 0; n < COUNT; n += 250) await storage.journal.append(records.slice(n, n + 250));
    for (let round = 0; round < killRounds(3); round++)
      await killInTheMiddle("test/storage/indexingChild.ts", { url, instances: 2, moment: momentOf(round) });
    await (await open(url, unhurried({ leaseMs: 1 }))).journalSpan();
    await requireTrue(url);
  });
});
