import type { Snapshot } from "../../policy/snapshot.ts";
import { ALL_ORGANIZATIONS, type Assignment, type Grant, rowKey, type Validity } from "../../policy/types.ts";
import type { ReviewAccess, ReviewSelector } from "./campaign.ts";

/** What has not ended: it holds, or will. */
const hasNotEnded = ({ validUntil }: Validity, now: number): boolean => validUntil === null || now < validUntil;

const accessOfAssignment = (row: Assignment): ReviewAccess => ({
  kind: "ASSIGNMENT",
  subjectId: row.subjectId,
  subjectType: row.subjectType,
  clientId: row.clientId,
  role: row.role,
  organization: row.organization,
  scope: null,
  validFrom: row.validFrom,
  validUntil: row.validUntil,
});

const accessOfGrant = ({ clientId, scope, validFrom, validUntil }: Grant): ReviewAccess => ({
  kind: "GRANT",
  subjectId: null,
  subjectType: null,
  clientId,
  role: null,
  organization: null,
  scope,
  validFrom,
  validUntil,
});

/** The key of the policy's row. */
export function keyOfAccess(access: ReviewAccess): string {
  const { clientId, kind, organization, role, scope, subjectId, subjectType, ...period } = access;
  return kind === "GRANT"
    ? rowKey.grant({ clientId: clientId ?? "", scope: scope ?? "", ...period })
    : rowKey.assignment({
        ...{ subjectId, subjectType, clientId },
        ...{ role: role ?? "", organization: organization ?? "", ...period },
      });
}

/** Whether a role, a subject or an organization leaves grants out, which have neither. */
export const hasGrants = ({ organization, role, subjectId }: ReviewSelector): boolean =>
  role === null && organization === null && subjectId === null;

function isSelected(
  { clientId, organization, role, subjectId, subjectType }: ReviewSelector,
  row: Assignment,
): boolean {
  const here = row.organization === organization || row.organization === ALL_ORGANIZATIONS;
  return (
    (role === null || row.role === role) &&
    (clientId === null || row.clientId === clientId) &&
    (subjectId === null || (row.subjectId === subjectId && row.subjectType === subjectType)) &&
    (organization === null || here)
  );
}

/**
 * The access list: every assignment and every grant that is selected and has not ended, whether it was used or not. The store
 * counts the same rows for itself.
 */
export function* accessList(snapshot: Snapshot, selector: ReviewSelector, now: number): Generator<ReviewAccess> {
  for (const held of snapshot.assignments.values())
    for (const row of held.values())
      if (isSelected(selector, row) && hasNotEnded(row, now)) yield accessOfAssignment(row);
  if (!hasGrants(selector)) return;
  for (const [clientId, grants] of snapshot.grants.entries()) {
    if (selector.clientId !== null && selector.clientId !== clientId) continue;
    for (const row of grants.values()) if (hasNotEnded(row, now)) yield accessOfGrant(row);
  }
}
