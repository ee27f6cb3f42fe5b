import { lastStep, type Placed } from "../../cases/placed.ts";
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
export interface LegalHold extends HoldTerms, Placed {}

/** The last step of a hold, as it stands after it. */
export function actOf(hold: LegalHold): LegalHoldAct {
  const { clientId, from, id: holdId, lifted, patient, to } = hold;
  return { ...lastStep(hold), event: lifted === null ? "PLACED" : "LIFTED", holdId, patient, clientId, from, to };
}

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
