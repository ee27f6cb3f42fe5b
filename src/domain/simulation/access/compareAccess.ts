import type { DecideFacts } from "../../decisions/facts.ts";
import { groupBy } from "../../kernel/groupBy.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { holderKey, type RowChange } from "../../policy/types.ts";
import {
  type AccessChange,
  type AccessComparison,
  type AccessDifference,
  type AccessRegion,
  type Finding,
  regionKey,
} from "./accessDifference.ts";
import { changedRows } from "./changedRows.ts";
import { comparedClient, comparedGrants } from "./comparedGrants.ts";
import { comparedHolder, comparedRole } from "./comparedHolders.ts";
import { comparedOrganization } from "./comparedOrganizations.ts";
import { comparedRules } from "./comparedRules.ts";
import { comparedScope } from "./comparedScopes.ts";
import { accessTo } from "./regionAccess.ts";

/** Rows that are compared; of a change of more not all is. */
const MOST_ROWS = 2_000;
/** Regions that are looked at. */
const MOST_REGIONS = 20_000;
/** Regions that are listed. */
const MOST_LISTED = 500;
/** Regions that are compared without a break. */
const AT_ONCE = 4;
/** How often one thing or another is looked at: a change of many roles that inherit each other would never end. */
const MOST_LOOKS = 100_000;

/** Null: nothing is found yet, and others may go on. */
type Compare = (from: DecideFacts, to: DecideFacts) => Iterable<Finding | null>;

/** One thing that a change touches. */
interface Touched {
  readonly key: string;
  readonly compare: Compare;
}

/** What is to be compared for a row that differs: several rows may be of one thing. */
function touchedBy(change: RowChange, granted: ReadonlyMap<string, readonly string[]>): Touched {
  const whole = (noun: string, id: string, compare: Compare): Touched => ({ key: `${noun} ${id}`, compare });
  switch (change.noun) {
    case "client":
      return whole("client", change.key, (from, to) => comparedClient(from, to, change.key));
    case "scope": {
      const name = (change.after ?? change.before)?.name ?? "";
      return whole("scope", name, (from, to) => comparedScope(from, to, name));
    }
    case "role":
      return whole("role", change.key, (from, to) => comparedRole(from, to, change.key));
    case "grant": {
      const clientId = (change.after ?? change.before)?.clientId ?? "";
      const scopes = granted.get(clientId) ?? [];
      return whole("grant", clientId, (from, to) => comparedGrants(from, to, { clientId, scopes }));
    }
    case "assignment": {
      const holder = change.after ?? change.before;
      if (holder === null) throw new TypeError("a change has a row before or after");
      return whole("assignment", holderKey(holder), (from, to) => comparedHolder(from, to, holder));
    }
    case "rule": {
      const { after, before } = change;
      return whole("rule", change.key, (from, to) =>
        from.snapshot.rules.get(change.key) === (before ?? undefined)
          ? comparedRules(from, to, { before, after })
          : comparedRules(from, to, { before: after, after: before }),
      );
    }
    case "organization":
      return whole("organization", change.key, (from, to) => comparedOrganization(from, to, change.key));
  }
}

/** By client, the scopes that it is granted otherwise. */
function grantedOtherwise(changes: readonly RowChange[]): ReadonlyMap<string, readonly string[]> {
  const grants = changes.flatMap((change) => (change.noun === "grant" ? (change.after ?? change.before ?? []) : []));
  const groups = groupBy(grants, ({ clientId }) => clientId);
  return new Map([...groups].map(([clientId, rows]) => [clientId, rows.map(({ scope }) => scope)]));
}

interface Compared {
  readonly region: AccessRegion;
  wider: string | null;
  narrower: string | null;
}

const ORDER: readonly AccessChange[] = ["WIDER", "INCOMPARABLE", "NARROWER", "EQUAL"];

function changeOf({ narrower, wider }: Compared): AccessChange {
  if (wider !== null) return narrower === null ? "WIDER" : "INCOMPARABLE";
  return narrower === null ? "EQUAL" : "NARROWER";
}

function exampleOf({ narrower, wider }: Compared): string | null {
  if (wider !== null) return narrower === null ? `New: ${wider}.` : `New: ${wider}. No longer: ${narrower}.`;
  return narrower === null ? null : `No longer: ${narrower}.`;
}

/** What is told of a region that differs. */
function comparisonOf(before: DecideFacts, after: DecideFacts, found: Compared): AccessComparison {
  const { narrower, region, wider } = found;
  const alone = { before: accessTo(before, region), after: accessTo(after, region) };
  // What a role takes away is seen where others give it.
  const isSeen = (wider === null || alone.after !== "DENY") && (narrower === null || alone.before !== "DENY");
  const access = isSeen ? alone : { before: accessTo(before, region, true), after: accessTo(after, region, true) };
  return { ...region, change: changeOf(found), ...access, example: exampleOf(found) };
}

/** The rows that differ, as far as they are compared. */
async function differing(before: DecideFacts, after: DecideFacts, breathe: Breathe) {
  const changes: RowChange[] = [];
  for (const change of changedRows(before.snapshot, after.snapshot)) {
    if (changes.length === MOST_ROWS) return { changes, all: false };
    changes.push(change);
    if (changes.length % 200 === 0) await breathe();
  }
  return { changes, all: true };
}

/**
 * What two policies allow, compared: for each thing in which they differ the requests that it reaches, now and at any later time,
 * whoever asks. Sound: where a request is denied by the one and allowed by the other, a region that it is in is WIDER or
 * INCOMPARABLE, or `complete` is false; what can't be told to be the same counts as different. Costs what differs; both must know the same
 * time, directory and engine.
 */
export async function compareAccess(
  before: DecideFacts,
  after: DecideFacts,
  { breathe }: { readonly breathe: Breathe },
): Promise<AccessDifference> {
  const { changes, all } = await differing(before, after, breathe);
  const granted = grantedOtherwise(changes);
  const touched = new Map(changes.map((change) => touchedBy(change, granted)).map((each) => [each.key, each]));
  const regions = new Map<string, Compared>();
  let complete = all;
  let looked = 0;
  for (const { compare } of touched.values())
    for (const direction of ["wider", "narrower"] as const) {
      const [from, to] = direction === "wider" ? [before, after] : [after, before];
      await breathe();
      for (const finding of compare(from, to)) {
        if (++looked % AT_ONCE === 0) await breathe();
        if (looked > MOST_LOOKS) {
          complete = false;
          break;
        }
        if (finding === null) continue;
        const { more, region } = finding;
        const key = regionKey(region);
        const found = regions.get(key) ?? { region, wider: null, narrower: null };
        found[direction] ??= more;
        if (regions.size < MOST_REGIONS) regions.set(key, found);
        else complete = complete && regions.has(key);
      }
    }
  for (const found of regions.values()) {
    // Where surely nothing is allowed, nothing more is.
    if (found.wider !== null && accessTo(after, found.region, true) === "DENY") found.wider = null;
    if (found.narrower !== null && accessTo(before, found.region, true) === "DENY") found.narrower = null;
    await breathe();
  }
  const different = [...regions.entries()].filter(([, found]) => changeOf(found) !== "EQUAL");
  different.sort(
    ([a, one], [b, other]) =>
      ORDER.indexOf(changeOf(one)) - ORDER.indexOf(changeOf(other)) || (a < b ? -1 : a > b ? 1 : 0),
  );
  const cells: AccessComparison[] = [];
  for (const [, found] of different.slice(0, MOST_LISTED)) {
    await breathe();
    cells.push(comparisonOf(before, after, found));
  }
  return {
    complete: complete && different.length <= MOST_LISTED,
    equal: regions.size - different.length,
    cells,
  };
}
