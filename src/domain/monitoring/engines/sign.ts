import type { WatchedDecision } from "../watchedDecision.ts";
import type { ClientState, Memory, PersonState } from "./memory.ts";
import type { ReasonCode } from "./reasons.ts";

type Figure = string | number | boolean | null;

/** What a question is about. The budget counts groups: a person, a client, a patient or a network. */
export interface Group {
  readonly kind: "SUBJECT" | "CLIENT" | "PATIENT" | "NETWORK";
  readonly id: string;
}

/** That something is rare, as an engine says it at the decision that makes it so. */
export interface Sign {
  readonly code: ReasonCode;
  /** By what it is compared with others: looks are one kind, whatever is strange in them. Absent: the code. */
  readonly as?: string;
  readonly group: Group;
  /** One person's looks at one patient: this one. */
  readonly patient?: string;
  readonly bits: number;
  readonly numbers: { readonly [name: string]: Figure };
  /** Ids of what it is shown with, the decision that says it last. */
  readonly decisions: readonly string[];
}

/** One decision, and what is known of those in it. */
export interface Sight {
  readonly decision: WatchedDecision;
  readonly memory: Memory;
  readonly day: number;
  readonly week: number;
  /** Somebody of the staff; null: a client for itself, or a patient. */
  readonly person: { readonly id: string; readonly state: PersonState } | null;
  readonly client: ClientState;
  readonly weightOf: (code: ReasonCode) => number;
  readonly say: (sign: Sign) => void;
}

/** Less is not worth a word. */
export const LEAST_BITS = 3;
/** By so much stranger it is said again. */
const AGAIN = 1;

/** Whether something is to be said that was as strange as this when it was said last; keeps that. */
export function isNews(said: Map<string, number>, code: string, bits: number): boolean {
  if (bits < LEAST_BITS || bits < (said.get(code) ?? 0) + AGAIN) return false;
  said.set(code, bits);
  return true;
}

/** Decisions that something is shown with at most. */
export const MOST_SHOWN = 40;
/** The newest of some decisions, with one more. */
export const withNewest = (ids: readonly string[], id: string): readonly string[] =>
  [...ids.filter((each) => each !== id), id].slice(-MOST_SHOWN);
