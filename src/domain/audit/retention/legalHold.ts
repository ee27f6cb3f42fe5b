import type { LegalHoldAct } from "../../record/legalHoldAct.ts";
import type { Placed } from "./placed.ts";

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
export interface LegalHold extends HoldTerms, Placed {}

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

/** Every text that stands anywhere in a value, as a whole member or item, or as a name; rather too many than one too few. */
function textsOf(value: unknown, found: Set<string> = new Set()): ReadonlySet<string> {
  if (typeof value === "string") found.add(value);
  if (typeof value !== "object" || value === null) return found;
  for (const [name, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) found.add(name);
    textsOf(inner, found);
  }
  return found;
}

/** An act as a hold looks at it. */
interface HeldAct {
  readonly at: number;
  /** Both parts of it, parsed. */
  readonly record: unknown;
  readonly personal: unknown;
}

/** Whether any of these holds covers an act. There may be many: what it names is gathered once. */
export function isHeld({ at, personal, record }: HeldAct, holds: readonly HoldTerms[]): boolean {
  let [open, people]: (ReadonlySet<string> | null)[] = [null, null];
  return holds.some(({ clientId, from, patient, to }) => {
    if ((from !== null && at < from) || (to !== null && at >= to)) return false;
    if (clientId !== null) {
      open ??= textsOf(record);
      if (!open.has(clientId)) return false;
    }
    if (patient === null) return true;
    people ??= textsOf(personal);
    return people.has(patient) || people.has(`Patient/${patient}`);
  });
}
