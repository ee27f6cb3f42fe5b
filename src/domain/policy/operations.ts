import type { Json } from "../kernel/canonical.ts";
import type { AtomContext } from "../scopes/atom.ts";
import type { MemberOf } from "./members.ts";
import type { Noun, PolicyRows } from "./types.ts";

type Maybe<T> = T | null | undefined;

/** What a row is put with: its key and its content. All but `Must` may be left out; `Own` has a form of its own. */
type Put<N extends Noun, Must extends keyof PolicyRows[N], Own extends keyof PolicyRows[N] = never> = Pick<
  PolicyRows[N],
  Must
> & { readonly [M in Exclude<MemberOf<N, "key" | "content">, Must | Own>]?: Maybe<PolicyRows[N][M]> };

/** The inputs of the contract, as data. Times are milliseconds since 1970. Absent and null mean the default. */
export interface AtomInput {
  readonly context?: Maybe<AtomContext>;
  readonly resourceType: string;
  readonly actions: readonly string[];
  readonly constraint?: Maybe<string>;
}
/** The version is counted, and the declarations are those of `atoms`. */
export interface PutScope extends Put<"scope", "name", "version" | "declarations"> {
  readonly atoms?: Maybe<readonly AtomInput[]>;
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
export type PutClient = Put<"client", "id" | "name">;
export interface ClientRef {
  readonly id: string;
}
export type GrantScope = Put<"grant", "clientId" | "scope">;
export type PutRole = Put<"role", "name">;
export interface RoleRef {
  readonly name: string;
}
export type AssignRole = Put<"assignment", "role">;
export interface ObligationInput {
  readonly type: string;
  readonly parameters?: Maybe<Json>;
}
export interface PutRule extends Put<"rule", "effect", "obligations"> {
  readonly obligations?: Maybe<readonly ObligationInput[]>;
}
export interface RuleRef {
  readonly id: string;
}

export interface PutEntity extends Put<"entity", "type" | "id", "properties"> {
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
