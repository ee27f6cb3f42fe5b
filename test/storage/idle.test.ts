import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createIdle } from "../../src/storage/journal/idle.ts";

/** A machine of one core, of which so much is in use, and a writer that is busy for so many milliseconds more. */
function machine() {
  const state = { all: 0, idle: 0, busyMs: 0, ownMs: 0 };
  const idle = createIdle({
    writer: state,
    ownMs: () => state.ownMs,
    times: () => ({ all: state.all, idle: state.idle }),
  });
  idle();
  return async (used: number, more: { readonly busyMs?: number; readonly ownMs?: number } = {}): Promise<boolean> => {
    await sleep(220);
    state.all += 220;
    state.idle += 220 - used;
    state.busyMs += more.busyMs ?? 0;
    state.ownMs += more.ownMs ?? 0;
    return idle();
  };
}

test("there is time while machine and writer are less than half in use, the work's own time aside", async () => {
  const idleAfter = machine();
  assert.equal(await idleAfter(20), true);
  assert.equal(await idleAfter(200), false, "the machine is busy");
  assert.equal(await idleAfter(200, { busyMs: 150, ownMs: 150 }), true, "with this very work");
  assert.equal(await idleAfter(20, { busyMs: 60_000 }), false, "the writer is busy");
  assert.equal(await idleAfter(20), true);
});
