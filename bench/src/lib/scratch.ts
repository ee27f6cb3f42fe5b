import { mkdir, mkdtemp, rm, statfs } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const TMPFS = 0x01021994;
const parent = fileURLToPath(new URL("../../data/", import.meta.url));

/** Runs with a folder of its own on a real disk: what is not written to one says nothing about durability. */
export async function withScratch<T>(work: (dir: string) => Promise<T>): Promise<T> {
  await mkdir(parent, { recursive: true });
  if ((await statfs(parent)).type === TMPFS) throw new Error(`${parent} is in memory; the benchmarks need a disk`);
  const dir = await mkdtemp(`${parent}run-`);
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
