import { mkdir, mkdtemp, rm, statfs } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { say } from "./table.ts";

const TMPFS = 0x01021994;
/** Where it is told by BENCH_DATA that the disk does not count, that may be in memory. */
const told = process.env.BENCH_DATA;
const parent = told === undefined ? fileURLToPath(new URL("../../data/", import.meta.url)) : `${resolve(told)}/`;

/** Runs with a folder of its own on a real disk: what is not written to one says nothing about durability. */
export async function withScratch<T>(work: (dir: string) => Promise<T>): Promise<T> {
  await mkdir(parent, { recursive: true });
  const isInMemory = (await statfs(parent)).type === TMPFS;
  if (isInMemory && told === undefined) throw new Error(`${parent} is in memory; the benchmarks need a disk`);
  if (isInMemory) say(`${parent} is in memory: what a disk takes is left out`);
  const dir = await mkdtemp(`${parent}run-`);
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
