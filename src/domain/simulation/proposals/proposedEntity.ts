import type { EntityAsked } from "../../audit/directoryReads.ts";
import type { RecordOpened } from "../../audit/entityOpened.ts";
import { seesPseudonyms } from "../../callers/permissions.ts";
import type { Caller, Identity } from "../../callers/types.ts";
import { type Directory, entityOf } from "../../directory/directory.ts";
import type { Entity, EntityRef, NewEntity } from "../../directory/entity.ts";
import { badInput, ScopewardenError } from "../../kernel/errors.ts";
import type { Proposal, ProposalState, ProposedChange } from "./proposal.ts";

type ProposedDirectory = Extract<ProposedChange, { readonly kind: "DIRECTORY" }>;

/** How many entries of a type a proposal puts or deletes; with a property, how many of those that it puts have it. */
export interface EntityCount {
  readonly type: string;
  /** Null: all of the type. */
  readonly property: string | null;
  readonly put: number;
  readonly deleted: number;
}

/** What of a proposed change of the directory everybody sees who may read proposals: by type and property, in code-unit order. */
export function countEntities({ put, remove }: Pick<ProposedDirectory, "put" | "remove">): readonly EntityCount[] {
  const counts = new Map<string, { type: string; property: string | null; put: number; deleted: number }>();
  const count = (type: string, property: string | null, of: "deleted" | "put"): void => {
    const key = JSON.stringify(property === null ? [type] : [type, property]);
    const found = counts.get(key) ?? { type, property, put: 0, deleted: 0 };
    found[of]++;
    counts.set(key, found);
  };
  for (const { properties, type } of put) {
    count(type, null, "put");
    for (const [name, value] of Object.entries(properties ?? {}))
      if (value !== undefined && value !== null) count(type, name, "put");
  }
  for (const { type } of remove) count(type, null, "deleted");
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, found]) => found);
}

/** What a proposal puts and deletes, entry by entry; null: it is no change of the directory, or who asks sees patients under pseudonyms. */
export const proposedEntities = (caller: Caller, change: ProposedChange): ProposedDirectory | null =>
  change.kind !== "DIRECTORY" || seesPseudonyms(caller) ? null : change;

/** In which an entry of it is looked at before it is decided, or applied. */
const LOOKED_AT: readonly ProposalState[] = ["OPEN", "APPROVED", "STALE"];

const isSame =
  ({ id, type }: EntityRef) =>
  (each: EntityRef): boolean =>
    each.id === id && each.type === type;

/**
 * An entry as a proposal puts it; or, where it deletes it, as it is. Whether there is one, and its version, the directory alone tells:
 * to auditors, and to an admin, who may open it without a proposal, too.
 */
function proposedIn(
  change: ProposedDirectory,
  ref: EntityRef,
  { known, roles }: { readonly known: Entity | undefined; readonly roles: Caller["roles"] },
): Entity | null {
  const knows = roles.has("admin") || roles.has("auditor");
  const put: NewEntity | undefined = change.put.find(isSame(ref));
  if (put !== undefined) return { ...put, version: knows ? (known?.version ?? 0) : 0 };
  if (!change.remove.some(isSame(ref))) return null;
  if (!knows)
    throw new ScopewardenError(
      "FORBIDDEN",
      "proposal: admins and auditors alone open an entry that a proposal deletes; entityCounts tell how many there are.",
    );
  return known ?? null;
}

/**
 * One entry of a proposal, opened by who may approve it: that it was, and why, is on record before the answer.
 * @throws ScopewardenError FORBIDDEN, BAD_USER_INPUT, CONFLICT, JOURNAL_UNAVAILABLE
 */
export async function openProposedEntity(
  deps: {
    readonly directory: () => Directory;
    readonly recordOpened: RecordOpened;
  },
  caller: Identity,
  { proposal, ...asked }: EntityAsked & { readonly proposal: Proposal },
): Promise<Entity | null> {
  const { id, reason, type } = asked;
  if (proposal.change.kind !== "DIRECTORY")
    throw badInput([{ path: "proposal", message: "must be a proposed change of the directory" }]);
  if (reason === null) throw badInput([{ path: "reason", message: "is missing: say why the entry is opened" }]);
  if (seesPseudonyms(caller) && !LOOKED_AT.includes(proposal.state))
    throw new ScopewardenError(
      "CONFLICT",
      `Proposal ${proposal.id} is ${proposal.state}: its entries are opened while it can be approved or applied.`,
    );
  const known = entityOf(deps.directory(), type, id);
  const found = proposedIn(proposal.change, { type, id }, { known, roles: caller.roles });
  await deps.recordOpened(caller, { type, id, reason, proposalId: proposal.id }, found);
  return found;
}
