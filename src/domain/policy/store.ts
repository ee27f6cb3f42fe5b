import type { Page, PageRequest } from "../kernel/pages.ts";
import type { ScopeState } from "../scopes/lifecycle.ts";
import type { CarriedStep } from "./fourEyes.ts";
import type { NamedRow } from "./namedRows.ts";
import type { Item, Snapshot } from "./snapshot.ts";
import type { ClientStatus, Effect, Noun, PolicyRows, RowChange } from "./types.ts";

/** A committed revision: who changed what, when (milliseconds since 1970) and why. */
export interface PolicyRevision {
  readonly revision: number;
  readonly author: string;
  readonly reason: string;
  readonly committedAt: number;
  /** How many rows differ from the revision before. */
  readonly changeCount: number;
}

/** A revision with all that it changes, as it is made, by noun and then by key. */
export interface NewRevision extends Omit<PolicyRevision, "changeCount"> {
  readonly changes: readonly RowChange[];
}

/** A row that is there at one of two revisions and not at the other, or not as it is. */
export type DifferingRow = Item & { readonly key: string; readonly side: "from" | "to" };

/**
 * A revision as an act on record, its changes by their number and the SHA-256 of their text: a list, as canonical JSON
 * (RFC 8785), of `noun`, `key`, `before` and `after`, by noun and then by key, the rows as they are stored.
 */
export interface PolicyRevisionAct extends Omit<PolicyRevision, "changeCount"> {
  readonly changes: number;
  /** In lower-case hexadecimal. */
  readonly changesSha256: string;
  /** SHA-256 of the `changesSha256` of all revisions up to this one, as one text, so that the newest act speaks for all before it. Absent in format 1. */
  readonly historySha256?: string;
  /** By which a row that differs later is named; absent in format 1, and of more than a thousand changes. */
  readonly rows?: readonly RowDigest[];
}

/** The SHA-256 of one change of a revision, of the text that it has in the list of all. */
export interface RowDigest {
  readonly noun: Noun;
  readonly key: string;
  readonly sha256: string;
}

/** Where policy revisions are kept. All methods reject with POLICY_UNAVAILABLE when the store can't answer. */
export interface PolicyStore {
  /** The newest revision; 0 for a policy that was never changed. */
  headRevision(): Promise<number>;
  /** The policy at a revision (default: the newest). */
  load(revision?: number): Promise<Snapshot>;
  /**
   * Commits one revision, whole or not at all, durably, and with it the end of the proposal, or the step of the access request, that it carries out.
   * @throws ScopewardenError CONFLICT when `revision.revision` is not the newest one plus 1, or that step can't be taken,
   * UNAUTHENTICATED when the API key of its author is no longer in force.
   */
  commit(revision: NewRevision, carriedOut?: CarriedStep): Promise<void>;
  revision(revision: number): Promise<PolicyRevision | null>;
  /** What a revision changed, by noun and then by key. A page may be shorter than it is asked to be, and still not be the last. */
  changes(query: { readonly revision: number; readonly page: PageRequest<string> }): Promise<Page<RowChange, string>>;
  /** The rows that are at one of two revisions and not at the other, in parts. Costs what differs, not what there is. */
  difference(from: number, to: number): AsyncIterable<readonly DifferingRow[]>;
  /** One of the named rows that began or ended after one revision, up to and with another, equal or not; null: none did. */
  moved(named: readonly NamedRow[], span: { readonly after: number; readonly upTo: number }): Promise<NamedRow | null>;
  /** Newest first. */
  revisions(query: {
    readonly filter: RevisionFilter;
    readonly page: PageRequest<number>;
  }): Promise<Page<PolicyRevision, number>>;
}

export interface RevisionFilter {
  /** Those that changed one thing: its kind and its key, both or neither. */
  readonly noun?: Noun | undefined;
  readonly key?: string | undefined;
  readonly callerId?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** What lists of each noun can be narrowed by. Texts are compared exactly, letter case included. */
export interface RowFilters {
  readonly client: {
    readonly id?: string | undefined;
    readonly idPrefix?: string | undefined;
    readonly status?: ClientStatus | undefined;
  };
  readonly scope: {
    readonly name?: string | undefined;
    readonly namePrefix?: string | undefined;
    readonly state?: ScopeState | undefined;
    readonly requiresConsent?: boolean | undefined;
  };
  readonly grant: { readonly clientId?: string | undefined; readonly scope?: string | undefined };
  readonly role: { readonly name?: string | undefined; readonly namePrefix?: string | undefined };
  readonly assignment: {
    readonly subjectId?: string | undefined;
    readonly subjectType?: string | undefined;
    readonly clientId?: string | undefined;
    readonly role?: string | undefined;
    readonly organization?: string | undefined;
  };
  readonly rule: {
    readonly role?: string | undefined;
    readonly scope?: string | undefined;
    readonly action?: string | undefined;
    readonly resourceType?: string | undefined;
    readonly effect?: Effect | undefined;
  };
  readonly organization: { readonly id?: string | undefined; readonly idPrefix?: string | undefined };
}

/** The columns by which rows are fetched for many parents at once. */
export interface RelationColumns {
  readonly client: "id";
  readonly scope: "name";
  readonly grant: "clientId" | "scope";
  readonly role: "name";
  readonly assignment: "subjectId" | "clientId" | "role";
  readonly rule: "role" | "scope";
  readonly organization: "id";
}

/** Reads policy rows from the store, at a revision, without loading the whole policy. Ordered by row key, by code units. */
export interface PolicyReader {
  page<N extends Noun>(query: {
    readonly noun: N;
    readonly revision: number;
    readonly filter: RowFilters[N];
    readonly page: PageRequest<string>;
  }): Promise<Page<PolicyRows[N], string>>;
  /** For each value, its first `first` rows, in ONE statement for all values. A value without rows is absent. */
  related<N extends Noun>(query: {
    readonly noun: N;
    readonly revision: number;
    readonly column: RelationColumns[N];
    readonly values: readonly string[];
    readonly first: number;
  }): Promise<ReadonlyMap<string, readonly PolicyRows[N][]>>;
}
