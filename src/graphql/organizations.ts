import { FieldResolver, Resolver, Root } from "type-graphql";
import type * as operations from "../domain/policy/operations.ts";
import type { SettingName } from "../domain/policy/organizations.ts";
import type * as policy from "../domain/policy/types.ts";
import { mutationsOf, type OperationRows } from "./change.ts";
import { clearing } from "./clearing.ts";
import { connectionOf } from "./connections.ts";
import { AlertResponseEnum, SeverityEnum, SilenceEnum, SpecialProtectionEnum } from "./enums.ts";
import { flag, id, inputType, int, type OutputMember, objectType, of, oneOf, text } from "./graphqlTypes.ts";
import { type At, POLICY_REVISION, policyList, policyRow } from "./policyRows.ts";

/** What each setting is, said where it is read and where it is written. */
const SETTING_DOCS: { readonly [S in SettingName]: string } = {
  consentOnSilence:
    "What a patient's silence means, by purpose of use, with one rule without a purpose for all others. Unset: PERMIT.",
  specialProtection:
    "Whether what the law specially protects (42 CFR Part 2, psychotherapy notes) is withheld where labels do not show it: then searches, and reads of data without labels, carry the obligations `label` and `redact`. TRUSTED needs a `justification`. Unset: ENFORCED.",
  purposeRequired: "Whether an access must declare its purpose of use, or is denied. Unset: no.",
  patientScopesReachShared:
    "Whether a `patient/` scope reads and searches what belongs to no patient, such as an Organization or a Medication. Unset: no.",
  part2Program:
    "Whether it is a program of 42 CFR Part 2: who belongs to it creates and updates records of it without consent, unless the patient refuses. Unset: no.",
  accessRequestMaxMinutes:
    "The longest that access may be requested for, in minutes, 1 to 527040. Unset: access can't be requested. Scopes, which are granted in no organization, follow what `*` sets.",
  consentRequests:
    "How long consent requests can be answered, and answers hold. Unset: 30 minutes, a yes 365 days, a no 90 days. The setting of the subject's organization holds, else that of `*`.",
  breakGlass: "Who may break glass (`breakGlass`), for how long, and how soon it is reviewed. Unset: nobody.",
  emergencyOverridesRefusal:
    "Whether breaking glass also overrides what a patient refused, in so many words or by permitting others alone. Unset: no.",
  alertResponses:
    "How access may be restricted for a while because of an alert, each way once with its longest time: by reviewers (`imposeRestriction`), and where `automatic` says so by the service itself. Unset: not at all; an empty list: not at all here, whatever `*` sets. What is restricted in an organization ends there after the time that it sets itself.",
  retentionYears:
    "For how many years what identifies people is kept in the record, 1 to 200; then it is erased. Less than 6 needs a `justification`. Unset: 6. Records that belong to no organization follow what `*` sets.",
  legalHold: "Whether nothing is erased for now, however old it is; `placeLegalHold` keeps a part. Unset: no.",
};

const PURPOSE = "A code of HL7 v3 PurposeOfUse, such as TREAT; absent: all purposes that no other rule names.";
const SILENCE = oneOf(SilenceEnum)("What it means.");
const breakGlassMembers = {
  roles: text.list("The roles whose holders may, at least one."),
  maxMinutes: int("For how long at a time, in minutes, 1 to 10080."),
  reviewWithinHours: int("Within how many hours of its planned end somebody else reviews it, 1 to 8784."),
};

const askingMembers = {
  expireMinutes: int("For how many minutes a consent request can be answered, 1 to 1440."),
  agreedDays: int("For how many days a yes holds, 1 to 3650."),
  refusedDays: int("For how many days a no is remembered, and is not asked again, 1 to 3650."),
};

const SilenceRuleType = objectType<policy.SilenceRule>("SilenceMeaning", "What silence means for one purpose of use.", {
  purpose: text.orNull(PURPOSE),
  silence: SILENCE,
});
const BreakGlassType = objectType<policy.BreakGlassSettings>(
  "BreakGlassTerms",
  "Who may break glass.",
  breakGlassMembers,
);

const AskingType = objectType<policy.ConsentRequestSettings>(
  "ConsentRequestTerms",
  "How patients are asked for consent.",
  askingMembers,
);

const responseMembers = {
  response: oneOf(AlertResponseEnum)("In which way."),
  maxMinutes: int("For how long at most, in minutes: STEP_UP 1 to 1440, SUSPENSION 1 to 60."),
};
const automaticMembers = {
  from: oneOf(SeverityEnum)("Because of an alert of this severity, or a higher one; for SUSPENSION only HIGH."),
  minutes: int("For how long, in minutes: at least 1, and at most `maxMinutes`."),
  mostPerHour: int.orNull(
    "How often within an hour, 1 to 100, wherever this entry holds; null: 5. Beyond, nothing is imposed, and the alert says so.",
  ),
};
const AUTOMATIC =
  "That the service imposes it by itself when an alert comes to be, or rises to the severity. Null: reviewers alone impose it.";
const AlertResponseType = objectType<policy.AlertResponseRule>(
  "AlertResponseTerms",
  "A way in which access may be restricted because of an alert.",
  {
    ...responseMembers,
    automatic: of(
      objectType<policy.AutomaticResponse>(
        "AutomaticResponseTerms",
        "That a restriction is imposed by the service itself.",
        automaticMembers,
      ),
    ).orNull(AUTOMATIC) as OutputMember<policy.AlertResponseRule["automatic"]>,
  },
);

const OwnSettings = objectType<Pick<policy.Organization, SettingName>>(
  "OwnSettings",
  "What an organization sets itself. Null: not set here, so that what `*` sets holds, else the default.",
  {
    consentOnSilence: of(SilenceRuleType).listOrNull(SETTING_DOCS.consentOnSilence),
    specialProtection: oneOf(SpecialProtectionEnum).orNull(SETTING_DOCS.specialProtection),
    purposeRequired: flag.orNull(SETTING_DOCS.purposeRequired),
    patientScopesReachShared: flag.orNull(SETTING_DOCS.patientScopesReachShared),
    part2Program: flag.orNull(SETTING_DOCS.part2Program),
    accessRequestMaxMinutes: int.orNull(SETTING_DOCS.accessRequestMaxMinutes),
    consentRequests: of(AskingType).orNull(SETTING_DOCS.consentRequests),
    breakGlass: of(BreakGlassType).orNull(SETTING_DOCS.breakGlass),
    emergencyOverridesRefusal: flag.orNull(SETTING_DOCS.emergencyOverridesRefusal),
    alertResponses: of(AlertResponseType).listOrNull(SETTING_DOCS.alertResponses),
    retentionYears: int.orNull(SETTING_DOCS.retentionYears),
    legalHold: flag.orNull(SETTING_DOCS.legalHold),
  },
);

const Organization = objectType<At<Omit<policy.Organization, SettingName>>>(
  "Organization",
  "The settings of an organization, or under `*` of all. One without settings of its own needs no entry.",
  {
    id: id("Its id, as requests and assignments name it; `*`: what holds where an organization sets nothing itself."),
    name: text.orNull("Its name for people."),
    justification: text.orNull("Why it is set as it is."),
    policyRevision: int(POLICY_REVISION),
  },
);

@Resolver(() => Organization)
export class OrganizationFields {
  @FieldResolver(() => OwnSettings, { description: "What it sets itself." })
  settings(@Root() row: policy.Organization): policy.Organization {
    return row;
  }
}

const OrganizationSettings = inputType<operations.PutOrganization["settings"]>(
  "OrganizationSettings",
  "Settings of an organization. Unset members follow `*`, else they are the strictest, but silence permits, no purpose must be declared and records are kept for six years.",
  {
    consentOnSilence: of(
      inputType<policy.SilenceRule>("SilenceRule", "What silence means for one purpose of use.", {
        purpose: text.orNull(PURPOSE),
        silence: SILENCE,
      }),
    ).listOrNull(SETTING_DOCS.consentOnSilence),
    specialProtection: oneOf(SpecialProtectionEnum).orNull(SETTING_DOCS.specialProtection),
    purposeRequired: flag.orNull(SETTING_DOCS.purposeRequired),
    patientScopesReachShared: flag.orNull(SETTING_DOCS.patientScopesReachShared),
    part2Program: flag.orNull(SETTING_DOCS.part2Program),
    accessRequestMaxMinutes: int.orNull(SETTING_DOCS.accessRequestMaxMinutes),
    consentRequests: of(
      inputType<policy.ConsentRequestSettings>(
        "ConsentRequestSettings",
        "How patients are asked for consent.",
        askingMembers,
      ),
    ).orNull(SETTING_DOCS.consentRequests),
    breakGlass: of(
      inputType<policy.BreakGlassSettings>("BreakGlassSettings", "Who may break glass.", breakGlassMembers),
    ).orNull(SETTING_DOCS.breakGlass),
    emergencyOverridesRefusal: flag.orNull(SETTING_DOCS.emergencyOverridesRefusal),
    alertResponses: of(
      inputType<policy.AlertResponseRule>(
        "AlertResponseRule",
        "A way in which access may be restricted because of an alert.",
        {
          ...responseMembers,
          automatic: of(
            inputType<policy.AutomaticResponse>(
              "AutomaticResponse",
              "That a restriction is imposed by the service itself.",
              automaticMembers,
            ),
          ).orNull(AUTOMATIC),
        },
      ),
    ).listOrNull(SETTING_DOCS.alertResponses),
    retentionYears: int.orNull(SETTING_DOCS.retentionYears),
    legalHold: flag.orNull(SETTING_DOCS.legalHold),
  },
);

const clear = clearing("organization");
const members = {
  name: text.orNull("Its name for people, 1 to 256 characters."),
  justification: text.orNull("Why it is set as it is, at most 2000 characters; kept and shown."),
  clear,
};

const PutOrganization = inputType<operations.PutOrganization>(
  "PutOrganization",
  "Settings of an organization to be created, or replaced if they are there: they become exactly what is said here. BAD_USER_INPUT when that leaves out what is set; say it again, or `clear` it.",
  {
    id: id(
      "The organization, 1 to 256 characters without control characters; `*`: the settings of all that set nothing else.",
    ),
    settings: of(OrganizationSettings)("What it sets."),
    ...members,
  },
);

const UpdateOrganization = inputType<operations.UpdateOrganization>(
  "UpdateOrganization",
  "What changes of an organization; what is left out stays as it is, and null is refused.",
  {
    id: id("The organization, or `*`."),
    settings: of(OrganizationSettings).orNull(
      "What changes of its settings; those that are left out stay as they are.",
    ),
    ...members,
  },
);

const OrganizationRef = inputType<operations.OrganizationRef>("OrganizationRef", "Names an organization.", {
  id: id("The organization, or `*`."),
});

export const organizationOperations = {
  putOrganization: {
    input: PutOrganization,
    step: "Creates or replaces the settings of an organization.",
    mutations: {
      create: [
        "createOrganization",
        "Sets what holds in an organization. BAD_USER_INPUT when it has settings already.",
      ],
    },
  },
  updateOrganization: {
    input: UpdateOrganization,
    step: "Changes what is given of an organization's settings.",
    mutations: {
      any: [
        "updateOrganization",
        "Changes what is given of an organization's settings, and nothing else. BAD_USER_INPUT when it has none.",
      ],
    },
  },
  deleteOrganization: {
    input: OrganizationRef,
    step: "Deletes the settings of an organization.",
    mutations: {
      any: [
        "deleteOrganization",
        "Deletes the settings of an organization: what `*` sets holds there, else the defaults. BAD_USER_INPUT when it has none.",
      ],
    },
  },
} satisfies OperationRows;

export const organizationResolvers = [
  policyRow("organization", {
    type: Organization,
    key: "id",
    find: (snapshot, key) => snapshot.organizations.get(key),
  }),
  policyList("organization", {
    name: "organizations",
    description: "The organizations with settings of their own, by id, `*` among them.",
    connection: connectionOf("Organization", "organizations", Organization),
    filter: {
      type: "OrganizationFilter",
      description: "Narrows a list of organizations; all that is given must hold. Texts are compared exactly.",
      members: {
        id: id("The organization of this id."),
        idPrefix: text("Ids that begin so."),
      },
    },
  }),
  ...mutationsOf(organizationOperations),
];
