/** Which sinks there are. Each has a position of its own. */
export type SinkName = "file" | "webhook";

/** How far a sink is, as one instance sees it. */
export interface SinkPlace {
  /** All acts up to and with this one were taken by the receiver, or put aside. */
  readonly position: number;
  /** The position of the newest act on record. */
  readonly end: number;
  /** Whether another instance has the work. */
  readonly taken: boolean;
}

/** Why an act was not taken. */
export interface Refusal {
  readonly at: number;
  /** An HTTP status; null: there was none. */
  readonly status: number | null;
  readonly error: string;
  /** How often it was tried. */
  readonly attempts: number;
}

/** An act that was put aside, and that somebody wants to have sent anew. */
export interface SinkLetter {
  /** Of the delivery, as lists of what was not delivered have it. */
  readonly id: string;
  readonly position: number;
  readonly attempts: number;
}

/**
 * Where sinks keep how far they are, and what they could not deliver. One instance at a time has the work of a sink, by a lease that
 * it renews with each step. Rejects with JOURNAL_UNAVAILABLE.
 */
export interface SinkStore {
  /** Where it never followed before: begins with what is put on record from now on, or with the first act. */
  begin(sink: SinkName, from: "NOW" | "START"): Promise<void>;
  look(sink: SinkName): Promise<SinkPlace>;
  /** Takes the work, or keeps it, for `leaseMs`; null: another instance has it. */
  claim(sink: SinkName, leaseMs: number): Promise<SinkPlace | null>;
  /** Goes on from one position to another; false: the work is another's by now, or was. */
  move(
    sink: SinkName,
    to: { readonly from: number; readonly until: number; readonly leaseMs: number },
  ): Promise<boolean>;
  /** As `move`, over one act that could not be delivered, which is kept in the list of what was not. */
  putAside(
    sink: SinkName,
    to: { readonly from: number; readonly until: number; readonly leaseMs: number },
    act: { readonly id: string; readonly position: number },
    refusal: Refusal,
  ): Promise<boolean>;
  release(sink: SinkName): Promise<void>;
  /** One that somebody wants to have sent anew, and whose time it is; null: none. */
  letter(sink: SinkName, now: number): Promise<SinkLetter | null>;
  /** What came of it: it has arrived; or it is tried again at `nextAt`, null: it is put aside again. */
  settle(
    letter: SinkLetter,
    came: { readonly at: number } | (Refusal & { readonly nextAt: number | null }),
  ): Promise<void>;
  /** How many acts are put aside. */
  dead(sink: SinkName): Promise<number>;
}
