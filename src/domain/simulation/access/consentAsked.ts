import { silencePermits } from "../../consent/silence.ts";
import { isPatientData } from "../../decisions/consentUse.ts";
import { Unknown } from "../../decisions/partial.ts";
import { settingsOf, silenceFor } from "../../policy/organizations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Purpose } from "../../scopes/purposes.ts";
import { isSharedType } from "../../scopes/sharedTypes.ts";

/** Requests of one kind, as far as what silence means tells them apart. */
interface Kind {
  readonly organization: string | null | Unknown;
  /** Null: it is not said, and may be any. */
  readonly purpose: Purpose | null;
  readonly action: string;
  readonly resourceType: string;
}

/** One resource of any type may name a patient; of searches those alone are asked about that return patients' data. */
const isAboutPatients = ({ action, resourceType }: Kind): boolean =>
  action === "search" ? isPatientData(resourceType, true) : !isSharedType(resourceType);

/** Every one of which settings may count; null: those of none. */
function organizationsIn(snapshot: Snapshot, organization: Kind["organization"]): readonly (string | null)[] {
  if (!(organization instanceof Unknown)) return [organization];
  return [null, ...[...snapshot.organizations.keys()].filter((id) => !organization.not.includes(id))];
}

/** Whether a request that declares no purpose may be denied for it. */
export const mayAskPurpose = (snapshot: Snapshot, organization: Kind["organization"]): boolean =>
  organizationsIn(snapshot, organization).some((id) => settingsOf(snapshot, id).purposeRequired);

/** Whether the patient's silence may not be enough for requests of a kind. A patient who refuses is not looked for. */
export function mayAskConsent(snapshot: Snapshot, kind: Kind): boolean {
  const { organization, purpose } = kind;
  const asksIn = (id: string | null): boolean => {
    const { consentOnSilence: rules } = settingsOf(snapshot, id);
    return purpose === null
      ? rules.some(({ silence }) => silence !== "PERMIT")
      : !silencePermits(silenceFor(rules, purpose), purpose);
  };
  return organizationsIn(snapshot, organization).some(asksIn) && isAboutPatients(kind);
}
