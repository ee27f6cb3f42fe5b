import type { ApiKeys } from "../../callers/apiKeys.ts";
import { keyCaller } from "../../callers/callerName.ts";
import { isInForce } from "../../callers/keyRoles.ts";
import type { ApiKey, Identity } from "../../callers/types.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { Clock } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { reasonProblem } from "../../kernel/text.ts";
import type { PolicyAdmin, Written } from "../../policy/admin.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { holderKey } from "../../policy/types.ts";
import { type AccessRequest, requestAt, type SubjectName } from "./accessRequest.ts";
import { type NamedSubject, readSubject } from "./accessRequestInput.ts";
import type { AccessRequestStore } from "./store.ts";

/** What ended. */
export interface EndedAccess {
  /** The revision that ended the assignments and grants; where there were none, the one that stands. */
  readonly revision: Written;
  readonly assignments: number;
  readonly grants: number;
  readonly accessRequests: readonly AccessRequest[];
  readonly apiKeys: readonly ApiKey[];
}

/**
 * Ends all that one has: assignments, of a client its grants too, in one revision; then access requests, and API keys. What is
 * interrupted is finished by asking again.
 * @throws ScopewardenError BAD_USER_INPUT, CONFLICT for oneself where the last key in force that holds `admin` would go,
 * FOUR_EYES_REQUIRED where the end of an assignment may allow more
 */
export type EndAccess = (
  caller: Identity,
  about: { readonly subject: NamedSubject; readonly reason: string },
) => Promise<EndedAccess>;

/** What a subject of this type is to the policy: a client, which is granted scopes. */
const CLIENT = "client";
const ATTEMPTS = 5;

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

  async function endRows(
    caller: Identity,
    subject: SubjectName,
    reason: string,
  ): Promise<readonly [Written | null, readonly PolicyOperation[]]> {
    for (let attempt = 1; ; attempt++) {
      const { revision } = await policy.refresh();
      const operations = endings(policy.current(), subject);
      if (operations.length === 0) return [null, operations];
      try {
        return [await policy.apply({ author: caller.id, reason, operations, expectedRevision: revision }), operations];
      } catch (error) {
        const raced = error instanceof ScopewardenError && error.code === "CONFLICT";
        if (!raced || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async function endRequests(
    caller: Identity,
    subject: SubjectName,
    reason: string,
  ): Promise<readonly AccessRequest[]> {
    const at = clock();
    const ended: AccessRequest[] = [];
    for (const { id, state } of await store.standingOf(subject, at)) {
      try {
        if (state === "APPROVED") await store.giveBack(id, { at, by: caller.id, reason });
        else await store.refuse(id, { at, by: { callerId: caller.id, subject: caller.subject }, reason });
      } catch (error) {
        // Somebody else has answered it, or given it back.
        if (!(error instanceof ScopewardenError) || error.code !== "CONFLICT") throw error;
      }
      const now = await store.find(id);
      if (now !== null) ended.push(requestAt(now, at));
    }
    return ended;
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
    const [made, operations] = await endRows(caller, subject, reason);
    const accessRequests = await endRequests(caller, subject, reason);
    // What was approved between the two.
    const [madeLate, late] = await endRows(caller, subject, reason);
    const ended = [...operations, ...late];
    const revoked: ApiKey[] = [];
    for (const { id } of keys) revoked.push(await apiKeys.revoke({ id, by: caller, reason }));
    return {
      revision: madeLate ?? made ?? (await standingRevision(caller)),
      assignments: ended.filter((operation) => "unassignRole" in operation).length,
      grants: ended.filter((operation) => "revokeScope" in operation).length,
      accessRequests,
      apiKeys: revoked,
    };
  };
}
