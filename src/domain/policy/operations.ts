import type { Json } from "../kernel/canonical.ts";
import type { AtomContext } from "../scopes/atom.ts";
import type { ClientStatus, Effect } from "./types.ts";

type Maybe<T> = T | null | undefined;

/** The inputs of the contract, as data. Times are milliseconds since 1970. Absent and null mean the default. */
export interface AtomInput {
  readonly context?: Maybe<AtomContext>;
  readonly resourceType: string;
  readonly actions: readonly string[];
  readonly constraint?: Maybe<string>;
}
export interface PutScope {
  readonly name: string;
  readonly title?: Maybe<string>;
  readonly description?: Maybe<string>;
  readonly atoms?: Maybe<readonly AtomInput[]>;
  readonly requiresConsent?: Maybe<boolean>;
  readonly justification?: Maybe<string>;
}
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
export interface PutClient {
  readonly id: string;
  readonly name: string;
  readonly status?: Maybe<ClientStatus>;
  readonly description?: Maybe<string>;
}
export interface ClientRef {
  readonly id: string;
}
export interface GrantScope {
  readonly clientId: string;
  readonly scope: string;
  readonly validFrom?: Maybe<number>;
  readonly validUntil?: Maybe<number>;
}
export interface PutRole {
  readonly name: string;
  readonly inherits?: Maybe<readonly string[]>;
  readonly description?: Maybe<string>;
}
export interface RoleRef {
  readonly name: string;
}
export interface AssignRole {
  readonly subjectId?: Maybe<string>;
  readonly clientId?: Maybe<string>;
  readonly role: string;
  readonly organization?: Maybe<string>;
  readonly validFrom?: Maybe<number>;
  readonly validUntil?: Maybe<number>;
}
export interface ObligationInput {
  readonly type: string;
  readonly parameters?: Maybe<Json>;
}
export interface PutRule {
  readonly id?: Maybe<string>;
  readonly role?: Maybe<string>;
  readonly scope?: Maybe<string>;
  readonly action?: Maybe<string>;
  readonly resourceType?: Maybe<string>;
  readonly when?: Maybe<string>;
  readonly effect: Effect;
  readonly obligations?: Maybe<readonly ObligationInput[]>;
  readonly description?: Maybe<string>;
}
export interface RuleRef {
  readonly id: string;
}

export interface PutEntity {
  readonly type: string;
  readonly id: string;
  /** A JSON object. */
  readonly properties?: unknown;
}
export interface EntityRef {
  readonly type: string;
  readonly id: string;
}

export interface OperationInputs {
  readonly putScope: PutScope;
  readonly activateScope: ScopeRef;
  readonly deprecateScope: DeprecateScope;
  readonly retireScope: RetireScope;
  readonly deleteScope: ScopeRef;
  readonly putClient: PutClient;
  readonly deleteClient: ClientRef;
  readonly grantScope: GrantScope;
  readonly revokeScope: GrantScope;
  readonly putRole: PutRole;
  readonly deleteRole: RoleRef;
  readonly assignRole: AssignRole;
  readonly unassignRole: AssignRole;
  readonly putRule: PutRule;
  readonly deleteRule: RuleRef;
  readonly putEntity: PutEntity;
  readonly deleteEntity: EntityRef;
}
export type OperationName = keyof OperationInputs;
/** Exactly one member is set; more or none is a problem that `applyOperations` reports. */
export type PolicyOperation = { readonly [K in OperationName]?: Maybe<OperationInputs[K]> };

/** Whether a put must find nothing (`create`), must find something (`update`), or may do either. */
export type PutMode = "create" | "update" | "any";
