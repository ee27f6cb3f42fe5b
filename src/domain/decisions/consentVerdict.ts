import { type ConsentVerdict, checkConsent } from "../consent/checkConsent.ts";
import { purposesAsked } from "../consent/hl7Codes.ts";
import type { Consent, ConsentQuestion } from "../consent/types.ts";
import type { OrganizationSettings } from "../policy/organizations.ts";
import type { Silence } from "../policy/types.ts";
import { givesData, ifWrites, isPatientFhirData, recipientOf } from "./consentUse.ts";
import type { AccessQuestion } from "./question.ts";

/** Whether data leaves in which something specially protected may be, for all that its organization vouches for. */
export const isGuarded = (
  { query }: Pick<AccessQuestion, "query">,
  { specialProtection }: OrganizationSettings,
): boolean => specialProtection === "ENFORCED" && givesData(query.action) && isPatientFhirData(query.resourceType);

/** What writes a record. */
const WRITES: readonly string[] = ["create", "update"];

/** Whether a program of 42 CFR Part 2 writes a record of its own: subject and resource belong to it. */
const isOwnProgram = (
  { query, request }: Pick<AccessQuestion, "query" | "request">,
  { part2Program }: OrganizationSettings,
): boolean =>
  part2Program &&
  WRITES.includes(query.action) &&
  request.resource.organization !== null &&
  request.subject?.organization === request.resource.organization;

/** What one patient's consents are asked of an access. */
interface PatientUse {
  readonly patient: string;
  /** Of this patient, the newest version of each. */
  readonly consents: readonly Consent[];
  /** Under which the access is asked for. */
  readonly scope: string;
  /** Whether a scope asks for consent, whatever silence means. */
  readonly scopeAsks: boolean;
  readonly data: ConsentQuestion["data"];
  /** Of the organization whose the data is. */
  readonly settings: OrganizationSettings;
  readonly silence: Silence;
  readonly isGuarded: boolean;
}

/** What a patient's consents, and silence where they say nothing, say of an access, and who receives the data by it. */
export function consentVerdict(
  question: Pick<AccessQuestion, "facts" | "held" | "known" | "query" | "request">,
  { consents, data, isGuarded, patient, scope, scopeAsks, settings, silence }: PatientUse,
): { readonly recipient: ConsentQuestion["recipient"]; readonly verdict: ConsentVerdict } {
  const { facts, held, known, query, request } = question;
  const { purposeOfUse: purpose } = request;
  const { gathered, snapshot } = facts;
  const recipient = recipientOf(request, { gathered, patient, known, roles: held, scope, snapshot });
  const purposes = purposesAsked(purpose);
  const verdict = checkConsent(
    { consents, isGuarded, silence },
    {
      question: { patient, recipient, purposes, scope, action: null, ...ifWrites(query.action), at: facts.now, data },
      purpose,
      scopeAsks,
      isOwnProgram: isOwnProgram(question, settings),
    },
  );
  return { recipient, verdict };
}
