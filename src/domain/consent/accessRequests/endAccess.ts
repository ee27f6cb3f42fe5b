import type { ApiKeys } from "../../callers/apiKeys.ts";
import { keyCaller } from "../../callers/callerName.ts";
import { isInForce } from "../../callers/keyRoles.ts";
import { personOf } from "../../callers/person.ts";
import type { ApiKey, Identity } from "../../callers/types.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { Clock } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { reasonProblem } from "../../kernel/text.ts";
import type { PolicyAdmin, Written } from "../../policy/admin.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { CLIENT, holderKey } from "../../policy/types.ts";
import { type AccessRequest, type KeptAccessRequest, requestAt, type SubjectName } from "./accessRequest.ts";
import { type NamedSubject, readSubject } from "./accessRequestInput.ts";
import type { AccessRequestStore } from "./store.ts";

/** What ended. */
export interface EndedAccess {
  /** The revision that ended the assignments and grants, of several the last; where there were none, the one that stands. */
  readonly revision: Written;
  readonly assignments: number;
  readonly grants: number;
  readonly accessRequests: readonly AccessRequest[];
  readonly apiKeys: readonly ApiKey[];
}

/**
 * Ends all that one has: assignments, of a client its grants too, in one revision (of more than 1,000 in several); then access
 * requests, and API keys. What is interrupted is finished by asking again.
 * @throws ScopewardenError BAD_USER_INPUT, CONFLICT for oneself where the last key in force that holds `admin` would go,
 * FOUR_EYES_REQUIRED where the end of an assignment may allow more
 */
export type EndAccess = (
  caller: Identity,
  about: { readonly subject: NamedSubject; readonly reason: string },
) => Promise<EndedAccess>;

const ATTEMPTS = 5;
/** Rows that end in one revision; more take several. */
const AT_ONCE = 1_000;
/** Of revisions, or of what others do meanwhile. */
const ROUNDS = 100;

/** A revision, and what it ended. */
interface Ended {
  readonly revision: Written;
  readonly operations: readonly PolicyOperation[];
}

const isConflict = (error: unknown): boolean => error instanceof ScopewardenError && error.code === "CONFLICT";

/** What ends it all. A client holds roles under its own id, and as the subject whose type says so. */
function endings(snapshot: Snapshot, { type, id }: SubjectName): readonly PolicyOperation[] {
  const client = type === CLIENT ? id : null;
  const rows = [
    ...(snapshot.assignments.get(holderKey({ subjectId: id, subjectType: type, clientId: null }))?.values() ?? []),
    ...(client === null
      ? []
      : (snapshot.assignments.get(holderKey({ subjectId: null, subjectType: null, clientId: client }))?.values() ??
        [])),
  ];
  const grants = client === null ? [] : [...(snapshot.grants.get(client)?.values() ?? [])];
  return [
    ...rows.map(({ subjectId, subjectType, clientId, role, organization }) => ({
      unassignRole:
        clientId === null ? { subjectId, subjectType, role, organization } : { clientId, role, organization },
    })),
    ...grants.map(({ clientId, scope }) => ({ revokeScope: { clientId, scope } })),
  ] as readonly PolicyOperation[];
}

export function createEndAccess(deps: {
  readonly store: AccessRequestStore;
  readonly policy: PolicyAdmin;
  readonly apiKeys: ApiKeys;
  readonly clock: Clock;
}): EndAccess {
  const { store, policy, apiKeys, clock } = deps;

  /** In force, with the caller's own last: what follows is done with it. @throws ScopewardenError CONFLICT */
  async function keysOf(caller: Identity, { type, id }: SubjectName): Promise<readonly ApiKey[]> {
    const now = clock();
    const inForce = (await apiKeys.list()).filter((key) => isInForce(key, now));
    const isTheirs = ({ subject }: ApiKey): boolean => subject !== null && subject.type === type && subject.id === id;
    const isOwn = (key: ApiKey): boolean => keyCaller(key.id) === caller.id;
    const theirs = inForce.filter(isTheirs);
    const lasts = inForce.some((key) => !isTheirs(key) && key.roles.includes("admin"));
    if (theirs.some((key) => isOwn(key) && key.roles.includes("admin")) && !lasts)
      throw new ScopewardenError(
        "CONFLICT",
        "This would revoke the last key in force that holds admin. Make one for somebody else first (createApiKey). Nothing was changed.",
      );
    return [...theirs.filter((key) => !isOwn(key)), ...theirs.filter(isOwn)];
  }

  /** One revision that ends what there is; null: there is nothing. */
  async function endRows(caller: Identity, subject: SubjectName, reason: string): Promise<Ended | null> {
    for (let attempt = 1; ; attempt++) {
      const { revision } = await policy.refresh();
      const operations = endings(policy.current(), subject).slice(0, AT_ONCE);
      if (operations.length === 0) return null;
      try {
        const change = { author: caller.id, reason, operations, expectedRevision: revision };
        return { revision: await policy.apply(change), operations };
      } catch (error) {
        if (!isConflict(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Those that it closes: what somebody else has answered meanwhile is found again. */
  async function endRequests(
    caller: Identity,
    standing: readonly KeptAccessRequest[],
    reason: string,
  ): Promise<readonly string[]> {
    const at = clock();
    const ended: string[] = [];
    for (const { id, state } of standing) {
      try {
        if (state === "APPROVED") await store.giveBack(id, { at, by: caller.id, reason });
        else await store.refuse(id, { at, by: personOf(caller), reason });
        ended.push(id);
      } catch (error) {
        if (!isConflict(error)) throw error;
      }
    }
    return ended;
  }

  /** Again until there is nothing left, as somebody may approve something between the two. */
  async function endAll(caller: Identity, subject: SubjectName, reason: string) {
    const made: Ended[] = [];
    const closed: string[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      const rows = await endRows(caller, subject, reason);
      if (rows !== null) made.push(rows);
      const standing = await store.standingOf(subject, clock());
      if (rows === null && standing.length === 0) break;
      closed.push(...(await endRequests(caller, standing, reason)));
    }
    const requests: AccessRequest[] = [];
    for (const id of closed) {
      const found = await store.find(id);
      if (found !== null) requests.push(requestAt(found, clock()));
    }
    return { made, requests };
  }

  async function standingRevision(caller: Identity): Promise<Written> {
    const { revision } = policy.current();
    const nothing = { revision, author: caller.id, reason: "", committedAt: clock(), changeCount: 0 };
    return { ...((await policy.revision(revision)) ?? nothing), dryRun: false, findings: [] };
  }

  return async (caller, about) => {
    const read = new Reader();
    const subject = readSubject(read, about.subject, "subject");
    const { reason } = about;
    read.expect("reason", reasonProblem(reason));
    read.check();
    const keys = await keysOf(caller, subject);
    const { made, requests } = await endAll(caller, subject, reason);
    const revoked: ApiKey[] = [];
    for (const { id } of keys) revoked.push(await apiKeys.revoke({ id, by: caller, reason }));
    const operations = made.flatMap((each) => each.operations);
    return {
      revision: made.at(-1)?.revision ?? (await standingRevision(caller)),
      assignments: operations.filter((operation) => "unassignRole" in operation).length,
      grants: operations.filter((operation) => "revokeScope" in operation).length,
      accessRequests: requests,
      apiKeys: revoked,
    };
  };
}
