import { isInForce, rolesHeld } from "../../callers/keyRoles.ts";
import { rolesOf } from "../../callers/permissions.ts";
import { asNamed, isSurelySamePerson, requirePersonOtherThan, samePerson } from "../../callers/samePerson.ts";
import type { ApiKey, Identity } from "../../callers/types.ts";
import type { CaseSteps } from "../../cases/steps.ts";
import { type Directory, EMPTY_DIRECTORY, linkedSubjects } from "../../directory/directory.ts";
import { asKnown } from "../../directory/samePeople.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { Clock } from "../../kernel/ports.ts";
import { isoTime } from "../../kernel/time.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import { USER } from "../../policy/types.ts";
import type { Proposal, Stopped } from "../../simulation/proposals/proposal.ts";
import type { Campaign, ReviewAccess } from "./campaign.ts";
import type { ItemState, ListedItem } from "./itemKind.ts";
import type { ReviewStore } from "./store.ts";

const forbidden = (message: string): ScopewardenError => new ScopewardenError("FORBIDDEN", message);

type HolderInput = Pick<ReviewAccess, "clientId" | "subjectId" | "subjectType">;

/** Whose access it is: a person, a program, or a client. */
const holderOf = ({ clientId, subjectId, subjectType }: HolderInput): Pick<Identity, "subject"> => ({
  subject:
    subjectId === null
      ? { type: "client", id: clientId ?? "", issuer: null }
      : { type: subjectType, id: subjectId, issuer: null },
});

/** @throws ScopewardenError FORBIDDEN to who holds, or may hold, what the operations of a review take away */
export function requireLosesNothing(caller: Identity, operations: readonly PolicyOperation[], stopped: Stopped): void {
  const own = operations.some(({ revokeScope, unassignRole }) => {
    const {
      clientId = null,
      subjectId = null,
      subjectType = null,
    } = { ...revokeScope, ...unassignRole } as HolderInput;
    if (!revokeScope && !unassignRole) return false;
    return samePerson(caller, holderOf({ clientId, subjectId, subjectType }));
  });
  if (!own) return;
  throw forbidden(
    caller.subject === null
      ? `What an access review proposes is ${stopped} by somebody who loses nothing by it: this caller does not say who they are, so that it may be anybody. Use a key or token that does.`
      : `What an access review proposes is not ${stopped} by who would lose access by it; another key of the same person is the same person.`,
  );
}

const isNamed = (caller: Pick<Identity, "subject" | "linked">, person: string): boolean =>
  isSurelySamePerson(caller, asNamed({ type: USER, id: person }));

/** Which of these people could decide at all. */
export type KnownReviewers = (ids: readonly string[]) => Promise<ReadonlySet<string>>;

/** Somebody can decide by a key in force, or by an account of an issuer which the directory links to them. */
export const createKnownReviewers =
  (deps: {
    readonly keys: () => Promise<readonly ApiKey[]>;
    readonly directory: () => Directory;
    readonly issuers: readonly string[];
    readonly clock: Clock;
  }): KnownReviewers =>
  async (ids) => {
    if (ids.length === 0) return new Set();
    const [keys, directory, now] = [await deps.keys(), deps.directory(), deps.clock()];
    const deciders = rolesOf(ITEM_STEPS.decide.field);
    const holders = keys.flatMap((key) =>
      key.subject !== null && isInForce(key, now) && rolesHeld(key, now).some((role) => deciders.includes(role))
        ? [{ ...asNamed(key.subject), linked: linkedSubjects(directory, { ...key.subject, issuer: null }) }]
        : [],
    );
    const signsIn = (id: string): boolean =>
      linkedSubjects(directory, { type: USER, id, issuer: null }).some(
        ({ issuer }) => issuer !== null && deps.issuers.includes(issuer),
      );
    return new Set(ids.filter((id) => holders.some((holder) => isNamed(holder, id)) || signsIn(id)));
  };

/** Whether none of the reviewers who are named may decide it, as it is their own. */
export const isOwnOfAll = (
  reviewers: readonly string[],
  access: ReviewAccess,
  directory: Directory = EMPTY_DIRECTORY,
): boolean =>
  reviewers.length > 0 &&
  reviewers.every((id) => samePerson(asKnown(directory, { type: USER, id, issuer: null }), holderOf(access)));

/** What must be known beside an item to say who may decide it. */
interface AboutItem {
  readonly campaign: Campaign;
  readonly now: number;
  /** Absent: nothing is known of people. */
  readonly directory?: Directory | undefined;
}

/** @throws ScopewardenError CONFLICT once nobody decides any more, FORBIDDEN to who may not decide this item now */
export function requireMayDecide(
  caller: Identity,
  { access, campaign, directory, now }: AboutItem & { readonly access: ReviewAccess },
): void {
  const { dueAt, endsAt, fallbackReviewer, id, reviewers, state } = campaign;
  if (state !== "OPEN" || now >= endsAt)
    throw new ScopewardenError(
      "CONFLICT",
      state === "OPEN"
        ? `The time of campaign ${id} was over on ${isoTime(endsAt)}: it can only be closed. Nothing was changed.`
        : `Campaign ${id} is ${state}: nothing of it is decided any more. Nothing was changed.`,
    );
  requirePersonOtherThan(caller, [holderOf(access)], "Access is reviewed by somebody whose own it is not");
  const isDue = now >= dueAt;
  const goesOn = isDue || isOwnOfAll(reviewers, access, directory);
  if (goesOn && fallbackReviewer !== null) {
    if (isNamed(caller, fallbackReviewer)) return;
    throw forbidden(
      isDue
        ? `What was undecided on ${isoTime(dueAt)} is decided by ${fallbackReviewer}.`
        : `It is the reviewers' own access, and decided by ${fallbackReviewer}.`,
    );
  }
  if (reviewers.length === 0 || reviewers.some((person) => isNamed(caller, person))) return;
  throw forbidden(`The items of campaign ${id} are decided by ${reviewers.join(", ")}.`);
}

/** Whose items they are depends on their campaign and on the time. */
export const ITEM_STEPS: CaseSteps<"decide", ListedItem, ItemState, AboutItem> = {
  decide: {
    field: "decideReviewItem",
    from: ["UNDECIDED"],
    isAwaited: true,
    require: (caller, { access }, facts) => requireMayDecide(caller, { ...facts, access }),
  },
};

/** Keeps who would lose access by what a review proposes from stopping it: nobody reviews their own access. */
export const createStopping =
  (store: Pick<ReviewStore, "proposed">) => async (proposals: readonly Pick<Proposal, "id" | "change">[]) => {
    const isOfPolicy = ({ change }: Pick<Proposal, "change">): boolean => change.kind === "POLICY";
    const ofCampaigns = proposals.some(isOfPolicy) ? await store.proposed() : new Set<string>();
    return (caller: Identity, { change, id }: Pick<Proposal, "id" | "change">, stopped: Stopped): void => {
      if (change.kind === "POLICY" && ofCampaigns.has(id)) requireLosesNothing(caller, change.operations, stopped);
    };
  };
