import type {
  ConsentExceptionInput as DomainExceptionInput,
  RecordConsentInput as DomainInput,
  ConsentSourceInput as DomainSourceInput,
  ProvisionInput,
} from "../domain/consent/consentInput.ts";
import { MOST_EXCEPTIONS, MOST_RECIPIENTS, MOST_VALUES } from "../domain/consent/consentInput.ts";
import { writtenRecipients } from "../domain/consent/recipients.ts";
import { areasOf } from "../domain/consent/supersession.ts";
import type {
  DataReference,
  Consent as DomainConsent,
  ConsentException as DomainException,
  RecipientLink,
} from "../domain/consent/types.ts";
import type { ConsentSaid as DomainSaid } from "../domain/decisions/asking/consentSaid.ts";
import {
  type ConsentQuestionInput as DomainQuestion,
  MOST_QUESTIONS,
  type TriedConsent,
} from "../domain/decisions/asking/consentTrial.ts";
import { ResourceInput, SubjectInput } from "./authorize.ts";
import { actor } from "./callers.ts";
import {
  ConsentEffectEnum,
  ConsentSourceEnum,
  ConsentStateEnum,
  DataMeaningEnum,
  ReasonCodeEnum,
  SaidOutcomeEnum,
  UntilLinkedEnum,
} from "./enums.ts";
import { flag, type InputMember, id, inputType, int, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";

const LIST = `1 to ${MOST_VALUES}; absent: any.`;
const PURPOSES = "codes of HL7 v3 PurposeOfUse, such as TREAT, or `system|code` for another system";
const INCLUDE_NARROWER =
  "Whether a permission's purposes stand for narrower ones too; never for BTG and HLEGAL. A refusal always does, but for ETREAT, ERTREAT and BTG.";
const REPLACES_ALL =
  "Whether it ends all that the patient said before of the same recipients and purposes: ask the patient. Else it ends of refusals only those of the data that it names.";
export const UNTIL_LINKED =
  "ALL: a refusal of a FHIR resource of a person, of a group or of an identifier to which the directory links nobody (`fhirReferences`, `groups`, `identifiers`; of a CareTeam the patient's `careTeam`) counts for all of whom nothing of that kind is known, until somebody is linked. Absent: such a refusal is BAD_USER_INPUT.";
const LABELS =
  "codes of HL7 v3 Confidentiality (R) or sensitivities of its ActCode (PSY), or the same as `system|code`";

const referenceMembers = {
  meaning: oneOf(DataMeaningEnum)("What is meant beside it."),
  reference: text("The resource, as `Type/id`."),
};
const DataReferenceInput = inputType<DataReference>(
  "ConsentDataReferenceInput",
  "Data that is told by a resource.",
  referenceMembers,
);
const DataReferenceType = objectType<DataReference>(
  "ConsentDataReference",
  "Data that is told by a resource.",
  referenceMembers,
);

const provisionInputs: { readonly [Name in keyof ProvisionInput]-?: InputMember<ProvisionInput[Name]> } = {
  clientId: id.orNull("Who is meant: whoever acts by way of this client, which the policy has."),
  subjectId: id.orNull("The subject of this id; 1 to 256 characters."),
  subjectType: text.orNull("The subject's type; absent: `user`."),
  organization: text.orNull("Whoever belongs to this organization."),
  roles: text.listOrNull(`Whoever holds one of these roles, which the policy has. ${LIST}`),
  groups: text.listOrNull(
    `Whoever belongs to one of these groups, by the \`groups\` of their entry in the directory or as the caller says. ${LIST}`,
  ),
  identifiers: text.listOrNull(
    `Whoever has one of these business identifiers, as \`system|value\`. ${LIST} One each of roles, groups and identifiers is a recipient; at most ${MOST_RECIPIENTS}.`,
  ),
  scopes: text.listOrNull(`Under which scopes: of the policy, or SMART's. ${LIST}`),
  purposes: text.listOrNull(`For which purposes: ${PURPOSES}. ${LIST}`),
  actions: text.listOrNull(
    `What may be done: \`access\`, \`collect\`, \`use\`, \`disclose\`, \`correct\` (FHIR R4 consentaction). ${LIST}`,
  ),
  resourceTypes: text.listOrNull(`Data of these types, of FHIR or of a scope of the policy. ${LIST}`),
  categories: text.listOrNull(`Data of these categories, as \`system|code\`. ${LIST}`),
  labels: text.listOrNull(`Data with these labels: ${LABELS}. ${LIST}`),
  codes: text.listOrNull(`Data with one of these codes, as \`system|code\`. ${LIST}`),
  references: of(DataReferenceInput).listOrNull(`Data that is told by resources. ${LIST}`),
  authors: text.listOrNull(`Data written by one of these, as \`Type/id\`. ${LIST}`),
  dataFrom: time.orNull("Data made at or after this time."),
  dataUntil: time.orNull("Data made before this time, which is after `dataFrom`."),
  validFrom: time.orNull("It holds from this time on; absent: from when it was said."),
  validUntil: time.orNull("It holds until just before this time, which is after `validFrom` and in the future."),
};

const ConsentExceptionInput = inputType<DomainExceptionInput>(
  "ConsentExceptionInput",
  "An exception to the rest of a consent. It excepts whatever meets all its members; one at least must be given.",
  {
    effect: oneOf(ConsentEffectEnum).orNull("What holds for it; absent: the other one than the consent's."),
    ...provisionInputs,
    purposes: text.listOrNull(`For which purposes: ${PURPOSES}. Absent: those of its consent.`),
  },
);

const ConsentSourceInput = inputType<DomainSourceInput>("ConsentSourceInput", "Where a patient said it.", {
  kind: oneOf(ConsentSourceEnum)("How."),
  reference: text.orNull("By what it is found there, such as the number of a form; at most 1024 characters."),
});

export const RecordConsentInput = inputType<DomainInput>(
  "RecordConsentInput",
  "What a patient agrees to or refuses. Members left out mean any: a PERMIT with nothing but a patient is for everyone and all data, but for break-glass.",
  {
    id: id.orNull(
      "Of a consent that is there: this becomes its next version, and all of it is said anew. Absent, or of none: a new one.",
    ),
    patient: id("The patient, as an id or `Patient/id`."),
    effect: oneOf(ConsentEffectEnum)("Whether the patient agrees or refuses."),
    ...provisionInputs,
    purposes: text.listOrNull(
      `For which purposes: ${PURPOSES}. Absent: any but BTG and its like, which are named or not meant.`,
    ),
    includeNarrower: flag.or(false, INCLUDE_NARROWER),
    replacesAll: flag.or(false, REPLACES_ALL),
    untilLinked: oneOf(UntilLinkedEnum).orNull(UNTIL_LINKED),
    exceptions: of(ConsentExceptionInput).listOrNull(`At most ${MOST_EXCEPTIONS}.`),
    source: of(ConsentSourceInput)("Where the patient said it."),
    madeAt: time.orNull("When the patient said it, if not now: the later of two about the same counts."),
    reason: text("Why it is recorded, in 1 to 2000 characters; kept on record."),
  },
);

/** A business identifier and the like, as it is shown. */
interface ShownRecipient {
  readonly clientId: string | null;
  readonly subjectId: string | null;
  readonly subjectType: string | null;
  readonly role: string | null;
  readonly organization: string | null;
  readonly group: string | null;
  readonly identifier: string | null;
}
const ConsentRecipient = objectType<ShownRecipient>(
  "ConsentRecipient",
  "Whom a consent is for: whoever meets all that is not null.",
  {
    clientId: id.orNull("Acts by way of this client."),
    subjectId: id.orNull("Is the subject of this id."),
    subjectType: text.orNull("The subject's type."),
    role: text.orNull("Holds this role."),
    organization: text.orNull("Belongs to this organization."),
    group: text.orNull("Is told to be a member of this group."),
    identifier: text.orNull("Has this business identifier, `system|value`."),
  },
);

function shownTerms({ data, recipients, ...terms }: Omit<DomainException, "grantId">) {
  const { subject, ...written } = writtenRecipients(recipients);
  const { from, until, ...told } = data;
  return {
    ...terms,
    ...told,
    ...written,
    subjectId: subject?.id ?? null,
    subjectType: subject?.type ?? null,
    dataFrom: from,
    dataUntil: until,
    recipients:
      recipients?.map(
        ({ subject: one, ...recipient }): ShownRecipient => ({
          ...recipient,
          subjectId: one?.id ?? null,
          subjectType: one?.type ?? null,
        }),
      ) ?? null,
  };
}

const SHARED = "Null: any, or not the same for all `recipients`.";
const ConsentTerms = objectType<ReturnType<typeof shownTerms>>(
  "ConsentTerms",
  "What a consent says, or an exception to one.",
  {
    effect: oneOf(ConsentEffectEnum)("Whether the patient agrees or refuses."),
    recipients: of(ConsentRecipient).listOrNull("Whom it is for: one of these. Null: anyone."),
    clientId: id.orNull(`By way of which client. ${SHARED}`),
    subjectId: id.orNull(`For which subject. ${SHARED}`),
    subjectType: text.orNull("The subject's type."),
    organization: text.orNull(`For whom of which organization. ${SHARED}`),
    roles: text.listOrNull(`For holders of which roles. ${SHARED}`),
    groups: text.listOrNull(`For members of which groups. ${SHARED}`),
    identifiers: text.listOrNull(`For whom with which business identifiers. ${SHARED}`),
    scopes: text.listOrNull("Under which scopes. Null: any."),
    purposes: text.listOrNull(
      "For which purposes, as `system|code`. Null: of a consent any, but for those that must be named; of an exception those of its consent.",
    ),
    actions: text.listOrNull("What may be done, as `system|code`. Null: any."),
    resourceTypes: text.listOrNull("Data of which types. Null: any."),
    categories: text.listOrNull("Data of which categories. Null: any."),
    labels: text.listOrNull("Data with which labels, as `system|code`. Null: any."),
    codes: text.listOrNull("Data with which codes. Null: any."),
    references: of(DataReferenceType).listOrNull("Data that is told by resources. Null: any."),
    authors: text.listOrNull("Data written by whom, as `Type/id`. Null: by anyone."),
    dataFrom: time.orNull("Data made at or after this time."),
    dataUntil: time.orNull("Data made before this time."),
    validFrom: time.orNull("It holds from this time on; null: from when it was said."),
    validUntil: time.orNull("It holds until just before this time; null: with no end."),
  },
);

const shownException = ({ grantId, ...terms }: DomainException) => ({
  grantId: grantId ?? null,
  terms: shownTerms(terms),
});
const ConsentException = objectType<ReturnType<typeof shownException>>(
  "ConsentException",
  "What is otherwise than in the rest of a consent.",
  {
    terms: of<ReturnType<typeof shownTerms>>(ConsentTerms)("What it is an exception for, and what holds then."),
    grantId: id.orNull(
      "Of a refusal: the consent that a patient's yes to a consent request made; it is an exception as far and as long as that one permits. Null: it holds by itself.",
    ),
  },
);

const ConsentSource = objectType<DomainConsent["source"]>("ConsentSource", "Where a patient said it.", {
  kind: oneOf(ConsentSourceEnum)("How."),
  reference: text.orNull("By what it is found there."),
});

/** A consent that stands beside one that is recorded. */
function besideOf({ exceptions, id, version, ...terms }: DomainConsent) {
  const { actions, data, effect, purposes, recipients, scopes, validFrom, validUntil } = terms;
  return {
    ...{ id, version, exceptions: exceptions.map(shownException) },
    terms: shownTerms({ actions, data, effect, purposes, recipients, scopes, validFrom, validUntil }),
  };
}
const besideMembers = {
  id: id("Its id."),
  version: int("Its version."),
  terms: of<ReturnType<typeof shownTerms>>(ConsentTerms)("What the patient said."),
  exceptions: of(ConsentException).list("What is otherwise."),
};
const EndedConsent = objectType<ReturnType<typeof besideOf> & { readonly isWhole: boolean }>(
  "EndedConsent",
  "A consent that another one ends.",
  {
    ...besideMembers,
    isWhole: flag(
      "Whether nothing of it is left: else what it permits is over, and what it refuses of the data that is named.",
    ),
  },
);
const StayingConsent = objectType<ReturnType<typeof besideOf>>(
  "StayingConsent",
  "A consent whose refusals go on to count beside another one.",
  besideMembers,
);

export const ConsentQuestionInput = inputType<DomainQuestion>(
  "ConsentQuestionInput",
  "Who would do what, for what, to which data of the patient? At least one of `subject` and `clientId` says who.",
  {
    subject: of(SubjectInput).orNull("The person; absent: the client acts as itself. Without `roles`."),
    clientId: id.orNull("The client; absent: any. Each that a consent names is tried."),
    action: text("As in `AuthorizeInput`."),
    resource: of(ResourceInput)(
      "Which data. Its patient is the consent's, and need not be said; its organization says what silence means.",
    ),
    purposeOfUse: text.orNull("For what, as in `AuthorizeInput`; not BTG, which an emergency opens."),
  },
);
export const QUESTIONS = {
  nullable: true,
  description: `At most ${MOST_QUESTIONS}, with \`dryRun: true\` alone: \`said\` answers what the patient's consents would say with this one among them, whatever rules, scopes and roles allow. For a person with the role CONSENT; that they were asked is on record before the answer, and listed by \`questionsAsked\`.`,
};

const ConsentSaid = objectType<Omit<DomainSaid, "basedOn"> & { readonly basedOn: readonly string[] }>(
  "ConsentSaid",
  "What a patient's consents say of an access, by the same check as in a decision; rules, scopes and roles are not asked.",
  {
    outcome: oneOf(SaidOutcomeEnum)("What they say."),
    code: oneOf(ReasonCodeEnum).orNull(
      "Why not, as a decision would say; of DEPENDS where nothing that a consent names is so. Null: it is permitted.",
    ),
    text: text("The same in words, with the roles, scopes and clients of consents by which it is otherwise."),
    isPartial: flag("Whether a part of the data is withheld."),
    basedOn: id.list("The ids of the consents on which it rests; a new one by the `id` of this answer."),
  },
);

/** A consent in the contract's form. */
export function consentOf({ consent, replaces = { ends: [], stays: [] }, said = [], state }: TriedConsent) {
  const {
    answers = null,
    exceptions,
    id,
    includeNarrower,
    links = [],
    madeAt,
    patient,
    reason,
    source,
    version,
  } = consent;
  const { actions, data, effect, purposes, recipients, scopes, validFrom, validUntil } = consent;
  return {
    ...{ id, version, state, patient, includeNarrower, answers, links, source, madeAt, reason },
    ...{ at: consent.recordedAt, by: { callerId: consent.recordedBy }, areas: areasOf(consent) },
    terms: shownTerms({ actions, data, effect, purposes, recipients, scopes, validFrom, validUntil }),
    exceptions: exceptions.map(shownException),
    replacesAll: consent.replacesAll === true,
    ends: replaces.ends.map(({ consent: each, isWhole }) => ({ ...besideOf(each), isWhole })),
    stays: replaces.stays.map(besideOf),
    said: said.map(({ basedOn, ...each }) => ({ ...each, basedOn: basedOn.map((ref) => ref.id) })),
  };
}
export type ShownConsent = ReturnType<typeof consentOf>;

const LinkedSubject = objectType<RecipientLink["subjects"][number]>(
  "LinkedSubject",
  "Somebody, as requests name them.",
  {
    type: text("The type of subject."),
    id: id("The id."),
  },
);
const RecipientLinkType = objectType<RecipientLink>(
  "RecipientLink",
  "Who was linked to a name when a refusal of it was recorded.",
  {
    reference: text("A FHIR resource of a person, a group or a CareTeam, `Type/id`, or an identifier, `system|value`."),
    subjects: of(LinkedSubject).list(
      "Who. Empty: nobody was, and it counts for all of whom such names are not known, until somebody is linked.",
    ),
  },
);

export const Consent = objectType<ShownConsent>(
  "Consent",
  "What a patient agreed to or refused. Each version stays as it was recorded.",
  {
    id: id("Its id."),
    version: int("Its version, from 1. Decisions on record name the versions that they rest on."),
    state: oneOf(ConsentStateEnum)("What has become of it by now."),
    patient: id("The patient."),
    terms: of<ReturnType<typeof shownTerms>>(ConsentTerms)("What the patient said."),
    areas: text.list(
      "What it is about, as `system|code` (FHIR R4 consentscope): decisions ask of the patient's privacy.",
    ),
    includeNarrower: flag(INCLUDE_NARROWER),
    exceptions: of(ConsentException).list("What is otherwise."),
    answers: id.orNull(
      "The consent request to which the patient said it last: it speaks of what was asked alone, and says nothing of others. Null: it was said as a whole.",
    ),
    links: of(RecipientLinkType).list(
      "The names by which it refuses somebody who must be linked to them, with who was then: it counts for them whatever the directory says later. A group of more than 100 is not among them: of it those count who belong to it when it is decided.",
    ),
    replacesAll: flag(REPLACES_ALL),
    ends: of(EndedConsent).list(
      "In the answer to a recording, or to its `dryRun`: what it ends of what the patient said before. Empty in all other answers.",
    ),
    stays: of(StayingConsent).list(
      "In the answer to a recording, or to its `dryRun`: the consents of the patient that go on to refuse something beside it. Empty in all other answers.",
    ),
    said: of(ConsentSaid).list(
      "In the answer to a `dryRun` with `questions`: what the patient's consents would say to each. Empty in all other answers.",
    ),
    source: of(ConsentSource)("Where the patient said it."),
    madeAt: time.orNull("When the patient said it. Null: not known, and then it replaces nothing and nothing it."),
    at: time("When this version was recorded."),
    by: actor("Who recorded this version."),
    reason: text("Why this version was recorded, or of a withdrawn one, why it was withdrawn."),
  },
);
