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
  type Sentences,
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
  wider: Sentences | null;
  narrower: Sentences | null;
}

const ORDER: readonly AccessChange[] = ["WIDER", "INCOMPARABLE", "NARROWER", "EQUAL"];

function changeOf({ narrower, wider }: Compared): AccessChange {
  if (wider !== null) return narrower === null ? "WIDER" : "INCOMPARABLE";
  return narrower === null ? "EQUAL" : "NARROWER";
}

/** What a sentence names of a list. */
const MOST_NAMED = 3;

/** ` rule a`, ` rules a, b, c and 12 more`; `sentences` has what is alike. */
function listed(sentences: readonly Sentences[]): string {
  const [first] = sentences.flatMap(({ by }) => by ?? []);
  if (first === undefined) return "";
  const names = [...new Set(sentences.flatMap(({ by }) => by?.name ?? []))];
  if (names.length === 1) return ` ${first.noun} ${names.join("")}`;
  const more = names.length > MOST_NAMED ? [`${names.length - MOST_NAMED} more`] : names.splice(-1);
  return ` ${first.noun}s ${names.slice(0, MOST_NAMED).join(", ")} and ${more.join("")}`;
}

/** A sentence or two about regions that are alike. */
function exampleOf(alike: readonly Compared[]): string | null {
  const [wider, narrower] = [alike.flatMap((each) => each.wider ?? []), alike.flatMap((each) => each.narrower ?? [])];
  const [gained, lost] = [wider[0]?.gained, narrower[0]?.lost];
  const texts = [
    ...(gained === undefined ? [] : [gained + listed(wider)]),
    ...(lost === undefined ? [] : [lost + listed(narrower)]),
  ];
  return texts.length === 0 ? null : `${[...new Set(texts)].join(". ")}.`;
}

/** One text for those that one sentence is about. */
function alikeKey(found: Compared, key: string): string {
  const { narrower, region, wider } = found;
  if (wider?.by === undefined && narrower?.by === undefined) return key;
  const { clientId, organization, subjectId, subjectType } = region;
  return JSON.stringify([
    changeOf(found),
    [clientId, organization, subjectId, subjectType],
    [wider?.gained, wider?.by?.noun, narrower?.lost, narrower?.by?.noun],
  ]);
}

const same = <T, U>(items: readonly T[], other: U): T | U => {
  const [first] = items;
  return first !== undefined && items.every((item) => item === first) ? first : other;
};

/** What is said of regions that differ alike. */
function comparisonOf(
  before: DecideFacts,
  after: DecideFacts,
  alike: readonly [Compared, ...Compared[]],
): AccessComparison {
  const [first] = alike;
  const regions = alike.map(({ region }) => region);
  const access = alike.map((found) => accessOf(before, after, found));
  return {
    ...first.region,
    role: same(
      regions.map(({ role }) => role),
      null,
    ),
    scope: same(
      regions.map(({ scope }) => scope),
      "*",
    ),
    resourceType: same(
      regions.map(({ resourceType }) => resourceType),
      "*",
    ),
    action: same(
      regions.map(({ action }) => action),
      "*",
    ),
    change: changeOf(first),
    before: same(
      access.map((each) => each.before),
      "CONDITIONAL",
    ),
    after: same(
      access.map((each) => each.after),
      "CONDITIONAL",
    ),
    example: exampleOf(alike),
  };
}

/** How a region that differs is answered. */
function accessOf(before: DecideFacts, after: DecideFacts, { narrower, region, wider }: Compared) {
  const alone = { before: accessTo(before, region), after: accessTo(after, region) };
  // What a role takes away is seen where others give it.
  const isSeen = (wider === null || alone.after !== "DENY") && (narrower === null || alone.before !== "DENY");
  return isSeen ? alone : { before: accessTo(before, region, true), after: accessTo(after, region, true) };
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
  const alike = [...groupBy(different, ([key, found]) => alikeKey(found, key)).values()];
  for (const group of alike.slice(0, MOST_LISTED)) {
    await breathe();
    const [first, ...others] = group.map(([, found]) => found);
    if (first !== undefined) cells.push(comparisonOf(before, after, [first, ...others]));
  }
  return {
    complete: complete && alike.length <= MOST_LISTED,
    equal: regions.size - different.length,
    cells,
  };
}
