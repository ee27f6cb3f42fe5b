import { open } from "node:fs/promises";
import { within } from "../shutdown.ts";

const TIMEOUT_MS = 10_000;

/** Where copies go: a file that grows, or an address. */
type CopyPlace = { readonly kind: "FILE"; readonly path: string } | { readonly kind: "URL"; readonly url: URL };

/** Keeps one checkpoint elsewhere. Rejects when that is not certain. */
export type CopyCheckpoint = (note: string) => Promise<void>;

async function appendTo(path: string, note: string): Promise<void> {
  const file = await open(path, "a+", 0o600);
  try {
    const { size } = await file.stat();
    try {
      // A line between two, so that each can be told from the next; also from half of one, after a crash.
      const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
      const isWhole = bytesRead === 0 || buffer.toString() === "\n";
      await file.appendFile(`${isWhole ? "" : "\n"}${note}\n`);
      await file.sync();
    } catch (error) {
      // Half of one would run into the next.
      await file.truncate(size).catch(() => undefined);
      throw error;
    }
  } finally {
    await file.close();
  }
}

/** What the receiver answers counts by its status alone; a redirect could lead anywhere. */
async function postTo(url: URL, note: string): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "text/plain; charset=utf-8", "user-agent": "scopewarden" },
    body: note,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
}

/** Null: they are not copied. */
export function createCopyCheckpoint(place: CopyPlace | null): CopyCheckpoint | null {
  if (place === null) return null;
  return async (note) => {
    if (place.kind === "URL") return postTo(place.url, note);
    // A mount that hangs keeps a thread, but nobody who waits.
    if (!(await within(TIMEOUT_MS, appendTo(place.path, note)))) throw new Error(`no copy within ${TIMEOUT_MS} ms`);
  };
}
