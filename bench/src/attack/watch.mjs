/**
 * Loaded into the service that is attacked: writes the longest time that the event loop stood still, and how much of that
 * its thread had a core, into a file, four times a second. On a machine that is shared the two differ.
 */
import { readFileSync, writeFileSync } from "node:fs";

const EVERY_MS = 5;
/** Milliseconds for which the main thread had a core; where Linux does not say it, all threads of the process. */
function coreMs() {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}

const file = process.env.BENCH_STALL_FILE;
if (file) {
  let last = performance.now();
  let core = coreMs();
  let worst = 0;
  let own = 0;
  setInterval(() => {
    const now = performance.now();
    const used = coreMs() - core;
    const gap = now - last - EVERY_MS;
    worst = Math.max(worst, gap);
    own = Math.max(own, Math.min(gap, used));
    last = now;
    core += used;
  }, EVERY_MS).unref();
  setInterval(() => {
    writeFileSync(file, `${worst} ${own}`);
    [worst, own] = [0, 0];
  }, 250).unref();
}
