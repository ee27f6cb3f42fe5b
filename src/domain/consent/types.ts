/** Codes are `system|code`; a bare purpose, confidentiality or ActCode was made HL7's own when it was read. */
export type Code = string;

/** PERMIT: the patient agrees. DENY: the patient refuses. */
export const CONSENT_EFFECTS = ["PERMIT", "DENY"] as const;
export type ConsentEffect = (typeof CONSENT_EFFECTS)[number];

/** Where it was said. */
export const CONSENT_SOURCES = ["PORTAL", "PAPER", "FHIR", "AUTHORIZATION_SERVER"] as const;
export type ConsentSourceKind = (typeof CONSENT_SOURCES)[number];

/** Who is meant: whoever meets every member that is not null. */
export interface RecipientTerms {
  readonly clientId: string | null;
  readonly subject: { readonly id: string; readonly type: string } | null;
  /** A role that the subject holds. */
  readonly role: string | null;
  /** To which the subject belongs. */
  readonly organization: string | null;
  /** Of which the subject is stated to be a member. */
  readonly group: string | null;
  /** A business identifier of the recipient. */
  readonly identifier: Code | null;
}

/** What one resource refers to (FHIR R4 consent-data-meaning), here by `Type/id`. */
export const DATA_MEANINGS = ["instance", "related", "dependents", "authoredby"] as const;
export interface DataReference {
  readonly meaning: (typeof DATA_MEANINGS)[number];
  readonly reference: string;
}

/** Which data is meant: what meets every member that is not null, of each one of its values. All null: all data. */
export interface DataTerms {
  readonly resourceTypes: readonly string[] | null;
  readonly categories: readonly Code[] | null;
  /** Confidentiality, sensitivity and other security labels. */
  readonly labels: readonly Code[] | null;
  readonly codes: readonly Code[] | null;
  readonly references: readonly DataReference[] | null;
  /** Who wrote it, as `Type/id`. */
  readonly authors: readonly string[] | null;
  /** From and until when it was made, in milliseconds since 1970, `until` excluded. */
  readonly from: number | null;
  readonly until: number | null;
}

/** What both a consent and its exceptions say. What is null is any. */
interface ProvisionTerms {
  readonly effect: ConsentEffect;
  /** One of these. */
  readonly recipients: readonly RecipientTerms[] | null;
  /** As they are granted and presented. */
  readonly scopes: readonly string[] | null;
  /** Null of a consent: any but BTG and its like. Null of an exception: those of its consent. */
  readonly purposes: readonly Code[] | null;
  /** FHIR R4 consentaction: `access`, `collect`, `use`, `disclose`, `correct`. */
  readonly actions: readonly Code[] | null;
  readonly data: DataTerms;
  /** In milliseconds since 1970, `validUntil` excluded. */
  readonly validFrom: number | null;
  readonly validUntil: number | null;
}

/** One level deep. */
export interface ConsentException extends ProvisionTerms {
  /**
   * Of a refusal: the id of the consent that a yes to a consent request made, for which it is an exception as far and as long as that one
   * permits. Absent: it permits by itself.
   */
  readonly grantId?: string;
}

/** What a patient agreed to or refused. */
export interface ConsentTerms extends ProvisionTerms {
  readonly patient: string;
  /** What it is about (FHIR R4 consentscope); absent: the patient's privacy, of which decisions ask. */
  readonly areas?: readonly Code[];
  /** Whether what it permits is for narrower purposes too: never for BTG and HLEGAL. What it refuses always is, but for those of emergencies. */
  readonly includeNarrower: boolean;
  readonly exceptions: readonly ConsentException[];
  /**
   * The id of the consent request to which a patient said it; absent: it was said as a whole. Such a consent speaks of what was
   * asked alone: it opens for its recipient, says nothing of others, and replaces none but such.
   */
  readonly answers?: string;
  /** It ends all that was said before of the same recipients and purposes. Absent: of refusals only what it names of the data. */
  readonly replacesAll?: true;
}

/** RECORDED: it holds from then on. WITHDRAWN: this version says that those before hold no more. */
export type ConsentStep = "RECORDED" | "WITHDRAWN";

/** For whom and what an earlier version of a consent was, which had taken the place of older ones then. */
export interface EarlierTerms extends Pick<ConsentTerms, "answers" | "areas" | "purposes" | "recipients"> {
  /** When the patient said it, and from when on it stood in the place of what was said before, in milliseconds since 1970. */
  readonly madeAt: number;
  readonly begins: number;
  /** Which data it named: of refusals it ended those alone. Absent: it ended all. */
  readonly named?: Pick<ConsentTerms, "actions" | "data" | "scopes">;
}

/** Who was linked to a name when a refusal of it was recorded. */
export interface RecipientLink {
  /** A FHIR resource of a person, a group or a care team, `Type/id`, or an identifier, `system|value`. */
  readonly reference: string;
  /** As requests name them. Empty: nobody was, and the refusal counts for all of whom such names are not known, until somebody is. */
  readonly subjects: readonly { readonly type: string; readonly id: string }[];
}

/** One version of a consent. Versions never change; the highest of an id is the one that counts. */
export interface Consent extends ConsentTerms {
  /**
   * Of each name by which it refuses somebody who must be linked to it; absent: it refuses none so, or a group that is larger than is kept.
   * They count on whatever the directory says later.
   */
  readonly links?: readonly RecipientLink[];
  readonly id: string;
  /** From 1. */
  readonly version: number;
  readonly step: ConsentStep;
  readonly source: { readonly kind: ConsentSourceKind; readonly reference: string | null };
  /** When the patient said it, in milliseconds since 1970; null: not known, and then it replaces nothing and nothing it. */
  readonly madeAt: number | null;
  /** The caller. */
  readonly recordedBy: string;
  /** Milliseconds since 1970. */
  readonly recordedAt: number;
  readonly reason: string;
  /**
   * What earlier versions were for and this one is not: what they had replaced stays replaced. Absent: nothing, and of
   * versions recorded before there was this member, not known.
   */
  readonly earlier?: readonly EarlierTerms[];
}

/** By what a decision names the version that it looked at. */
export type ConsentRef = Pick<Consent, "id" | "version">;

/** What a consent is asked about: data of one patient. */
export interface ConsentQuestion {
  readonly patient: string;
  readonly recipient: {
    readonly clientId: string;
    readonly subject: { readonly id: string; readonly type: string } | null;
    /** The FHIR resources of the subject, `Type/id`, that the directory knows. */
    readonly fhirReferences: readonly string[];
    /** What the caller says to be some, as it is written: it counts for refusals alone. */
    readonly fhirUsers: readonly string[];
    /** Others in the directory who are linked to the same FHIR resources: for refusals they are the same person. */
    readonly namesakes: readonly {
      readonly id: string;
      readonly type: string;
      readonly fhirReferences: readonly string[];
      readonly groups: readonly string[];
      readonly identifiers: readonly Code[];
    }[];
    /** PATIENT: it is the patient, who asks for the own data. REPRESENTATIVE: who represents the patient, a recipient like any other. */
    readonly who: "PATIENT" | "REPRESENTATIVE" | null;
    /** The names to which somebody is linked now, of those that refusals were recorded for without. */
    readonly linked: Pick<ReadonlySet<string>, "has">;
    readonly roles: Pick<ReadonlySet<string>, "has">;
    readonly organization: string | null;
    /** As the directory has them, or else as the caller says. */
    readonly groups: readonly string[];
    readonly identifiers: readonly Code[];
    /** What counts for refusals alone. */
    readonly maybe: {
      /** As the caller says, whatever the directory has. */
      readonly groups: readonly string[];
      readonly identifiers: readonly string[];
      /** The id under which the directory has them as a patient; null: it says none. */
      readonly patientRecord: string | null;
      /** The patient's care team: ids of people, or references to them. */
      readonly careTeam: readonly string[];
      /** Where they belong as an attribute says; of a client that acts as itself also as the directory does. */
      readonly organizations: readonly string[];
      /** As an attribute says, with what these inherit. */
      readonly roles: readonly string[];
    };
  };
  /** All must be permitted; empty: none is declared. */
  readonly purposes: readonly Code[];
  /** The scope under which the access is allowed; null: of no scope in particular. */
  readonly scope: string | null;
  /** A FHIR R4 consentaction; null: access, of which a refusal can't tell use, disclosure and collecting. */
  readonly action: Code | null;
  /** Whether it changes data, of which correcting can't be told. */
  readonly writes?: true;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What consents must be about (FHIR R4 consentscope); absent: the patient's privacy; null: anything. */
  readonly area?: Code | null;
  readonly data: SetData | ResourceData;
}

/** Of each of some people whom the directory links to FHIR resources: all their names, `Type/id`. */
export type NamesOfPeople = readonly (readonly string[])[];

/** A search or a token: what it comes to is not known yet. `*`: any type. */
export interface SetData {
  readonly kind: "SET";
  readonly resourceType: string;
  /** Those whom refusals name as authors; absent: nobody. */
  readonly people?: NamesOfPeople;
}

/** What is stated of a resource's codes, or of its references: perhaps not all of them. */
export interface StatedCodes {
  /** In the one form; one without its system may be of any. */
  readonly codes: readonly Code[];
  /** Whether they are all of their kind: what is not among them is not there. */
  readonly areAll: boolean;
}
export interface StatedReferences {
  /** In the one form, `Type/id`, or a bare id, which may be of any type. */
  readonly references: readonly string[];
  /** Whether all references to resources of a type are among them. */
  areAllOf(type: string): boolean;
}

/** One resource. What is undefined is not known; empty: there is none. */
export interface ResourceData {
  readonly kind: "RESOURCE";
  readonly resourceType: string;
  /** `Type/id`. */
  readonly reference: string | undefined;
  readonly labels: readonly Code[] | undefined;
  readonly categories: StatedCodes;
  /** Wherever they stand in the resource; `areWhole`: the caller says that there are no others, of any kind. */
  readonly codes: StatedCodes & { readonly areWhole: boolean };
  /** Milliseconds since 1970, the first and the last that it may be. */
  readonly madeAt: readonly [number, number] | undefined;
  readonly authors: StatedReferences;
  /** Who performed, recorded or asked for it, and so may be an author. */
  readonly perhapsAuthors: StatedReferences;
  /** Those whom refusals name as authors, and those whom the resource does; absent: nobody. */
  readonly people?: NamesOfPeople;
  /** From it to others; `areWhole`: the caller says that there are no others, of any kind. */
  readonly references: StatedReferences & { readonly areWhole: boolean };
  /** From others to it; undefined: not known. */
  readonly referredToBy: readonly string[] | undefined;
}

/** A condition on data: all members that are there, of each one of its values. Times are milliseconds since 1970. */
export interface DataCondition {
  readonly resourceTypes?: readonly string[];
  readonly categories?: readonly Code[];
  readonly labels?: readonly Code[];
  readonly codes?: readonly Code[];
  readonly references?: readonly DataReference[];
  readonly authors?: readonly string[];
  readonly from?: number;
  readonly until?: number;
}

/**
 * What a permission leaves to the caller: `filter` releases only what meets one of `anyOf`, `redact` withholds what meets
 * one of them, `label`: label the resource first, or withhold it.
 */
export type ConsentObligation =
  | { readonly type: "filter" | "redact"; readonly anyOf: readonly DataCondition[] }
  | { readonly type: "label" };

/** Why a consent is not there or withholds. */
export type ConsentProblem =
  | "NONE"
  | "NOT_YET"
  | "REFUSED"
  | "WITHDRAWN"
  | "EXPIRED"
  | "OTHER_PURPOSE"
  | "OTHER_RECIPIENT"
  | "DATA_EXCEPTED";

/** What a patient's consents say to a question, with the versions on which that rests. */
export type ConsentAnswer =
  | {
      readonly outcome: "PERMIT";
      readonly basedOn: readonly ConsentRef[];
      /** Labels of specially protected data that the consents permit. */
      readonly releases: readonly Code[];
      readonly obligations: readonly ConsentObligation[];
    }
  | {
      readonly outcome: "DENY";
      readonly basedOn: readonly ConsentRef[];
      readonly problem: ConsentProblem;
      /** The names to which nobody is linked yet, for which it denies everybody; absent: none. */
      readonly unlinked?: readonly string[];
    }
  /** None that is in force speaks to it. */
  | {
      readonly outcome: "NO_CONSENT";
      /** Those that come nearest. */
      readonly basedOn: readonly ConsentRef[];
      readonly problem: ConsentProblem;
      /** Of NOT_YET: when the first of them begins, in milliseconds since 1970. */
      readonly from?: number;
      /** REPLACED: a permission for the purpose names others, so that what silence means does not count: it is a DENY. */
      readonly silence: "COUNTS" | "REPLACED";
      /** The purposes for which silence is to be asked; empty: for none, as none was declared. */
      readonly silentOn: readonly Code[];
      /** What is left to the caller where silence permits: refusals of a part of the data, and of the other purposes. */
      readonly obligations: readonly ConsentObligation[];
    };
