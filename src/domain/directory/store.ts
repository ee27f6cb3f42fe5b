import type { Page, PageRequest } from "../kernel/pages.ts";
import type { CarriedOut } from "../policy/fourEyes.ts";
import type { DirectoryPart } from "./directory.ts";
import type { Entity, EntityRef, NewEntity } from "./entity.ts";

/** One change of the directory, wholly done or not at all. */
export interface DirectoryChange {
  readonly author: string;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly committedAt: number;
  /** Each (type, id) once among both. */
  readonly put: readonly NewEntity[];
  readonly remove: readonly EntityRef[];
  /** Whether it is a revision also where nothing differs: else the next one would tell whether anything did. Absent: it is not. */
  readonly always?: boolean;
  /** The revision that it must be made on; absent: whichever is newest. */
  readonly expectedRevision?: number;
}

/** A change that was made, as it is put on record: how much, and a digest of it, not the rows. */
export interface DirectoryAct {
  readonly revision: number;
  readonly author: string;
  readonly reason: string;
  readonly committedAt: number;
  /** Entities that began or became another version. */
  readonly put: number;
  /** Entities that ended. */
  readonly removed: number;
  /**
   * SHA-256, in lower-case hexadecimal, of the canonical JSON (RFC 8785) of the list of what changed, by type and id, each
   * with `type`, `id` and `after`: the properties, or false where it ended.
   */
  readonly changesSha256: string;
}

/** What a change came to: the directory's revision then, and how many entities differ. */
export interface DirectoryChanged {
  readonly revision: number;
  readonly put: number;
  readonly removed: number;
}

export interface EntityFilter {
  readonly type?: string | undefined;
  readonly id?: string | undefined;
}

/** Where the directory is kept. All methods reject with POLICY_UNAVAILABLE when the store can't answer. */
export interface DirectoryStore {
  headRevision(): Promise<number>;
  /** What is different at a later revision, in parts; from 0: all that is there. */
  difference(from: number, to: number): AsyncIterable<DirectoryPart>;
  /**
   * Writes what differs from what is there, as one revision and one act on record, and the end of the proposal that it
   * carries out; nothing where nothing differs, unless it is `always` one.
   * @throws ScopewardenError CONFLICT where another instance's change came in between, or the proposal is not approved,
   * UNAUTHENTICATED when the author's key is no longer in force.
   */
  commit(change: DirectoryChange, carriedOut?: CarriedOut): Promise<DirectoryChanged>;
  /** A version of an entity, current or not; null: there is none. */
  version(ref: EntityRef & { readonly version: number }): Promise<Entity | null>;
  /** What is there now, by type and id. */
  page(query: { readonly filter: EntityFilter; readonly page: PageRequest<string> }): Promise<Page<Entity, string>>;
}
