import { type Reason, type ReasonCode, reason } from "./reason.ts";

/** What people are told of a code beyond the sentence of one reason: in the schema, and on the page of all codes. */
export interface ReasonDoc<Code extends ReasonCode = ReasonCode> {
  /** One sentence: what has been found. */
  readonly meaning: string;
  /** What mostly lies behind it. */
  readonly cause: string;
  /** Who can do what about it. */
  readonly remedy: string;
  /** One, whose sentence is shown as an example. */
  readonly example: Reason<Code>;
}

const client = { personal: { clientId: "lab-portal" } };
const scope = "view_lab_results";

/** In the order in which a decision comes to them. A code without its row does not compile. */
export const REASON_DOCS: { readonly [Code in ReasonCode]: ReasonDoc<Code> } = {
  ALLOWED_BY_RULE: {
    meaning: "A rule allowed it with this scope: the reason of an ALLOW.",
    cause: "The scope passed every stage, and an allow rule matches for a role that is held.",
    remedy:
      "Nothing to mend. If it should not have been allowed, the reason names what to look at: the rule, the role by which it matched, and the scope.",
    example: reason("ALLOWED_BY_RULE", { role: "lab_technician", ruleId: "lab-tech-view-labs", scope }),
  },
  ALLOWED_BY_PROTOCOL_SCOPES: {
    meaning:
      "The token carries protocol scopes alone, which reach no resource: the reason of an ALLOW for such a token.",
    cause:
      "Of what was asked for, only scopes such as `openid` or `launch/patient` can be given, and the client's `protocolScopes` permits them.",
    remedy:
      "Nothing to mend. If the token should reach resources, ask for scopes that do; of those that were asked for, the reasons beside this one say why not.",
    example: reason("ALLOWED_BY_PROTOCOL_SCOPES", {}),
  },
  UNKNOWN_CLIENT: {
    meaning: "There is no client of that id.",
    cause: "`clientId` is misspelt, or the client was never created, or it was deleted.",
    remedy:
      "Compare `clientId` with the `client_id` of the access token. An admin creates a client with `createClient`, and grants it scopes with `grantScope`.",
    example: reason("UNKNOWN_CLIENT", { personal: { clientId: "lab-protal" } }),
  },
  CLIENT_SUSPENDED: {
    meaning: "The client is suspended.",
    cause: "An admin set its status to SUSPENDED; the policy's history says who, when and why.",
    remedy: "When what it was suspended for is over, an admin sets its status to ACTIVE.",
    example: reason("CLIENT_SUSPENDED", { personal: { clientId: "old-kiosk" } }),
  },
  SUSPENDED_FOR_REVIEW: {
    meaning: "The access of the client or of the subject is suspended for a while.",
    cause:
      "A reviewer or an admin blocked the person with `imposeRestriction`, for a day at most; or because of an alert a reviewer suspended it, or the service by itself, for at most 60 minutes, as the setting `alertResponses` lets.",
    remedy:
      "Wait for the end that is told, or ask a reviewer or an admin to lift it with `liftRestriction` (docs/block-it-now.md). A token is not given meanwhile either.",
    example: reason("SUSPENDED_FOR_REVIEW", {
      parameters: { endsAt: 1_772_357_400_000, id: "019ac3f2-6c3d-7e55-9b62-404e8d3f9c27", of: "SUBJECT" },
    }),
  },
  FACTS_DISAGREE: {
    meaning: "The request says otherwise than the directory of whose the resource is, or of an organization.",
    cause:
      "The resource server has another patient or organization for a resource, or another organization for a subject, than the directory; one of the two is out of date, or the ids of two systems are mixed up.",
    remedy:
      "Find out which is right. Leave the member out of the request where the directory is to say it; or let an admin correct the entity with `putEntities`.",
    example: reason("FACTS_DISAGREE", { parameters: { members: ["resource.patient"] }, personal: { asked: ["ada"] } }),
  },
  FACTS_REPLACED: {
    meaning:
      "A notice, not a refusal: of some attributes the request said otherwise than the directory, whose values counted.",
    cause: "The request carries attributes that the directory has too, and with other values.",
    remedy: "Leave out of requests what the directory knows, or let an admin correct the entity with `putEntities`.",
    example: reason("FACTS_REPLACED", { parameters: { attributes: ["resource.attributes.department"] } }),
  },
  NO_SCOPES: {
    meaning:
      "There is no scope that could reach anything: none was presented, protocol scopes alone were, or the client is granted none.",
    cause:
      "`scopes` is an empty list, as of a token that carries no scope; or it is absent, so that all that the client is granted count, and no grant is in force. Scopes such as `openid` and `launch/patient` reach no resource.",
    remedy:
      "Send the scopes of the access token, or leave `scopes` out if there is no token. An admin grants the client a scope with `grantScope`.",
    example: reason("NO_SCOPES", { parameters: { because: "NONE_GRANTED" }, personal: { clientId: "trial-app" } }),
  },
  UNKNOWN_SCOPE: {
    meaning: "The scope is not registered, and is no SMART scope and none of a protocol.",
    cause:
      "Its name is misspelt; or it looks like a SMART scope and is not written as one, or is no scope token at all (the sentence says why); or the token carries a scope that is meant for another service.",
    remedy:
      "Correct the name. `lintScope` explains a SMART scope. A scope of another service does no harm: the other scopes of the token count.",
    example: reason("UNKNOWN_SCOPE", { scope: "view_lab_result" }),
  },
  SCOPE_NOT_ACTIVE: {
    meaning: "The scope is still a draft.",
    cause: "It was created, or its first version was, and was not activated yet.",
    remedy: "When it has been reviewed, an admin activates it with `activateScope`.",
    example: reason("SCOPE_NOT_ACTIVE", { parameters: { version: 1 }, scope: "view_genetic_reports" }),
  },
  SCOPE_RETIRED: {
    meaning: "The scope is retired, or past its sunset.",
    cause: "An admin retired its last version, or the sunset came that was set when it was deprecated.",
    remedy:
      "Ask for its successor, which the sentence names, and let an admin grant that to the client. A retired version never comes back: `updateScope` makes the next one, as a draft.",
    example: reason("SCOPE_RETIRED", {
      parameters: { later: null, retiredAt: 1_772_323_200_000, successor: "view_diagnostic_reports", version: 1 },
      scope: "view_lab_reports",
    }),
  },
  SCOPE_DEPRECATED: {
    meaning: "A notice, not a refusal: the scope retires at its sunset.",
    cause: "An admin deprecated the version, with a day on which it ends.",
    remedy:
      "Before that day, change the client over to the successor that the sentence names. `retirementPreview` says who would break.",
    example: reason("SCOPE_DEPRECATED", {
      parameters: { successor: "view_medication_records", sunsetAt: 1_909_008_000_000, version: 1 },
      scope: "view_medication_list",
    }),
  },
  SCOPE_NOT_GRANTED: {
    meaning: "The client is not granted the scope, or not at this time.",
    cause:
      "There is no grant; or it has yet to begin; or it has ended; or the scope is wider than what the client is granted, in which case the sentence gives an example of what is too much. Of a token: the client's `protocolScopes` does not name it, or it is about a person and there is no subject.",
    remedy:
      "Ask for a scope that the client is granted, or let an admin grant this one with `grantScope`. A token is narrowed to what is granted by `decideGrant`.",
    example: reason("SCOPE_NOT_GRANTED", {
      parameters: { at: null, because: "NOT_GRANTED", missing: null },
      scope: "sign_diagnostic_report",
      ...client,
    }),
  },
  SCOPE_NARROWED: {
    meaning:
      "A notice, not a refusal: the SMART scope says more than the client is granted, and counts for what both have in common.",
    cause:
      "The token was issued without regard to the client's grants, or grants ended since. Beside a denial it tells why a scope that covers the access as it is written does not.",
    remedy:
      "Issue tokens within what the client is granted: `decideGrant` narrows them. If the client is to have all of the scope, an admin grants it with `grantScope`.",
    example: reason("SCOPE_NARROWED", {
      parameters: { to: ["patient/Observation.r"] },
      scope: "patient/*.rs",
      ...client,
    }),
  },
  SCOPE_DOES_NOT_COVER: {
    meaning: "The scope does not permit this action on this resource.",
    cause:
      "It is for another resource type, action, context or patient; or it is constrained, and the resource is outside its constraint or was sent without the attribute that tells.",
    remedy:
      "If another scope was meant, present that. If the resource is within the constraint, send the attribute: what is not there can't be verified. For a denial this reason is often no more than a side note, of scopes for other things.",
    example: reason("SCOPE_DOES_NOT_COVER", {
      parameters: {
        action: "update",
        kind: "ACCESS",
        resourceType: "Observation",
        why: { because: "ACTION", permits: "read", requested: "update" },
      },
      scope,
    }),
  },
  NO_MATCHING_RULE: {
    meaning: "No allow rule matches for the roles held.",
    cause:
      "The subject (or the client that acts as itself) holds no role that a rule allows this for, or holds it in another organization than the resource's, or under another subject type (user, identity); or the condition of such a rule is not met, for instance by the purpose of use, or looks at what the request lacks.",
    remedy:
      "Look at the organization first, and whether the request names one: a resource without an organization is reached only by roles that are held in all. Then send what is called missing, and look at the conditions that the sentence gives, the nearest first. A way that is for an emergency alone comes last, and is no ordinary one. An admin assigns a role with `assignRole`.",
    example: reason("NO_MATCHING_RULE", {
      parameters: {
        action: "read",
        kind: "ACCESS",
        needs: ["clinician", "lab_technician"],
        organization: "general-hospital",
        resourceType: "Observation",
        roles: [],
        unmet: [],
      },
      personal: { subject: { id: "tess", type: "user" } },
      scope,
    }),
  },
  DENIED_BY_RULE: {
    meaning: "A deny rule matches.",
    cause:
      "The policy forbids this, whatever other rules allow. A deny rule also matches where its condition can't be evaluated: the sentence then says what is missing, and a `CONDITION_ERROR` stands beside it.",
    remedy:
      "Mostly the answer is right. Where it is not because the request left out what the condition looks at (labels, say), send that. Otherwise an admin changes the rule.",
    example: reason("DENIED_BY_RULE", {
      parameters: { description: "The prescriber must be known, and be somebody else.", kind: "ACCESS" },
      role: "pharmacist",
      ruleId: "nobody-approves-own-prescription",
      scope: "approve_prescription",
    }),
  },
  ALLOWED_BY_CONSENT: {
    meaning: "The patient's consent permits it.",
    cause: "A consent in force speaks to this use. It stands beside the rule that allows it.",
    remedy: "Nothing to mend. The record names the consents and their versions.",
    example: reason("ALLOWED_BY_CONSENT", { personal: { consents: [{ id: "c-17", version: 2 }] }, scope }),
  },
  CONSENT_REQUIRED: {
    meaning: "Consent is asked for, and the patient has said nothing.",
    cause:
      "The scope was created with `requiresConsent`, or the labels of the data always ask for consent (psychotherapy notes, substance use), or the organization's `consentOnSilence` does not permit this purpose; or whose the data is was not said.",
    remedy:
      "Send whose the data is, if that was left out. Otherwise ask the patient: a portal or an authorization server records the answer with `recordConsent`.",
    example: reason("CONSENT_REQUIRED", {
      parameters: { need: "SCOPE", of: "PATIENT" },
      scope: "view_genetic_reports",
    }),
  },
  PURPOSE_REQUIRED: {
    meaning: "No purpose of use is declared, and the organization asks for one.",
    cause: "The setting `purposeRequired` of the resource's organization, or of `*`.",
    remedy: "Send `purposeOfUse`, a code of HL7 v3 PurposeOfUse such as TREAT.",
    example: reason("PURPOSE_REQUIRED", { parameters: { organization: "general-hospital" } }),
  },
  CONSENT_REFUSED: {
    meaning: "The patient refuses this use.",
    cause:
      "A consent in force denies it, whatever others permit. One that refuses a person by a FHIR resource to which nobody was linked when it was recorded denies everybody whose FHIR resources are not known, until somebody is linked.",
    remedy:
      "Mostly the answer is right. Only the patient can change it, with a new version of the consent. Where it names a FHIR resource to link, put that into `fhirReferences` of the person's entry in the directory.",
    example: reason("CONSENT_REFUSED", {
      parameters: { need: null, of: "PATIENT" },
      personal: { consents: [{ id: "c-17", version: 2 }] },
      scope,
    }),
  },
  CONSENT_WITHDRAWN: {
    meaning: "The consent that permitted it is withdrawn.",
    cause: "The patient agreed once, and took it back.",
    remedy: "Stop. If the purpose is a new one, the patient can be asked again.",
    example: reason("CONSENT_WITHDRAWN", {
      parameters: { need: "SCOPE", of: "PATIENT" },
      scope: "view_genetic_reports",
    }),
  },
  CONSENT_EXPIRED: {
    meaning: "The consent that permitted it has ended, or not begun.",
    cause: "The time is outside `validFrom` and `validUntil`.",
    remedy: "Ask the patient again: the answer is the next version of the consent.",
    example: reason("CONSENT_EXPIRED", { parameters: { need: "SILENCE", of: "PATIENT" }, scope }),
  },
  CONSENT_OTHER_PURPOSE: {
    meaning: "What the patient agreed to is for another purpose.",
    cause:
      "`purposeOfUse` is none of the consent's purposes, or none was sent. Purposes match exactly, unless the consent says that it includes narrower ones; break-glass has to be named.",
    remedy: "Send the purpose for which the data is used. If it is another one than was agreed to, ask the patient.",
    example: reason("CONSENT_OTHER_PURPOSE", { parameters: { need: "SILENCE", of: "PATIENT" }, scope }),
  },
  CONSENT_OTHER_RECIPIENT: {
    meaning: "What the patient agreed to is for another recipient.",
    cause: "Client, subject, role or organization is not the one that the consent names.",
    remedy: "Compare the subject's organization and roles with the consent. Otherwise ask the patient.",
    example: reason("CONSENT_OTHER_RECIPIENT", { parameters: { need: "SILENCE", of: "PATIENT" }, scope }),
  },
  CONSENT_DATA_EXCEPTED: {
    meaning: "The patient's consent leaves this data out.",
    cause:
      "Type, category, code, labels or date of the resource are outside what was agreed to, or within an exception. What bears no labels is outside of a consent that is limited by them.",
    remedy: "Label the resource, if it bears no labels. Otherwise the answer is right.",
    example: reason("CONSENT_DATA_EXCEPTED", { parameters: { need: null, of: "PATIENT" }, scope }),
  },
  BREAK_GLASS_REQUIRED: {
    meaning: "It needs an emergency that is open for the subject, the patient and the organization.",
    cause:
      "The purpose is BTG, and none is open: it was not opened, is over, or is for another subject, patient or organization (where one is open for the same subject and patient elsewhere, the sentence says where). Or the organization's `consentOnSilence` is `BREAK_GLASS_ONLY` for this purpose, and no consent is on record.",
    remedy:
      "In an emergency open one with `breakGlass`, and ask for the purpose BTG (docs/emergencies.md). Otherwise ask the patient.",
    example: reason("BREAK_GLASS_REQUIRED", { parameters: { need: "PURPOSE", of: "PATIENT" }, scope }),
  },
  BREAK_GLASS: {
    meaning: "A notice, not a refusal: it was allowed while an emergency was open, which somebody else reviews.",
    cause:
      "The purpose is BTG, and an emergency is open. The sentence says why consent would have denied it without, if it would.",
    remedy:
      "Nothing to mend. Show the emergency's end where the data is shown, and end it with `endBreakGlass` when it is over.",
    example: reason("BREAK_GLASS", {
      parameters: {
        id: "0197b2c4-6f1e-7a10-9c55-2b7d1e0f4a11",
        otherwise: "CONSENT_REQUIRED",
        wouldBeAllowed: false,
      },
      scope,
    }),
  },
  CONDITION_ERROR: {
    meaning: "The condition of a rule could not be evaluated; the rule was taken in the safe way.",
    cause:
      "The condition touches what the request does not carry, or compares values of different types. An allow rule then does not match, and a deny rule does.",
    remedy: "Send what the condition looks at. If it may be absent, an admin guards it in the condition with `has()`.",
    example: reason("CONDITION_ERROR", {
      parameters: { effect: "DENY" },
      personal: { error: "context.region is missing" },
      ruleId: "nursing-app-on-premises-only",
      scope: "view_vital_signs",
    }),
  },
};
