import { personOf } from "../../callers/person.ts";
import type { Identity } from "../../callers/types.ts";
import { type CaseDesk, createCaseDesk } from "../../cases/caseDesk.ts";
import type { CasePage, CasePageRequest } from "../../cases/casePages.ts";
import { requireStep } from "../../cases/steps.ts";
import { badInput, conflict, ScopewardenError } from "../../kernel/errors.ts";
import type { Clock, NewId } from "../../kernel/ports.ts";
import { identifierProblem, reasonProblem } from "../../kernel/text.ts";
import type { PolicyAdmin, Reviewed } from "../../policy/admin.ts";
import type { Applied } from "../../policy/apply.ts";
import type { AccessGiven } from "../../policy/fourEyes.ts";
import { type NamedRow, namedBy } from "../../policy/namedRows.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import { ALL_ORGANIZATIONS } from "../../policy/types.ts";
import { type AccessRequest, type AskedAccess, type KeptAccessRequest, sameIsOpen } from "./accessRequest.ts";
import { type RequestAccessInput, readRequest } from "./accessRequestInput.ts";
import { accessRequestKind, requestAt } from "./accessRequestKind.ts";
import { giving, sameOperation, takingBack } from "./givenAccess.ts";
import type { AccessRequestFilter, AccessRequestStore } from "./store.ts";
import { ACCESS_REQUEST_STEPS, mayGiveBack, seesAll } from "./whoMay.ts";

/** Access for a while, which one asks for and another approves. All reject with NOT_FOUND for an id that the caller sees not. */
export interface AccessRequests {
  /**
   * Nothing changes until somebody else approves it.
   * @throws ScopewardenError BAD_USER_INPUT with every problem, FORBIDDEN, CONFLICT where the same is asked for already
   */
  request(caller: Identity, input: RequestAccessInput): Promise<AccessRequest>;
  /**
   * Approves, and so gives the access from now on for its minutes, or refuses.
   * @throws ScopewardenError FORBIDDEN to who asked and to whom it is for, by whatever key; CONFLICT where it is not OPEN, or can't
   * be given any more, as where a row that it names began or ended since it was asked for
   */
  decide(
    caller: Identity,
    answer: { readonly id: string; readonly approve: boolean; readonly reason: string },
  ): Promise<AccessRequest>;
  /** Ends the access now, or withdraws the request. @throws ScopewardenError FORBIDDEN, CONFLICT */
  giveBack(
    caller: Identity,
    about: { readonly id: string; readonly reason?: string | null | undefined },
  ): Promise<AccessRequest>;
  find(caller: Identity, id: string): Promise<AccessRequest | null>;
  page(
    caller: Identity,
    query: { readonly filter: AccessRequestFilter; readonly page: CasePageRequest },
  ): Promise<CasePage<AccessRequest>>;
  readonly desk: CaseDesk;
}

/** How long a request waits for an answer. */
const OPEN_MS = 7 * 24 * 60 * 60 * 1000;

function checkReason(reason: string): void {
  const problem = reasonProblem(reason);
  if (problem !== null) throw badInput([{ path: "reason", message: problem }]);
}

const namedByRequest = ({ subject, role, organization, clientId, scope }: AskedAccess): readonly NamedRow[] =>
  namedBy("assignment", { subjectId: subject?.id, subjectType: subject?.type, role, organization, clientId, scope });

export function createAccessRequests(deps: {
  readonly store: AccessRequestStore;
  readonly policy: PolicyAdmin;
  readonly clock: Clock;
  readonly newId: NewId;
}): AccessRequests {
  const { store, policy, clock, newId } = deps;

  async function find(caller: Identity, id: string): Promise<KeptAccessRequest | null> {
    const problem = identifierProblem(id);
    if (problem !== null) throw badInput([{ path: "id", message: problem }]);
    const found = await store.find(id);
    return found !== null && (seesAll(caller) || mayGiveBack(caller, found)) ? found : null;
  }
  async function known(caller: Identity, id: string): Promise<KeptAccessRequest> {
    const found = await find(caller, id);
    if (found === null) throw new ScopewardenError("NOT_FOUND", `There is no access request ${id}.`);
    return found;
  }
  /** @throws ScopewardenError FORBIDDEN, CONFLICT */
  const requireTake = (caller: Identity, of: KeptAccessRequest, step: keyof typeof ACCESS_REQUEST_STEPS): void =>
    requireStep(ACCESS_REQUEST_STEPS[step], caller, { kind: accessRequestKind, of, facts: null, now: clock() });
  const now = async (caller: Identity, id: string): Promise<AccessRequest> =>
    requestAt(await known(caller, id), clock());

  /** What the house says of the same operation, under the members of the request. @throws ScopewardenError BAD_USER_INPUT */
  function requireApplicable(applied: Applied): void {
    if (applied.ok) return;
    throw badInput(
      applied.problems.map(({ path, message }) => ({
        path: path.replace(/^operations\[0\](?:\.\w+)?/, "input").replace(/\.subject(Id|Type)$/, ".subject"),
        message,
      })),
    );
  }

  /** The revision of the policy that it was tried on, or an earlier one. */
  async function requireGivable(asked: AskedAccess): Promise<number> {
    const at = clock();
    const { revision } = await policy.refresh();
    const standing = await store.standing(asked, at);
    const open = standing.find(({ state }) => state === "OPEN");
    if (open !== undefined) throw sameIsOpen(open.id);
    const would = giving(policy.current(), asked, { now: at, standing });
    if (!would.ok) throw badInput([{ path: `input.${would.member}`, message: would.message }]);
    requireApplicable(await policy.trial({ operations: [would.operation] }));
    return revision;
  }

  /**
   * A write that takes a step of a request, and does `operation` as long as `same` still comes to it. Under four eyes it needs no
   * proposal, as it carries out what another person has approved.
   */
  function carryOut(
    caller: Identity,
    request: KeptAccessRequest,
    {
      operation,
      same,
      ...step
    }: Omit<AccessGiven, "accessRequestId" | "by" | "people" | "subject"> & {
      readonly operation: PolicyOperation;
      readonly same: () => Promise<PolicyOperation | null>;
    },
  ): ReturnType<PolicyAdmin["apply"]> {
    const { id } = request;
    const { callerId: by, ...who } = personOf(caller);
    const [taken, done] =
      step.step === "APPROVED" ? (["decide", "approved"] as const) : (["giveBack", "given back"] as const);
    const reviewed: Reviewed = {
      carriedOut: { accessRequestId: id, by, ...who, ...step },
      // Once more at each attempt: between two of them the policy may have changed, or somebody else has answered.
      async asApproved(applied) {
        requireTake(caller, await known(caller, id), taken);
        if (!applied.ok) {
          const [problem] = applied.problems;
          throw conflict(
            `Access request ${id} can't be ${done} any more: ${problem?.message ?? "the policy has changed"}.`,
          );
        }
        const again = await same();
        if (again === null || !sameOperation(again, operation))
          throw conflict(`What access request ${id} touches has just changed; try again.`);
      },
    };
    return policy.apply(
      { author: caller.id, reason: `Access request ${id} was ${done}.`, operations: [operation] },
      reviewed,
    );
  }

  async function approve(caller: Identity, request: KeptAccessRequest, reason: string): Promise<void> {
    const at = clock();
    const would = async () =>
      giving(policy.current(), request, { now: at, standing: await store.standing(request, at) });
    const first = await would();
    if (!first.ok)
      throw conflict(
        `Access request ${request.id} can't be approved any more: ${first.member} ${first.message}; refuse it.`,
      );
    const { operation, given } = first;
    // Who approves has read the names of what was asked for, which must be what they were.
    const requireAsAsked = async (): Promise<void> => {
      const because = await policy.movedSince(namedByRequest(request), request.baseRevision);
      if (because === null) return;
      throw conflict(
        `Access request ${request.id} can't be approved any more: ${because} since it was asked for; refuse it, so that it can be asked for again.`,
      );
    };
    const same = async () => {
      await requireAsAsked();
      const again = await would();
      return again.ok ? again.operation : null;
    };
    await carryOut(caller, request, { step: "APPROVED", at, reason, given, operation, same });
  }

  return {
    async request(caller, input) {
      const { reason, ...asked } = readRequest(caller, input);
      if (caller.subject === null)
        throw new ScopewardenError(
          "FORBIDDEN",
          "Nobody could approve it: this caller does not say whose it is, so that it may be anybody. Use a key or token that does.",
        );
      const baseRevision = await requireGivable(asked);
      const createdAt = clock();
      const request: KeptAccessRequest = {
        ...asked,
        id: newId(),
        state: "OPEN",
        reason,
        requestedBy: personOf(caller),
        createdAt,
        baseRevision,
        expiresAt: createdAt + OPEN_MS,
        decided: null,
        given: null,
        returned: null,
        policyRevision: null,
      };
      await store.open(request);
      return request;
    },

    async decide(caller, { id, approve: approved, reason }) {
      checkReason(reason);
      const request = await known(caller, id);
      requireTake(caller, request, "decide");
      await policy.refresh();
      if (approved) await approve(caller, request, reason);
      else await store.refuse(id, { at: clock(), by: personOf(caller), reason });
      return now(caller, id);
    },

    async giveBack(caller, { id, reason = null }) {
      if (reason !== null) checkReason(reason);
      const request = await known(caller, id);
      requireTake(caller, request, "giveBack");
      await policy.refresh();
      const at = clock();
      const operation = takingBack(policy.current(), request, at);
      const { given } = request;
      if (operation === null || given === null) await store.giveBack(id, { at, by: caller.id, reason });
      else {
        const same = async () => takingBack(policy.current(), request, at);
        await carryOut(caller, request, { step: "RETURNED", at, reason, given, operation, same });
      }
      return now(caller, id);
    },

    async find(caller, id) {
      const found = await find(caller, id);
      return found === null ? null : requestAt(found, clock());
    },

    async page(caller, { filter, page }) {
      const { callerId } = filter;
      if (!seesAll(caller) && callerId !== undefined && callerId !== caller.id)
        return { items: [], hasNextPage: false, total: async () => 0 };
      const at = clock();
      const own = seesAll(caller) ? filter : { ...filter, callerId: caller.id };
      const found = await store.page({ filter: own, now: at, page });
      return { ...found, items: found.items.map(({ node, key }) => ({ node: requestAt(node, at), key })) };
    },

    desk: createCaseDesk({
      ...{ kind: accessRequestKind, steps: ACCESS_REQUEST_STEPS, reader: store, clock },
      factsOf: async () => () => null,
      waitingOf: ({ id }) => ({ notOpenedBy: id }),
      titleOf: ({ clientId, minutes, organization, role, scope, subject }) => ({
        title: `${role === null ? `The scope ${scope} for the client ${clientId}` : `The role ${role} ${organization === ALL_ORGANIZATIONS ? "in all organizations" : `in ${organization}`}`} is asked for, for ${minutes} minutes: approve or refuse it`,
        ...{ subject, clientId, patient: null },
      }),
    }),
  };
}
