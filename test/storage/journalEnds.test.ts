import assert from "node:assert/strict";
import { test } from "node:test";
import { createJournalEnds } from "../../src/storage/journal/journalEnds.ts";

test("it is known since when the oldest act waits that was not taken", () => {
  let now = 0;
  const ends = createJournalEnds(() => now);
  assert.equal(ends.waitingSince(0), null);
  ends.note({ end: 10, position: 0 });
  now = 50;
  ends.note({ end: 15, position: 0 });
  now = 200;
  ends.note({ end: 20, position: 0 });
  assert.equal(ends.waitingSince(0), 0);
  assert.equal(ends.waitingSince(10), 200);
  assert.equal(ends.waitingSince(20), null);
  ends.note({ end: 20, position: 20 });
  assert.equal(ends.waitingSince(20), null);
});

test("where another instance has the work, nothing of what it took is kept", () => {
  let now = 0;
  const ends = createJournalEnds(() => now);
  let most = 0;
  for (let i = 1; i <= 100_000; i++) {
    now = i * 100;
    // Seen every second, while the journal grows all the time.
    ends.note({ end: i * 10, position: Math.floor((i - 1) / 10) * 100 });
    most = Math.max(most, ends.notes);
  }
  assert.ok(most <= 11, `${most} notes`);
});

test("where nobody can go on, notes stay few, and the oldest stays", () => {
  let now = 0;
  const ends = createJournalEnds(() => now);
  for (let i = 1; i <= 100_000; i++) {
    now = i * 100;
    ends.note({ end: i, position: 0 });
    assert.ok(ends.notes <= 512);
  }
  assert.equal(ends.waitingSince(0), 100);
  const later = ends.waitingSince(50_000);
  assert.ok(later !== null && later > 50_000 * 100 && later < 100_000 * 100);
});
