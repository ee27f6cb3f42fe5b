import type { DecideFacts } from "../../decisions/facts.ts";
import { groupBy } from "../../kernel/groupBy.ts";
import { PersistentMap } from "../../kernel/persistentMap.ts";
import { byText, sortedInParts } from "../../kernel/sortedInParts.ts";
import { ALL_ORGANIZATIONS, type Assignment, holderKey } from "../../policy/types.ts";
import { EXPORT } from "../../scopes/exports.ts";
import { heldTogether } from "../holders.ts";
import { type AccessPage, type Found, notDenied, pageOfParts } from "./accessPages.ts";
import { ANY_HOLDER } from "./asked.ts";
import type { CellWays } from "./cellsOfScope.ts";
import { besideEachOther } from "./changedCells.ts";
import { type FoundCell, scopesOf } from "./clientAccess.ts";
import { type FoundOfClient, foundOf } from "./clientCells.ts";
import type { Asking } from "./subjectAccess.ts";

/** Roles and combinations that are looked at for one page: some four milliseconds each, for a client with fifty scopes. */
const MOST_HOLDERS = 200;

/** In the place of a role: whoever asks, whatever they hold. */
const ANYBODY = "*";

/** Roles first, then what is held together; a name of a role has no space. */
const partOf = (roles: readonly string[]): string => `${roles.length > 1 ? 2 : 1} ${roles.join(" ")}`;
const rolesOf = (part: string): readonly string[] => part.slice(2).split(" ");

/** The same facts, where somebody holds these roles and no others. */
function heldBySomebody(facts: DecideFacts, roles: readonly string[], organization: string | null): DecideFacts {
  const { snapshot } = facts;
  const holder = { subjectId: ANY_HOLDER.id, subjectType: ANY_HOLDER.type, clientId: null };
  const assigned = roles.map((role): readonly [string, Assignment] => [
    role,
    { ...holder, role, organization: organization ?? ALL_ORGANIZATIONS, validFrom: null, validUntil: null },
  ]);
  const assignments = snapshot.assignments.set(holderKey(holder), PersistentMap.from(assigned));
  return { ...facts, snapshot: { ...snapshot, assignments } };
}

/** The cell of a type, or else that of all types that have none of their own. */
const cellOn = (cells: readonly FoundCell[], type: string): CellWays | undefined =>
  cells.find(({ on }) => on.resourceType === type)?.on ??
  cells.find(({ on }) => on.action !== EXPORT && on.resourceType === "*")?.on;

/** Whether a rule denies to whoever holds several roles what one of them alone would have. */
function takesAway(together: readonly FoundCell[], alone: readonly (readonly FoundCell[])[]): boolean {
  const types = new Set([...together, ...alone.flat()].map(({ on }) => on.resourceType));
  for (const type of types) {
    const denying = cellOn(together, type)?.denying ?? new Set();
    for (const cells of alone) {
      const cell = cellOn(cells, type);
      if (cell === undefined || cell.ways.length === 0) continue;
      for (const rule of denying) if (!cell.denying.has(rule)) return true;
    }
  }
  return false;
}

/** Of what somebody with several roles can reach, that which is not what the roles give one by one, denials too. */
function notTheSum(together: readonly FoundCell[], alone: readonly (readonly FoundCell[])[]): readonly FoundCell[] {
  const kindOf = ({ on, scope }: FoundCell): string => JSON.stringify([scope, on.action]);
  const kinds = alone.map((cells) => groupBy(cells, kindOf));
  return [...groupBy(together, kindOf)].flatMap(([kind, cells]) =>
    takesAway(
      cells,
      kinds.map((of) => of.get(kind) ?? []),
    )
      ? cells
      : [],
  );
}

/** A cell with whose it is. */
function marked(cell: FoundCell, [role = ANYBODY, ...alsoHeld]: readonly string[]): FoundCell {
  return { ...cell, tell: () => ({ ...cell.tell(), by: "HOLDERS", role, alsoHeld }) };
}

/** What holders of some roles reach through the client, and which cells of it are told. */
interface Held {
  readonly whole: FoundOfClient;
  readonly listed: readonly FoundCell[];
  readonly isCut: boolean;
}

/** Looks at one policy, part by part: what a role reaches alone is found once. */
function heldBy(
  facts: DecideFacts,
  { clientId, scopes }: { readonly clientId: string; readonly scopes: readonly string[] },
  { breathe, of }: Asking,
): (roles: readonly string[]) => Promise<Held> {
  const alone = new Map<string, Promise<FoundOfClient>>();
  const foundWith = (held: readonly string[]): Promise<FoundOfClient> => {
    const own = held.filter((role) => role !== ANYBODY);
    const somebody = heldBySomebody(facts, own, of.organization);
    return foundOf(somebody, { ...of, clientId, scopes, subject: ANY_HOLDER }, breathe);
  };
  async function foundAlone(role: string): Promise<FoundOfClient> {
    const found = alone.get(role) ?? foundWith([role]);
    alone.set(role, found);
    return found;
  }
  return async (held) => {
    const whole = held.length === 1 ? await foundAlone(held[0] ?? ANYBODY) : await foundWith(held);
    const ofEach: Found[] = [];
    if (held.length > 1) for (const role of held) ofEach.push(await foundAlone(role));
    const listed =
      held.length === 1
        ? notDenied(whole.found)
        : notTheSum(
            whole.found,
            ofEach.map(({ found }) => found),
          );
    return { whole, listed, isCut: whole.isCut || ofEach.some((each) => each.isCut) };
  };
}

/**
 * One page of what whoever holds a role could reach through a client, role by role: what is not DENY, first what is
 * anybody's. The role is held in the organization that is asked about, or, where none is, in all. What somebody holds
 * together follows, where a role takes away what another gives; what several give is else the sum of it. Where a change is
 * asked about, a role that only one of both policies has is held by the other as no role.
 */
export async function holderAccess(facts: DecideFacts, clientId: string, asking: Asking): Promise<AccessPage> {
  const { before = null, breathe, of } = asking;
  const policies = before === null ? [facts] : [facts, before];
  const scopes = scopesOf(policies, clientId, of.scopes);
  const isOpen = policies.some(({ snapshot }) => snapshot.clients.get(clientId)?.status === "ACTIVE");
  const isClosed = !isOpen || scopes.length === 0;
  const names = new Set([partOf([ANYBODY])]);
  let isMore = false;
  for (const { now, snapshot } of isClosed ? [] : policies) {
    const { combinations, isCut } = await heldTogether(snapshot, { breathe, now, organization: of.organization });
    for (const role of snapshot.roles.keys()) names.add(partOf([role]));
    for (const roles of combinations) names.add(partOf(roles));
    isMore ||= isCut;
  }
  const parts = isClosed ? [] : await sortedInParts(names, breathe, byText);
  const [heldNow, heldBefore = null] = policies.map((each) => heldBy(each, { clientId, scopes }, asking));

  async function foundFor(part: string): Promise<Found | null> {
    const held = rolesOf(part);
    const is = (await heldNow?.(held)) ?? null;
    const was = (await heldBefore?.(held)) ?? null;
    if (is === null) return null;
    const { found } =
      was === null ? { found: is.listed } : besideEachOther(is.whole, was.whole, [...was.listed, ...is.listed]);
    return { found: found.map((cell) => marked(cell, held)), isCut: is.isCut || (was?.isCut ?? false) };
  }
  const { revision } = (before ?? facts).snapshot;
  return pageOfParts({ of, breathe, most: MOST_HOLDERS, parts, isCut: isMore, foundFor, policyRevision: revision });
}
