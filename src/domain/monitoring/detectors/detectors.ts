import { breakGlassExcess } from "./breakGlassExcess.ts";
import { broaderRequest } from "./broaderRequest.ts";
import { denialBurst } from "./denialBurst.ts";
import type { Detector, DetectorCode } from "./detector.ts";
import { dormantClient } from "./dormantClient.ts";
import { frequency } from "./frequency.ts";
import { manyPatients } from "./manyPatients.ts";
import { manyViewers } from "./manyViewers.ts";
import { newNetworkOrCountry } from "./newNetworkOrCountry.ts";
import { newPurposeOrOrganization } from "./newPurposeOrOrganization.ts";
import { newScope } from "./newScope.ts";
import { offHours } from "./offHours.ts";
import { ownOrRelatedRecord } from "./ownOrRelatedRecord.ts";
import { privilegeThenUse } from "./privilegeThenUse.ts";
import { sunsetUse } from "./sunsetUse.ts";
import { unrelatedPatient } from "./unrelatedPatient.ts";

/** One for each code, so that a new code asks for its detector here. */
const BY_CODE = {
  // Novelty: what an entity has not had for long.
  BROADER_REQUEST: broaderRequest,
  NEW_SCOPE: newScope,
  NEW_PURPOSE_OR_ORGANIZATION: newPurposeOrOrganization,
  NEW_NETWORK_OR_COUNTRY: newNetworkOrCountry,
  // Rate: more than is usual for it and for its peers.
  FREQUENCY: frequency,
  MANY_PATIENTS: manyPatients,
  MANY_VIEWERS: manyViewers,
  // Relation: what somebody should have a reason for, and nothing explains it.
  UNRELATED_PATIENT: unrelatedPatient,
  OWN_OR_RELATED_RECORD: ownOrRelatedRecord,
  // Rule: what is suspicious by itself, or a mistake.
  DENIAL_BURST: denialBurst,
  PRIVILEGE_THEN_USE: privilegeThenUse,
  DORMANT_CLIENT: dormantClient,
  OFF_HOURS: offHours,
  BREAK_GLASS_EXCESS: breakGlassExcess,
  SUNSET_USE: sunsetUse,
} as const satisfies { readonly [Code in DetectorCode]: Detector };

/** Every detector, in the order in which people should read of them: by the engine that they are made of. */
export const DETECTORS: readonly Detector[] = Object.values(BY_CODE);
