import { Reader } from "../../kernel/reader.ts";
import { identifierProblem, reasonProblem, seenTextProblem } from "../../kernel/text.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { ALL_ORGANIZATIONS } from "../../policy/types.ts";
import { DAY_MS } from "../../policy/use.ts";
import type { AccessHolder } from "../alerts/accessHolder.ts";
import type { NewCampaign } from "./campaign.ts";

type Maybe<T> = T | null | undefined;

/** A campaign as it arrives. Times are milliseconds since 1970. */
export interface StartReviewCampaignInput {
  readonly title: string;
  readonly role?: Maybe<string>;
  readonly clientId?: Maybe<string>;
  readonly organization?: Maybe<string>;
  readonly unusedForDays?: Maybe<number>;
  /** Whose access is reviewed: whom this alert is about. */
  readonly alertId?: Maybe<string>;
  readonly reviewers?: Maybe<readonly string[]>;
  readonly fallbackReviewer?: Maybe<string>;
  readonly dueAt: number;
  readonly until?: Maybe<number>;
  readonly repeatEveryDays?: Maybe<number>;
  readonly repeatUntil?: Maybe<number>;
  readonly reason: string;
}

/** What a campaign is to be, read. */
export type CampaignTerms = Omit<
  NewCampaign,
  "id" | "startedBy" | "startedAt" | "follows" | "policyRevision" | "items" | "leftOut"
>;

/** The window in which uses are counted where the campaign is not about unused access. */
const USUAL_DAYS = 90;
export const MAX_DAYS = 400;
const MAX_REVIEWERS = 100;
const MAX_TITLE = 200;
/** How long the fallback reviewer has where nothing is said. */
const FALLBACK_MS = 7 * DAY_MS;
const MAX_REPEAT_MS = 5 * 366 * DAY_MS;

const titleProblem = (title: string): string | null =>
  title.trim() === "" ? "must say in a few words what it is about" : seenTextProblem(title, MAX_TITLE);

const daysProblem = (days: number): string | null =>
  Number.isInteger(days) && days >= 1 && days <= MAX_DAYS ? null : `must be a whole number from 1 to ${MAX_DAYS}`;

function readSelector(
  read: Reader,
  input: StartReviewCampaignInput,
  { about, snapshot }: { readonly snapshot: Snapshot; readonly about: AccessHolder | null },
) {
  const { alertId = null, clientId = null, organization = null, role = null, unusedForDays = null } = input;
  if (role === null && clientId === null && organization === null && unusedForDays === null && about === null)
    read.problem("input", "must say what is reviewed, by role, clientId, organization, unusedForDays or alertId");
  if (role !== null && read.expect("input.role", identifierProblem(role)) && !snapshot.roles.has(role))
    read.problem("input.role", `is not known: there is no role ${role}`);
  if (
    clientId !== null &&
    read.expect("input.clientId", identifierProblem(clientId)) &&
    !snapshot.clients.has(clientId)
  )
    read.problem("input.clientId", `is not known: there is no client ${clientId}`);
  if (organization !== null && organization !== ALL_ORGANIZATIONS)
    read.expect("input.organization", identifierProblem(organization));
  if (unusedForDays !== null) read.expect("input.unusedForDays", daysProblem(unusedForDays));
  if (about !== null && clientId !== null)
    read.problem("input.clientId", "must be left out beside alertId, which says whose access is reviewed");
  const { subjectId, subjectType } = about ?? { subjectId: null, subjectType: null };
  return { alertId, clientId: about?.clientId ?? clientId, organization, role, subjectId, subjectType, unusedForDays };
}

/** Whom a campaign names to decide, so far as they are ids. */
export const reviewersIn = ({
  fallbackReviewer = null,
  reviewers = null,
}: StartReviewCampaignInput): readonly string[] =>
  [...(reviewers ?? []), ...(fallbackReviewer === null ? [] : [fallbackReviewer])]
    .slice(0, MAX_REVIEWERS + 1)
    .filter((id) => identifierProblem(id) === null);

function readReviewers(
  read: Reader,
  { fallbackReviewer = null, reviewers = null }: StartReviewCampaignInput,
  known: ReadonlySet<string>,
) {
  const knownProblem = (person: string): string | null =>
    known.has(person)
      ? null
      : `is nobody who can decide: no key with the role reviewer or auditor is ${person}'s, nor does the directory link an account of theirs to sign in with`;
  const named = [...new Set(reviewers ?? [])];
  if (reviewers !== null && named.length === 0)
    read.problem("input.reviewers", "must name somebody; leave it out for whoever holds the role");
  if (named.length > MAX_REVIEWERS) read.problem("input.reviewers", `must have at most ${MAX_REVIEWERS} items`);
  for (const [i, person] of named.entries())
    read.expect(`input.reviewers[${i}]`, identifierProblem(person) ?? knownProblem(person));
  if (
    fallbackReviewer !== null &&
    read.expect("input.fallbackReviewer", identifierProblem(fallbackReviewer) ?? knownProblem(fallbackReviewer))
  )
    if (named.includes(fallbackReviewer))
      read.problem("input.fallbackReviewer", "must be somebody else than the reviewers, who have not decided in time");
  return { fallbackReviewer, reviewers: named };
}

function readTimes(read: Reader, input: StartReviewCampaignInput, now: number) {
  const { dueAt, fallbackReviewer = null, repeatEveryDays = null, repeatUntil = null } = input;
  const isDueFine = dueAt > now && dueAt <= now + MAX_DAYS * DAY_MS;
  if (!isDueFine) read.problem("input.dueAt", `must be in the future, at most ${MAX_DAYS} days from now`);
  const endsAt = input.until ?? (fallbackReviewer === null ? dueAt : dueAt + FALLBACK_MS);
  if ((input.until ?? null) !== null) {
    if (fallbackReviewer === null)
      read.problem("input.until", "must be left out without a fallbackReviewer: nobody decides after dueAt");
    else if (isDueFine && (endsAt <= dueAt || endsAt > dueAt + MAX_DAYS * DAY_MS))
      read.problem("input.until", `must be after dueAt, by at most ${MAX_DAYS} days`);
  }
  if ((repeatEveryDays === null) !== (repeatUntil === null))
    read.problem(
      repeatEveryDays === null ? "input.repeatEveryDays" : "input.repeatUntil",
      "is missing: a campaign that repeats says both how often and until when",
    );
  if (repeatEveryDays !== null && read.expect("input.repeatEveryDays", daysProblem(repeatEveryDays)))
    if (isDueFine && now + repeatEveryDays * DAY_MS < endsAt)
      read.problem(
        "input.repeatEveryDays",
        "must be as long as the campaign at least, so that one is over before the next",
      );
  if (repeatUntil !== null && (repeatUntil <= now || repeatUntil > now + MAX_REPEAT_MS))
    read.problem("input.repeatUntil", "must be in the future, at most 5 years from now");
  return { dueAt, endsAt, repeatEveryDays, repeatUntil };
}

/** @throws ScopewardenError BAD_USER_INPUT with every problem */
export function readCampaign(
  input: StartReviewCampaignInput,
  {
    about = null,
    known,
    snapshot,
    now,
  }: {
    readonly snapshot: Snapshot;
    readonly now: number;
    readonly about?: AccessHolder | null;
    /** Of those whom it names, who can decide at all. */
    readonly known: ReadonlySet<string>;
  },
): CampaignTerms {
  const read = new Reader();
  const { reason, title } = input;
  read.expect("input.title", titleProblem(title));
  read.expect("input.reason", reasonProblem(reason));
  const selector = readSelector(read, input, { about, snapshot });
  const people = readReviewers(read, input, known);
  const times = readTimes(read, input, now);
  read.check();
  return { title, reason, ...selector, ...people, ...times, windowDays: selector.unusedForDays ?? USUAL_DAYS };
}
