import type { AssignRole, GrantScope, PolicyOperation } from "../../policy/operations.ts";
import { rowAt, type Snapshot } from "../../policy/snapshot.ts";
import { holdsAt, type Validity } from "../../policy/types.ts";
import { keyOfAccess } from "./accessList.ts";
import type { ReduceTo, ReviewAccess, ReviewItem } from "./campaign.ts";

const said = (period: Validity): Partial<Validity> => ({
  ...(period.validFrom === null ? {} : { validFrom: period.validFrom }),
  ...(period.validUntil === null ? {} : { validUntil: period.validUntil }),
});

const assignmentOf = ({ clientId, organization, role, subjectId, subjectType }: ReviewAccess): AssignRole => ({
  ...(subjectId === null ? { clientId } : { subjectId, subjectType: subjectType ?? "user" }),
  role: role ?? "",
  organization: organization ?? "",
});
const grantOf = ({ clientId, scope }: ReviewAccess): GrantScope => ({ clientId: clientId ?? "", scope: scope ?? "" });

/** The operation that takes it away as a whole. */
const taken = (access: ReviewAccess): PolicyOperation =>
  access.kind === "GRANT" ? { revokeScope: grantOf(access) } : { unassignRole: assignmentOf(access) };
const given = (access: ReviewAccess): PolicyOperation =>
  access.kind === "GRANT"
    ? { grantScope: { ...grantOf(access), ...said(access) } }
    : { assignRole: { ...assignmentOf(access), ...said(access) } };

/** What access is reduced to, each for as long as it was, or until the earlier end. */
function partsOf(access: ReviewAccess, { organizations, scopes, validUntil }: ReduceTo): readonly ReviewAccess[] {
  const shorter = { ...access, validUntil: validUntil ?? access.validUntil };
  if (scopes !== null) return scopes.map((scope) => ({ ...shorter, scope }));
  if (organizations !== null) return organizations.map((organization) => ({ ...shorter, organization }));
  return [shorter];
}

const rowOf = (snapshot: Snapshot, access: ReviewAccess): Validity | null =>
  rowAt(snapshot, access.kind === "GRANT" ? "grant" : "assignment", keyOfAccess(access)) as Validity | null;

/** Whether the policy has a row of its key, for whichever period. */
export const isThere = (snapshot: Snapshot, access: ReviewAccess): boolean => rowOf(snapshot, access) !== null;

/** Whether the policy has it as it is in the list, with its period. */
export function isAsListed(snapshot: Snapshot, access: ReviewAccess): boolean {
  const row = rowOf(snapshot, access);
  return row !== null && row.validFrom === access.validFrom && row.validUntil === access.validUntil;
}

/** Of two that are given alike, whichever lasts longer: each is no more than it was. */
const longer = (a: ReviewAccess, b: ReviewAccess | undefined): ReviewAccess =>
  b === undefined || a.validUntil === null || (b.validUntil !== null && a.validUntil >= b.validUntil) ? a : b;

/**
 * The operations by which items go, or become less: none for what is kept, for what is not there any more, and for what was
 * changed or given anew since the list was made (`hasChanged`, or another period), which nobody reviewed. What nobody decided goes
 * like what is to be removed: silence certifies nothing. What one item is reduced to is not given where another was decided to
 * remove it, and stays as it is where it is held already. Rows that do not go by an item of their own are never touched: an item
 * that would be reduced to one of them, which does not hold now, is left out.
 */
export function removalsOf(
  snapshot: Snapshot,
  items: readonly ReviewItem[],
  about: { readonly now: number; readonly hasChanged: (access: ReviewAccess) => boolean },
): readonly PolicyOperation[] {
  const removed = new Set(
    items.flatMap(({ access, decision }) => (decision?.verdict === "REMOVE" ? [keyOfAccess(access)] : [])),
  );
  const take = new Map<string, ReviewAccess>();
  const parts = new Map<string, readonly ReviewAccess[]>();
  for (const { access, decision } of items) {
    if (decision?.verdict === "KEEP" || !isAsListed(snapshot, access) || about.hasChanged(access)) continue;
    const key = keyOfAccess(access);
    take.set(key, access);
    if (decision?.verdict !== "REDUCE" || decision.to === null) continue;
    parts.set(
      key,
      partsOf(access, decision.to).filter((part) => !removed.has(keyOfAccess(part))),
    );
  }
  const isInTheWay = (part: ReviewAccess): boolean => {
    const row = take.has(keyOfAccess(part)) ? null : rowOf(snapshot, part);
    return row !== null && !holdsAt(row, about.now);
  };
  // One that is left out stays, and may so be in the way of another.
  for (let before = -1; before !== parts.size; ) {
    before = parts.size;
    for (const [key, into] of parts) if (into.some(isInTheWay) && parts.delete(key)) take.delete(key);
  }
  const give = new Map<string, ReviewAccess>();
  for (const part of [...parts.values()].flat()) {
    const key = keyOfAccess(part);
    if (take.has(key) || !isThere(snapshot, part)) give.set(key, longer(part, give.get(key)));
  }
  return [...[...take.values()].map(taken), ...[...give.values()].map(given)];
}

/** The operations that undo the removal or reduction of an item, on the policy as it is. */
export function inverseOf(
  snapshot: Snapshot,
  { access, decision }: Pick<ReviewItem, "access" | "decision">,
): readonly PolicyOperation[] {
  if (decision?.verdict === "KEEP") return [];
  const parts = decision?.verdict === "REDUCE" && decision.to !== null ? partsOf(access, decision.to) : [];
  const key = keyOfAccess(access);
  const gone = parts.filter((part) => keyOfAccess(part) !== key && isThere(snapshot, part));
  return [...gone.map(taken), ...(isThere(snapshot, access) ? [taken(access)] : []), given(access)];
}

/** The keys of the policy's rows that operations take away, and of those that they give; a reduction may do both. */
export function rowsTouched(operations: readonly PolicyOperation[]): {
  readonly taken: ReadonlySet<string>;
  readonly given: ReadonlySet<string>;
} {
  const keyOf = (input: AssignRole | GrantScope): string => {
    const period = { validFrom: null, validUntil: null };
    const nobody = { subjectId: null, subjectType: null, clientId: null, role: null, organization: null, scope: null };
    const kind = "scope" in input ? "GRANT" : "ASSIGNMENT";
    return keyOfAccess({ kind, ...nobody, ...input, ...period } as ReviewAccess);
  };
  const keys = (inputs: readonly (AssignRole | GrantScope | null | undefined)[]): ReadonlySet<string> =>
    new Set(inputs.flatMap((input) => (input === null || input === undefined ? [] : [keyOf(input)])));
  return {
    taken: keys(operations.flatMap(({ revokeScope, unassignRole }) => [revokeScope, unassignRole])),
    given: keys(operations.flatMap(({ assignRole, grantScope }) => [assignRole, grantScope])),
  };
}
