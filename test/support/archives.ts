import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import { monthLines } from "../../src/domain/record/archive/archiveMonth.ts";
import type { Archive } from "../../src/domain/record/archive/store.ts";
import { createRecordProofs } from "../../src/domain/record/tree/recordProofs.ts";
import { newNoteKey, noteSigner } from "../../src/process/noteKeys.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { decision } from "../storage/samples.ts";
import { untilCounted } from "./counted.ts";

export const signer = noteSigner("test.example/record", newNoteKey());

/** A decision of a month, whose id says when it was made, as those of the service do. */
export function decisionAt(time: number, n: number, more: Partial<AccessRecord> = {}): AccessRecord {
  const high = time.toString(16).padStart(12, "0");
  const id = `${high.slice(0, 8)}-${high.slice(8)}-7000-8000-${String(n).padStart(12, "0")}`;
  return decision(n, { id, decidedAt: time, ...more });
}
/** The n-th of a month, an hour after the one before. */
export const decisionOf = (month: string, n: number): AccessRecord =>
  decisionAt(Date.parse(`${month}-01T00:00:00Z`) + n * 3_600_000, n);

export const sign = (storage: Storage) =>
  createRecordProofs({ store: storage.record, signer: async () => signer, clock: () => 1 }).sign();

/** Puts so many decisions of each month on record, all of it signed at the end; and follows it to its end. */
export async function recordMonths(storage: Storage, months: readonly string[], each: number): Promise<void> {
  if ((await storage.record.keys()).length === 0)
    await storage.record.addFirstKey({ publicKey: signer.publicKey, madeAt: 1, sinceSize: 0 });
  for (const month of months)
    for (let n = 0; n < each; n += 100)
      await storage.journal.append(Array.from({ length: Math.min(100, each - n) }, (_, i) => decisionOf(month, n + i)));
  await followed(storage);
  await sign(storage);
}

/** Ends when all that follows the journal has all of it. */
export async function followed(storage: Storage): Promise<void> {
  await untilCounted(storage);
  await storage.record.untilGrown();
}

/** The lines of the archive of the month that comes next, and what is in it. */
export async function linesOfMonth(storage: Storage, month: string) {
  const after = (await storage.archives.archives()).at(-1)?.until ?? 0;
  const lines: string[] = [];
  const parts = monthLines({ acts: storage.storedActs.acts, record: storage.record }, { after, month });
  for (;;) {
    const next = await parts.next();
    if (next.done === true) return { lines, written: next.value };
    lines.push(...next.value);
  }
}

/** Says on record that the next month is in a file, without taking anything out. */
export async function tombstone(storage: Storage, month: string): Promise<Archive> {
  const { written } = await linesOfMonth(storage, month);
  const { directoryRevision, ...rest } = written;
  const archive = await storage.archives.add(
    {
      ...rest,
      ...{ event: "ARCHIVED", at: Date.now(), author: "machine:test", text: "A test" },
      ...{ file: `scopewarden-${month}.ndjson`, sha256: "ab".repeat(32), leftBehind: [] },
    },
    directoryRevision ?? 0,
  );
  await followed(storage);
  await sign(storage);
  return archive;
}
