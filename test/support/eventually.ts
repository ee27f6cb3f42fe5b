import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

/** Far longer than anything takes on a slow machine: how soon it comes is not what a test is about. */
const PATIENCE_MS = 60_000;

/** Waits for what comes by itself. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !(await holds()); await delay(5))
    assert.ok(performance.now() < end, `it did not come to be: ${what}`);
}
