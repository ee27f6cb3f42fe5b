import { registerEnumType } from "type-graphql";
import type { StatsDimension } from "../domain/audit/decisionStats.ts";
import type { DisclosureKind } from "../domain/audit/disclosures/disclosureKind.ts";
import type { AccountingSuspension } from "../domain/audit/disclosures/suspension.ts";
import type { ExportFormat } from "../domain/audit/export/actLine.ts";
import type { FoundKind } from "../domain/audit/names/findByText.ts";
import type { ApiKeyEventKind, CallerKind, CallerRole } from "../domain/callers/types.ts";
import type { CaseCode } from "../domain/cases/caseKind.ts";
import type { CaseOrder } from "../domain/cases/casePages.ts";
import type { PlacedState } from "../domain/cases/placed.ts";
import type { ViewerMay } from "../domain/cases/steps.ts";
import type { AccessRequestState } from "../domain/consent/accessRequests/accessRequest.ts";
import type { BreakGlassState } from "../domain/consent/breakGlass/breakGlass.ts";
import type { ConsentState } from "../domain/consent/consentState.ts";
import type { ConsentRequestState, GrantAction, Relation } from "../domain/consent/requests/consentRequest.ts";
import type { ConsentEffect, ConsentSourceKind, DataReference } from "../domain/consent/types.ts";
import type { SaidOutcome } from "../domain/decisions/asking/consentSaid.ts";
import type { CountedAs } from "../domain/decisions/countedAs.ts";
import type { ReasonCode } from "../domain/decisions/reason.ts";
import { REASON_DOCS, type ReasonDoc } from "../domain/decisions/reasonDocs.ts";
import type { RestrictionState } from "../domain/decisions/restrictions/restriction.ts";
import type { DecisionKind, Outcome, ScopeGrantOutcome } from "../domain/decisions/types.ts";
import type { AlertOrder, AlertState } from "../domain/monitoring/alerts/alert.ts";
import type { DetectorCode, Severity } from "../domain/monitoring/detectors/detector.ts";
import type { DetectorMember } from "../domain/monitoring/detectors/detectorAdmin.ts";
import type { DetectorMode } from "../domain/monitoring/detectors/detectorSetting.ts";
import { DETECTORS } from "../domain/monitoring/detectors/detectors.ts";
import type { ExplanationKind } from "../domain/monitoring/explanations/explanation.ts";
import type { InquiryReason, InquiryState } from "../domain/monitoring/responses/inquiry.ts";
import type { CampaignState, ReviewKind, ReviewOutcome, ReviewVerdict } from "../domain/monitoring/reviews/campaign.ts";
import type { ItemState } from "../domain/monitoring/reviews/itemKind.ts";
import type { ReportFormat } from "../domain/monitoring/reviews/report.ts";
import type { SavingKind } from "../domain/monitoring/reviews/scopeSavings.ts";
import type { SampleVerdict } from "../domain/monitoring/samples/weeklySample.ts";
import type { StatsMeasure } from "../domain/monitoring/stats/stats.ts";
import type { Rank } from "../domain/monitoring/watch/rank.ts";
import type { AlertCause, AlertVerdict, WithheldBecause } from "../domain/monitoring/watch/story.ts";
import type { DeliveryState } from "../domain/monitoring/webhooks/delivery.ts";
import type { PolicyFindingCode } from "../domain/policy/finding.ts";
import type { RuleLintCode } from "../domain/policy/lint/ruleFinding.ts";
import type { AlertResponse, ClientStatus, Effect, Noun, Silence, SpecialProtection } from "../domain/policy/types.ts";
import { ACT_KINDS, type ActKind, KINDS } from "../domain/record/kinds.ts";
import type { AtomContext } from "../domain/scopes/atom.ts";
import type { ScopeState } from "../domain/scopes/lifecycle.ts";
import type { LintCode, LintSeverity } from "../domain/scopes/lint/finding.ts";
import type { AccessBy } from "../domain/simulation/access/accessCell.ts";
import type { Access, AccessChange } from "../domain/simulation/access/accessDifference.ts";
import type { CaseResult } from "../domain/simulation/cases/runCases.ts";
import type { JobKind, JobState } from "../domain/simulation/jobs/job.ts";
import type { DroppedScope } from "../domain/simulation/minimalScopes.ts";
import type { ProposalKind, ProposalState } from "../domain/simulation/proposals/proposal.ts";
import type { FlipKind, ReplayBase } from "../domain/simulation/replay/types.ts";
import type { Enumeration } from "./graphqlTypes.ts";

/**
 * A GraphQL enum for a closed union of the domain, its names in capitals. A member that the domain gains does not
 * compile until it has a description here.
 */
function enumeration<Member extends string>(
  name: string,
  description: string,
  members: Readonly<Record<Member, string>>,
): Enumeration<Member> {
  const values: Record<string, string> = {};
  const valuesConfig: Record<string, { description: string }> = {};
  for (const [member, text] of Object.entries<string>(members)) {
    values[member.toUpperCase()] = member;
    valuesConfig[member.toUpperCase()] = { description: text };
  }
  registerEnumType(values, { name, description, valuesConfig });
  return values;
}

export const OutcomeEnum = enumeration<Outcome>("Outcome", "The answer of a decision.", {
  ALLOW: "The action may be done, if every obligation of the decision is fulfilled.",
  DENY: "The action must not be done. The reasons say why.",
});

export const CountedAsEnum = enumeration<CountedAs>(
  "CountedAs",
  "As what a decision is counted, watched, listed and accounted for.",
  {
    ALLOW: "An access of its own, that was allowed.",
    DENY: "An access of its own, that was denied.",
    AGAIN: "A part of a search that went out, of a patient whose access the search or an earlier part of it is.",
    WITHHELD: "A part of a search that was taken out of its answer: nobody was denied it.",
  },
);

export const AccessEnum = enumeration<Access>("Access", "How all requests of a kind are answered.", {
  ALLOW: "All of them are allowed.",
  CONDITIONAL: "Some may be allowed, and some denied.",
  DENY: "All of them are denied.",
});

export const AccessByEnum = enumeration<AccessBy>("AccessBy", "For whom a client acts.", {
  SELF: "For nobody: the client acts as itself, by its own roles.",
  HOLDERS: "For whoever holds a role.",
});

export const AccessChangeEnum = enumeration<AccessChange>(
  "AccessChange",
  "What becomes of the requests of a kind under another policy.",
  {
    EQUAL: "Each is answered as before.",
    NARROWER: "Some may be denied that were allowed, and none is allowed that was denied.",
    WIDER: "Some may be allowed that were denied, or with fewer obligations, and none is denied that was allowed.",
    INCOMPARABLE: "Some may be allowed that were denied, and others denied that were allowed; or it can't be told.",
  },
);

export const StatsDimensionEnum = enumeration<StatsDimension>(
  "StatsDimension",
  "By what decisions or accesses are counted.",
  {
    OUTCOME: "ALLOW or DENY.",
    CLIENT: "The client.",
    SCOPE: "The scope that allowed it, the first of several; null: it was denied.",
    REASON: "Each of its reasons, by code: a decision with two reasons counts in two rows.",
    DECISIVE_REASON: "The one reason that its summary tells, by code: each decision counts once.",
    RULE: "Each rule that its reasons name: one that names none is in no row.",
    RESOURCE_TYPE: "The type of the resource.",
    PURPOSE: "The purpose of use; null: none was declared.",
    ORGANIZATION: "The organization of the resource, as the request named it; null: it named none.",
    CALLER: "The caller of this service who asked.",
    ROLE: "The role that the person holds, by which it was allowed; null: none in particular. Of EXPLAINED alone.",
    HOUR: "The hour in which it was made, as the time at which that began.",
    DAY: "The day (UTC), as the time at which that began.",
  },
);

export const StatsMeasureEnum = enumeration<StatsMeasure>("StatsMeasure", "What is counted.", {
  DECISIONS: "Accesses that were decided, beside the window before.",
  EXPLAINED: "Accesses to patients' data, and which share of them was explained when they were made.",
  BLIND_SPOTS:
    "What watching can't see: what requests leave out, what the directory does not know, and whom no baseline is of.",
});

export const ExplanationKindEnum = enumeration<ExplanationKind>(
  "ExplanationKind",
  "By what an access to a patient's data is explained. The first seven are relations, which the directory knows; the others are on record.",
  {
    OWN_RECORD:
      "The person is the patient, and was served as one; to a reviewer only where the person has the patient's pseudonym.",
    REPRESENTS:
      "The person speaks for the patient, and was served so; to a reviewer, where the person is named, or is the patient.",
    CARE_TEAM: "The person is on the care team of the patient or of the resource.",
    APPOINTMENT: "The patient has an appointment with the person, or with the person's unit or department.",
    ORDER: "The patient has an order for the person, or for the person's unit or department.",
    REFERRAL: "The patient was referred to the person, or to the person's unit or department.",
    SAME_UNIT: "The patient is in the person's unit or department.",
    BREAK_GLASS: "An emergency was open for the person, the patient and the organization.",
    ACCESS_REQUEST: "An approved access request gave the person the role by which it was allowed.",
    CONSENT: "The patient agreed to it, and named the person.",
    COLLEAGUE:
      "Somebody else of the same role and unit had seen the patient within the last 7 days, by an access that a relation explains.",
  },
);

export const DecisionKindEnum = enumeration<DecisionKind>("DecisionKind", "What a decision is about.", {
  ACCESS: "May this be done? Answered to a resource server or a gateway.",
  GRANT: "Which scopes may a token carry? Answered to an authorization server.",
});

export const ScopeGrantOutcomeEnum = enumeration<ScopeGrantOutcome>(
  "ScopeGrantOutcome",
  "What became of a scope that was requested for a token.",
  {
    GRANTED: "The token may carry it.",
    NARROWED: "The token may carry other scopes instead, which together permit less, or the same.",
    DEPRECATED: "The token may carry it; it ends on the day given.",
    DENIED: "The token must not carry it.",
    UNKNOWN: "It is not registered, and is no SMART scope. The token must not carry it.",
  },
);

export const EffectEnum = enumeration<Effect>("Effect", "What a rule does when it matches.", {
  ALLOW: "Allows, unless some deny rule matches too.",
  DENY: "Denies, whatever other rules allow.",
});

export const PolicyFindingCodeEnum = enumeration<PolicyFindingCode>(
  "PolicyFindingCode",
  "What the author of a change of the policy should know of it.",
  {
    SCOPE_NOT_RESTORED:
      "A rollback left a version of a scope as it is, ended it, or made the next one: the life of a scope is not turned back.",
    ORGANIZATION_UNKNOWN:
      "A role is assigned in an organization that has no settings, in which nobody holds a role, and of which no entity of the directory is. It may be misspelt; it may be new.",
    WIDENS_ALLOW:
      "Something may be allowed that was not, or a rule that allows asks for fewer obligations. A change without this finding turns no denial into an allow.",
  },
);

export const AtomContextEnum = enumeration<AtomContext>("AtomContext", "In whose name a permission is used.", {
  ANY: "In any of the contexts below; for custom scopes that do not say.",
  PATIENT: "For the patient in context, and for resources of that patient only.",
  USER: "For the person on whose behalf the client acts; needs a subject.",
  SYSTEM: "For the client itself; needs that there is no subject.",
});

export const ClientStatusEnum = enumeration<ClientStatus>("ClientStatus", "Whether a client is served.", {
  ACTIVE: "Decisions are made for it.",
  SUSPENDED: "Every decision for it is DENY with the reason CLIENT_SUSPENDED.",
});

export const ScopeStateEnum = enumeration<ScopeState>("ScopeState", "Where a version of a scope is in its life.", {
  DRAFT: "Being written; grants nothing yet, and may still change.",
  ACTIVE: "In force; its content no longer changes.",
  DEPRECATED: "Still in force, until its sunset; decisions carry the notice SCOPE_DEPRECATED.",
  RETIRED: "No longer in force.",
});

export const ReasonCodeEnum = enumeration<ReasonCode>(
  "ReasonCode",
  "Why a decision came out as it did. docs/reason-codes.md has the cause of each, and what to do.",
  Object.fromEntries(Object.entries<ReasonDoc>(REASON_DOCS).map(([code, { meaning }]) => [code, meaning])) as Record<
    ReasonCode,
    string
  >,
);

export const CallerRoleEnum = enumeration<CallerRole>("CallerRole", "What a caller of this API may do.", {
  service: "May ask for decisions, and read those that it asked for.",
  admin: "May read and change the policy, propose changes and approve those of others, and manage API keys.",
  reviewer:
    "May read the policy, ask what clients and people can reach, what a change would do and would have done, and why something was decided, and try changes, propose them and approve those of others.",
  auditor:
    "May read the policy and the journal of all decisions, and ask of access, changes and decisions what a reviewer may.",
  consent:
    "May record and withdraw what patients agree to and refuse, list the consents of one patient at a time, and see and answer consent requests for them; a person, and no program, also finds clients, scopes and staff by name; nothing else.",
});

export const CallerKindEnum = enumeration<CallerKind>("CallerKind", "What a caller authenticated with.", {
  KEY: "An API key.",
  ADMIN_KEY: "The key of the configuration, SCOPEWARDEN_ADMIN_KEY.",
  TOKEN: "An access token.",
});

export const ApiKeyEventEnum = enumeration<ApiKeyEventKind>("ApiKeyEventKind", "What happened to an API key.", {
  CREATED: "It was made.",
  REVOKED: "It was revoked.",
  FAILED:
    "It was refused: with a wrong secret, after it expired, or after it was revoked. One event a minute at most counts them all.",
});

export const ProposalStateEnum = enumeration<ProposalState>("ProposalState", "Where a proposal stands.", {
  OPEN: "Nobody has approved it yet, or one of the two people who must.",
  APPROVED: "Somebody else than its author has approved it. It can be applied.",
  STALE: "What it touches has moved, or its report is too old: it must be looked at again, and approved anew.",
  APPLIED: "It was applied, exactly as it was approved.",
  REJECTED: "It was rejected.",
  WITHDRAWN: "Its author has withdrawn it.",
  EXPIRED: "Nobody has applied it in its time.",
});

export const AccessRequestStateEnum = enumeration<AccessRequestState>(
  "AccessRequestState",
  "Where an access request stands.",
  {
    OPEN: "It waits for somebody else to decide.",
    APPROVED: "It was approved, and the access holds.",
    REFUSED: "It was refused.",
    RETURNED: "The access was given back before its end, or the request was withdrawn.",
    EXPIRED: "Nobody has decided in its time, or the access has ended by itself.",
  },
);

export const ConsentRequestStateEnum = enumeration<ConsentRequestState>(
  "ConsentRequestState",
  "Where a consent request stands.",
  {
    OPEN: "It waits for an answer.",
    ANSWERED: "It was answered, which is once.",
    EXPIRED: "Nobody has answered in time.",
  },
);

export const GrantActionEnum = enumeration<GrantAction>(
  "GrantAction",
  "What an answer does to the grant of a patient, client, subject and purposes (OpenID Grant Management).",
  {
    CREATE:
      "It makes a new grant, which takes the place of an older one. All is asked anew, but for what was refused and is remembered.",
    MERGE:
      "It is added to the grant, which keeps what was agreed to before, and its end. Only the missing scopes are asked for.",
    REPLACE:
      "It takes the place of all that the grant says. All is asked anew, but for what was refused and is remembered.",
  },
);

export const RelationEnum = enumeration<Relation>("PatientRelation", "By what somebody may answer for a patient.", {
  PATIENT: "Is the patient, by the same id.",
  RECORD: "The patient's record is theirs: `patientRecord` in the directory.",
  REPRESENTS: "Represents the patient: `represents` in the directory.",
});

export const BreakGlassStateEnum = enumeration<BreakGlassState>("BreakGlassState", "Where an emergency stands.", {
  OPEN: "It is in force.",
  AWAITING_REVIEW: "It is over, and nobody has reviewed it yet.",
  REVIEWED: "Somebody else has said whether it was justified.",
});

export const ReviewVerdictEnum = enumeration<ReviewVerdict>("ReviewVerdict", "What is to become of access.", {
  UNDECIDED:
    "Nobody has decided. This certifies nothing: at the end it goes into the proposal like what is to be removed.",
  KEEP: "It stays as it is.",
  REMOVE: "It goes.",
  REDUCE: "It becomes less.",
});

export const ReviewKindEnum = enumeration<ReviewKind>("ReviewKind", "What an item of an access review is.", {
  ASSIGNMENT: "A role that a subject, or a client itself, holds in an organization.",
  GRANT: "A scope that a client is granted.",
});

export const CampaignStateEnum = enumeration<CampaignState>("ReviewCampaignState", "Where an access review stands.", {
  OPEN: "Its items are decided.",
  PROPOSED: "What is to go is proposed, and waits to be approved and applied, or rejected.",
  CLOSED: "It is over, and each item says what became of it.",
});

export const ReviewItemStateEnum = enumeration<ItemState>(
  "ReviewItemState",
  "Where an item of an access review stands.",
  {
    UNDECIDED: "Somebody must decide it.",
    LAPSED: "Nobody decided it in time.",
    DECIDED: "Somebody decided it.",
  },
);

export const ReviewOutcomeEnum = enumeration<ReviewOutcome>(
  "ReviewOutcome",
  "What became of an item of an access review that is over.",
  {
    KEPT: "It was kept.",
    REMOVED: "It was taken away.",
    REDUCED: "It became less.",
    REFUSED: "The proposal was rejected, with a reason: it stands.",
    GONE_BEFORE: "When it was to be proposed, it was there no more, or was changed or given anew meanwhile.",
    GIVEN_BACK: "It was taken away, and somebody gave it anew before the campaign was over.",
  },
);

export const SavingKindEnum = enumeration<SavingKind>("ScopeSavingKind", "Why a scope could be less.", {
  UNUSED: "No allowed access of the window rests on it, and it was observed for all of it.",
  BROADER_THAN_USED: "Less would do for all that it was used for, proven by deciding that again.",
  OVERLAPPING: "Another scope of the client permits all of it.",
  NOT_GRANTED: "It is active, and granted to nobody.",
});

export const ReportFormatEnum = enumeration<ReportFormat>("ReviewReportFormat", "How a report is written.", {
  JSON: "JSON (RFC 8785): the campaign, figures of its reviewers, and all items.",
  CSV: "CSV (RFC 4180): a row for each item.",
});

export const ProposalKindEnum = enumeration<ProposalKind>("ProposalKind", "What a proposal would do.", {
  POLICY: "Operations on the policy.",
  ROLLBACK: "Make the policy say again what it said at an earlier revision.",
  DIRECTORY: "Put entities into the directory, or take them out.",
  API_KEY: "Make a key, such as one that asserts roles.",
  DETECTOR: "Set a detector.",
  SUPPRESSION: "Make no alerts of somebody for a while.",
});

export const PolicyNounEnum = enumeration<Noun>("PolicyNoun", "The kinds of things that a policy consists of.", {
  client: "An OAuth client.",
  scope: "One version of a scope.",
  role: "A role.",
  grant: "The permission of a client to be given a scope.",
  assignment: "The holding of a role by a subject or a client.",
  rule: "A rule.",
  organization: "The settings of an organization, or of all.",
});

export const SilenceEnum = enumeration<Silence>(
  "Silence",
  "What it means that a patient has said nothing, where consent would be asked.",
  {
    DENY: "No.",
    BREAK_GLASS_ONLY: "No, but in an emergency.",
    PERMIT_TREATMENT: "Yes, for treatment.",
    PERMIT_TPO: "Yes, for treatment, payment and health care operations.",
    PERMIT: "Yes. Consent is asked for only where a scope asks for it.",
  },
);

export const UntilLinkedEnum = enumeration<"ALL">(
  "UntilLinked",
  "For whom a refusal counts of a name to which nobody is linked yet.",
  { ALL: "For all of whom nothing of its kind is known, but the patient, and a client that acts as itself." },
);

export const SpecialProtectionEnum = enumeration<SpecialProtection>(
  "SpecialProtection",
  "Whether what the law specially protects is withheld where data bears no labels that would show it.",
  {
    ENFORCED: "It is: such data is labelled first, and what is specially protected redacted.",
    TRUSTED: "It is not: the organization's data is labelled, or holds none.",
  },
);

export const AlertResponseEnum = enumeration<AlertResponse>(
  "AlertResponse",
  "How access may be restricted for a while because of an alert.",
  {
    STEP_UP: "Every ALLOW carries the obligation `stepUp`: the person proves anew who they are.",
    SUSPENSION: "Everything is denied with the reason SUSPENDED_FOR_REVIEW. Only because of an alert of severity HIGH.",
  },
);

export const WithheldBecauseEnum = enumeration<WithheldBecause>(
  "WithheldBecause",
  "Why the service did not impose by itself what the policy has it impose because of an alert.",
  {
    TOO_LATE: "The decision was made more than ten minutes before it was watched.",
    NOBODY_ALONE: "The alert is about no client of the policy and no one person alone, or about a patient.",
    CARE_CRITICAL: "The client is care-critical: the service does not restrict it by itself.",
    IN_FORCE: "One of this kind was in force for them already.",
    SUSPENDED_BEFORE: "They were suspended since the alert was opened.",
    TOO_MANY_IN_AN_HOUR: "The service had imposed as many within an hour as the policy lets it.",
    TOO_MANY_IN_FORCE: "Half of all restrictions that there may be were in force: the rest is left to people.",
  },
);

export const RestrictionStateEnum = enumeration<RestrictionState>("RestrictionState", "Where a restriction stands.", {
  IN_FORCE: "It holds, where the policy lets it.",
  ENDED: "Its time is over.",
  LIFTED: "Somebody lifted it before its time.",
});

export const PlacedStateEnum = enumeration<PlacedState>("PlacedState", "Where a hold or a suspension stands.", {
  IN_FORCE: "It holds.",
  OVER: "Somebody ended it, or its time is over.",
});

export const LintSeverityEnum = enumeration<LintSeverity>(
  "LintSeverity",
  "What a finding means for a scope or a rule.",
  {
    ERROR: "It is refused, and no justification helps.",
    REFUSE: "It is refused unless an admin gives a justification, which is kept and shown.",
    WARNING: "It is pointed out.",
  },
);

export const LintCodeEnum = enumeration<LintCode | RuleLintCode>(
  "LintCode",
  "What the lint can find in a scope or a rule.",
  {
    CODE_SYSTEM_WRONG: "No resource carries the code system of a constraint.",
    WILDCARD_TYPE: "The resource type is `*`, which takes in every type, later ones too.",
    WILDCARD_ACTIONS: "All five interactions on one type.",
    BROAD_NAME: "The name says all, any, full or `*`.",
    UNRELATED_ATOMS: "More than one type and more than one kind of action.",
    READ_AND_WRITE: "Reading and changing in one.",
    GRANTS_NOTHING: "There are no atoms.",
    SEVERAL_TYPES: "One kind of action on more than one type.",
    SEVERAL_KINDS: "More than one kind of action on one type.",
    SENSITIVE_CATEGORY: "It names a sensitive category, and an atom has no constraint.",
    SENSITIVE_UNCONSTRAINED: "It reads a type that carries sensitive categories among others, without a constraint.",
    WHOLE_RECORD_OPERATION: "An operation that gives out whole records.",
    BROAD_TITLE: "The title says all, any, full or `*`.",
    HIDDEN_CHARACTER:
      "A title or a rule's condition contains an invisible character, or one that changes the direction of writing; it is refused where it is written anew.",
    ACTION_NOT_AN_INTERACTION: "An action on a FHIR type that is no interaction, where one was probably meant.",
    TYPE_LOOKS_LIKE_FHIR: "A custom type that looks like one of FHIR's.",
    OUTSIDE_PATIENT_COMPARTMENT:
      "Patient context on a type that belongs to no patient: it never reaches one, or only where an organization's setting lets it.",
    CODE_SYSTEM_UNRECOGNISED: "A code system of HL7's that was not published with FHIR R4.",
    CODE_UNKNOWN: "A code that its well-known system does not have.",
    CONSTRAINT_UNVERIFIABLE: "A range, which can't be verified on one resource.",
    ALLOW_EVERY_ROLE: "A rule that allows everybody, without a condition.",
    ALLOW_EVERY_SCOPE: "A rule that allows under every scope, later ones too.",
    PURPOSE_UNKNOWN: "A rule's condition names a purpose that is no code of HL7 v3 PurposeOfUse.",
    OUTSIDE_SCOPE: "A rule that never matches, as its scope does not reach its action and type.",
    ORGANIZATION_UNKNOWN: "A rule's condition names an organization in which nobody holds a role.",
    SUBJECT_NEVER_THERE: "A rule's condition looks at the subject, under a scope for clients alone.",
  },
);

export const DroppedBecauseEnum = enumeration<DroppedScope["why"]>(
  "DroppedBecause",
  "Why a granted scope is not among those proposed.",
  {
    UNUSED: "No allowed access of the window needs it.",
    REPLACEABLE: "Other scopes that are proposed serve as well.",
  },
);

export const ReplayBaseEnum = enumeration<ReplayBase>("ReplayBase", "What a change is compared with in a replay.", {
  CURRENT: "The policy as it is now.",
  OWN: "The policy by which each decision was made, and the change made to that one.",
});

export const ReplayKindEnum = enumeration<FlipKind>("ReplayKind", "What a change makes of a past decision.", {
  NEWLY_ALLOWED: "It was a DENY by the base, and would be an ALLOW.",
  NEWLY_DENIED: "It was an ALLOW by the base, and would be a DENY.",
  NARROWED: "An ALLOW that would permit less: a narrower search, or a token with less.",
  WIDENED: "An ALLOW that would permit something more, even if it permits less as well.",
  OTHER_OBLIGATIONS: "The same answer, with other obligations.",
});

export const JobKindEnum = enumeration<JobKind>("JobKind", "What is done apart.", {
  REPLAY: "A replay, of `startReplay`.",
  BACKTEST: "A back-test, of `startBacktest`.",
});

export const JobStateEnum = enumeration<JobState>("JobState", "How work that is done apart stands.", {
  QUEUED: "It waits for its turn.",
  RUNNING: "It is under way.",
  DONE: "It has ended, and its result is there.",
  FAILED: "It has ended without a result; `reason` says why.",
  CANCELLED: "It was stopped.",
});

export const DeliveryStateEnum = enumeration<DeliveryState>(
  "WebhookDeliveryState",
  "Where a webhook delivery stands.",
  {
    PENDING: "It will be sent, or sent again.",
    DELIVERED: "The receiver has taken it. It is kept for some days.",
    DEAD: "It was given up: it failed too often, or the receiver said that it is gone. It is kept until it is retried.",
  },
);

export const ConsentEffectEnum = enumeration<ConsentEffect>("ConsentEffect", "What a patient said.", {
  PERMIT: "The patient agrees.",
  DENY: "The patient refuses.",
});

export const ConsentStateEnum = enumeration<ConsentState>("ConsentState", "What has become of a consent.", {
  ACTIVE: "It counts, from `validFrom` on.",
  SUPERSEDED:
    "A later version, or a newer consent of the same patient, recipients and purposes, counts instead, for good.",
  WITHDRAWN: "The patient has taken it back.",
  EXPIRED: "Its period is over.",
});

export const SaidOutcomeEnum = enumeration<SaidOutcome>("SaidOutcome", "What a patient's consents say of an access.", {
  PERMITTED: "What the patient said permits it.",
  BY_SILENCE: "Nothing that the patient said speaks to it, and silence permits it.",
  DENIED: "What the patient said denies it, or it needs consent and there is none.",
  DEPENDS: "It depends on the role, the scope or the client: `text` says on which of those that the consents name.",
});

export const ConsentSourceEnum = enumeration<ConsentSourceKind>("ConsentSourceKind", "Where a patient said it.", {
  PORTAL: "In a portal or an app.",
  PAPER: "On paper.",
  FHIR: "In a FHIR Consent.",
  AUTHORIZATION_SERVER: "To an authorization server, when an app asked for access.",
});

export const DataMeaningEnum = enumeration<DataReference["meaning"]>(
  "ConsentDataMeaning",
  "Which data a reference to a resource means (FHIR R4, consent-data-meaning).",
  {
    instance: "The resource itself.",
    related: "The resource, and what refers to it or what it refers to.",
    dependents: "The resource, and what refers to it.",
    authoredby: "What it wrote: a person, an organization or a device.",
  },
);

/** By their titles, which alerts have too. */
export const DetectorCodeEnum = enumeration<DetectorCode>(
  "DetectorCode",
  "What looks at decisions.",
  Object.fromEntries(DETECTORS.map(({ code, title }) => [code, `${title}.`])) as Record<DetectorCode, string>,
);

export const StepNeedEnum = enumeration<NonNullable<ViewerMay["needs"]>>(
  "StepNeed",
  "What alone stands in the way of a step.",
  {
    FRESH_SIGN_IN: "That the person signed in a short time ago: sign in again.",
  },
);

export const SeverityEnum = enumeration<Severity>("Severity", "How much it matters.", {
  INFO: "It is told, and adds nothing to an alert.",
  LOW: "Unusual by itself.",
  MEDIUM: "Worth a look.",
  HIGH: "To be looked at first.",
});

export const DetectorModeEnum = enumeration<DetectorMode>(
  "DetectorMode",
  "Whether a detector's findings make alerts.",
  {
    OFF: "It does not look, and learns nothing.",
    SHADOW: "What it finds is kept and shown, and makes no alert.",
    ON: "What it finds makes alerts.",
  },
);

export const DetectorMemberEnum = enumeration<DetectorMember>(
  "DetectorMember",
  "What of a detector may be set back by its name.",
  { PARAMETERS: "All parameters, to their defaults.", ALERTS_PER_WEEK: "The budget: there is none." },
);

export const AlertRankEnum = enumeration<Rank>("AlertRank", "How soon people should look at something.", {
  UNUSUAL: "What was looked at is explained; something else about it is unusual.",
  UNEXPLAINED: "Nothing explains it, or only an emergency that the person opened; or it is what a client does.",
  SENSITIVE_UNEXPLAINED:
    "Nothing explains it, or only such an emergency, and the data were under a sensitive label, the person's own, of their family, or of a patient whom many would look at.",
});

export const AlertStateEnum = enumeration<AlertState>("AlertState", "Where an alert stands.", {
  OPEN: "Nobody has looked into it.",
  ACKNOWLEDGED: "Somebody looks into it.",
  CLOSED: "Somebody has said what came out.",
});

export const AlertVerdictEnum = enumeration<AlertVerdict>("AlertVerdict", "What came out of an alert.", {
  TRUE_POSITIVE: "It should not have been.",
  FALSE_POSITIVE: "There was nothing unusual.",
  EXPECTED: "Unusual, and for a good reason.",
});

export const SampleVerdictEnum = enumeration<SampleVerdict>(
  "SampleVerdict",
  "What was found of an access in a weekly sample.",
  {
    JUSTIFIED: "There was a reason for it.",
    NOT_JUSTIFIED: "It should not have been.",
    CANNOT_TELL: "Nobody can say; it counts for no estimate.",
  },
);

export const InquiryStateEnum = enumeration<InquiryState>("InquiryState", "Where an inquiry stands.", {
  OPEN: "It can be answered.",
  ANSWERED: "The person has answered.",
  WITHDRAWN: "It need not be answered any more.",
  EXPIRED: "Its time was over before anybody answered.",
});

export const InquiryReasonEnum = enumeration<InquiryReason>(
  "InquiryReason",
  "What a person says that accesses were for.",
  {
    TREATMENT: "To treat the patient.",
    CONSULTATION: "A colleague asked for advice.",
    ADMINISTRATION: "To admit, bill or organize.",
    QUALITY_OR_TEACHING: "To check quality, to teach or to learn.",
    ASKED_BY_PATIENT: "The patient asked for it.",
    OWN_OR_RELATED: "It was the own record, or that of somebody close.",
    MISTAKE: "It was not meant: another record was wanted.",
    NOT_ME: "Somebody else acted in this name.",
    OTHER: "Something else; the text says what.",
  },
);

export const AlertCauseEnum = enumeration<AlertCause>("AlertCause", "What it was, or what made it look unusual.", {
  SNOOPING: "Somebody looked who had no reason to.",
  STOLEN_CREDENTIALS: "Somebody else used a key, a token or an account.",
  MISUSED_PRIVILEGE: "Somebody used what they may do for something else.",
  MISCONFIGURED_CLIENT: "A client does what it was not meant to.",
  MISSING_RELATION: "There was a reason, which the directory did not know.",
  NEW_DUTIES: "Somebody has new work, or works elsewhere.",
  BATCH_JOB: "A program does its work.",
  TEST: "Somebody tried something on purpose.",
  OTHER: "Something else; the text says what.",
});

export const DisclosureKindEnum = enumeration<DisclosureKind>(
  "DisclosureKind",
  "How an allowed access counts in an accounting of disclosures, by 45 CFR 164.528(a)(1).",
  {
    EMERGENCY: "In an emergency that was declared (break-glass). It is accounted for, although it is for treatment.",
    OTHER: "None of these: it is accounted for. So is what has no purpose, or one that is not HL7's.",
    TREATMENT: "For treatment, (i); it need not be accounted for.",
    PAYMENT: "For payment, (i); likewise.",
    OPERATIONS: "For health care operations, (i); likewise.",
    TO_INDIVIDUAL: "To the patient, (ii); likewise.",
    AUTHORIZATION: "By a consent of the patient, which is named, (iv); likewise.",
  },
);

export const AgencyStatementEnum = enumeration<AccountingSuspension["statement"]>(
  "AgencyStatement",
  "How an agency said that an accounting would impede its activities (45 CFR 164.528(a)(2)).",
  {
    WRITTEN: "In writing, with the time for which it asks: ten years at most here.",
    ORAL: "By word of mouth: for 30 days at most.",
  },
);

export const ExportFormatEnum = enumeration<ExportFormat>("ExportFormat", "How an export tells what is on record.", {
  NDJSON: "Each act as it is stored, with all that a proof of it needs.",
  OCSF: "Each decision as an event of the class API Activity (6003) of the Open Cybersecurity Schema Framework.",
  FHIR: "Each decision as an AuditEvent of FHIR R4.",
});

export const ActKindEnum = enumeration<ActKind>(
  "ActKind",
  "The kinds of acts on record.",
  Object.fromEntries(ACT_KINDS.map((kind) => [kind, KINDS[kind].words])) as Record<ActKind, string>,
);

export const CaseKindEnum = enumeration<CaseCode>("CaseKind", "The kinds of what waits for a person.", {
  ALERT: "What people must look at, and close.",
  ACCOUNTING_SUSPENSION: "That accountings of a patient leave out disclosures to one recipient.",
  BREAK_GLASS: "An emergency, in which glass was broken.",
  ACCESS_REQUEST: "Access for a while that somebody asks for.",
  CONSENT_REQUEST: "A question to a patient about consent.",
  INQUIRY: "A question to the person whom an alert is about.",
  LEGAL_HOLD: "What is kept beyond its time.",
  RESTRICTION: "Access that is restricted for a while.",
  TOKEN_REVOCATION: "Tokens that are refused, though their issuer would still stand for them.",
  SAMPLE: "An access of a weekly sample.",
  REVIEW_CAMPAIGN: "An access review.",
  REVIEW_ITEM: "Access that is reviewed.",
  PROPOSAL: "A change that somebody else must approve.",
});

export const AlertOrderEnum = enumeration<AlertOrder>("AlertOrder", "In which order alerts come.", {
  RANK: "By rank, then points, then the newest first; those that are part of another come after, and closed ones last.",
  NEWEST: "Those that were opened last first.",
  OLDEST: "Those that were opened first first.",
});

export const CaseOrderEnum = enumeration<CaseOrder>("CaseOrder", "In which order a list of cases comes.", {
  NEWEST: "The newest first.",
  OLDEST: "The oldest first.",
  DUE: "Those first that are due, or end by themselves, first; what has time comes last.",
});
export const FoundKindEnum = enumeration<FoundKind>(
  "FoundKind",
  "What `find` finds, in the order of equally good matches.",
  {
    CLIENT: "A client, by id or name.",
    SCOPE: "A scope, by name or title of its newest version.",
    ROLE: "A role, by name.",
    RULE: "A rule, by id.",
    ORGANIZATION: "An organization that has settings, or that a role assignment or the directory names, by id or name.",
    STAFF:
      "Somebody of the directory who has a `name`, by it or the id; never a patient. Whoever is a patient too, or speaks for one, is found with a `unit` only.",
    PATIENT: "A patient, by the whole id.",
  },
);

export const CaseResultStatusEnum = enumeration<CaseResult["status"]>("CaseResultStatus", "What came of a case.", {
  passed: "All is as expected.",
  failed: "Something is not as expected: `lines` say what.",
  skipped: "It was not asked: `lines` say why.",
});
