import type { RecordAudit } from "../../audit/recordReads.ts";
import { personOf } from "../../callers/person.ts";
import type { Identity } from "../../callers/types.ts";
import { type CaseDesk, createCaseDesk } from "../../cases/caseDesk.ts";
import { type CasePage, shownPage } from "../../cases/casePages.ts";
import { requireStepOnRecord } from "../../cases/steps.ts";
import type { DecisionReader, DecisionRecord } from "../../decisions/types.ts";
import type { Directory } from "../../directory/directory.ts";
import type { NewEntity } from "../../directory/entity.ts";
import { badInput, ScopewardenError } from "../../kernel/errors.ts";
import { groupBy } from "../../kernel/groupBy.ts";
import type { Page, PageRequest } from "../../kernel/pages.ts";
import { patientId } from "../../kernel/patientId.ts";
import type { Clock, Pseudonym } from "../../kernel/ports.ts";
import { identifierProblem, reasonProblem } from "../../kernel/text.ts";
import { pseudonymised } from "../../record/pseudonymised.ts";
import type { Detector } from "../detectors/detector.ts";
import { type Inquiry, inquiryAt, isAskedAbout, isSameSubject } from "../responses/inquiry.ts";
import type { RestrictionStore } from "../responses/restrictionStore.ts";
import type { InquiryStore } from "../responses/store.ts";
import type { KeptFinding } from "../watch/keptFinding.ts";
import type { AlertCause, AlertVerdict } from "../watch/story.ts";
import {
  type Alert,
  type AlertFilter,
  type AlertPageRequest,
  type AlertSuppression,
  personOf as aboutPerson,
  type FindingFilter,
} from "./alert.ts";
import { nextStep, relationToEnter } from "./nextStep.ts";
import { findingSeen, isPatient, seesPatients, storySeen, type UnderPseudonyms } from "./seen.ts";
import type { AlertStore, OpenAlerts, PatientViewer } from "./store.ts";
import { explains, type SuppressAlertsInput, type Suppressing } from "./suppressing.ts";
import { ALERT_STEPS, type AlertFacts, aboutAlerts, alertKind, refusalOf } from "./whoMay.ts";

/**
 * Alerts, for reviewers and auditors. An auditor sees patients, others pseudonyms in their place. That an auditor reads alerts, their decisions or
 * findings is on record before the answer; JOURNAL_UNAVAILABLE where it can't be. All reject with NOT_FOUND for an id
 * that is none, and steps with FORBIDDEN to whom the alert is about.
 */
export interface Alerts {
  find(caller: Identity, id: string): Promise<Alert | null>;
  /**
   * The open ones first: those of HIGH, then by rank, points and newness. To whom patients have pseudonyms a subject finds nothing in which they are a patient themselves; nor of findings.
   * @throws ScopewardenError FORBIDDEN for the patient of a filter to whom patients have pseudonyms
   */
  page(
    caller: Identity,
    query: { readonly filter: AlertFilter; readonly page: AlertPageRequest },
  ): Promise<CasePage<Alert> & { readonly asOf: number }>;
  /** Says that somebody looks into it. @throws ScopewardenError CONFLICT where somebody has said so, or closed it */
  acknowledge(caller: Identity, id: string): Promise<Alert>;
  /**
   * Says what came out. A verdict that explains looks of one person at one patient suppresses them for `QUIET_DAYS`, in the same
   * transaction; under four eyes it does not. @throws ScopewardenError BAD_USER_INPUT; CONFLICT where it is closed
   */
  close(caller: Identity, about: SaidVerdict): Promise<Alert>;
  /**
   * Puts another verdict in the place of the standing one; both stay on record. One that no longer explains ends what is suppressed because
   * of the alert. @throws ScopewardenError BAD_USER_INPUT; CONFLICT where it is not closed; FORBIDDEN to who gave the standing one
   */
  correct(caller: Identity, about: SaidVerdict): Promise<Alert>;
  /**
   * Takes the verdict back: the alert is as it was before it, and what the verdict suppressed ends. Both stay on record.
   * @throws ScopewardenError FORBIDDEN to anybody but who gave it; CONFLICT where it is not closed, was corrected, `UNDO_MINUTES` are over, or
   * another alert about the same has been opened since
   */
  reopen(caller: Identity, id: string): Promise<Alert>;
  /** Until when looks at its patient are suppressed because of it; null: they are not. */
  quietUntil(id: string): Promise<number | null>;
  /** What the directory would be told, so that the looks of an alert are explained; null: it is not about such, or the caller sees no patients. */
  relationToEnter(caller: Identity, id: string): Promise<NewEntity | null>;
  /** What to do next about each of these, in a sentence that names nobody. */
  nextSteps(alerts: readonly Alert[]): Promise<readonly string[]>;
  /**
   * Who saw the patient of an alert about one, those whom less explains first, but who is the patient, or, to whom patients have pseudonyms,
   * who has one there. Nobody of another alert. Who reads them without pseudonyms is on record.
   */
  viewersOf(caller: Identity, id: string): Promise<readonly ShownViewer[]>;
  /** Its findings with the most points, as they are shown to the caller. */
  findingsOf(caller: Identity, id: string, first: number): Promise<readonly KeptFinding[]>;
  /** Newest first; none of an alert that is not there. */
  decisions(caller: Identity, id: string, page: PageRequest<number>): Promise<Page<DecisionRecord, number>>;
  /** Newest first. */
  findings(
    caller: Identity,
    query: { readonly filter: FindingFilter; readonly page: PageRequest<number> },
  ): Promise<Page<KeptFinding, number> & { readonly asOf: number }>;
  /** From now on. @throws ScopewardenError BAD_USER_INPUT; FOUR_EYES_REQUIRED, under four eyes */
  suppress(caller: Identity, input: SuppressAlertsInput): Promise<AlertSuppression>;
  /** @throws ScopewardenError CONFLICT where it is over */
  endSuppression(caller: Identity, about: { readonly id: string; readonly reason: string }): Promise<AlertSuppression>;
  /** Newest first; whom they are about is seen at their alerts. */
  suppressions(query: {
    readonly filter: { readonly inForce?: boolean | undefined };
    readonly page: PageRequest<string>;
  }): Promise<Page<AlertSuppression, string>>;
  openAlerts(): Promise<OpenAlerts>;
  /** What an alert is about in a few words, which name nobody. */
  title(alert: Alert): string;
  readonly desk: CaseDesk;
}

/** A viewer as the caller may see them. */
export interface ShownViewer extends PatientViewer {
  /** What they were asked about this alert, the last time; null: nothing. */
  readonly inquiry: Inquiry | null;
}

/** A verdict as it arrives. */
interface SaidVerdict {
  readonly id: string;
  readonly verdict: AlertVerdict;
  readonly cause: AlertCause | null;
  readonly text: string;
}

const conflict = (message: string): ScopewardenError => new ScopewardenError("CONFLICT", message);

function checkTexts(texts: { readonly [path: string]: string }): void {
  const problems = Object.entries(texts).flatMap(([path, text]) => {
    const message = reasonProblem(text);
    return message === null ? [] : [{ path, message }];
  });
  if (problems.length > 0) throw badInput(problems);
}

function checkId(id: string, path = "id"): void {
  const message = identifierProblem(id);
  if (message !== null) throw badInput([{ path, message }]);
}

export function createAlerts(deps: {
  readonly store: AlertStore;
  readonly detectors: readonly Detector[];
  readonly decisions: Pick<DecisionReader, "decision">;
  readonly directory: () => Directory;
  readonly pseudonym: () => Promise<Pseudonym>;
  readonly clock: Clock;
  readonly suppressing: Pick<Suppressing, "begin" | "byVerdict">;
  readonly inquiries: Pick<InquiryStore, "ofAlerts">;
  readonly restrictions: Pick<RestrictionStore, "alertsInForce">;
  readonly recordAudit: RecordAudit;
}): Alerts {
  const { store, decisions, detectors, clock } = deps;
  const pseudonymFor = (caller: Identity): Promise<Pseudonym | null> =>
    seesPatients(caller) ? Promise.resolve(null) : deps.pseudonym();

  async function known(id: string, path = "id"): Promise<Alert> {
    checkId(id, path);
    const found = await store.find(id);
    if (found === null) throw new ScopewardenError("NOT_FOUND", `There is no alert ${id}.`);
    return found;
  }
  /** How what is of these stories is shown under pseudonyms. */
  async function underPseudonyms(of: Pseudonym, storyIds: readonly (string | null)[]) {
    const found = await store.ownSubjects([...new Set(storyIds.filter((id) => id !== null))]);
    const byStory = groupBy(found, ({ storyId }) => storyId);
    return (storyId: string | null): UnderPseudonyms => ({
      of,
      own: new Set(storyId === null ? [] : byStory.get(storyId)?.map(({ subjectId }) => subjectId)),
    });
  }
  async function seen(caller: Identity, alert: Alert): Promise<Alert> {
    const pseudonym = await pseudonymFor(caller);
    if (pseudonym === null) return alert;
    return storySeen(alert, (await underPseudonyms(pseudonym, [alert.id]))(alert.id));
  }
  async function factsOf(alerts: readonly Alert[]): Promise<(alert: Alert) => AlertFacts> {
    const about = await aboutAlerts(alerts, { store, directory: deps.directory() });
    const now = clock();
    return (alert) => ({ ...about(alert), now });
  }
  /** @throws ScopewardenError FORBIDDEN, CONFLICT */
  async function requireTake(caller: Identity, step: keyof typeof ALERT_STEPS, of: Alert): Promise<void> {
    const facts = (await factsOf([of]))(of);
    const steppable = { kind: alertKind, of, facts, now: clock() };
    await requireStepOnRecord(ALERT_STEPS[step], caller, steppable, refusalOf(caller, of.id, deps.recordAudit));
  }
  async function allSeen(caller: Identity, alerts: readonly Alert[]): Promise<readonly Alert[]> {
    const pseudonym = await pseudonymFor(caller);
    if (pseudonym === null) return alerts;
    const seenAs = await underPseudonyms(
      pseudonym,
      alerts.map(({ id }) => id),
    );
    return alerts.map((alert) => storySeen(alert, seenAs(alert.id)));
  }
  function title({ detectors: codes, partOfId }: Alert): string {
    const titles = codes.map((code) => detectors.find((each) => each.code === code)?.title ?? code);
    if (partOfId !== null) titles.push("part of the alert about this patient");
    return titles.map((each, i) => (i === 0 ? each : each.charAt(0).toLowerCase() + each.slice(1))).join("; ");
  }
  async function suppression(id: string): Promise<AlertSuppression> {
    checkId(id);
    const found = await store.findSuppression(id);
    if (found === null) throw new ScopewardenError("NOT_FOUND", `There is no suppression ${id}.`);
    return found;
  }

  return {
    async find(caller, id) {
      checkId(id);
      const found = await store.find(id);
      if (seesPatients(caller))
        await deps.recordAudit(caller, { field: "alert", filter: { alertId: id }, shown: found === null ? 0 : 1 });
      return found === null ? null : seen(caller, found);
    },

    async page(caller, { filter, page }) {
      const { patient } = filter;
      if (patient !== undefined && !seesPatients(caller))
        throw new ScopewardenError(
          "FORBIDDEN",
          "To a reviewer patients are shown under pseudonyms, so that none can be looked for. An auditor can.",
        );
      const canonical = patient === undefined ? filter : { ...filter, patient: patientId(patient) };
      const pseudonym = await pseudonymFor(caller);
      const found = await store.page({ filter: canonical, page, ownToo: pseudonym === null });
      if (pseudonym === null) {
        await deps.recordAudit(caller, { field: "alerts", filter: canonical, shown: found.items.length });
        return found;
      }
      const shown = await allSeen(
        caller,
        found.items.map(({ node }) => node),
      );
      return { ...shownPage(found, shown), asOf: found.asOf };
    },

    async acknowledge(caller, id) {
      await requireTake(caller, "acknowledge", await known(id));
      await store.acknowledge(id, { at: clock(), by: personOf(caller) });
      return seen(caller, await known(id));
    },

    async close(caller, { cause, id, text, verdict }) {
      checkTexts({ text });
      const alert = await known(id);
      await requireTake(caller, "close", alert);
      const step = { at: clock(), by: personOf(caller), verdict, cause, text };
      const quiet = deps.suppressing.byVerdict(caller, alert, step);
      await store.close(id, step, { quiet, earlier: alert.alert.replaced.length });
      return seen(caller, await known(id));
    },

    async correct(caller, { cause, id, text, verdict }) {
      checkTexts({ text });
      const alert = await known(id);
      await requireTake(caller, "correct", alert);
      const { closed, replaced } = alert.alert;
      if (closed === null) throw conflict(`Alert ${id} is not closed. Nothing was changed.`);
      const step = { at: clock(), by: personOf(caller), verdict, cause, text };
      await store.correct(id, step, {
        replaced: [...replaced, closed],
        quiet: explains(closed) ? null : deps.suppressing.byVerdict(caller, alert, step),
        endsQuiet: explains(closed) && !explains(step),
      });
      return seen(caller, await known(id));
    },

    async reopen(caller, id) {
      const alert = await known(id);
      await requireTake(caller, "reopen", alert);
      const { closed, replaced } = alert.alert;
      if (closed === null) throw conflict(`Alert ${id} is not closed. Nothing was changed.`);
      await store.reopen(id, { at: clock(), author: caller.id }, { closed, replaced });
      return seen(caller, await known(id));
    },

    quietUntil: (id) => store.quietUntil(id, clock()),

    async relationToEnter(caller, id) {
      if (!seesPatients(caller)) return null;
      return relationToEnter(await known(id), deps.directory());
    },

    async nextSteps(alerts) {
      const [now, open] = [clock(), alerts.filter(({ alert }) => alert.closed === null)];
      const ids = open.map(({ id }) => id);
      const asked = await deps.inquiries.ofAlerts([...ids, ...open.flatMap(({ partOfId }) => partOfId ?? [])]);
      const restricted = await deps.restrictions.alertsInForce(ids, now);
      return alerts.map((alert) =>
        nextStep(alert, {
          asked: asked
            .filter((each) => isAskedAbout(each, alert))
            .map((each) => ({ ...inquiryAt(each, now), isDenied: each.answered?.reasonCode === "NOT_ME" })),
          isRestricted: restricted.has(alert.id),
        }),
      );
    },

    async viewersOf(caller, id) {
      const alert = await known(id);
      if (alert.entity.kind !== "PATIENT") return [];
      const patient = alert.entity.id;
      const pseudonym = await pseudonymFor(caller);
      const found = (await store.viewersOf(id)).filter(({ subject }) => !isPatient(deps.directory(), subject, patient));
      const inquiries = await deps.inquiries.ofAlerts([id]);
      const now = clock();
      const inquiryOf = ({ subject }: PatientViewer) =>
        inquiries.filter((each) => isSameSubject(each.subject, subject)).sort((a, b) => b.askedAt - a.askedAt)[0];
      const shown = found.map((viewer) => {
        const inquiry = inquiryOf(viewer);
        return { ...viewer, inquiry: inquiry === undefined ? null : inquiryAt(inquiry, now) };
      });
      if (pseudonym === null) {
        await deps.recordAudit(caller, { field: "alertViewers", filter: { alertId: id }, shown: shown.length });
        return shown;
      }
      // Who has a pseudonym here is not named, and nobody's own alert is beside a name where they have one in it.
      const hidden = await store.ownSubjects([id, ...shown.flatMap(({ alertId }) => alertId ?? [])]);
      const isHidden = (storyId: string | null, subjectId: string): boolean =>
        hidden.some((own) => own.storyId === storyId && own.subjectId === subjectId);
      return shown
        .filter(({ subject }) => !isHidden(id, subject.id))
        .map((viewer) => (isHidden(viewer.alertId, viewer.subject.id) ? { ...viewer, alertId: null } : viewer));
    },

    async findingsOf(caller, id, first) {
      const found = await store.findingsOf(id, first);
      const pseudonym = await pseudonymFor(caller);
      if (pseudonym === null) {
        await deps.recordAudit(caller, { field: "findings", filter: { alertId: id }, shown: found.length });
        return found;
      }
      const seenAs = (await underPseudonyms(pseudonym, [id]))(id);
      return found.map((finding) => findingSeen(finding, seenAs));
    },

    async decisions(caller, id, page) {
      const found = await store.decisionsOf(id, page);
      const pseudonym = await pseudonymFor(caller);
      const own = pseudonym === null ? undefined : (await underPseudonyms(pseudonym, [id]))(id).own;
      const items: { readonly key: number; readonly node: DecisionRecord }[] = [];
      for (const { key, node } of found.items) {
        const record = await decisions.decision(node);
        if (record === null) continue;
        items.push({ key, node: pseudonym === null ? record : pseudonymised(record, pseudonym, own) });
      }
      if (pseudonym === null)
        await deps.recordAudit(caller, { field: "alertDecisions", filter: { alertId: id }, shown: items.length });
      return { ...found, items };
    },

    async findings(caller, query) {
      const pseudonym = await pseudonymFor(caller);
      const found = await store.findings({ ...query, ownToo: pseudonym === null });
      if (pseudonym === null) {
        await deps.recordAudit(caller, { field: "findings", filter: query.filter, shown: found.items.length });
        return found;
      }
      const ids = found.items.map(({ node }) => node.storyId);
      const seenAs = await underPseudonyms(pseudonym, ids);
      const items = found.items.map(({ key, node }) => ({ key, node: findingSeen(node, seenAs(node.storyId)) }));
      return { ...found, items };
    },

    suppress: deps.suppressing.begin,

    async endSuppression(caller, { id, reason }) {
      checkTexts({ reason });
      const standing = await suppression(id);
      const at = clock();
      if (standing.ended !== null || standing.until <= at)
        throw conflict(`Suppression ${id} is over already. Nothing was changed.`);
      await store.endSuppression(id, { at, by: caller.id, reason });
      return suppression(id);
    },

    suppressions: ({ filter: { inForce }, page }) =>
      store.suppressions({ inForceAt: inForce === true ? clock() : null, page }),

    openAlerts: store.openAlerts,

    title,
    desk: createCaseDesk({
      ...{ kind: alertKind, steps: ALERT_STEPS, reader: store, factsOf, clock, shown: allSeen },
      severityOf: ({ severity }) => severity,
      // What is part of another stands behind all others, as its title says.
      rankOf: ({ partOfId, rank }) => (partOfId === null ? rank : null),
      titleOf: (alert) => {
        const { clientId, patient } = alert;
        const subject = aboutPerson(alert);
        return { title: title(alert), clientId, patient, subject: subject && { type: subject.type, id: subject.id } };
      },
    }),
  };
}
