import type { DecideFacts } from "../../decisions/facts.ts";
import { mayPresent } from "../../decisions/holds/grants.ts";
import { rolesIn } from "../../decisions/holds/roles.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import { ALL_ORGANIZATIONS } from "../../policy/types.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import { keyOfAccess } from "./accessList.ts";
import { accessText, type ReviewAccess, type ReviewItem, verdictOf } from "./campaign.ts";
import { isAsListed, isThere, rowsTouched } from "./removal.ts";

/** How the proposal of a campaign came to its end. */
export interface ProposalEnd {
  readonly operations: readonly PolicyOperation[];
  /** The revision that it made; null: it was refused. */
  readonly appliedRevision: number | null;
  /** Why it was refused. */
  readonly reason: string | null;
}

const CHANGED =
  "It was changed or given anew after the review began: what stands now was not reviewed, and was not touched.";
const IN_THE_WAY =
  "It stands as it was: part of what it was to be reduced to is there already for another time, and that was not to be touched.";

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
 * says of what stands whether it began after a revision; `listedAt` is the revision of the list.
 * @throws ScopewardenError CONFLICT, naming it, for access that was to go and that stands all the same
 */
export function outcomesOf(
  items: readonly ReviewItem[],
  end: ProposalEnd | null,
  about: {
    readonly facts: DecideFacts;
    readonly begunAfter: (access: ReviewAccess, revision: number) => boolean;
    readonly listedAt: number;
  },
): readonly Ended[] {
  const { facts, begunAfter, listedAt } = about;
  const stands = (access: ReviewAccess): ScopewardenError =>
    new ScopewardenError("CONFLICT", `${accessText(access)} was to go, and stands all the same. Nothing was changed.`);
  /** Of what was not proposed. */
  const notProposed = (item: ReviewItem): NonNullable<ReviewItem["outcome"]> => {
    const { access } = item;
    if (!isThere(facts.snapshot, access)) return { is: "GONE_BEFORE", note: null };
    if (!isAsListed(facts.snapshot, access) || begunAfter(access, listedAt))
      return { is: "GONE_BEFORE", note: CHANGED };
    if (verdictOf(item) === "REDUCE") return { is: "REFUSED", note: IN_THE_WAY };
    throw stands(access);
  };
  const { given, taken } = rowsTouched(end?.operations ?? []);
  const outcomeOf = (item: ReviewItem): NonNullable<ReviewItem["outcome"]> => {
    const { access } = item;
    const key = keyOfAccess(access);
    if (verdictOf(item) === "KEEP") return { is: "KEPT", note: null };
    if (end === null || !taken.has(key)) return notProposed(item);
    if (end.appliedRevision === null) return { is: "REFUSED", note: end.reason };
    if (given.has(key)) return { is: "REDUCED", note: null };
    if (!isThere(facts.snapshot, access))
      return verdictOf(item) === "REDUCE"
        ? { is: "REDUCED", note: null }
        : { is: "REMOVED", note: stillHeld(facts, access) };
    if (begunAfter(access, end.appliedRevision)) return { is: "GIVEN_BACK", note: null };
    throw stands(access);
  };
  return items.map((item) => ({ id: item.id, outcome: outcomeOf(item) }));
}
