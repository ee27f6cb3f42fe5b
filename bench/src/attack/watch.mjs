/**
 * Loaded into the service that is attacked: writes the longest time that the event loop stood still, and how much of that
 * was the process's own work, into a file, four times a second. On a machine that is shared the two differ.
 */
import { writeFileSync } from "node:fs";

const EVERY_MS = 5;
const file = process.env.BENCH_STALL_FILE;
if (file) {
  let last = performance.now();
  let cpu = process.cpuUsage();
  let worst = 0;
  let own = 0;
  setInterval(() => {
    const now = performance.now();
    const used = process.cpuUsage(cpu);
    const gap = now - last - EVERY_MS;
    worst = Math.max(worst, gap);
    own = Math.max(own, Math.min(gap, (used.user + used.system) / 1000));
    last = now;
    cpu = process.cpuUsage();
  }, EVERY_MS).unref();
  setInterval(() => {
    writeFileSync(file, `${worst} ${own}`);
    [worst, own] = [0, 0];
  }, 250).unref();
}
