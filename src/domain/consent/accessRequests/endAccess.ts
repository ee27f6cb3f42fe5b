import type { ApiKeys } from "../../callers/apiKeys.ts";
import { keyCaller, tokenCaller } from "../../callers/callerName.ts";
import { isInForce } from "../../callers/keyRoles.ts";
import { personOf, writerOf } from "../../callers/person.ts";
import type { ApiKey, Identity } from "../../callers/types.ts";
import type { Account } from "../../directory/accounts.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { Clock } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { reasonProblem } from "../../kernel/text.ts";
import type { PolicyAdmin, Written } from "../../policy/admin.ts";
import { mayAlone } from "../../policy/fourEyes.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { type Assignment, CLIENT, type Grant, type Holder, holderKey, rowKey } from "../../policy/types.ts";
import type { ShutOut, TimedRevocation, TokenRevocations } from "../revocations/tokenRevocations.ts";
import type { AccessRequest, KeptAccessRequest, SubjectName } from "./accessRequest.ts";
import { type NamedSubject, readSubject } from "./accessRequestInput.ts";
import { requestAt } from "./accessRequestKind.ts";
import type { AccessRequestStore } from "./store.ts";

/** What ended. */
export interface EndedAccess {
  /** The revision that ended the assignments and grants, of several the last; where there were none, the one that stands. */
  readonly revision: Written;
  readonly assignments: number;
  readonly grants: number;
  readonly accessRequests: readonly AccessRequest[];
  readonly apiKeys: readonly ApiKey[];
  /** Of the tokens of each account that the directory links to them; of a client, of those that each issuer gave it. */
  readonly tokenRevocations: readonly TimedRevocation[];
  /** The assignments that stay, as more would be allowed without them and the caller may not do that alone. */
  readonly kept: readonly KeptAccess[];
  /** The proposal that ends these; null: there are none. */
  readonly proposalId: string | null;
}

/** An assignment that only a proposal ends. */
export interface KeptAccess extends Pick<Assignment, "role" | "organization"> {
  /** What its end would open, as a sentence's words. */
  readonly because: string;
}

/**
 * Ends all that one has: tokens, of a client those that it was given, and API keys, the caller's own at last; assignments, of a client its grants too, in one revision (of more than
 * 1,000 in several); then access requests. It needs nobody else, and no fresh sign-in: where the caller may not do alone what allows more,
 * assignments without which more would be allowed stay, and become one proposal. What is interrupted is finished by asking again.
 * @throws ScopewardenError BAD_USER_INPUT, CONFLICT for oneself where the last key in force that holds `admin` would go
 */
export type EndAccess = (
  caller: Identity,
  about: { readonly subject: NamedSubject; readonly reason: string },
) => Promise<EndedAccess>;

const ATTEMPTS = 5;
/** Whose it is stands in the operations: titles are not erased. */
const TITLE = "End what is left of somebody's access";
/** Rows that end in one revision; more take several. */
const AT_ONCE = 1_000;
/** Of revisions, or of what others do meanwhile. */
const ROUNDS = 100;

/** A revision, and what it ended. */
interface Ended {
  readonly revision: Written;
  readonly operations: readonly PolicyOperation[];
}

/** A row that is to end, and what ends it. */
interface Ending {
  readonly key: string;
  readonly row: Assignment | Grant;
  readonly operation: PolicyOperation;
}

const codeOf = (error: unknown): string | null => (error instanceof ScopewardenError ? error.code : null);
const isConflict = (error: unknown): boolean => codeOf(error) === "CONFLICT";

/** What ends it all. A client holds roles under its own id, and as the subject whose type says so. */
function endings(snapshot: Snapshot, { type, id }: SubjectName): readonly Ending[] {
  const held = (holder: Holder): readonly Assignment[] => [
    ...(snapshot.assignments.get(holderKey(holder))?.values() ?? []),
  ];
  const isClient = type === CLIENT;
  const rows = [
    ...held({ subjectId: id, subjectType: type, clientId: null }),
    ...(isClient ? held({ subjectId: null, subjectType: null, clientId: id }) : []),
  ];
  const grants = isClient ? [...(snapshot.grants.get(id)?.values() ?? [])] : [];
  return [
    ...rows.map((row) => {
      const { subjectId, subjectType, clientId, role, organization } = row;
      const of = clientId === null ? { subjectId, subjectType } : { clientId };
      return { key: rowKey.assignment(row), row, operation: { unassignRole: { ...of, role, organization } } };
    }),
    ...grants.map((row) => {
      const { clientId, scope } = row;
      return { key: rowKey.grant(row), row, operation: { revokeScope: { clientId, scope } } };
    }),
  ] as readonly Ending[];
}

/** Rows that stay, by their keys, each with what its end would open. */
type Staying = Map<string, string>;

export function createEndAccess(deps: {
  readonly store: AccessRequestStore;
  readonly policy: PolicyAdmin;
  readonly apiKeys: ApiKeys;
  readonly tokens: Pick<TokenRevocations, "issuers" | "shutOut">;
  /** The accounts with which somebody signs in, as the directory says now. */
  readonly accountsOf: (subject: SubjectName) => readonly Account[];
  readonly clock: Clock;
  /** Whether what may allow more needs a proposal, and who makes one where the same is not proposed already: answers with its id. */
  readonly fourEyes: boolean;
  readonly propose: (
    caller: Identity,
    input: { readonly title: string; readonly operations: readonly PolicyOperation[]; readonly reason: string },
  ) => Promise<string>;
}): EndAccess {
  const { store, policy, accountsOf, apiKeys, clock, fourEyes, propose, tokens } = deps;

  /** Those in force, the caller's own apart. @throws ScopewardenError CONFLICT */
  async function keysOf(caller: Identity, { type, id }: SubjectName) {
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
    return { own: theirs.filter(isOwn), others: theirs.filter((key) => !isOwn(key)) };
  }

  /** What ends now. Each row that stays lets the holder keep more, so that others are looked at again. */
  async function endingNow(
    caller: Identity,
    subject: SubjectName,
    staying: Staying,
  ): Promise<readonly PolicyOperation[]> {
    for (;;) {
      const left = endings(policy.current(), subject).filter(({ key }) => !staying.has(key));
      const ending = left.slice(0, AT_ONCE);
      const operations = ending.map(({ operation }) => operation);
      if (mayAlone(fourEyes, caller) || operations.length === 0) return operations;
      const tried = await policy.trial({ operations });
      const keys = new Set(ending.map(({ key }) => key));
      const opening = (tried.ok ? tried.findings : []).filter(
        ({ code, key }) => code === "WIDENS_ALLOW" && keys.has(key),
      );
      if (opening.length === 0) return operations;
      for (const { key, message } of opening) staying.set(key, message);
    }
  }

  /** One revision that ends what there is; null: there is nothing. */
  async function endRows(
    caller: Identity,
    subject: SubjectName,
    { reason, staying }: { readonly reason: string; readonly staying: Staying },
  ): Promise<Ended | null> {
    for (let attempt = 1; ; attempt++) {
      const { revision } = await policy.refresh();
      const operations = await endingNow(caller, subject, staying);
      if (operations.length === 0) return null;
      try {
        const change = { ...writerOf(caller), reason, operations, expectedRevision: revision };
        return { revision: await policy.apply(change), operations };
      } catch (error) {
        const moved =
          isConflict(error) || ["FOUR_EYES_REQUIRED", "INSUFFICIENT_USER_AUTHENTICATION"].includes(codeOf(error) ?? "");
        if (!moved || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Whether what a request gave stays. */
  function stays({ organization, role, state, subject }: KeptAccessRequest, staying: Staying): boolean {
    if (state !== "APPROVED" || subject === null || role === null || organization === null) return false;
    const { id: subjectId, type: subjectType } = subject;
    const row = { subjectId, subjectType, clientId: null, role, organization, validFrom: null, validUntil: null };
    return staying.has(rowKey.assignment(row));
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
    const staying: Staying = new Map();
    for (let round = 1; round <= ROUNDS; round++) {
      const rows = await endRows(caller, subject, { reason, staying });
      if (rows !== null) made.push(rows);
      const standing = (await store.standingOf(subject, clock())).filter((request) => !stays(request, staying));
      if (rows === null && standing.length === 0) break;
      closed.push(...(await endRequests(caller, standing, reason)));
    }
    const requests: AccessRequest[] = [];
    for (const id of closed) {
      const found = await store.find(id);
      if (found !== null) requests.push(requestAt(found, clock()));
    }
    const kept = endings(policy.current(), subject).filter(({ key }) => staying.has(key));
    return {
      made,
      requests,
      toPropose: kept.map(({ operation }) => operation),
      kept: kept.flatMap(({ key, row }) => {
        const because = staying.get(key) ?? "";
        return "role" in row ? [{ role: row.role, organization: row.organization, because }] : [];
      }),
    };
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
    const { own, others } = await keysOf(caller, subject);
    const { id: clientId } = subject;
    const whose: readonly ShutOut[] = [
      ...accountsOf(subject).map(({ id, issuer }) => ({ issuer, person: id })),
      ...(subject.type === CLIENT ? tokens.issuers.map((issuer) => ({ issuer, clientId })) : []),
    ];
    const isCalling = (each: ShutOut): boolean =>
      "person" in each
        ? tokenCaller(each.issuer, each.person) === caller.id
        : caller.kind === "TOKEN" && caller.defaultClientId === each.clientId;
    const tokenRevocations: TimedRevocation[] = [];
    const shutOut = async (these: readonly ShutOut[]): Promise<void> => {
      for (const each of these) tokenRevocations.push(await tokens.shutOut(caller, { ...each, reason }));
    };
    const revoked: ApiKey[] = [];
    const revoke = async (keys: readonly ApiKey[]): Promise<void> => {
      for (const { id } of keys) revoked.push(await apiKeys.revoke({ id, by: caller, reason }));
    };
    // What the caller calls with goes last: without it nothing more is written.
    await shutOut(whose.filter((each) => !isCalling(each)));
    await revoke(others);
    const { kept, made, requests, toPropose } = await endAll(caller, subject, reason);
    const proposalId =
      toPropose.length === 0 ? null : await propose(caller, { title: TITLE, operations: toPropose, reason });
    // What came before is done with it.
    await revoke(own);
    await shutOut(whose.filter(isCalling));
    const operations = made.flatMap((each) => each.operations);
    return {
      revision: made.at(-1)?.revision ?? (await standingRevision(caller)),
      assignments: operations.filter((operation) => "unassignRole" in operation).length,
      grants: operations.filter((operation) => "revokeScope" in operation).length,
      accessRequests: requests,
      apiKeys: revoked,
      tokenRevocations,
      kept,
      proposalId,
    };
  };
}
