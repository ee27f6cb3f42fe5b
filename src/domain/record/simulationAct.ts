import type { Json } from "../kernel/canonical.ts";
import { type OnRecord, onceId, open, PERSONAL } from "./onRecord.ts";

/** That somebody asked what a change would do, or who can do what: nothing was decided by it, and nothing changed. */
export interface SimulationAct {
  /** Who asked. */
  readonly callerId: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** What was asked, by the name of the field. */
  readonly field: string;
  readonly baseRevision: number;
  /** How many steps the change has, and the SHA-256, in lower-case hexadecimal, of their canonical JSON (RFC 8785). */
  readonly operations: number;
  readonly operationsSha256: string;
  /** About whose data it was asked; absent: about nobody's. */
  readonly patients?: readonly string[];
  /** What was asked, where past decisions answered: the change, the filter, and whatever else it went by; of an entry of the directory, which and why. It may name people. Absent: of other questions, and of old ones. */
  readonly asked?: { readonly [member: string]: Json | undefined };
  /** How many questions were decided. */
  readonly questions: number;
}

export const simulationOnRecord = {
  words: "Somebody asked what would be.",
  format: 2,
  id: onceId("simulation"),
  time: "at",
  members: {
    ...open("callerId", "at", "field", "baseRevision", "operations", "operationsSha256", "questions"),
    asked: PERSONAL,
    patients: PERSONAL,
  },
  erased: "OVER",
} as const satisfies OnRecord<SimulationAct>;
