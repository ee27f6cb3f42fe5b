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

/** Whether the policy has it as it is in the list. */
export const isThere = (snapshot: Snapshot, access: ReviewAccess): boolean =>
  rowAt(snapshot, access.kind === "GRANT" ? "grant" : "assignment", keyOfAccess(access)) !== null;

/** Of two that are given alike, whichever lasts longer: each is no more than it was. */
const longer = (a: ReviewAccess, b: ReviewAccess | undefined): ReviewAccess =>
  b === undefined || a.validUntil === null || (b.validUntil !== null && a.validUntil >= b.validUntil) ? a : b;

/** Whether the policy has it in force, for whichever reason. */
function isHeld(snapshot: Snapshot, access: ReviewAccess, now: number): boolean {
  const row = rowAt(snapshot, access.kind === "GRANT" ? "grant" : "assignment", keyOfAccess(access));
  return row !== null && holdsAt(row as unknown as Validity, now);
}

/**
 * The operations by which items go, or become less: none for what is kept, and for what is not there any more. What nobody
 * decided goes like what is to be removed: silence certifies nothing. What one item is reduced to is not given where another was
 * decided to remove it, and stays as it is where it is held already.
 */
export function removalsOf(snapshot: Snapshot, items: readonly ReviewItem[], now: number): readonly PolicyOperation[] {
  const take = new Map<string, ReviewAccess>();
  const give = new Map<string, ReviewAccess>();
  for (const { access, decision } of items) {
    if (decision?.verdict === "KEEP" || !isThere(snapshot, access)) continue;
    take.set(keyOfAccess(access), access);
    if (decision?.verdict !== "REDUCE" || decision.to === null) continue;
    for (const part of partsOf(access, decision.to)) {
      const key = keyOfAccess(part);
      give.set(key, longer(part, give.get(key)));
    }
  }
  for (const { access, decision } of items) if (decision?.verdict === "REMOVE") give.delete(keyOfAccess(access));
  for (const [key, part] of give) {
    if (take.has(key)) continue;
    if (isHeld(snapshot, part, now)) give.delete(key);
    // A row of it that does not hold now goes first: its period must neither stay nor be lost by omission.
    else if (isThere(snapshot, part)) take.set(key, part);
  }
  return [...[...take.values()].map(taken), ...[...give.values()].map(given)];
}

/** The operations that undo the removal or reduction of an item, on the policy as it is. */
export function inverseOf(snapshot: Snapshot, { access, decision }: ReviewItem): readonly PolicyOperation[] {
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
