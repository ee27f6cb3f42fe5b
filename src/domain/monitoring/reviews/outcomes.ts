import type { DecideFacts } from "../../decisions/facts.ts";
import { mayPresent } from "../../decisions/holds/grants.ts";
import { rolesIn } from "../../decisions/holds/roles.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import { ALL_ORGANIZATIONS } from "../../policy/types.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import { keyOfAccess } from "./accessList.ts";
import { accessText, type ReviewAccess, type ReviewItem, verdictOf } from "./campaign.ts";
import { isThere, rowsTouched } from "./removal.ts";

/** How the proposal of a campaign came to its end. */
export interface ProposalEnd {
  readonly operations: readonly PolicyOperation[];
  /** The revision that it made; null: it was refused. */
  readonly appliedRevision: number | null;
  /** Why it was refused. */
  readonly reason: string | null;
}

type Ended = Pick<ReviewItem, "id" | "outcome">;

/** How the holder has it still; null: in no way. It is what decisions go by. */
function stillHeld(facts: DecideFacts, access: ReviewAccess): string | null {
  const { clientId, organization, role, scope, subjectId, subjectType } = access;
  if (access.kind === "GRANT") {
    const client = clientId ?? "";
    return mayPresent(facts, client, scope ?? "", parseSmartScope(scope ?? ""))
      ? "Other grants of the client permit some of it still."
      : null;
  }
  const subject =
    subjectId === null
      ? null
      : { id: subjectId, type: subjectType ?? "", organization: null, roles: null, attributes: null };
  const place = organization === ALL_ORGANIZATIONS ? null : organization;
  return rolesIn(facts, { subject, clientId: clientId ?? "" }, place).has(role ?? "")
    ? "Another assignment gives the role there still."
    : null;
}

/**
 * What became of each item, by the end of the proposal (null: nothing had to go) and by the policy that decides now. `begunAfter`
 * says of what stands whether it began after a revision.
 * @throws ScopewardenError CONFLICT, naming it, for access that the applied proposal took away and that stands all the same
 */
export function outcomesOf(
  items: readonly ReviewItem[],
  end: ProposalEnd | null,
  about: { readonly facts: DecideFacts; readonly begunAfter: (access: ReviewAccess, revision: number) => boolean },
): readonly Ended[] {
  const { facts, begunAfter } = about;
  const { given, taken } = rowsTouched(end?.operations ?? []);
  const outcomeOf = (item: ReviewItem): NonNullable<ReviewItem["outcome"]> => {
    const { access } = item;
    const key = keyOfAccess(access);
    if (verdictOf(item) === "KEEP") return { is: "KEPT", note: null };
    if (end === null || !taken.has(key)) return { is: "GONE_BEFORE", note: null };
    if (end.appliedRevision === null) return { is: "REFUSED", note: end.reason };
    if (given.has(key)) return { is: "REDUCED", note: null };
    if (!isThere(facts.snapshot, access))
      return verdictOf(item) === "REDUCE"
        ? { is: "REDUCED", note: null }
        : { is: "REMOVED", note: stillHeld(facts, access) };
    if (begunAfter(access, end.appliedRevision)) return { is: "GIVEN_BACK", note: null };
    throw new ScopewardenError(
      "CONFLICT",
      `The proposal was applied, and ${accessText(access)} stands all the same. Nothing was changed.`,
    );
  };
  return items.map((item) => ({ id: item.id, outcome: outcomeOf(item) }));
}
