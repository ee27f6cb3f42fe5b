import type { Json } from "../kernel/canonical.ts";
import type { Atom, AtomDeclaration } from "../scopes/atom.ts";
import type { ScopeState } from "../scopes/lifecycle.ts";

/** Milliseconds since 1970; `null` means open-ended. A period holds from `validFrom` until just before `validUntil`. */
export interface Validity {
  readonly validFrom: number | null;
  readonly validUntil: number | null;
}

export type ClientStatus = "ACTIVE" | "SUSPENDED";

export interface Client {
  readonly id: string;
  readonly name: string;
  readonly status: ClientStatus;
  readonly description: string | null;
  /** The protocol scopes that it may be given (`listsProtocolScope`); null: all but `offline_access`. */
  readonly protocolScopes: readonly string[] | null;
  /** Whether care depends on it, so that no alert suspends it. */
  readonly careCritical: boolean;
}

/** What a scope is called in another language. */
export interface ScopeTranslation {
  /** BCP 47. */
  readonly language: string;
  readonly title: string;
  readonly description: string | null;
}

/** One version of a scope. Versions count from 1 and do not change once active, but for their state and sunset. */
export interface ScopeVersion {
  readonly name: string;
  readonly version: number;
  readonly state: ScopeState;
  readonly title: string | null;
  readonly description: string | null;
  /** Each language once, in the order of the tags. */
  readonly translations: readonly ScopeTranslation[];
  readonly declarations: readonly AtomDeclaration[];
  readonly requiresConsent: boolean;
  readonly justification: string | null;
  /** When it was first announced to end. */
  readonly deprecatedAt: number | null;
  readonly sunsetAt: number | null;
  readonly replacedBy: string | null;
  readonly retiredAt: number | null;
  /** Derived from the declarations, or from the syntax of a SMART scope. */
  readonly atoms: readonly Atom[];
}

export interface Grant extends Validity {
  readonly clientId: string;
  readonly scope: string;
}

export interface Role {
  readonly name: string;
  readonly inherits: readonly string[];
  readonly description: string | null;
}

/** As an assignment's organization: it holds in every one, and for what belongs to none. */
export const ALL_ORGANIZATIONS = "*";

/** What a subject is where nothing else is said: a person. */
export const USER = "user";
/** What a subject is that is a client. */
export const CLIENT = "client";

export interface Assignment extends Validity {
  readonly subjectId: string | null;
  readonly subjectType: string | null;
  readonly clientId: string | null;
  readonly role: string;
  readonly organization: string;
}

/** Who holds roles: a subject, by its type and id, or a client that acts as itself. The other's members are null. */
export type Holder = Pick<Assignment, "subjectId" | "subjectType" | "clientId">;

export type Effect = "ALLOW" | "DENY";

export interface Obligation {
  readonly type: string;
  readonly parameters: Json;
}

/** `*` in role, scope, action or resourceType stands for any. */
export interface Rule {
  readonly id: string;
  readonly role: string;
  readonly scope: string;
  readonly action: string;
  readonly resourceType: string;
  /** A CEL expression, or null: always. */
  readonly when: string | null;
  readonly effect: Effect;
  readonly obligations: readonly Obligation[];
  readonly description: string | null;
  /** Why it stands although the lint would refuse it. */
  readonly justification: string | null;
}

/** What a patient's silence means where consent would be asked: strictest first. */
export const SILENCES = ["DENY", "BREAK_GLASS_ONLY", "PERMIT_TREATMENT", "PERMIT_TPO", "PERMIT"] as const;
export type Silence = (typeof SILENCES)[number];

/**
 * Whether what the law specially protects (42 CFR Part 2, psychotherapy notes) is withheld where data bears no labels that would show it:
 * strictest first. TRUSTED: the organization's data is labelled, or holds none.
 */
export const SPECIAL_PROTECTIONS = ["ENFORCED", "TRUSTED"] as const;
export type SpecialProtection = (typeof SPECIAL_PROTECTIONS)[number];

/** What silence means for one purpose of use; null: for all that no other rule of the list names. */
export interface SilenceRule {
  readonly purpose: string | null;
  readonly silence: Silence;
}

/** Who may break glass, for how long, and within how many hours somebody reviews it. */
export interface BreakGlassSettings {
  readonly roles: readonly string[];
  readonly maxMinutes: number;
  readonly reviewWithinHours: number;
}

/** For how many minutes a consent request can be answered, and for how many days a yes and a no then hold. */
export interface ConsentRequestSettings {
  readonly expireMinutes: number;
  readonly agreedDays: number;
  readonly refusedDays: number;
}

/**
 * How access may be restricted for a while because of an alert: STEP_UP asks who acts to prove anew who they are, SUSPENSION denies
 * everything.
 */
export const ALERT_RESPONSES = ["STEP_UP", "SUSPENSION"] as const;
export type AlertResponse = (typeof ALERT_RESPONSES)[number];

/** How much a finding or an alert matters, the least first. */
export const SEVERITIES = ["INFO", "LOW", "MEDIUM", "HIGH"] as const;

/** That the service imposes a restriction by itself. */
export interface AutomaticResponse {
  /** Because of an alert of this severity, or a higher one. */
  readonly from: (typeof SEVERITIES)[number];
  readonly minutes: number;
  /** How often within an hour; null: `MOST_PER_HOUR`. */
  readonly mostPerHour: number | null;
}

/** A restriction that may be imposed, and for how many minutes at most. */
export interface AlertResponseRule {
  readonly response: AlertResponse;
  readonly maxMinutes: number;
  /** Absent or null: reviewers alone impose it. Absent where it is kept. */
  readonly automatic?: AutomaticResponse | null;
}

/** The settings of one organization, or under `*` those of all. Null: not set here. */
export interface Organization {
  readonly id: string;
  readonly name: string | null;
  readonly consentOnSilence: readonly SilenceRule[] | null;
  readonly specialProtection: SpecialProtection | null;
  readonly purposeRequired: boolean | null;
  readonly patientScopesReachShared: boolean | null;
  readonly part2Program: boolean | null;
  readonly accessRequestMaxMinutes: number | null;
  readonly consentRequests: ConsentRequestSettings | null;
  readonly breakGlass: BreakGlassSettings | null;
  readonly emergencyOverridesRefusal: boolean | null;
  readonly alertResponses: readonly AlertResponseRule[] | null;
  readonly retentionYears: number | null;
  readonly legalHold: boolean | null;
  /** Why it stands as it does. */
  readonly justification: string | null;
}

/** The nouns of the policy, each with what identifies one row among those of a revision. */
export interface PolicyRows {
  readonly client: Client;
  readonly scope: ScopeVersion;
  readonly grant: Grant;
  readonly role: Role;
  readonly assignment: Assignment;
  readonly rule: Rule;
  readonly organization: Organization;
}
export type Noun = keyof PolicyRows;

/** What one revision did to one row: `before` null, it began; `after` null, it ended. */
export type RowChange = {
  readonly [N in Noun]: {
    readonly noun: N;
    readonly key: string;
    readonly before: PolicyRows[N] | null;
    readonly after: PolicyRows[N] | null;
  };
}[Noun];

/** Joins the parts of a key without collisions, whatever they contain. */
const compose = (...parts: readonly (string | number | null)[]): string => JSON.stringify(parts);

/** What the keys of subjects of a type begin with. No type has a line feed, nor any other control character. */
export const subjectKeyPrefix = (type: string): string => `s:${type}\n`;

/** The type of the subject whose key it is; null: it is a client's. */
export const subjectTypeOf = (holder: string): string | null =>
  holder.startsWith("s:") ? holder.slice(2, holder.indexOf("\n")) : null;

/** The holder of assignments, as a key: a subject and a client of the same id are two, as are subjects of two types. */
export const holderKey = ({ subjectId, subjectType, clientId }: Holder): string =>
  subjectId !== null ? `s:${subjectType}\n${subjectId}` : `c:${clientId ?? ""}`;

/** The holder for people: a subject that is no person with its type. */
export function holderText({ subjectId, subjectType, clientId }: Holder): string {
  if (subjectId === null) return `client ${clientId}`;
  return `subject ${subjectId}${subjectType === USER ? "" : ` of the type ${subjectType}`}`;
}

export const rowKey: { readonly [N in Noun]: (row: PolicyRows[N]) => string } = {
  client: (row) => row.id,
  scope: (row) => compose(row.name, row.version),
  role: (row) => row.name,
  grant: (row) => compose(row.clientId, row.scope),
  assignment: (row) => compose(row.subjectId, row.subjectType, row.clientId, row.role, row.organization),
  rule: (row) => row.id,
  organization: (row) => row.id,
};
/** In the order in which they are loaded, and listed in a revision. */
export const NOUNS = Object.keys(rowKey) as readonly Noun[];

/** Whether a validity period holds at a time. */
export function holdsAt(period: Validity, now: number): boolean {
  return (
    (period.validFrom === null || period.validFrom <= now) && (period.validUntil === null || now < period.validUntil)
  );
}
