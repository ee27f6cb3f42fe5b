import type { Snapshot } from "../policy/snapshot.ts";
import type { Rule, ScopeVersion } from "../policy/types.ts";
import type { Atom } from "../scopes/atom.ts";
import type { Confinement } from "../scopes/confinement.ts";
import type { ProtocolKind } from "../scopes/protocol.ts";
import { parseSmartScope, type SmartScope } from "../scopes/smart.ts";
import type { WithinCeiling } from "./granting/narrow.ts";
import type { Place } from "./granting/places.ts";
import type { Reason } from "./reason.ts";

/** One scope on its way through the stages. Each stage adds what it finds, and reads what earlier ones found. */
export class ScopeCheck {
  readonly scope: string;
  /** Null: it is no SMART scope. */
  readonly smart: SmartScope | null;
  /** Undefined: it is not registered. */
  readonly versions: readonly ScopeVersion[] | undefined;
  /** Null: it is no protocol scope. */
  protocol: ProtocolKind | null = null;
  /** Why not, one for each problem. */
  readonly problems: Reason[] = [];
  /** That it ends soon. */
  notice: Reason | null = null;

  constructor(snapshot: Snapshot, scope: string) {
    this.scope = scope;
    this.smart = parseSmartScope(scope);
    this.versions = snapshot.scopes.get(scope);
  }
}

/** What the rules say of an access with one scope. */
export interface RuleCheck {
  readonly allowed: boolean;
  /** Why it was allowed, or why not. */
  readonly reasons: readonly Reason[];
  /** Conditions that could not be evaluated, whatever the outcome. */
  readonly errors: readonly Reason[];
  readonly matched: readonly Rule[];
}

export class AccessCheck extends ScopeCheck {
  /** The registered version that covers the access; null: the SMART scope does by itself. */
  version: ScopeVersion | null = null;
  /** What a search or an export must be confined to, an OR; empty: nothing. */
  within: readonly Confinement[] = [];
  /** Null: the rules were not asked. */
  rules: RuleCheck | null = null;
  /** The consent that is missing. */
  consent: Reason | null = null;
}

/** What a scope's name stands for: a usable version, or a SMART scope by its syntax. */
export interface Meaning extends Pick<ScopeVersion, "name" | "requiresConsent"> {
  readonly atoms: readonly Atom[];
}

export class GrantCheck extends ScopeCheck {
  /** What of it the client is granted; null: that was not looked at. */
  within: WithinCeiling | null = null;
  /** Newest first. */
  usable: readonly ScopeVersion[] = [];
  /** What it permits. */
  meanings: readonly Meaning[] = [];
  /** What it can be used for. */
  use: Reason | null = null;
  /** The same: where it can be used, and by which role. */
  restsOn: { readonly place: Place; readonly role: string } | null = null;
  /** Rules would allow something, with a consent that is missing. */
  lacksConsent = false;
}
