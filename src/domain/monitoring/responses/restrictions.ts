import type { RecordAudit } from "../../audit/recordReads.ts";
import { seesAccesses } from "../../callers/permissions.ts";
import { personOf } from "../../callers/person.ts";
import type { Identity } from "../../callers/types.ts";
import { type CaseDesk, createCaseDesk } from "../../cases/caseDesk.ts";
import { type CasePage, type CasePageRequest, shownPage } from "../../cases/casePages.ts";
import { requireStepOnRecord } from "../../cases/steps.ts";
import type { SubjectName } from "../../consent/accessRequests/accessRequest.ts";
import { type NamedSubject, readSubject } from "../../consent/accessRequests/accessRequestInput.ts";
import {
  type KeptRestriction,
  type RestrictedHolder,
  type Restriction,
  restrictionAt,
} from "../../decisions/restrictions/restriction.ts";
import { restrictionKind } from "../../decisions/restrictions/restrictionKind.ts";
import type { Directory } from "../../directory/directory.ts";
import { conflict, ScopewardenError } from "../../kernel/errors.ts";
import type { Breathe, Clock, NewId, Pseudonym } from "../../kernel/ports.ts";
import { checked } from "../../kernel/reader.ts";
import { identifierProblem, reasonProblem } from "../../kernel/text.ts";
import type { PolicyAdmin } from "../../policy/admin.ts";
import { longestResponses } from "../../policy/organizations.ts";
import type { AlertResponse } from "../../policy/types.ts";
import { type Alert, stateOf } from "../alerts/alert.ts";
import { seesPatients } from "../alerts/seen.ts";
import type { AlertStore } from "../alerts/store.ts";
import { aboutAlertsById, requireSomebodyElse } from "../alerts/whoMay.ts";
import { holderAlone } from "./automatic.ts";
import { restrictionSeen, withoutReasons } from "./restrictionSeen.ts";
import { RESTRICTION_STEPS, requireNotHolder, requireReviewer } from "./restrictionSteps.ts";
import type { RestrictionCounts, RestrictionFilter, RestrictionStore } from "./restrictionStore.ts";

/** What is to be restricted, as it arrives: because of an alert, or whose access. */
export interface ImposeRestrictionInput {
  readonly alertId?: Maybe<string>;
  readonly subject?: Maybe<NamedSubject>;
  readonly response: AlertResponse;
  /** For how long, from now; absent: `USUAL_MINUTES`. */
  readonly minutes?: Maybe<number>;
  readonly reason: string;
}

type Maybe<T> = T | null | undefined;

/** For how long a person is blocked where nothing else is said, and at most: within a day somebody decides for good. */
export const USUAL_MINUTES = 60;
export const MOST_MINUTES = 1_440;

/** Which restriction is lifted: by its id, or the one without an alert of a person. */
interface LiftRestrictionInput {
  readonly id?: Maybe<string>;
  readonly subject?: Maybe<NamedSubject>;
  readonly reason: string;
}

/**
 * What reviewers do about an alert before anybody knows what it was: access is restricted for a while, and again as the policy says
 * after it, or as soon as somebody lifts it; and how reviewers and admins block a person now, with no alert. All reject with NOT_FOUND
 * for an id that is none.
 */
export interface Restrictions {
  /**
   * Restricts the access of whom an alert is about, from now on: of its subject, or of its client where it is about a client, or about no
   * one person. Without an alert it suspends a person who is named, whatever the policy lets alerts do.
   * @throws ScopewardenError BAD_USER_INPUT with every problem, among them more minutes than the policy lets; FORBIDDEN where the policy lets no
   * alert do it, to an admin who names an alert, and to whom it or the alert is about; CONFLICT for an alert that is closed or about nobody, and of a SUSPENSION for one below HIGH, for
   * a client that is care-critical, where the same holder was suspended since the alert was opened, and where one is in force already, as far
   * as the alert of that one shows the holder alike
   */
  impose(caller: Identity, input: ImposeRestrictionInput): Promise<Restriction>;
  /**
   * Ends it before its time. @throws ScopewardenError BAD_USER_INPUT; FORBIDDEN to whom it or its alert is about, and to an admin for one that
   * has an alert; CONFLICT where it is over; NOT_FOUND where the person is not blocked
   */
  lift(caller: Identity, about: LiftRestrictionInput): Promise<Restriction>;
  /** That an auditor read it, to whom people are shown as they are, is on record before the answer; so with a page. */
  find(caller: Identity, id: string): Promise<Restriction | null>;
  /** Newest first. @throws ScopewardenError FORBIDDEN for a person in the filter to whom patients have pseudonyms */
  page(
    caller: Identity,
    query: { readonly filter: RestrictionFilter; readonly page: CasePageRequest },
  ): Promise<CasePage<Restriction>>;
  /**
   * What restricts a person now, as far as the caller may see it: an auditor all, a reviewer what shows the person by name, an admin what has no
   * alert. That an auditor read it is on record. @throws ScopewardenError BAD_USER_INPUT
   */
  inForceOf(caller: Identity, subject: NamedSubject): Promise<readonly Restriction[]>;
  counts(): Promise<RestrictionCounts>;
  readonly desk: CaseDesk;
}

const MINUTE_MS = 60_000;

/** Whose access is restricted because of an alert. @throws ScopewardenError CONFLICT */
function holderOf(alert: Alert): RestrictedHolder {
  const alone = holderAlone(alert);
  if (alone !== null) return alone;
  if (alert.clientId !== null) return { kind: "CLIENT", id: alert.clientId };
  throw conflict(`The decisions of alert ${alert.id} have neither subject nor client in common.`);
}

export function createRestrictions(deps: {
  readonly store: RestrictionStore;
  readonly alerts: Pick<AlertStore, "find" | "findAll" | "ownSubjects" | "partiesOf">;
  readonly policy: Pick<PolicyAdmin, "current" | "refresh">;
  readonly directory: () => Directory;
  readonly pseudonym: () => Promise<Pseudonym>;
  readonly breathe: Breathe;
  readonly recordAudit: RecordAudit;
  readonly clock: Clock;
  readonly newId: NewId;
}): Restrictions {
  const { store, alerts, policy, clock, newId } = deps;

  async function known(id: string): Promise<KeptRestriction> {
    const found = await store.find(id);
    if (found === null) throw new ScopewardenError("NOT_FOUND", `There is no restriction ${id}.`);
    return found;
  }
  const factsOf = async (kept: readonly KeptRestriction[]) => {
    const ids = kept.flatMap(({ alertId }) => alertId ?? []);
    const about = await aboutAlertsById(ids, { store: alerts, directory: deps.directory() });
    return ({ alertId }: KeptRestriction) => about(alertId);
  };
  /** For how many minutes the policy lets an alert do it. @throws ScopewardenError FORBIDDEN */
  function longest(response: AlertResponse): number {
    const minutes = longestResponses(policy.current()).get(response);
    if (minutes !== undefined) return minutes;
    throw new ScopewardenError(
      "FORBIDDEN",
      `The policy lets no alert do this: the setting alertResponses names no ${response}, in no organization.`,
    );
  }
  /** That it may be suspended. @throws ScopewardenError CONFLICT */
  function requireSuspendable({ id, severity }: Alert, holder: RestrictedHolder): void {
    if (severity !== "HIGH")
      throw conflict(`Alert ${id} is of severity ${severity}: only one of severity HIGH suspends anybody.`);
    if (holder.kind === "CLIENT" && policy.current().clients.get(holder.id)?.careCritical === true)
      throw conflict(`Client ${holder.id} is care-critical: no alert suspends it.`);
  }
  /** Whose access it is that may be restricted so because of an alert. */
  async function holderByAlert(
    caller: Identity,
    asked: { readonly alertId: string; readonly minutes: number; readonly response: AlertResponse },
  ): Promise<RestrictedHolder> {
    const { alertId, minutes, response } = asked;
    requireReviewer(caller, alertId);
    const alert = await alerts.find(alertId);
    if (alert === null) throw new ScopewardenError("NOT_FOUND", `There is no alert ${alertId}.`);
    await requireSomebodyElse(caller, alert, {
      ...{ store: alerts, directory: deps.directory(), recordAudit: deps.recordAudit, field: "imposeRestriction" },
    });
    await policy.refresh();
    const most = longest(response);
    checked((read) => {
      if (minutes > most)
        read.problem("input.minutes", `must be at most ${most}, for which the policy lets ${response}`);
    });
    if (stateOf(alert) === "CLOSED") throw conflict(`Alert ${alertId} is closed.`);
    const holder = holderOf(alert);
    if (response === "SUSPENSION") requireSuspendable(alert, holder);
    return holder;
  }
  /** The restriction without an alert that a person has now. @throws ScopewardenError NOT_FOUND */
  async function blockOf({ id, type }: SubjectName): Promise<KeptRestriction> {
    const inForce = await store.inForce({ clientIds: [], subjectIds: [id] }, clock());
    const found = inForce.find(
      ({ alertId, holder, lifted }) =>
        alertId === null && lifted === null && holder.kind === "SUBJECT" && holder.type === type,
    );
    if (found !== undefined) return found;
    throw new ScopewardenError(
      "NOT_FOUND",
      `${type}/${id} is not blocked now. What was restricted because of an alert is lifted by its id.`,
    );
  }
  /** As the caller may see them. */
  async function seen(caller: Identity, kept: readonly KeptRestriction[]): Promise<readonly Restriction[]> {
    const now = clock();
    if (seesPatients(caller)) return kept.map((each) => restrictionAt(each, now));
    const own = await alerts.ownSubjects([...new Set(kept.flatMap(({ alertId }) => alertId ?? []))]);
    const of = await deps.pseudonym();
    const shown: Restriction[] = [];
    for (const each of kept) {
      const subjects = own.filter(({ storyId }) => storyId === each.alertId).map(({ subjectId }) => subjectId);
      const hidden = restrictionSeen(withoutReasons(each, caller.id), { of, own: new Set(subjects) });
      shown.push(restrictionAt(hidden, now));
      await deps.breathe();
    }
    return shown;
  }
  async function seenNow(caller: Identity, id: string): Promise<Restriction> {
    const [shown] = await seen(caller, [await known(id)]);
    if (shown === undefined) throw new ScopewardenError("NOT_FOUND", `There is no restriction ${id}.`);
    return shown;
  }

  return {
    async impose(caller, { alertId, minutes, reason, response, subject }) {
      const asked = minutes ?? USUAL_MINUTES;
      const isWhole = Number.isInteger(asked) && asked >= 1;
      const named = checked((read) => {
        if ((alertId ?? null) === null) {
          if (response !== "SUSPENSION")
            read.problem("input.response", "must be SUSPENSION, where there is no alert: nothing else blocks somebody");
          if (asked > MOST_MINUTES)
            read.problem("input.minutes", `must be at most ${MOST_MINUTES}: within a day somebody decides for good`);
          if ((subject ?? null) === null)
            read.problem("input", "must have either subject, who is blocked, or alertId, because of which");
        } else {
          read.expect("input.alertId", identifierProblem(alertId ?? ""));
          if ((subject ?? null) !== null)
            read.problem("input.subject", "must be left out beside alertId, which says whose access is restricted");
        }
        read.expect("input.reason", reasonProblem(reason));
        if (!isWhole) read.problem("input.minutes", "must be a whole number from 1");
        return subject ? readSubject(read, subject, "input.subject") : null;
      });
      const holder =
        named === null
          ? await holderByAlert(caller, { alertId: alertId ?? "", minutes: asked, response })
          : ({ kind: "SUBJECT", ...named } as const);
      const because = { alertId: alertId ?? null, holder };
      if (named !== null) requireNotHolder(caller, because);
      const imposedAt = clock();
      const id = newId();
      await store.impose({
        ...{ id, response, ...because, reason, imposedAt },
        imposedBy: personOf(caller),
        rule: null,
        endsAt: imposedAt + asked * MINUTE_MS,
        lifted: null,
      });
      return seenNow(caller, id);
    },

    async lift(caller, { id = null, reason, subject = null }) {
      const named = checked((read) => {
        if ((id === null) === (subject === null))
          read.problem("id", "must be given, or subject in its place: which restriction is lifted");
        if (id !== null) read.expect("id", identifierProblem(id));
        read.expect("reason", reasonProblem(reason));
        return subject === null ? null : readSubject(read, subject, "subject");
      });
      const found = named === null ? await known(id ?? "") : await blockOf(named);
      const at = clock();
      const facts = (await factsOf([found]))(found);
      const steppable = { kind: restrictionKind, of: found, facts, now: at };
      await requireStepOnRecord(RESTRICTION_STEPS.lift, caller, steppable, (field) =>
        deps.recordAudit(caller, { field, filter: { restrictionId: found.id }, shown: 0 }),
      );
      await store.lift(found.id, { at, by: personOf(caller), reason });
      return seenNow(caller, found.id);
    },

    async find(caller, id) {
      checked((read) => read.expect("id", identifierProblem(id)));
      const found = await store.find(id);
      if (seesPatients(caller)) {
        const shown = found === null ? 0 : 1;
        await deps.recordAudit(caller, { field: "restriction", filter: { restrictionId: id }, shown });
      }
      return found === null ? null : ((await seen(caller, [found]))[0] ?? null);
    },

    async page(caller, { filter, page }) {
      if (filter.subjectId !== undefined && !seesPatients(caller))
        throw new ScopewardenError(
          "FORBIDDEN",
          "To a reviewer people who are patients have pseudonyms, so that none can be looked for. An auditor can.",
        );
      const found = await store.page({ filter, now: clock(), page });
      if (seesPatients(caller))
        await deps.recordAudit(caller, { field: "restrictions", filter, shown: found.items.length });
      const nodes = await seen(
        caller,
        found.items.map(({ node }) => node),
      );
      return shownPage(found, nodes);
    },

    async inForceOf(caller, subject) {
      const { id, type } = checked((read) => readSubject(read, subject, "subject"));
      const inForce = (await store.inForce({ clientIds: [], subjectIds: [id] }, clock())).filter(
        ({ holder, lifted }) => lifted === null && holder.kind === "SUBJECT" && holder.type === type,
      );
      const seesAlerts = seesAccesses(caller);
      const shown = await seen(
        caller,
        inForce.filter(({ alertId }) => seesAlerts || alertId === null),
      );
      // By another name it is somebody else's, as far as the caller knows.
      const named = shown.filter(({ holder }) => holder.id === id);
      if (seesPatients(caller))
        await deps.recordAudit(caller, {
          field: "restrictionsOf",
          filter: { subjectId: id, subjectType: type },
          shown: named.length,
        });
      return named;
    },

    counts: () => store.counts(clock()),

    desk: createCaseDesk({
      ...{ kind: restrictionKind, steps: RESTRICTION_STEPS, reader: store, factsOf, clock },
      shown: seen,
      titleOf: ({ alertId, holder, response }) => ({
        title: `${response === "SUSPENSION" ? "Access is suspended" : "Access takes a second factor"}${alertId === null ? "" : ` because of alert ${alertId}`}: decide for good, or lift it`,
        subject: holder.kind === "SUBJECT" ? { type: holder.type, id: holder.id } : null,
        clientId: holder.kind === "CLIENT" ? holder.id : null,
        ...{ patient: null },
      }),
    }),
  };
}
