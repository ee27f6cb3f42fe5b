import { PERSONAL_MEMBERS, withConditions } from "../decisions/filter.ts";
import { noticeParts } from "../decisions/ownObligations.ts";
import type { Reason } from "../decisions/reason.ts";
import type { DecisionRecord, FactName } from "../decisions/types.ts";
import { canonicalJson, type Json } from "../kernel/canonical.ts";
import type { Obligation } from "../policy/types.ts";
import { type Judged, type OnRecord, OPEN, open, PERSONAL, type Personal, type Writer, writerOf } from "./onRecord.ts";

/** Where a reason names somebody it has a member of its own for that. */
function reason(whole: Reason, path: string, personal: Personal): string {
  if (!("personal" in whole)) return canonicalJson(whole as unknown as Json);
  const { personal: own, ...rest } = whole;
  personal[`${path}.personal`] = own as Json;
  return canonicalJson(rest as unknown as Json);
}

/** Without the people whom its conditions name, and of a notice without the consents, whose ids may be anybody's. */
function obligation(whole: Obligation, path: string, personal: Personal): string {
  const [consents, rest] = noticeParts(whole);
  if (consents !== undefined) personal[`${path}.parameters.consents`] = consents;
  const open = withConditions(rest, (part, within) => {
    const said: Record<string, unknown> = { ...part };
    for (const name of PERSONAL_MEMBERS) {
      if (said[name] === undefined) continue;
      personal[`${path}.${within}.${name}`] = said[name] as Json;
      delete said[name];
    }
    return said;
  });
  return canonicalJson(open as unknown as Json);
}

/** These ids identify nobody: what was done in an emergency is told when its people are erased. */
const named = open("id", "kind", "version");
const FACTS: { readonly [Kind in FactName["kind"]]: Judged<Extract<FactName, { readonly kind: Kind }>> } = {
  BREAK_GLASS: named,
  CONSENT: { ...named, id: PERSONAL },
  ENTITY: { ...named, id: PERSONAL, properties: PERSONAL, type: OPEN },
  RESTRICTION: named,
};
const facts = new Map(Object.entries(FACTS).map(([kind, judged]) => [kind, writerOf(judged)]));
const fact: Writer = (whole, path, personal) => (facts.get((whole as FactName).kind) as Writer)(whole, path, personal);

const context = {
  region: OPEN,
  attributes: PERSONAL,
  ipAddress: PERSONAL,
  patient: PERSONAL,
  tokenId: PERSONAL,
  userAgent: PERSONAL,
} as const;
const resource = {
  ...open("labels", "organization", "type"),
  attributes: PERSONAL,
  id: PERSONAL,
  patient: PERSONAL,
  patients: PERSONAL,
} as const;
const subject = {
  ...open("organization", "type"),
  attributes: PERSONAL,
  id: PERSONAL,
  roles: [open("organization", "role")],
} as const;

export const decisionOnRecord = {
  words: "A decision.",
  format: 2,
  id: ({ id }) => id,
  time: "decidedAt",
  members: {
    ...open(
      "again",
      "callerId",
      "decidedAt",
      "erased",
      "fhirVersion",
      "id",
      "kind",
      "outcome",
      "policyRevision",
      "reasonCount",
    ),
    ...open("scope", "semantics", "sufficientScopes"),
    details: {
      newScopes: OPEN,
      scopes: [{ ...open("outcome", "requested", "scopes", "successor", "sunsetAt", "validUntil"), reasons: [reason] }],
    },
    facts: [fact],
    obligations: [obligation],
    patients: PERSONAL,
    reasons: [reason],
    request: {
      ...open("action", "clientId", "heldScopes", "languages", "partOf", "purposeOfUse", "scopes"),
      asSent: open("labels", "purposeOfUse"),
      context,
      itself: { ...open("organization"), attributes: PERSONAL },
      requestId: PERSONAL,
      resource,
      subject,
    },
  },
  erased: "OVER",
  isEvent: true,
} as const satisfies OnRecord<DecisionRecord>;
