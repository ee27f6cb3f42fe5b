import type { SinkEvent } from "../../domain/audit/sink/sinkEvent.ts";

/**
 * What came of a batch. DELIVERED: all of it is durably there. FAILED: it is tried again, as long as it takes. REFUSED: the receiver does
 * not want what is in it. STOPPED: it was cut off here, and counts as no attempt.
 */
export type SinkOutcome =
  | { readonly kind: "DELIVERED" }
  | { readonly kind: "STOPPED" }
  | { readonly kind: "FAILED" | "REFUSED"; readonly status: number | null; readonly error: string };

/** Where a sink's events go. */
export interface SinkTarget {
  /** Events of one batch at most. */
  readonly most: number;
  /** How long a batch may take; an instance that takes longer may lose its turn to another. */
  readonly timeoutMs: number;
  /** In their order. Does not reject. */
  deliver(events: readonly SinkEvent[], stop: AbortSignal): Promise<SinkOutcome>;
  close(): Promise<void>;
}
