import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isInWindow, positionsOf } from "../../../src/domain/audit/export/exportPage.ts";
import type { StoredAct, StoredActReader } from "../../../src/domain/audit/export/store.ts";

const HOUR = 3_600_000;

/** A record with gaps: acts at growing positions, each with the time of its clock. */
function recordOf(acts: readonly { readonly gap: number; readonly at: number }[]) {
  let position = 0;
  const stored: StoredAct[] = acts.map(({ at, gap }) => {
    position += 1 + gap;
    return {
      position,
      kind: "AUDIT",
      format: 1,
      id: `a${position}`,
      salt: null,
      record: `{"at":${at}}`,
      personal: "{}",
    };
  });
  let reads = 0;
  const reader: StoredActReader = {
    end: async () => position,
    async acts({ after, first, until }) {
      reads++;
      return {
        acts: stored.filter((act) => act.position > after && act.position <= until).slice(0, first),
        reached: until,
      };
    },
  };
  return { stored, reader, end: position, reads: () => reads };
}

describe("the positions of a time", () => {
  test("have all acts of it, as long as no clock was wrong by more than twelve hours", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            gap: fc.nat(30),
            later: fc.nat(20 * HOUR),
            wrong: fc.integer({ min: -12 * HOUR, max: 12 * HOUR }),
          }),
          {
            maxLength: 60,
          },
        ),
        fc.option(fc.nat(600 * HOUR), { nil: null }),
        fc.option(fc.nat(600 * HOUR), { nil: null }),
        async (acts, from, to) => {
          let now = 0;
          const { end, reader, stored } = recordOf(
            acts.map(({ gap, later, wrong }) => {
              now += later;
              return { gap, at: now + wrong };
            }),
          );
          const { after, until } = await positionsOf({ from, to }, { end, stored: reader });
          for (const act of stored) {
            const at = JSON.parse(act.record).at;
            if (isInWindow(at, { from, to }))
              assert.ok(act.position > after && act.position <= until, `${act.position}`);
          }
          assert.ok(after <= until && until <= end);
          if (to === null) assert.equal(until, end);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("are found with some tens of reads, and leave out most of a long record", async () => {
    const record = recordOf(Array.from({ length: 100_000 }, (_, i) => ({ gap: 0, at: i * HOUR })));
    const window = { from: 50_000 * HOUR, to: 50_010 * HOUR };
    const { after, until } = await positionsOf(window, { end: record.end, stored: record.reader });
    assert.ok(record.reads() < 50, String(record.reads()));
    assert.ok(until - after < 100, `${after} to ${until}`);
  });
});
