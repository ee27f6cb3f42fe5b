import { consentState } from "./consentState.ts";
import { namesSome, refusalsIn } from "./named.ts";
import { type Replaced, replacedAmong } from "./supersession.ts";
import type { Consent } from "./types.ts";

/** What a consent that is recorded makes of those that stand beside it. */
export interface Replaces {
  /** Those that it ends, as a whole or in part. */
  readonly ends: readonly { readonly consent: Consent; readonly isWhole: boolean }[];
  /** Those whose refusals go on to count beside it. */
  readonly stays: readonly Consent[];
}

/** Whether a consent loses something of which it had more before: what it permits, or some of what it refuses. */
function isLess(consent: Consent, after: Replaced | null, before: Replaced | null): boolean {
  if (after === null || before === "ALL") return false;
  if (after === "ALL" || (before === null && consent.effect === "PERMIT")) return true;
  const newly = after.slice(before?.length ?? 0);
  return refusalsIn(consent).some((refused) => refused !== null && newly.some((each) => namesSome(each, refused)));
}

/** `others`: the newest version of each of the patient's consents but of this id; `before`: the version that it follows. */
export function replacesOf(next: Consent, others: readonly Consent[], before: Consent | null): Replaces {
  const { recordedAt, validFrom } = next;
  const begins = Math.max(recordedAt, validFrom ?? recordedAt);
  const standing = others.filter((each) => {
    const state = consentState(each, others, begins);
    return state === "ACTIVE" && (each.patient === next.patient || each.patient === before?.patient);
  });
  const was = replacedAmong(before === null ? others : [...others, before], begins);
  const is = replacedAmong([...others, next], begins);
  const follows = before !== null && consentState(before, [...others, before], recordedAt) === "ACTIVE";
  return {
    ends: [
      ...(follows ? [{ consent: before, isWhole: true }] : []),
      ...standing.flatMap((consent) =>
        isLess(consent, is(consent), was(consent)) ? [{ consent, isWhole: is(consent) === "ALL" }] : [],
      ),
    ],
    stays: standing.filter((consent) => is(consent) !== "ALL" && refusalsIn(consent).length > 0),
  };
}
