import type { Silence } from "../policy/types.ts";

/** Exactly these purposes: narrower ones are not meant (BTG is below TREAT in HL7's tree). Emergency treatment is treatment. */
const TREATMENT: readonly string[] = ["TREAT", "ETREAT"];
const TPO: readonly string[] = [...TREATMENT, "HPAYMT", "HOPERAT"];

/** Whether a patient's silence permits a use for a purpose, a bare code of HL7's; null: none is declared. */
export function silencePermits(silence: Silence, purpose: string | null): boolean {
  switch (silence) {
    case "PERMIT":
      return true;
    case "PERMIT_TPO":
      return purpose !== null && TPO.includes(purpose);
    case "PERMIT_TREATMENT":
      return purpose !== null && TREATMENT.includes(purpose);
    // An emergency satisfies it, and silence by itself never does.
    case "BREAK_GLASS_ONLY":
    case "DENY":
      return false;
  }
}
