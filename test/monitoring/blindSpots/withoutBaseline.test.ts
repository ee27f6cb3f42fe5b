import assert from "node:assert/strict";
import { test } from "node:test";
import { PART, withoutBaseline } from "../../../src/domain/monitoring/blindSpots/withoutBaseline.ts";
import type { Snapshot } from "../../../src/domain/policy/snapshot.ts";
import { SAMPLE_DETECTORS } from "../../support/watching.ts";

/** A policy with so many clients, every tenth suspended, and so many people, each of whom holds two roles. */
const policyOf = (clients: number, people: number) =>
  ({
    clients: new Map(
      Array.from({ length: clients }, (_, i) => [
        `c${i}`,
        { id: `c${i}`, status: i % 10 === 9 ? "SUSPENDED" : "ACTIVE" },
      ]),
    ),
    assignments: new Map(
      ["nurse", "doctor"].map((role) => [
        role,
        new Map(
          Array.from({ length: people }, (_, i) => [i, { subjectId: `p${i}`, subjectType: i % 2 ? "user" : null }]),
        ),
      ]),
    ),
  }) as unknown as Snapshot;

test("is counted a part at a time, and the event loop has turns between them", async () => {
  const [clients, people] = [4_500, 5_100];
  const asked: { readonly kind: string; readonly ids: readonly string[] }[] = [];
  let turns = 0;
  let counting = true;
  const count = (): void => {
    turns++;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  const found = await withoutBaseline({
    store: {
      async withoutBaseline({ detectors, ids, kind }) {
        assert.deepEqual(detectors, ["NEW_SCOPE", "MANY_PATIENTS", "DENIAL_BURST"]);
        asked.push({ kind, ids });
        return ids.filter((id) => id.endsWith("7"));
      },
    },
    snapshot: policyOf(clients, people),
    detectors: SAMPLE_DETECTORS,
    breathe: () => new Promise((resolve) => void setImmediate(resolve)),
  });
  counting = false;
  assert.ok(asked.every(({ ids }) => ids.length <= PART));
  const idsOf = (kind: string) => asked.flatMap((each) => (each.kind === kind ? each.ids : []));
  const active = Array.from({ length: clients }, (_, i) => `c${i}`).filter((_, i) => i % 10 !== 9);
  assert.deepEqual(idsOf("CLIENT"), active);
  assert.deepEqual(
    [idsOf("SUBJECT").length, new Set(idsOf("SUBJECT")).size, idsOf("SUBJECT").slice(0, 2)],
    [people, people, ["user/p0", "user/p1"]],
  );
  assert.deepEqual(found, {
    clients: { ids: active.filter((id) => id.endsWith("7")).sort(), of: active.length },
    people: { count: people / 10, of: people },
  });
  // One for each part that is asked, and for each part of the assignments that is looked at.
  assert.ok(turns >= asked.length + Math.floor((2 * people) / PART), `${turns} turns for ${asked.length} parts`);
});

test("of nobody nothing is asked", async () => {
  const store = { withoutBaseline: () => Promise.reject(new Error("it was asked")) };
  const asked = { store, snapshot: policyOf(0, 0), detectors: SAMPLE_DETECTORS, breathe: async () => {} };
  assert.deepEqual(await withoutBaseline(asked), { clients: { ids: [], of: 0 }, people: { count: 0, of: 0 } });
});
