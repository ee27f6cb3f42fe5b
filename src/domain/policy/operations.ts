import type { Json } from "../kernel/canonical.ts";
import type { AtomContext } from "../scopes/atom.ts";
import type { ClearableMember, MemberOf, RequiredMember } from "./members.ts";
import type { SettingName } from "./organizations.ts";
import type { Noun, PolicyRows } from "./types.ts";

type Maybe<T> = T | null | undefined;

/** What empties members on purpose; leaving them out never does. */
interface Clearing<N extends Noun> {
  readonly clear?: Maybe<readonly ClearableMember<N>[]>;
}
/** What an author says of a row, where it may be left out. */
type Said<N extends Noun, M extends keyof PolicyRows[N]> = { readonly [Name in M]?: Maybe<PolicyRows[N][Name]> };

/**
 * What a row is put with: its key and its content. It becomes exactly what is said, so that what the row that it replaces
 * has set must be said again or cleared. `Key` must be given, and what its author must always say; `Own` has a form of
 * its own.
 */
type Put<N extends Noun, Key extends MemberOf<N, "key">, Own extends keyof PolicyRows[N] = never> = Pick<
  PolicyRows[N],
  Key | Exclude<RequiredMember<N>, Own>
> &
  Said<N, Exclude<MemberOf<N, "key" | "content">, Key | RequiredMember<N> | Own>> &
  Clearing<N>;

/** What is changed of a row that is there; what is left out stays as it is. */
type Update<N extends Noun, Key extends MemberOf<N, "key">, Own extends keyof PolicyRows[N] = never> = Pick<
  PolicyRows[N],
  Key
> &
  Said<N, Exclude<MemberOf<N, "content">, Own>> &
  Clearing<N>;

/** The inputs of the contract, as data. Times are milliseconds since 1970. Null never stands for a default. */
export interface AtomInput {
  readonly context?: Maybe<AtomContext>;
  readonly resourceType: string;
  readonly actions: readonly string[];
  readonly constraint?: Maybe<string>;
}
interface Atoms {
  readonly atoms?: Maybe<readonly AtomInput[]>;
}
/** A title and a description in another language, each language once. */
export interface TranslationInput {
  readonly language: string;
  readonly title: string;
  readonly description?: Maybe<string>;
}
interface Translations {
  readonly translations?: Maybe<readonly TranslationInput[]>;
}
/** The version is counted, and the declarations are those of `atoms`. */
export interface PutScope
  extends Put<"scope", "name", "version" | "declarations" | "translations">,
    Atoms,
    Translations {}
export interface UpdateScope extends Update<"scope", "name", "declarations" | "translations">, Atoms, Translations {}
export interface ScopeRef {
  readonly name: string;
  readonly version?: Maybe<number>;
}
export interface RetireScope extends ScopeRef {
  /** Retires it although clients used it lately. */
  readonly force?: Maybe<boolean>;
}
export interface DeprecateScope {
  readonly name: string;
  readonly version?: Maybe<number>;
  readonly sunsetAt: number;
  readonly replacedBy?: Maybe<string>;
}
export type PutClient = Put<"client", "id">;
export type UpdateClient = Update<"client", "id">;
export interface ClientRef {
  readonly id: string;
}
export type GrantScope = Put<"grant", "clientId" | "scope">;
export type PutRole = Put<"role", "name">;
export type UpdateRole = Update<"role", "name">;
export interface RoleRef {
  readonly name: string;
}
/** Exactly one of `subjectId` and `clientId` is given; `subjectType` only with the former: absent, `user`. */
export type AssignRole = Put<"assignment", "role" | "organization">;
export interface ObligationInput {
  readonly type: string;
  readonly parameters?: Maybe<Json>;
}
interface Obligations {
  readonly obligations?: Maybe<readonly ObligationInput[]>;
}
/** Without an `id` one is made. */
export interface PutRule extends Put<"rule", never, "obligations">, Obligations {}
export interface UpdateRule extends Update<"rule", "id", "obligations">, Obligations {}
export interface RuleRef {
  readonly id: string;
}

type Settings = Said<"organization", SettingName>;
/** What `settings` leaves out counts as left out of the put. */
export interface PutOrganization extends Put<"organization", "id", SettingName> {
  readonly settings: Settings;
}
export interface UpdateOrganization extends Update<"organization", "id", SettingName> {
  readonly settings?: Maybe<Settings>;
}
export interface OrganizationRef {
  readonly id: string;
}

export interface OperationInputs {
  readonly putScope: PutScope;
  readonly updateScope: UpdateScope;
  readonly activateScope: ScopeRef;
  readonly deprecateScope: DeprecateScope;
  readonly retireScope: RetireScope;
  readonly deleteScope: ScopeRef;
  readonly putClient: PutClient;
  readonly updateClient: UpdateClient;
  readonly deleteClient: ClientRef;
  readonly grantScope: GrantScope;
  readonly revokeScope: GrantScope;
  readonly putRole: PutRole;
  readonly updateRole: UpdateRole;
  readonly deleteRole: RoleRef;
  readonly assignRole: AssignRole;
  readonly unassignRole: AssignRole;
  readonly putRule: PutRule;
  readonly updateRule: UpdateRule;
  readonly deleteRule: RuleRef;
  readonly putOrganization: PutOrganization;
  readonly updateOrganization: UpdateOrganization;
  readonly deleteOrganization: OrganizationRef;
}
export type OperationName = keyof OperationInputs;
/** Exactly one member is set; more or none is a problem that `applyOperations` reports. */
export type PolicyOperation = { readonly [K in OperationName]?: Maybe<OperationInputs[K]> };

/** Whether a put must find nothing (`create`), or may find something. */
export type PutMode = "create" | "any";
