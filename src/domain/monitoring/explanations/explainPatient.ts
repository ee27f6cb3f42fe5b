import type { KeptAccessRequest } from "../../consent/accessRequests/accessRequest.ts";
import type { KeptBreakGlass } from "../../consent/breakGlass/breakGlass.ts";
import type { Consent, ConsentQuestion } from "../../consent/types.ts";
import { type Explanation, type ExplanationKind, RELATION_KINDS, type RelationKind } from "./explanation.ts";
import { byAccessRequest, byConsent, inBreakGlass } from "./grounds.ts";
import type { Ground, PatientAccess } from "./patientAccess.ts";
import { RELATIONS } from "./relations.ts";

/** What is on record of an access beside what the directory knows. */
export interface OnRecord {
  readonly breakGlasses: readonly KeptBreakGlass[];
  readonly accessRequests: readonly KeptAccessRequest[];
  /** The newest version of each consent of the patient, and what they are asked; null: there is none. */
  readonly consents: { readonly newest: readonly Consent[]; readonly question: ConsentQuestion } | null;
  /** The last access before by a colleague of the same role and unit, which a relation explains; null: there is none. */
  readonly colleague: { readonly decisionId: string; readonly at: number } | null;
}

export const NOTHING_ON_RECORD: OnRecord = {
  breakGlasses: [],
  accessRequests: [],
  consents: null,
  colleague: null,
};

/** By how many days an access of a colleague may be earlier. */
export const COLLEAGUE_DAYS = 7;

const explanation = (kind: ExplanationKind, { reference, since }: Ground): Explanation => ({ kind, reference, since });

/** By a relation that the directory knows, the strongest; null: by none. */
export function explainByRelation(access: PatientAccess): Explanation | null {
  for (const kind of RELATION_KINDS) {
    const ground = RELATIONS[kind](access);
    if (ground !== null) return explanation(kind, ground);
  }
  return null;
}

type RecordKind = Exclude<ExplanationKind, RelationKind>;
type Find = (access: PatientAccess, on: OnRecord) => Ground | null;
const ON_RECORD = {
  BREAK_GLASS: (access, { breakGlasses }) => inBreakGlass(access, breakGlasses),
  ACCESS_REQUEST: (access, { accessRequests }) => byAccessRequest(access, accessRequests),
  CONSENT: (_, { consents }) => (consents === null ? null : byConsent(consents.newest, consents.question)),
  COLLEAGUE: (_, { colleague }) =>
    colleague === null ? null : { reference: colleague.decisionId, since: colleague.at },
} as const satisfies { readonly [Kind in RecordKind]: Find };
const FINDERS = Object.entries(ON_RECORD) as readonly (readonly [RecordKind, Find])[];

/** By what is on record, the strongest; null: by nothing. */
export function explainByRecord(access: PatientAccess, on: OnRecord): Explanation | null {
  for (const [kind, find] of FINDERS) {
    const ground = find(access, on);
    if (ground !== null) return explanation(kind, ground);
  }
  return null;
}
