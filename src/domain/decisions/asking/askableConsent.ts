import { purposesAsked } from "../../consent/hl7Codes.ts";
import { consentsAnswering, withVersions } from "../../consent/requests/answerRequest.ts";
import type { AskedConsent } from "../../consent/requests/consentRequest.ts";
import type { Consent } from "../../consent/types.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { consentPatients } from "../consentSource.ts";
import { recipientOf } from "../consentUse.ts";
import { decide } from "../decide.ts";
import type { DecideFacts } from "../facts.ts";
import { grantedScopes } from "../holds/grants.ts";
import { rolesOf } from "../holds/roles.ts";
import { type KnownFacts, mergeFacts } from "../mergeFacts.ts";
import type { AccessRecord, AccessRequest } from "../types.ts";
import { refusalsInTheWay, refusedInParticular } from "./refusing.ts";
import { mayAsk, withoutCovered } from "./whatToAsk.ts";

/** Scopes of one denial that are tried. */
const MOST_TRIED = 10;

/** The consents after a yes of a patient to a scope; null: it was refused in particular. */
async function afterYes(
  facts: DecideFacts,
  request: AccessRequest,
  {
    breathe,
    patient,
    known,
    scope,
  }: {
    readonly breathe: Breathe;
    readonly patient: string;
    readonly known: KnownFacts | null;
    readonly scope: string;
  },
): Promise<readonly Consent[] | null> {
  const { now, snapshot } = facts;
  const { clientId, purposeOfUse, subject } = request;
  const newest = (facts.gathered?.consents ?? []).filter((consent) => consent.patient === patient);
  const purposes = purposesAsked(purposeOfUse);
  const recipient = { gathered: facts.gathered, known, patient, roles: rolesOf(facts, request), scope, snapshot };
  const of = {
    user: { at: now, patient, purposes, recipient: recipientOf(request, recipient) },
    snapshot,
    breathe,
  };
  if ((await refusedInParticular(newest, [scope], of)).size > 0) return null;
  const asked: AskedConsent = {
    patient,
    clientId,
    subject: subject === null ? null : { type: subject.type, id: subject.id },
    purposes,
    scopes: [scope],
    inTheWay: await refusalsInTheWay(newest, [scope], of),
    grantAction: "MERGE",
    grantId: null,
    languages: null,
  };
  const yes = {
    requestId: "",
    agreed: [scope],
    refused: [],
    at: now,
    callerId: "",
    validUntil: null,
    refusedDays: 0,
    newId: "",
  };
  return withVersions(newest, consentsAnswering(asked, yes, newest));
}

/**
 * The scopes of a denied access to any one of which its patients could be asked to agree, so that it would be allowed: each is
 * tried, by the facts of now. `facts` has the newest consents of those whom the request names. Empty for what was allowed, and
 * where consent is not what is missing.
 */
export async function askableConsent(
  facts: DecideFacts,
  { outcome, reasons, request: asked }: AccessRecord,
  breathe: Breathe,
): Promise<readonly string[]> {
  const { known, request } = mergeFacts(facts.directory, asked);
  const linked = facts.gathered?.linked ?? [];
  const purpose = request.purposeOfUse;
  if (outcome !== "DENY" || !mayAsk(reasons) || purpose === "BTG") return [];
  const patients = consentPatients(request);
  if (patients.length === 0) return [];
  const scopes = (request.scopes ?? grantedScopes(facts, request.clientId)).slice(0, MOST_TRIED);
  const found: string[] = [];
  for (const scope of new Set(scopes)) {
    const consents: Consent[] = [];
    let isRefused = false;
    for (const patient of patients) {
      await breathe();
      const after = await afterYes(facts, request, { breathe, known, patient, scope });
      if (after === null) {
        isRefused = true;
        break;
      }
      consents.push(...after);
    }
    if (isRefused) continue;
    await breathe();
    if (decide({ ...facts, gathered: { consents, linked } }, { ...asked, scopes: [scope] }).outcome === "ALLOW")
      found.push(scope);
  }
  return withoutCovered(found, breathe);
}
