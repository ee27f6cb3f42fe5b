import type { DeniedScope } from "../policy/smartRules.ts";
import type { Client } from "../policy/types.ts";
import type { AtomRequest } from "../scopes/match.ts";
import type { DecideFacts } from "./facts.ts";
import type { Place } from "./granting/places.ts";
import type { HeldRoles } from "./holds/roles.ts";
import type { KnownFacts } from "./mergeFacts.ts";
import type { ConditionFacts } from "./ruleEngine.ts";
import type { AccessRequest, GrantRequest } from "./types.ts";

/** One question on its way through the stages: what is the same for each of its scopes. */
export interface Question {
  readonly facts: DecideFacts;
  /** As it was asked, with what the directory knows. */
  readonly request: AccessRequest | GrantRequest;
  /** What the directory added; null: it knows neither the subject nor the resource. */
  readonly known: KnownFacts | null;
  /** Undefined: it is not known. */
  readonly client: Client | undefined;
  /** To look at, each once. */
  readonly scopes: readonly string[];
}

export interface AccessQuestion extends Question {
  readonly request: AccessRequest;
  readonly query: AtomRequest;
  readonly held: HeldRoles;
  /** The SMART scopes whose deny rules hold for it, whatever is presented. */
  readonly denied: readonly DeniedScope[];
  readonly conditionFacts: ConditionFacts;
  /** How many parts of scopes are looked at yet, to decide and to explain. */
  readonly parts: { left: number; toExplain: number };
}

export interface GrantQuestion extends Question {
  readonly request: GrantRequest;
  /** It is about an access, of which a part is not known: whose the data is, is. Absent: about a token. */
  readonly isAccess?: true;
  readonly places: readonly Place[];
}
