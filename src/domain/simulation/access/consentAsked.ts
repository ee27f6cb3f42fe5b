import { silencePermits } from "../../consent/silence.ts";
import { isPatientData } from "../../decisions/consentUse.ts";
import { Unknown } from "../../decisions/partial.ts";
import { settingsOf, silenceFor } from "../../policy/organizations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { isSharedType } from "../../scopes/sharedTypes.ts";

/** Requests of one kind, as far as what silence means tells them apart. */
interface Kind {
  readonly organization: string | null | Unknown;
  /** Null: it is not said, and may be any. */
  readonly purpose: string | null;
  readonly action: string;
  readonly resourceType: string;
}

/** One resource of any type may name a patient; of searches those alone are asked about that return patients' data. */
const isAboutPatients = ({ action, resourceType }: Kind): boolean =>
  action === "search" ? isPatientData(resourceType, true) : !isSharedType(resourceType);

/** Whether the patient's silence may not be enough for requests of a kind. A patient who refuses is not looked for. */
export function mayAskConsent(snapshot: Snapshot, kind: Kind): boolean {
  const { organization, purpose } = kind;
  const asksIn = (id: string | null): boolean => {
    const { consentOnSilence: rules } = settingsOf(snapshot, id);
    return purpose === null
      ? rules.some(({ silence }) => silence !== "PERMIT")
      : !silencePermits(silenceFor(rules, purpose), purpose);
  };
  const places: readonly (string | null)[] =
    organization instanceof Unknown
      ? [null, ...[...snapshot.organizations.keys()].filter((id) => !organization.not.includes(id))]
      : [organization];
  return places.some(asksIn) && isAboutPatients(kind);
}
