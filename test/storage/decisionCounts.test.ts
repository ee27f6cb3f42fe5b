import assert from "node:assert/strict";
import { test } from "node:test";
import { HOUR_MS } from "../../src/domain/audit/countedWindow.ts";
import { type CountDimension, decisionStats, type StatsDimension } from "../../src/domain/audit/decisionStats.ts";
import { reason } from "../../src/domain/decisions/reason.ts";
import { decisiveReason } from "../../src/domain/decisions/summaryText.ts";
import type { AccessRecord, DecisionRecord } from "../../src/domain/decisions/types.ts";
import { decisionIndex } from "../../src/storage/journal/decisionIndex.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { fillDay } from "../support/counted.ts";
import { heldConsumer } from "../support/heldConsumer.ts";
import { purpose } from "../support/oneForm.ts";
import { decision, grantDecision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const START = Date.UTC(2026, 10, 20, 9);
const DAY = 24 * HOUR_MS;
/** Windows that begin and end inside of days, at them, and hold no whole one. */
const WINDOWS: readonly (readonly [number, number])[] = [
  [START, START + 4 * DAY],
  [START - 9 * HOUR_MS, START + 15 * HOUR_MS],
  [START + 3 * HOUR_MS, START + 5 * HOUR_MS],
  [START + DAY, START + 3 * DAY + HOUR_MS],
];
const NOW = START + 30 * DAY;

/** Decisions that differ in everything that is counted by, and texts that a list of texts could be broken by. */
function sample(n: number): AccessRecord {
  const plain = decision(n);
  const rules = ["r-1", 'odd"|,]\\', "r-2"].slice(0, n % 4);
  const allowed = rules.length > 0;
  const reasons = allowed
    ? rules.map((ruleId) => reason("ALLOWED_BY_RULE", { ruleId, scope: "s" }))
    : // What is a notice only, or a draft that would not help, decides nothing wherever it stands.
      n % 8 === 0
      ? [reason("SCOPE_DEPRECATED", { scope: "d" } as never), ...decision(5).reasons]
      : [...decision(5).reasons, reason("SCOPE_DEPRECATED", { scope: "d" } as never)];
  const more = n % 3 === 0 ? [reason("ALLOWED_BY_CONSENT", { scope: "s", personal: { consents: [] } })] : [];
  return {
    ...plain,
    decidedAt: START + ((n * 7_919) % 100) * HOUR_MS + n,
    callerId: `key:${n % 2}`,
    outcome: allowed ? "ALLOW" : "DENY",
    scope: allowed ? `scope_${n % 2}` : null,
    reasons: [...reasons, ...more],
    request: {
      ...plain.request,
      clientId: `client-${n % 3}`,
      purposeOfUse: n % 5 === 0 ? null : "TREAT",
      resource: { ...plain.request.resource, organization: n % 6 === 0 ? null : `org-${n % 2}` },
    },
  };
}

/** What a decision says of a dimension, said naively: one value or more. */
const VALUES: { readonly [Name in CountDimension]: (record: AccessRecord) => readonly (string | null)[] } = {
  OUTCOME: ({ outcome }) => [outcome],
  CLIENT: ({ request }) => [request.clientId],
  SCOPE: ({ scope }) => [scope],
  REASON: ({ reasons }) => [...new Set(reasons.map(({ code }) => code))],
  DECISIVE_REASON: (record) => [decisiveReason(record)?.code ?? null],
  RULE: ({ reasons }) => [...new Set(reasons.flatMap(({ ruleId }) => ruleId ?? []))],
  RESOURCE_TYPE: ({ request }) => [request.resource.type],
  PURPOSE: ({ request }) => [request.purposeOfUse],
  ORGANIZATION: ({ request }) => [request.resource.organization],
  CALLER: ({ callerId }) => [callerId],
};
const valuesOf = (record: AccessRecord, dimension: StatsDimension, shift: number): readonly (string | null)[] => {
  const at = record.decidedAt + shift;
  if (dimension === "HOUR") return [new Date(at - (at % HOUR_MS)).toISOString()];
  if (dimension === "DAY") return [new Date(at - (at % DAY)).toISOString()];
  return VALUES[dimension as CountDimension](record);
};

/** The rows of a question, counted one decision after the other. */
function naively(
  records: readonly AccessRecord[],
  by: readonly StatsDimension[],
  [from, to]: readonly [number, number],
) {
  const rows = new Map<string, { count: number; allowed: number; previous: number }>();
  for (const shift of [0, to - from])
    for (const record of records) {
      const at = record.decidedAt + shift;
      if (at < from || at >= to) continue;
      const keys = by.reduce<readonly (readonly (string | null)[])[]>(
        (all, dimension) => all.flatMap((key) => valuesOf(record, dimension, shift).map((value) => [...key, value])),
        [[]],
      );
      for (const key of keys) {
        const row = rows.get(JSON.stringify(key)) ?? { count: 0, allowed: 0, previous: 0 };
        rows.set(JSON.stringify(key), row);
        if (shift > 0) row.previous++;
        else {
          row.count++;
          if (record.outcome === "ALLOW") row.allowed++;
        }
      }
    }
  return Object.fromEntries(rows);
}

async function countIn(
  storage: Storage,
  by: readonly StatsDimension[],
  [from, to]: readonly [number, number],
  filter = {},
) {
  // A figure waits for nothing.
  await storage.journalSpan();
  return decisionStats({ counter: storage.counter, clock: () => NOW }, { from, to, by, filter });
}

onEveryBackend("counts of decisions", ({ open, backend }) => {
  const records = Array.from({ length: 400 }, (_, n) => sample(n));
  const others: readonly DecisionRecord[] = [grantDecision(1_001), grantDecision(1_002)];

  test("are what counting one after the other gives, by every dimension and every two, in every window", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    // In steps, by two processes one after the other.
    for (let n = 0; n < 200; n += 20) await storage.journal.append(records.slice(n, n + 20));
    await countIn(storage, [], [START, START + DAY]);
    await storage.close();
    const heir = await open(url);
    await heir.journal.append([...others, ...records.slice(200)]);
    const single: readonly CountDimension[] = Object.keys(VALUES) as CountDimension[];
    const pairs = single.flatMap((one, i) => single.slice(i + 1).map((other) => [one, other] as const));
    const asked: readonly (readonly StatsDimension[])[] = [
      [],
      ["HOUR"],
      ["DAY"],
      ["CLIENT", "HOUR", "OUTCOME"],
      ["DAY", "REASON"],
      ...single.map((each) => [each]),
      ...pairs,
    ];
    for (const window of WINDOWS)
      for (const by of asked) {
        const { complete, rows, total } = await countIn(heir, by, window);
        const name = `${by.join(" ")} ${window.map((at) => (at - START) / HOUR_MS).join("-")}`;
        assert.ok(complete, name);
        assert.equal(total, records.filter((r) => r.decidedAt >= window[0] && r.decidedAt < window[1]).length, name);
        const whole = !by.includes("DAY") || (window[1] - window[0]) % DAY === 0;
        const expected = naively(records, by, window);
        const found = Object.fromEntries(
          rows.map(({ key, count, allowed, denied, previous }) => {
            assert.equal(denied, count - allowed);
            assert.equal(previous === null, !whole, name);
            return [JSON.stringify(key), { count, allowed, previous: previous ?? 0 }];
          }),
        );
        if (whole) assert.deepEqual(found, expected, name);
        else
          for (const [key, row] of Object.entries(found))
            assert.equal(row.count, expected[key]?.count, `${name} ${key}`);
      }
  });

  test("are made again from the journal, with the index, to be what they were", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    await storage.journal.append(records);
    const window = WINDOWS[0] ?? [0, 0];
    const before = await countIn(storage, ["REASON", "RULE"], window);
    const page = { filter: { callerId: "key:1" }, page: { first: 500, after: null } };
    const listed = await storage.decisions.decisions(page);
    // What an operator may have done to them.
    await backend().raw(url, 'UPDATE rollup SET "n" = "n" + 1');
    assert.notDeepEqual(await countIn(storage, ["REASON", "RULE"], window), before);
    await storage.rebuildIndex();
    await storage.journal.append(records.slice(0, 1).map((record) => ({ ...record, id: "one-more" })));
    const after = await countIn(storage, ["REASON", "RULE"], window);
    assert.equal(after.total, before.total + 1);
    assert.deepEqual((await storage.decisions.decisions(page)).items, listed.items);
    await assert.rejects(backend().raw(url, "DELETE FROM decision_index"), /append-only/);
  });

  test("of a scope leave out its constraint; of more keys than a day has names that callers make up, and of twice as many what else they can vary", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    const window = [START, START + DAY] as const;
    const made = (n: number): AccessRecord => {
      const record = decision(n, {
        decidedAt: START + n,
        scope: `patient/Observation.rs?patient=p${n}`,
        outcome: "ALLOW",
        reasons: [reason("ALLOWED_BY_RULE", { ruleId: `r-${n}`, scope: "s" })],
      });
      return { ...record, request: { ...record.request, purposeOfUse: purpose(`made-up-${n}`) } };
    };
    const keysOf = async (by: StatsDimension) => (await countIn(storage, [by], window)).rows.map(({ key }) => key[0]);
    await storage.journal.append([made(1)]);
    assert.deepEqual(await keysOf("SCOPE"), ["patient/Observation.rs"]);
    await backend().raw(url, fillDay("DECISION", START, 4_999));
    await storage.journal.append([made(2), made(3)]);
    assert.deepEqual(await keysOf("PURPOSE"), ["*", "made-up-1"]);
    assert.deepEqual(await keysOf("RULE"), ["r-1", "r-2", "r-3"]);
    await backend().raw(url, fillDay("DECISION", START, 4_998));
    await storage.journal.append([made(4), made(5)]);
    assert.deepEqual(await keysOf("RULE"), ["*", "r-1", "r-2", "r-3"]);
    assert.deepEqual(await keysOf("SCOPE"), ["patient/Observation.rs", "*"]);
    assert.deepEqual(await keysOf("CALLER"), ["key:gateway"]);
    const narrowed = await countIn(storage, [], window, { scope: "patient/Observation.rs?patient=p7" });
    assert.equal(narrowed.total, 3);
  });

  test("say up to when they are whole while their follower is behind, and don't wait for it", async (context) => {
    const { consumer, goOn, hold } = heldConsumer(context, decisionIndex);
    const storage = await open(undefined, { following: { consumers: [[consumer]] }, clock: () => NOW });
    const count = () =>
      storage.counter.count({ from: 0, to: NOW, dimensions: [], time: null, before: null, filter: {}, first: 1 });
    assert.deepEqual(await count(), { asOf: NOW, rows: [] });
    await storage.journal.append([decision(1, { decidedAt: START })]);
    await storage.journalSpan();
    assert.deepEqual([(await count()).asOf, (await count()).rows[0]?.count], [NOW, 1]);
    hold();
    await storage.journal.append([decision(2, { decidedAt: START + 9 }), decision(3, { decidedAt: START + 10 })]);
    assert.deepEqual([(await count()).asOf, (await count()).rows[0]?.count], [START + 9, 1]);
    goOn();
    await storage.journalSpan();
    assert.deepEqual([(await count()).asOf, (await count()).rows[0]?.count], [NOW, 3]);
  });

  test("are narrowed by what they are counted by", async () => {
    const storage = await open();
    await storage.journal.append(records);
    const window = WINDOWS[0] ?? [0, 0];
    const within = (keep: (record: AccessRecord) => boolean) =>
      records.filter((r) => r.decidedAt >= window[0] && r.decidedAt < window[1] && keep(r));
    const filters = [
      [{ clientId: "client-1" }, (r: AccessRecord) => r.request.clientId === "client-1"],
      [{ ruleId: 'odd"|,]\\' }, (r: AccessRecord) => r.reasons.some(({ ruleId }) => ruleId === 'odd"|,]\\')],
      [
        { reason: "ALLOWED_BY_CONSENT", outcome: "DENY" },
        (r: AccessRecord) => r.outcome === "DENY" && r.reasons.some(({ code }) => code === "ALLOWED_BY_CONSENT"),
      ],
      [
        { organization: "org-1", purposeOfUse: "TREAT" },
        (r: AccessRecord) => r.request.resource.organization === "org-1" && r.request.purposeOfUse === "TREAT",
      ],
      [{ callerId: "key:nobody" }, () => false],
      [{ clientId: "bad\u0000" }, () => false],
    ] as const;
    for (const [filter, keep] of filters) {
      const { rows, total } = await countIn(storage, ["SCOPE"], window, filter).catch((error: Error) => {
        // A text that no store holds is refused before.
        assert.match(error.message, /filter\.clientId/);
        return { rows: [], total: 0 };
      });
      assert.equal(total, within(keep).length, JSON.stringify(filter));
      assert.equal(
        rows.reduce((sum, { count }) => sum + count, 0),
        total,
        JSON.stringify(filter),
      );
    }
  });
});
