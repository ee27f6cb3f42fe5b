import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { drawUniformly } from "../../../src/domain/monitoring/samples/samples.ts";
import type { Candidate } from "../../../src/domain/monitoring/samples/store.ts";
import { missedOf, type SampleVerdict, weekOf, wilson } from "../../../src/domain/monitoring/samples/weeklySample.ts";

const candidates = (count: number): readonly Candidate[] =>
  Array.from({ length: count }, (_, i) => ({ decisionId: `d${i}`, at: Math.floor(i / 3), position: i }));
const storeOf = (all: readonly Candidate[]) => ({
  async unexplained({ after, first }: { readonly after: Candidate | null; readonly first: number }) {
    const from = after === null ? 0 : all.findIndex(({ position }) => position > after.position);
    return from < 0 ? [] : all.slice(from, from + first);
  },
});
const draw = (all: readonly Candidate[], secret: string) =>
  drawUniformly(
    {
      store: storeOf(all),
      keyOf: (id) => createHash("sha256").update(`${secret} ${id}`).digest("hex"),
      breathe: async () => undefined,
    },
    { from: 0, to: 1, most: 20 },
  );

test("a sample is drawn from all, in parts, the same of the same", async () => {
  const all = candidates(4_500);
  const drawn = await draw(all, "a");
  assert.deepEqual([drawn.population, new Set(drawn.decisionIds).size], [4_500, 20]);
  assert.deepEqual(await draw(all, "a"), drawn);
  assert.notDeepEqual((await draw(all, "b")).decisionIds, drawn.decisionIds);
  assert.deepEqual((await draw(candidates(3), "a")).decisionIds.toSorted(), ["d0", "d1", "d2"]);
  assert.deepEqual(await draw([], "a"), { population: 0, decisionIds: [] });
});

test("each access has the same chance, the last as the first", async () => {
  const times = new Map<string, number>();
  const rounds = 1_000;
  const all = candidates(100);
  for (let i = 0; i < rounds; i++)
    for (const id of (await draw(all, `secret ${i}`)).decisionIds) times.set(id, (times.get(id) ?? 0) + 1);
  // Expected are 200 of each; chi-squared with 99 degrees of freedom is above 149 once in a thousand.
  const expected = rounds / 5;
  const chi = all.reduce((sum, { decisionId }) => sum + ((times.get(decisionId) ?? 0) - expected) ** 2 / expected, 0);
  assert.ok(chi < 149, String(chi));
});

test("a week begins on Monday at 00:00 UTC", () => {
  const monday = Date.parse("2026-03-02T00:00:00Z");
  assert.equal(weekOf(monday), monday);
  assert.equal(weekOf(monday - 1), Date.parse("2026-02-23T00:00:00Z"));
  assert.equal(weekOf(Date.parse("2026-03-08T23:59:59.999Z")), monday);
  assert.equal(weekOf(0), Date.parse("1969-12-29T00:00:00Z"));
});

test("the interval is Wilson's, and stays within 0 and 1", () => {
  const rounded = (hits: number, of: number) => {
    const interval = wilson(hits, of);
    return interval === null ? null : [interval.low.toFixed(4), interval.high.toFixed(4)];
  };
  // Newcombe 1998, table I, without continuity correction.
  assert.deepEqual(rounded(81, 263), ["0.2553", "0.3662"]);
  assert.deepEqual(rounded(15, 148), ["0.0624", "0.1605"]);
  assert.deepEqual(rounded(0, 20), ["0.0000", "0.1611"]);
  assert.deepEqual(rounded(1, 29), ["0.0061", "0.1718"]);
  assert.deepEqual(rounded(29, 29), ["0.8830", "1.0000"]);
  assert.equal(wilson(0, 0), null);
});

test("what nobody can tell counts for no estimate", () => {
  const judged = (verdict: SampleVerdict) => ({
    at: 1,
    by: { callerId: "key:rita", subject: null },
    verdict,
    text: "t",
  });
  const sample = (verdicts: readonly (SampleVerdict | null)[]) => ({
    accesses: verdicts.map((verdict) => ({ judged: verdict === null ? null : judged(verdict) })),
  });
  assert.equal(missedOf(sample([null, "CANNOT_TELL"])), null);
  const missed = missedOf(sample(["NOT_JUSTIFIED", "JUSTIFIED", "JUSTIFIED", "JUSTIFIED", "CANNOT_TELL", null]));
  assert.deepEqual(missed, { judged: 4, notJustified: 1, share: 0.25, ...wilson(1, 4) });
});
