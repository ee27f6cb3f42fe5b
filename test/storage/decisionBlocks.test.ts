import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import type { LegalHold } from "../../src/domain/audit/retention/legalHold.ts";
import { decisionSubject } from "../../src/domain/decisions/decisionSubject.ts";
import { reason } from "../../src/domain/decisions/reason.ts";
import type { AccessRecord, DecisionFilter, DecisionRecord } from "../../src/domain/decisions/types.ts";
import { endOf } from "../../src/domain/kernel/pages.ts";
import type { Statement } from "../../src/storage/database/connection.ts";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { withParameters } from "../../src/storage/database/dialect.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { BLOCK, createDecisionBlocks } from "../../src/storage/journal/decisionBlocks.ts";
import { createDecisionSearch } from "../../src/storage/journal/decisionSearch.ts";
import { commonSets, facetConditions } from "../../src/storage/journal/facetSets.ts";
import { isFacet, PARTS, valueKey } from "../../src/storage/journal/facets.ts";
import { addStored, hasBit, offsetsDown, storedSet } from "../../src/storage/journal/positionSets.ts";
import type { Storage, StorageOptions } from "../../src/storage/storage.ts";
import { eventually } from "../support/eventually.ts";
import { allDecisions } from "./allDecisions.ts";
import type { Backend } from "./backends.ts";
import { betweenPlanAndWrite, eraseBefore } from "./eraseBefore.ts";
import { killInTheMiddle, killRounds, momentOf } from "./killRounds.ts";
import { decision, grantDecision } from "./samples.ts";
import { requireTrueSets } from "./sealedSets.ts";
import { onEveryBackend } from "./suite.ts";

const SIZE = 64;
const T = 1_795_500_000_000;
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
const RULES = ["r1", "r2", 'r"3|,'] as const;

/** Decisions in which everything differs; some values stop or begin somewhere, and times go back now and then. */
function made(n: number): DecisionRecord {
  if (n % 17 === 3) return { ...grantDecision(n), decidedAt: T + n * 1_000 };
  const base = decision(n);
  const patient = oneOf(n, 3, PATIENTS);
  const scope = oneOf(n, 4, SCOPES);
  const outcome = some(n, 5, 9) === 0 ? "DENY" : "ALLOW";
  const subject = oneOf(n, 2, SUBJECTS);
  const several = some(n, 6, 6) === 0;
  return {
    ...base,
    decidedAt: T + n * 1_000 - (some(n, 7, 40) === 0 ? 90_000 : 0),
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
    ipAddress: ({ request }, value) => request.context?.ipAddress === value,
    network: ({ request }, value) =>
      (request.context?.ipAddress ?? "").startsWith(String(value).split("0/")[0] as string),
    ruleId: ({ reasons }, value) => reasons.some(({ ruleId }) => ruleId === value),
    reason: ({ reasons }, value) => reasons.some(({ code }) => code === value),
    from: ({ decidedAt }, value) => decidedAt >= value,
    to: ({ decidedAt }, value) => decidedAt < value,
  };
const holds = (record: DecisionRecord, filter: DecisionFilter): boolean =>
  Object.entries(filter).every(([name, value]) => HOLDS[name as keyof DecisionFilter](record, value as never));

const COUNT = 6 * SIZE + 41;
const anyTime = fc.integer({ min: T - 100_000, max: T + COUNT * 1_000 + 5_000 });
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
      purposeOfUse: among<string | null>(PURPOSES, "BTG"),
      organization: among<string | null>(ORGANIZATIONS, "south"),
      ipAddress: among<string | null>(ADDRESSES, "10.0.0.2"),
      network: fc.constantFrom("10.0.0.0/24", "10.0.1.0/24", "10.0.7.0/24"),
      ruleId: among<string>(RULES, "r"),
      reason: fc.constantFrom("ALLOWED_BY_RULE", "DENIED_BY_RULE", "NO_MATCHING_RULE", "UNKNOWN_CLIENT"),
      from: anyTime,
      to: anyTime,
    },
    { requiredKeys: [] },
  )
  // Of many conditions nothing would be left.
  .chain((all) =>
    fc.subarray(Object.entries(all), { maxLength: 3 }).map((part) => Object.fromEntries(part) as DecisionFilter),
  )
  .filter((filter) => Object.keys(filter).length > 0);

/** The time of a page is never up. */
const blocked = (more: StorageOptions["following"] = {}): Partial<StorageOptions> => ({
  following: { blockSize: SIZE, searchClock: () => 0, ...more },
});
/** The time of every page is up after its first part. */
const hurried = () => {
  let now = 0;
  return blocked({ searchClock: () => (now += 1_000) });
};

async function blocksOf({ raw }: Backend, url: string): Promise<number> {
  const [row] = await raw(url, `SELECT COUNT(*) AS "n" FROM decision_block`);
  return Number(row?.n);
}
const untilSealed = (backend: Backend, url: string, blocks: number): Promise<void> =>
  eventually(`${blocks} blocks are sealed`, async () => (await blocksOf(backend, url)) === blocks);

/** Every sealed set is what the index says, and every block when its decisions were made. */
async function requireTrue(backend: Backend, url: string): Promise<void> {
  const { raw } = backend;
  await requireTrueSets(backend, url, SIZE);
  const times = await raw(
    url,
    `SELECT b."block" FROM decision_block AS b WHERE b."first_at" <>
        (SELECT MIN("decided_at") FROM decision_index WHERE "seq" > b."block" * ${SIZE} AND "seq" <= (b."block" + 1) * ${SIZE})
      OR b."last_at" <> (SELECT MAX("decided_at") FROM decision_index WHERE "seq" > b."block" * ${SIZE} AND "seq" <= (b."block" + 1) * ${SIZE})`,
  );
  assert.deepEqual(times, []);
}

test("a set of positions is what was put in, whichever way it is stored", () => {
  const offsets = fc.uniqueArray(fc.integer({ min: 0, max: SIZE - 1 }), { maxLength: SIZE });
  fc.assert(
    fc.property(offsets, offsets, (one, other) => {
      const bits = new Uint8Array(SIZE / 8);
      addStored(bits, storedSet(one, SIZE));
      addStored(bits, storedSet(other, SIZE));
      const both = [...new Set([...one, ...other])].sort((a, b) => b - a);
      assert.deepEqual([...offsetsDown(bits)], both);
      for (let at = 0; at < SIZE; at++) assert.equal(hasBit(bits, at), both.includes(at));
    }),
  );
  assert.notEqual(valueKey("a"), valueKey("b"));
  assert.notEqual(valueKey(LONG), valueKey(`${LONG}y`));
  assert.notEqual(valueKey(valueKey(LONG)), valueKey(LONG));
});

test("others have their turns while a block is sealed in which each decision has a value of its own", async () => {
  const rows = Array.from({ length: BLOCK }, (_, i) => ({ text: `subject-${i}`, offsets: String(i) }));
  const select = async (sql: string) =>
    sql.includes("decision_generation") ? [{ generation: 0, position: BLOCK }] : rows;
  let turns = 0;
  let counting = true;
  const count = () => {
    turns++;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  await createDecisionBlocks().plan({
    after: 0,
    until: BLOCK / PARTS,
    select,
    dialect: dialectOf("sqlite:unused"),
    giveWay: nextTurn,
  });
  counting = false;
  assert.ok(turns >= BLOCK / 64, `${turns} turns`);
});

onEveryBackend("searching decisions by blocks", ({ open, backend }) => {
  const records = Array.from({ length: COUNT }, (_, n) => made(n));

  async function sealed(): Promise<{ readonly url: string; readonly storage: Storage }> {
    const url = await backend().fresh();
    const storage = await open(url, blocked());
    for (let at = 0; at < COUNT; at += 100) await storage.journal.append(records.slice(at, at + 100));
    await untilSealed(backend(), url, Math.floor(COUNT / SIZE));
    return { url, storage };
  }

  test("finds just what the records themselves say: any filter, from any cursor, whether the time is up or not", {
    timeout: 300_000,
  }, async () => {
    const { storage, url } = await sealed();
    await requireTrue(backend(), url);
    const short = await open(url, hurried());
    const positions = new Map<string, number>();
    for (const { key, node } of (await storage.decisions.decisions({ filter: {}, page: { first: 9_999, after: null } }))
      .items)
      positions.set(node.id, key);
    assert.equal(positions.size, COUNT);
    let shortPages = 0;
    await fc.assert(
      fc.asyncProperty(
        filters,
        fc.option(fc.integer({ min: 0, max: COUNT + 2 })),
        fc.integer({ min: 1, max: 60 }),
        async (filter, after, first) => {
          const wanted = records
            .filter((record) => holds(record, filter) && (after === null || (positions.get(record.id) ?? 0) < after))
            .map(({ id }) => id)
            .reverse();
          const page = await storage.decisions.decisions({ filter, page: { first, after } });
          assert.deepEqual(
            page.items.map(({ node }) => node.id),
            wanted.slice(0, first),
          );
          assert.equal(page.hasNextPage, wanted.length > first);
          const walked: string[] = [];
          for (let at: number | null = after; ; ) {
            const part = await short.decisions.decisions({ filter, page: { first, after: at } });
            walked.push(...part.items.map(({ node }) => node.id));
            if (!part.hasNextPage) break;
            if (part.items.length < first) shortPages++;
            const next = endOf(part);
            assert.ok(next !== null && (at === null || next < at), "each page gets on");
            at = next;
          }
          assert.deepEqual(walked, wanted);
        },
      ),
      { numRuns: 250 },
    );
    assert.ok(shortPages > 100, `${shortPages} short pages`);
  });

  test("finds the same where a block is not sealed, others not indexed: any filter, from any cursor", {
    timeout: 300_000,
  }, async () => {
    const { storage: indexing, url } = await sealed();
    await indexing.close();
    const more = Array.from({ length: 300 }, (_, n) => made(COUNT + n));
    const storage = await open(url, blocked({ idle: () => false }));
    const short = await open(url, { following: { ...hurried().following, idle: () => false } });
    await storage.journal.append(more.slice(0, 30));
    await storage.journalSpan();
    await storage.journal.append(more.slice(30));
    const lag = () => storage.followers().find(({ name }) => name === "decision_index")?.lag;
    assert.equal(lag(), 270);
    const { items } = await storage.decisions.decisions({ filter: {}, page: { first: 9_999, after: null } });
    const positions = new Map(items.map(({ key, node }) => [node.id, key]));
    const all = [...records, ...more];
    let found = 0;
    await fc.assert(
      fc.asyncProperty(filters, fc.option(fc.nat({ max: COUNT + 302 })), async (filter, after) => {
        const wanted = all
          .filter((record) => holds(record, filter) && (after === null || (positions.get(record.id) ?? 0) < after))
          .map(({ id }) => id)
          .reverse();
        const page = await storage.decisions.decisions({ filter, page: { first: 1_000, after } });
        assert.deepEqual(
          page.items.map(({ node }) => node.id),
          wanted,
        );
        const walked: string[] = [];
        for (let at: number | null = after; ; ) {
          const part = await short.decisions.decisions({ filter, page: { first: 40, after: at } });
          walked.push(...part.items.map(({ node }) => node.id));
          if (!part.hasNextPage) break;
          at = endOf(part);
        }
        assert.deepEqual(walked, wanted);
        found += wanted.length;
      }),
      { numRuns: 250 },
    );
    assert.ok(found > 1_000, `${found} were found`);
    assert.equal(lag(), 270);
  });

  test("finds each once, whatever is indexed and sealed between its looks", async () => {
    const { storage: sealing, url } = await sealed();
    await sealing.close();
    const more = Array.from({ length: 2 * SIZE }, (_, n) => made(COUNT + n));
    const storage = await open(url, blocked({ idle: () => false }));
    await storage.journal.append(more);
    const dialect = dialectOf(url);
    const { close, run } = await openConnection({ dialect, purpose: "read", counter: statementCounter() });
    let looks = 0;
    const search = createDecisionSearch({
      async rows(sql, parameters) {
        const { rows } = await run(withParameters(dialect, sql), parameters);
        if (looks++ > 0) return rows;
        const other = await open(url, blocked());
        await untilSealed(backend(), url, Math.floor((COUNT + more.length) / SIZE));
        await other.close();
        return rows;
      },
      ...{ dialect, giveWay: async () => {}, blockSize: SIZE, untilIndexed: async () => {}, now: () => 0 },
    });
    try {
      const { positions } = await search({ clientId: "app" }, { after: null, most: 10_000 });
      const wanted = [...records, ...more].flatMap(({ request }, i) => (request.clientId === "app" ? [i + 1] : []));
      assert.deepEqual(positions, wanted.reverse());
      assert.ok(looks > 3);
    } finally {
      await close();
    }
  });

  test("what values and a network have in common is found in so many blocks at once, and down to which is said", async () => {
    const { url } = await sealed();
    const dialect = dialectOf(url);
    const { close, run } = await openConnection({ dialect, purpose: "read", counter: statementCounter() });
    let asked = 0;
    const asking = {
      ask: async ([sql, parameters]: Statement) => {
        asked++;
        return (await run(withParameters(dialect, sql), parameters)).rows;
      },
      ...{ dialect, size: SIZE },
    };
    const blocks = Math.floor(COUNT / SIZE);
    const positionsIn = (sets: ReadonlyMap<number, Uint8Array>): readonly number[] =>
      [...sets].flatMap(([block, bits]) => [...offsetsDown(bits)].map((at) => block * SIZE + at + 1));
    let rounds = 0;
    await fc.assert(
      fc.asyncProperty(filters, fc.integer({ min: 1, max: 4 }), async (filter, most) => {
        const conditions = facetConditions(filter);
        if (conditions.values.length === 0 && conditions.network === null) return;
        const facets = Object.fromEntries(
          Object.entries(filter).filter(([name]) => name === "network" || isFacet(name)),
        ) as DecisionFilter;
        const wanted = records
          .slice(0, blocks * SIZE)
          .flatMap((record, i) => (holds(record, facets) ? [i + 1] : []))
          .reverse();
        const found: number[] = [];
        for (let top = blocks - 1; top >= 0; rounds++) {
          asked = 0;
          const { down, sets } = await commonSets(asking, conditions, { blocks: { lowest: 0, highest: top }, most });
          assert.ok(asked <= 2 && sets.size <= most && down <= top);
          assert.ok([...sets.keys()].every((block) => block >= down && block <= top));
          found.push(...positionsIn(sets));
          top = down - 1;
        }
        assert.deepEqual(found, wanted);
      }),
      { numRuns: 300 },
    );
    assert.ok(rounds > 300, `${rounds} rounds`);
    await close();
  });

  test("every filter of one member, and each pair with outcome, purpose, type, reason and a day", async () => {
    const { storage } = await sealed();
    const single: readonly DecisionFilter[] = [
      ...CLIENTS.map((clientId) => ({ clientId })),
      ...SUBJECTS.flatMap((subjectId) => (subjectId === null ? [] : { subjectId })),
      ...[...PATIENTS, "p9"].flatMap((patient) => (patient === null ? [] : { patient })),
      ...SCOPES.map((scope) => ({ scope })),
      { clientId: "x" },
      { scope: "x" },
    ];
    const beside: readonly DecisionFilter[] = [
      {},
      { outcome: "DENY" },
      { purposeOfUse: "HPAYMT" },
      { resourceType: "Procedure" },
      { reason: "DENIED_BY_RULE" },
      { from: T + 100_000, to: T + 200_000 },
      { to: T + 70_000 },
    ];
    for (const one of single)
      for (const other of beside) {
        const filter = { ...one, ...other };
        const wanted = records.filter((record) => holds(record, filter)).map(({ id }) => id);
        const got = (await allDecisions(storage, filter)).map(({ id }) => id);
        assert.deepEqual(got.toReversed(), wanted, JSON.stringify(filter));
      }
  });

  test("blocks are sealed once, by whichever instance, whoever is killed", { timeout: 240_000 }, async () => {
    const url = await backend().fresh();
    // Nobody seals while the journal grows.
    const storage = await open(url, {
      following: { blockSize: SIZE, idle: () => false },
    });
    for (let n = 0; n < 20 * SIZE; n += 256)
      await storage.journal.append(Array.from({ length: 256 }, (_, i) => made(n + i)));
    await allDecisions(storage, { clientId: "app" });
    for (let round = 0; round < killRounds(2); round++)
      await killInTheMiddle("test/storage/sealingChild.ts", { url, instances: 2, moment: momentOf(round) });
    await Promise.all([open(url, blocked({ leaseMs: 1 })), open(url, blocked({ leaseMs: 1 }))]);
    await untilSealed(backend(), url, 20);
    await requireTrue(backend(), url);
  });

  test("what can't be sealed is found all the same, and sealed later", async () => {
    const url = await backend().fresh();
    const storage = await open(url, blocked());
    const { name, raw } = backend();
    await raw(
      url,
      name === "sqlite"
        ? "CREATE TRIGGER broken BEFORE INSERT ON decision_facet WHEN NEW.facet = 'outcome' BEGIN SELECT RAISE(ABORT, 'broken'); END"
        : "ALTER TABLE decision_facet ADD CONSTRAINT broken CHECK (facet <> 'outcome') NOT VALID",
    );
    await storage.journal.append(records.slice(0, 3 * SIZE));
    const failures = () => storage.followers().find((each) => each.name === "decision_blocks")?.failures ?? 0;
    await eventually("the follower fails", () => failures() > 0);
    const denied = () => records.slice(0, 3 * SIZE).filter(({ outcome }) => outcome === "DENY").length;
    assert.equal((await allDecisions(storage, { outcome: "DENY" })).length, denied());
    assert.equal(await blocksOf(backend(), url), 0);
    await raw(url, name === "sqlite" ? "DROP TRIGGER broken" : "ALTER TABLE decision_facet DROP CONSTRAINT broken");
    await untilSealed(backend(), url, 3);
    await requireTrue(backend(), url);
    assert.equal((await allDecisions(storage, { outcome: "DENY" })).length, denied());
    for (const table of ["decision_facet", "decision_block"])
      await assert.rejects(raw(url, `DELETE FROM ${table}`), /append-only/);
  });

  test("rebuild-index seals anew; a search that it comes into begins again", async () => {
    const { storage, url } = await sealed();
    const before = await backend().raw(url, `SELECT * FROM decision_block ORDER BY "block"`);
    let rebuilt: Promise<void> | null = null;
    let asked = 0;
    const other = await open(url, {
      following: {
        ...blocked().following,
        searchClock: () => {
          // In the middle of a search, whose time is never up.
          if (++asked === 3) rebuilt = storage.rebuildIndex();
          return 0;
        },
      },
    });
    const filter: DecisionFilter = { purposeOfUse: "HPAYMT", outcome: "DENY" };
    const wanted = records.filter((record) => holds(record, filter)).map(({ id }) => id);
    assert.deepEqual((await allDecisions(other, filter)).map(({ id }) => id).reverse(), wanted);
    assert.notEqual(rebuilt, null);
    await rebuilt;
    const after = await backend().raw(url, `SELECT * FROM decision_block ORDER BY "block"`);
    assert.deepEqual(after, before);
    await requireTrue(backend(), url);
    assert.deepEqual((await allDecisions(other, filter)).map(({ id }) => id).reverse(), wanted);
  });

  const heldBy = (more: Partial<LegalHold>): LegalHold => ({
    ...{ id: randomUUID(), patient: null, clientId: null, from: null, to: null, reason: "a lawsuit" },
    ...{ placedAt: T, placedBy: { callerId: "jwt:auditor", subject: null }, lifted: null, ...more },
  });

  test("what was erased is found by no value that is gone; all else as before: any filter, after each erasure", {
    timeout: 300_000,
  }, async () => {
    const { storage, url } = await sealed();
    await storage.retention.place(heldBy({ patient: "p2" }));
    const portal = heldBy({ clientId: "portal" });
    await storage.retention.place(portal);
    const ends = [T + 30_000, T + 150_000, T + 151_000, T + COUNT * 1_000];
    let erased = 0;
    let gone = 0;
    for (const end of [...ends, null]) {
      if (end === null) await storage.retention.lift(portal.id, { at: T, by: "jwt:auditor", reason: "over" });
      erased += await eraseBefore(storage, end ?? T + COUNT * 1_000);
      await requireTrue(backend(), url);
      const now = (await allDecisions(storage, {})).toReversed();
      assert.equal(now.filter((record) => record.erased !== undefined).length, erased);
      assert.ok(erased > gone, "each erases some");
      gone = erased;
      await fc.assert(
        fc.asyncProperty(filters, async (filter) => {
          const wanted = now.filter((record) => holds(record, filter)).map(({ id }) => id);
          assert.deepEqual((await allDecisions(storage, filter)).map(({ id }) => id).reverse(), wanted);
        }),
        { numRuns: 60 },
      );
    }
    assert.ok(erased < COUNT, "p2 is held");
    await storage.rebuildIndex();
    await requireTrue(backend(), url);
  });

  test("a block that was read before an erasure is not sealed as it was read", async () => {
    const url = await backend().fresh();
    const storage = await open(url, blocked({ idle: () => false }));
    await storage.journal.append(records.slice(0, 2 * SIZE));
    await storage.journalSpan();
    let erased = 0;
    // Each part of both blocks is read, then some of its decisions are erased.
    const slow = betweenPlanAndWrite(createDecisionBlocks(SIZE), async ({ after }) => {
      erased += await eraseBefore(storage, T + (after + 8) * 1_000);
    });
    const sealing = await open(url, blocked({ consumers: [[slow]] }));
    await untilSealed(backend(), url, 2);
    await sealing.close();
    assert.ok(erased > SIZE, String(erased));
    await requireTrue(backend(), url);
  });

  test("blocks are sealed and erased at the same time, by two instances", { timeout: 120_000 }, async () => {
    const url = await backend().fresh();
    const [one, two] = [await open(url, blocked({ leaseMs: 1 })), await open(url, blocked({ leaseMs: 1 }))];
    for (let n = 0; n < COUNT; n += 60) {
      await one.journal.append(records.slice(n, n + 60));
      await Promise.all([eraseBefore(one, T + (n + 50) * 1_000), eraseBefore(two, T + (n + 40) * 1_000)]);
    }
    await eraseBefore(one, T + COUNT * 1_000);
    await eventually("all blocks are sealed", async () => (await blocksOf(backend(), url)) >= Math.floor(COUNT / SIZE));
    await requireTrue(backend(), url);
    const [row] = await backend().raw(url, `SELECT COUNT(*) AS "n" FROM decision_facet WHERE "facet" = 'subjectId'`);
    assert.equal(Number(row?.n), 0);
  });
});
