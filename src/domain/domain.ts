import { type ApiKeys, createApiKeys } from "./callers/apiKeys.ts";
import type { ApiKeyStore } from "./callers/types.ts";
import { type Authorizer, createAuthorizer } from "./decisions/authorize.ts";
import type { RuleEngine } from "./decisions/engine.ts";
import type { InputLimits } from "./decisions/input.ts";
import type { DecisionReader, DecisionRecord } from "./decisions/types.ts";
import type { Journal } from "./kernel/journal.ts";
import type { Clock, NewId, Sha256 } from "./kernel/ports.ts";
import { createPolicyAdmin, type PolicyAdmin } from "./policy/admin.ts";
import type { CheckCondition } from "./policy/conditions.ts";
import type { PolicyReader, PolicyStore } from "./policy/store.ts";

/** Everything the domain needs from outside. */
export interface Ports {
  readonly clock: Clock;
  readonly newId: NewId;
  readonly sha256: Sha256;
  /** 256 random bits as 43 characters of base64url. */
  readonly newSecret: () => string;
  readonly engine: RuleEngine & { readonly checkCondition: CheckCondition };
  readonly policyStore: PolicyStore;
  readonly policyReader: PolicyReader;
  readonly journal: Journal<DecisionRecord>;
  readonly decisionReader: DecisionReader;
  readonly apiKeyStore: ApiKeyStore;
  readonly limits?: InputLimits;
}

/** What the doors (GraphQL, HTTP, command line) may use. */
export interface Domain {
  readonly policy: PolicyAdmin;
  readonly reader: PolicyReader;
  readonly authorizer: Authorizer;
  readonly decisions: DecisionReader;
  readonly apiKeys: ApiKeys;
}

export function createDomain(ports: Ports): Domain {
  const policy = createPolicyAdmin({
    store: ports.policyStore,
    facts: () => ({ now: ports.clock(), newId: ports.newId, checkCondition: ports.engine.checkCondition }),
    clock: ports.clock,
  });
  return {
    policy,
    reader: ports.policyReader,
    authorizer: createAuthorizer({ ...ports, snapshot: policy.current }),
    decisions: ports.decisionReader,
    apiKeys: createApiKeys({
      store: ports.apiKeyStore,
      clock: ports.clock,
      sha256: ports.sha256,
      newSecret: ports.newSecret,
      newId: ports.newId,
    }),
  };
}
