import { type BigIntStats, statSync } from "node:fs";

interface Seen {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
}

/** SQLite cuts its log down to this when it begins it anew, and never further (`PRAGMA journal_size_limit`). */
export const LOG_SIZE_LIMIT = 64 * 1024 * 1024;

/** The files' names, after the path: what is looked at around each commit, and what only now and then. */
const AT_COMMITS = ["", "-wal"] as const;
const OTHERS = ["-shm", ".lock"] as const;
type Suffix = (typeof AT_COMMITS)[number] | (typeof OTHERS)[number];

export type FileChange =
  | { readonly kind: "gone"; readonly path: string }
  | { readonly kind: "replaced"; readonly path: string }
  | { readonly kind: "shrunk"; readonly path: string; readonly from: bigint; readonly to: bigint };

export function changeText(change: FileChange): string {
  switch (change.kind) {
    case "gone":
      return `${change.path} was deleted or moved while it was in use`;
    case "replaced":
      return `${change.path} was replaced by another file while it was in use`;
    case "shrunk":
      return `${change.path} was cut from ${change.from} to ${change.to} bytes while it was in use`;
  }
}

/**
 * Whether the files that SQLite has open are still those that bear their names, and none is shorter than it was: what
 * is written to a file without a name is acknowledged by the kernel, and is gone at the next start.
 */
export interface FileIdentity {
  /** Files that have not been seen before are taken as they are. Synchronous, and two or three microseconds a file. */
  look(which: "at commits" | "all"): FileChange | null;
  /** Takes the sizes as they are, where what is in the files was found to be whole. */
  takeSizes(): void;
  /** Bytes of the write-ahead log, when it was last looked at. */
  logSize(): number;
}

export function createFileIdentity(path: string): FileIdentity {
  const seen = new Map<Suffix, Seen>();

  const statOf = (suffix: Suffix): BigIntStats | undefined =>
    statSync(path + suffix, { bigint: true, throwIfNoEntry: false });

  function lookAt(suffix: Suffix): FileChange | null {
    const before = seen.get(suffix);
    const now = statOf(suffix);
    if (now === undefined) return before === undefined ? null : { kind: "gone", path: path + suffix };
    const { dev, ino, size } = now;
    if (before !== undefined) {
      if (before.dev !== dev || before.ino !== ino) return { kind: "replaced", path: path + suffix };
      if (before.size === size) return null;
      const least = suffix === "-wal" && before.size > LOG_SIZE_LIMIT ? BigInt(LOG_SIZE_LIMIT) : before.size;
      if (size < least) return { kind: "shrunk", path: path + suffix, from: before.size, to: size };
    }
    seen.set(suffix, { dev, ino, size });
    return null;
  }

  return {
    logSize: () => Number(seen.get("-wal")?.size ?? 0),
    look(which) {
      for (const suffix of AT_COMMITS) {
        const change = lookAt(suffix);
        if (change !== null) return change;
      }
      if (which === "at commits") return null;
      for (const suffix of OTHERS) {
        const change = lookAt(suffix);
        if (change !== null) return change;
      }
      return null;
    },
    takeSizes() {
      for (const [suffix, before] of seen) {
        const size = statOf(suffix)?.size;
        if (size !== undefined) seen.set(suffix, { ...before, size });
      }
    },
  };
}
