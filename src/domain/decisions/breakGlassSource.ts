import type { KeptBreakGlass } from "../consent/breakGlass/breakGlass.ts";
import type { BreakGlassStore } from "../consent/breakGlass/store.ts";
import type { Clock } from "../kernel/ports.ts";
import { consentPatients } from "./consentSource.ts";
import { isEmergencyUse, isFor } from "./emergency.ts";
import type { FactQuery, FactSource } from "./gather.ts";

const NOBODY: readonly string[] = [];
const NONE: readonly KeptBreakGlass[] = [];
const NOTHING = {};

/**
 * The emergencies that are open for the patients of a question and the subject that asks; where no subject is named, as in a
 * question about who could, for whoever. Only where the purpose is to break glass anything is read, and then afresh: all questions
 * of a request are one read, which begins after they came, so that an emergency which was opened or ended before, on any instance, is felt.
 */
export function createBreakGlassSource(deps: {
  readonly store: Pick<BreakGlassStore, "inForce">;
  readonly clock: Clock;
}): FactSource {
  async function read(
    requests: FactQuery["requests"],
    asked: readonly (readonly string[])[],
    patients: readonly string[],
  ) {
    const open = await deps.store.inForce(patients, deps.clock());
    return requests.map(({ subject }, i) => {
      const named = asked[i] ?? NOBODY;
      const own = open.filter((each) => named.includes(each.patient) && (subject === null || isFor(each, subject)));
      return { breakGlasses: own.length === 0 ? NONE : own };
    });
  }

  return {
    gather({ requests }) {
      if (!requests.some(isEmergencyUse)) return requests.map(() => NOTHING);
      const asked = requests.map((request) => (isEmergencyUse(request) ? consentPatients(request) : NOBODY));
      const patients = [...new Set(asked.flat())];
      return patients.length === 0 ? requests.map(() => NOTHING) : read(requests, asked, patients);
    },
  };
}
