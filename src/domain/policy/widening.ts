import { atOnce, eachInParts, type InParts } from "../kernel/inParts.ts";
import { covers } from "../scopes/algebra.ts";
import { listsProtocolScope } from "../scopes/protocol.ts";
import { looksLikeSmart } from "../scopes/smart.ts";
import type { IsNarrower } from "./conditions.ts";
import type { PolicyFinding } from "./finding.ts";
import { deniesRole } from "./findRules.ts";
import { type IsOver, obligationsEnded, type PlacedRole } from "./obligationsEnded.ts";
import { loosened } from "./organizations.ts";
import { asksLess, holdsMore, REACH, reachesMore } from "./ruleTerms.ts";
import { type Snapshot, withChanges } from "./snapshot.ts";
import {
  holderText,
  type Noun,
  type PolicyRows,
  type RowChange,
  type Rule,
  type ScopeVersion,
  type Validity,
} from "./types.ts";

/** Says what of one change of a row may allow more, each as words after the row's name. */
type Widens<N extends Noun> = (
  rows: { readonly before: PolicyRows[N] | null; readonly after: PolicyRows[N] | null },
  policy: Policy,
) => readonly string[];

/** The policy before a change, and what changes with a row. */
interface Policy {
  readonly snapshot: Snapshot;
  readonly changes: readonly RowChange[];
  /** Whether a deny rule names a role, or one that it inherits. */
  isDenied(role: string): boolean;
  /** Whether a condition reads more of a client than its id. Looked up where a client has another name. */
  readonly readsClients: boolean;
  readonly isNarrower: IsNarrower;
  readonly isOver: IsOver;
  /** The changes that end an obligation of an access that stays, as words. */
  readonly obligationsEnded: ReadonlyMap<RowChange, string>;
}

const when = (holds: boolean, told: string): readonly string[] => (holds ? [told] : []);

function longer(before: Validity, after: Validity): readonly string[] {
  const [began, begins] = [before.validFrom ?? -Infinity, after.validFrom ?? -Infinity];
  const [ended, ends] = [before.validUntil ?? Infinity, after.validUntil ?? Infinity];
  return [...when(begins < began, "begins earlier"), ...when(ends > ended, "ends later, or never")];
}
const shorter = (before: Validity, after: Validity): boolean => longer(after, before).length > 0;

/** Whether a rule allowed all that it allows now, wherever its condition is the same or there was none. */
export const allowsAsMuch = (from: Rule, to: Rule): boolean =>
  from.effect === "ALLOW" && !reachesMore(from, to) && !holdsMore(from, to);

/**
 * Whether a rule surely allows no more by another condition. Only of one that is the same but for that; what it asks for, and may end where
 * it holds no longer, is a finding of its own (`obligationsEnded`).
 */
const isSurelyNarrower = (from: Rule, to: Rule, isNarrower: IsNarrower): boolean =>
  REACH.every((name) => to[name] === from[name]) &&
  !asksLess(from, to) &&
  !asksLess(to, from) &&
  from.when !== null &&
  isNarrower(from.when, to.when);

/** A rule that allows, where it did, may allow more; one that denies may deny less. */
const ruleWidens: Widens<"rule"> = ({ before, after }, { isNarrower }) => {
  const allowed = before?.effect === "ALLOW" ? before : null;
  const denied = before?.effect === "DENY" ? before : null;
  const allows = after?.effect === "ALLOW" ? after : null;
  const denies = after?.effect === "DENY" ? after : null;
  return [
    ...when(allows !== null && allowed === null, "allows"),
    ...(allows === null || allowed === null
      ? []
      : [
          ...when(reachesMore(allowed, allows), "reaches something else"),
          ...when(
            holdsMore(allowed, allows) && !isSurelyNarrower(allowed, allows, isNarrower),
            "has another condition, or none",
          ),
          ...when(asksLess(allowed, allows), "asks for fewer obligations"),
        ]),
    ...when(denied !== null && denies === null, "no longer denies"),
    ...(denied === null || denies === null
      ? []
      : [
          ...when(reachesMore(denies, denied), "denies something else"),
          ...when(holdsMore(denies, denied), "denies under another condition"),
        ]),
  ];
};

/** A version that comes into force; in the place of another only what that did not permit, or asked consent for. */
function comesIntoForce(after: ScopeVersion, changes: readonly RowChange[]): boolean {
  if (looksLikeSmart(after.name)) return true;
  return !changes.some(({ noun, before }) => {
    if (noun !== "scope" || before === null || before.name !== after.name || before.state !== "ACTIVE") return false;
    return covers(before.atoms, after.atoms) && (after.requiresConsent || !before.requiresConsent);
  });
}

const isInForce = (version: ScopeVersion | null): version is ScopeVersion =>
  version?.state === "ACTIVE" || version?.state === "DEPRECATED";
const endOf = (version: ScopeVersion | null): number => (isInForce(version) ? (version.sunsetAt ?? Infinity) : 0);

/** Whether a version that asks for consent ends sooner than before, and sooner than one of the same scope that asks for none. */
function leavesWithoutConsent(
  before: ScopeVersion | null,
  after: ScopeVersion | null,
  { scopes }: Pick<Snapshot, "scopes">,
): boolean {
  if (!isInForce(before) || !before.requiresConsent || endOf(after) >= endOf(before)) return false;
  return (scopes.get(before.name) ?? []).some(
    (other) => other.version !== before.version && !other.requiresConsent && endOf(other) > endOf(after),
  );
}

/** The protocol scopes that only the second list has: those that it names, and what its patterns stand for. */
const moreProtocolScopes = (before: readonly string[] | null, after: readonly string[] | null): readonly string[] =>
  (after ?? ["*"]).filter((item) => !listsProtocolScope(before, item));

const WIDENS: { readonly [N in Noun]: Widens<N> } = {
  client: ({ before, after }, { readsClients }) => [
    ...when(before?.status === "SUSPENDED" && after?.status === "ACTIVE", "is served again"),
    ...when(
      before?.careCritical === false && after?.careCritical === true,
      "becomes care-critical, so that no alert suspends it",
    ),
    ...when(
      before !== null && after !== null && before.name !== after.name && readsClients,
      "has another name, which a condition reads",
    ),
    ...(after === null
      ? []
      : moreProtocolScopes(before?.protocolScopes ?? null, after.protocolScopes).map(
          (scope) => `may be given ${scope === "*" ? "protocol scopes that are not named" : scope}`,
        )),
  ],
  scope: ({ before, after }, { changes, snapshot }) => {
    const [is, was] = [isInForce(after), isInForce(before)];
    return [
      ...when(after !== null && is && !was && comesIntoForce(after, changes), "comes into force"),
      ...when(is && was && endOf(after) > endOf(before), "ends later, or never"),
      ...when(leavesWithoutConsent(before, after, snapshot), "ends before another version that asks for no consent"),
      // Its state and consent hold for what it covers, whatever was presented.
      ...when(after === null && before !== null && looksLikeSmart(before.name), "limits no more what it covers"),
    ];
  },
  grant: ({ before, after }) => {
    if (after === null) return [];
    return before === null ? ["is new"] : longer(before, after);
  },
  role: ({ before, after }, { isDenied }) => {
    const [was, is] = [before?.inherits ?? [], after?.inherits ?? []];
    return [
      // Who approves that somebody gets a role has read what it is.
      ...when(before === null && is.length > 0, "is new and inherits others"),
      ...when(before !== null && is.some((role) => !was.includes(role)), "inherits more"),
      ...when(
        was.some((role) => !is.includes(role) && isDenied(role)),
        "inherits no more what a deny rule names",
      ),
    ];
  },
  assignment: ({ before, after }, { isDenied, isOver }) => {
    const lost =
      before !== null && !isOver(before) && (after === null || shorter(before, after)) && isDenied(before.role);
    const gained = after === null ? [] : before === null ? ["is new"] : longer(before, after);
    return [...gained, ...when(lost, "holds no longer, or for less time, and a deny rule names the role")];
  },
  rule: ruleWidens,
  organization: ({ before, after }, { snapshot, changes }) => loosened({ before, after }, { snapshot, changes }),
};

const nameOf: { readonly [N in Noun]: (row: PolicyRows[N]) => string } = {
  client: (row) => `client ${row.id}`,
  scope: (row) => `scope ${row.name} v${row.version}`,
  grant: (row) => `the grant of ${row.scope} to ${row.clientId}`,
  role: (row) => `role ${row.name}`,
  assignment: (row) => `role ${row.role} of ${holderText(row)}`,
  rule: (row) => `rule ${row.id}`,
  organization: (row) => `organization ${row.id}`,
};

/** Whether a deny rule names a role or one that it inherits, looked for once for each. */
function deniedRoles(snapshot: Snapshot): (role: string) => boolean {
  const known = new Map<string, boolean>();
  return (role) => {
    const seen = new Set([role]);
    for (const name of seen) {
      const denied = known.get(name) ?? deniesRole(snapshot, name);
      known.set(name, denied);
      if (denied) return true;
      for (const parent of snapshot.roles.get(name)?.inherits ?? []) seen.add(parent);
    }
    return false;
  };
}

/** Rules, or rows, that are looked at without a break. */
const [RULES_AT_ONCE, ROWS_AT_ONCE] = [2_000, 20];

/** Looks at every rule until one does. */
function* readsClients(snapshot: Snapshot): InParts<boolean> {
  let looked = 0;
  for (const { when } of snapshot.rules.values()) {
    if (when?.replaceAll("client.id", "").includes("client")) return true;
    if (++looked % RULES_AT_ONCE === 0) yield;
  }
  return false;
}

const isRenamed = ({ after, before, noun }: RowChange): boolean =>
  noun === "client" && before !== null && after !== null && before.name !== after.name;

function wideningsOfRow(policy: Policy, change: RowChange): readonly PolicyFinding[] {
  const { noun, key, before, after } = change;
  const row = after ?? before;
  if (row === null) return [];
  const ended = policy.obligationsEnded.get(change);
  const told = [...(WIDENS[noun] as Widens<Noun>)({ before, after }, policy), ...(ended === undefined ? [] : [ended])];
  if (told.length === 0) return [];
  const name = (nameOf[noun] as (row: PolicyRows[Noun]) => string)(row);
  return [{ code: "WIDENS_ALLOW", noun, key, message: `${name} ${told.join("; ")}` }];
}

/**
 * What a change makes of the policy, the roles that keys in force may assert, the judge of conditions, and when it is made. Absent: what the rows
 * come to; none; that nothing is surely narrower; that nothing is over.
 */
interface Beside {
  readonly after?: Snapshot | undefined;
  readonly assertable?: readonly PlacedRole[] | undefined;
  readonly isNarrower?: IsNarrower | undefined;
  readonly now?: number | undefined;
}

/**
 * What a change may allow that was not allowed, row by row, and which obligations of an access that stays end. Sound: a change
 * without a finding turns no denial into an allow, and ends no obligation of a scope's access. It may be overcautious: that another
 * condition is no wider must be proved, by `isNarrower`.
 */
export function* widenings(
  snapshot: Snapshot,
  changes: readonly RowChange[],
  {
    after = withChanges(snapshot, changes, snapshot.revision + 1),
    assertable = [],
    isNarrower = () => false,
    now = -Infinity,
  }: Beside = {},
): InParts<readonly PolicyFinding[]> {
  const isOver: IsOver = ({ validUntil }) => validUntil !== null && validUntil <= now;
  const policy: Policy = {
    snapshot,
    changes,
    isDenied: deniedRoles(snapshot),
    readsClients: changes.some(isRenamed) && (yield* readsClients(snapshot)),
    isNarrower,
    isOver,
    obligationsEnded: yield* obligationsEnded({ before: snapshot, after, assertable, isOver }, changes),
  };
  const findings: PolicyFinding[] = [];
  yield* eachInParts(changes, ROWS_AT_ONCE, (change) => {
    findings.push(...wideningsOfRow(policy, change));
  });
  return findings;
}

/** The same without a break. */
export const wideningsOf = (
  snapshot: Snapshot,
  changes: readonly RowChange[],
  beside?: Beside,
): readonly PolicyFinding[] => atOnce(widenings(snapshot, changes, beside));
