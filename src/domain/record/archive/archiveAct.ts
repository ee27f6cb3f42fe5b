import { type OnRecord, open, PERSONAL } from "../onRecord.ts";
import type { Digest } from "../tree/recordHash.ts";

/**
 * That the acts of a month are in a file, and leave the database: what stands in their place. It is a leaf of the tree from which they
 * don't go, so that nobody can take an act away and say that it was archived.
 */
export interface ArchiveAct {
  readonly event: "ARCHIVED";
  /** By UTC: `2024-05`. */
  readonly month: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The id of the caller. */
  readonly author: string;
  /** Why, in their words. */
  readonly text: string;
  /** The file's name, without its folder. */
  readonly file: string;
  /** Of the file, in lower-case hexadecimal. */
  readonly sha256: string;
  /** The positions of its first and its last act. */
  readonly from: number;
  readonly until: number;
  /** The number of its first act in the tree, from 0. */
  readonly first: number;
  /** How many acts the tree has up to and with the last, and its root there. */
  readonly size: number;
  readonly root: Digest;
  readonly firstLeaf: Digest;
  readonly lastLeaf: Digest;
  /** How many acts it has, by kind. */
  readonly counts: { readonly [kind: string]: number };
  /** Followers of the journal that had not taken all of it and were left behind, by name. */
  readonly leftBehind: readonly string[];
}

export const archiveOnRecord = {
  words: "The acts of a month are in a file, and leave the database.",
  format: 1,
  id: ({ until }) => `archive:${until}`,
  time: "at",
  members: {
    ...open("event", "month", "at", "author", "file", "sha256", "from", "until", "first", "size", "root"),
    ...open("firstLeaf", "lastLeaf", "counts", "leftBehind"),
    text: PERSONAL,
  },
  erased: "LASTING",
} as const satisfies OnRecord<ArchiveAct>;
