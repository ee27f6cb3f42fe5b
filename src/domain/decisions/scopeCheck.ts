import type { Rule, ScopeVersion } from "../policy/types.ts";
import type { Atom } from "../scopes/atom.ts";
import type { Confinement } from "../scopes/confinement.ts";
import type { ProtocolKind } from "../scopes/protocol.ts";
import { type SmartScope, smartScopeIn } from "../scopes/smart.ts";
import type { ConsentDuties } from "./consentObligations.ts";
import { type DecideFacts, fhirVersionOf } from "./facts.ts";
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

  constructor(facts: DecideFacts, scope: string) {
    this.scope = scope;
    this.smart = smartScopeIn(fhirVersionOf(facts), scope);
    this.versions = facts.snapshot.scopes.get(scope);
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

/** What of a SMART scope covers an access: one atom, within what the client is granted. */
export interface AccessPart {
  readonly atom: Atom;
  /** What a search or an export must be confined to, an OR; empty: nothing. */
  readonly within: readonly Confinement[];
  /** Whether the scope says more than the client is granted. */
  readonly isNarrowed: boolean;
}

const NO_PARTS: readonly AccessPart[] = [];
const NO_DUTIES: readonly ConsentDuties[] = [];
const NO_REASONS: readonly Reason[] = [];
const NO_VERSIONS: readonly ScopeVersion[] = [];
const NO_ATOMS: readonly Atom[] = [];

/** A scope, or one of the parts of a SMART scope that cover an access, each of which goes its own way. */
export class AccessCheck extends ScopeCheck implements Omit<AccessPart, "atom"> {
  /** The registered version of a custom scope that covers the access. */
  version: ScopeVersion | null = null;
  /** The one atom of a SMART scope that covers the access; null: it is none, or none does, or it is an export. */
  atom: Atom | null = null;
  /** Of an export by a SMART scope, the reading and searching that it is. */
  exported: readonly Atom[] = NO_ATOMS;
  within: readonly Confinement[] = [];
  isNarrowed = false;
  /** The other parts that cover it. */
  others: readonly AccessPart[] = NO_PARTS;
  /** Versions of registered SMART scopes that cover the access and ask for consent. */
  asking: readonly ScopeVersion[] = NO_VERSIONS;
  /** That registered SMART scopes which cover the access end soon. */
  notices: readonly Reason[] = NO_REASONS;
  /** Null: the rules were not asked. */
  rules: RuleCheck | null = null;
  /** The consent that is missing. */
  consent: Reason | null = null;
  /** That it is there, of each patient who gave it. */
  consentNotices: readonly Reason[] = NO_REASONS;
  /** What the consents leave to the caller; empty: nothing. */
  consentDuties: readonly ConsentDuties[] = NO_DUTIES;

  /** Whether another check may say the same: one of the same scope, or one that a registered scope covers as well. */
  isShared = false;

  take({ atom, isNarrowed, within }: AccessPart): void {
    this.atom = atom;
    this.within = within;
    this.isNarrowed = isNarrowed;
  }
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
  /** The same: where it can be used, by which role, and when the consents for that end. */
  restsOn: { readonly place: Place; readonly role: string; readonly consentUntil: () => number | null } | null = null;
  /** The consent that is missing, where rules would allow something with it. */
  lacking: Reason | null = null;
}
