import type { Person } from "../../callers/types.ts";
import type { LegalHoldAct } from "../../record/legalHoldAct.ts";

/** What a hold covers: acts that meet all that is said; null: any. Times are milliseconds since 1970. */
export interface HoldTerms {
  /** In whatever member of an act the id stands, as itself or as `Patient/id`. */
  readonly patient: string | null;
  readonly clientId: string | null;
  /** When the acts were: at or after, and before. */
  readonly from: number | null;
  readonly to: number | null;
}

/** What is kept beyond its time until somebody lifts the hold. */
export interface LegalHold extends HoldTerms {
  readonly id: string;
  readonly reason: string;
  readonly placedAt: number;
  readonly placedBy: Person;
  /** Null: it is in force. */
  readonly lifted: { readonly at: number; readonly by: string; readonly reason: string } | null;
}

const termsOf = ({ clientId, from, patient, to }: HoldTerms): HoldTerms => ({ clientId, from, patient, to });

/** The act of placing it. */
export const placedAct = (hold: LegalHold): LegalHoldAct => ({
  ...termsOf(hold),
  event: "PLACED",
  holdId: hold.id,
  at: hold.placedAt,
  author: hold.placedBy.callerId,
  text: hold.reason,
});

/** The act of lifting it. */
export const liftedAct = (hold: LegalHold, { at, by, reason }: NonNullable<LegalHold["lifted"]>): LegalHoldAct => ({
  ...termsOf(hold),
  event: "LIFTED",
  holdId: hold.id,
  at,
  author: by,
  text: reason,
});

/** Whether a text stands anywhere in a value, as a whole member or item; rather too often than not at all. */
function isNamed(value: unknown, texts: readonly string[]): boolean {
  if (typeof value === "string") return texts.includes(value);
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some((item) => isNamed(item, texts));
  return Object.entries(value).some(([name, inner]) => texts.includes(name) || isNamed(inner, texts));
}

/** An act as a hold looks at it. */
interface HeldAct {
  readonly at: number;
  /** Both parts of it, parsed. */
  readonly record: unknown;
  readonly personal: unknown;
}

/** Whether any of these holds covers an act. */
export const isHeld = ({ at, personal, record }: HeldAct, holds: readonly HoldTerms[]): boolean =>
  holds.some(
    ({ clientId, from, patient, to }) =>
      (from === null || at >= from) &&
      (to === null || at < to) &&
      (clientId === null || isNamed(record, [clientId])) &&
      (patient === null || isNamed(personal, [patient, `Patient/${patient}`])),
  );
