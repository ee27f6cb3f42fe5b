import type { RecordAudit } from "../../audit/recordReads.ts";
import { seesAccesses } from "../../callers/permissions.ts";
import { personOf } from "../../callers/person.ts";
import type { Identity } from "../../callers/types.ts";
import { type CaseDesk, createCaseDesk } from "../../cases/caseDesk.ts";
import { type CasePage, type CasePageRequest, shownPage } from "../../cases/casePages.ts";
import { requireStepOnRecord } from "../../cases/steps.ts";
import type { SubjectName } from "../../consent/accessRequests/accessRequest.ts";
import { type NamedSubject, readSubject } from "../../consent/accessRequests/accessRequestInput.ts";
import { consentPatients } from "../../decisions/consentSource.ts";
import type { DecisionReader, DecisionRecord } from "../../decisions/types.ts";
import { type Directory, entityOf } from "../../directory/directory.ts";
import { badInput, conflict, ScopewardenError } from "../../kernel/errors.ts";
import { PATIENT_TYPE } from "../../kernel/patientId.ts";
import type { Breathe, Clock, NewId, Pseudonym } from "../../kernel/ports.ts";
import { checked, Reader } from "../../kernel/reader.ts";
import { identifierProblem, reasonProblem } from "../../kernel/text.ts";
import { type Alert, stateOf } from "../alerts/alert.ts";
import { isPatient, seesPatients } from "../alerts/seen.ts";
import type { AlertStore, PatientViewer } from "../alerts/store.ts";
import { aboutAlertsById, refusalOf, requireSomebodyElse } from "../alerts/whoMay.ts";
import { INQUIRY_STEPS, isAsked, requireMayAnswer, seesInquiry } from "./inquirers.ts";
import {
  type AskedAccess,
  type Inquiry,
  type InquiryReason,
  inquiryAt,
  isSameSubject,
  type KeptInquiry,
} from "./inquiry.ts";
import { inquiryKind } from "./inquiryKind.ts";
import { inquirySeen, seenByPerson, withNamed, withoutReasons } from "./inquirySeen.ts";
import type { InquiryFilter, InquiryStore } from "./store.ts";

/** What shall be asked, as it arrives. */
interface AskSubjectInput {
  readonly alertId: string;
  /** Absent: the newest of the alert. */
  readonly decisionIds?: readonly string[] | null | undefined;
  /** Of an alert about a patient which of its viewers; absent: the subject of the alert. */
  readonly subject?: NamedSubject | null | undefined;
  readonly reason: string;
}

/** An answer as it arrives. */
interface AnswerInquiryInput {
  readonly id: string;
  readonly answeredBy?: NamedSubject | null | undefined;
  readonly reasonCode: InquiryReason;
  readonly text: string;
}

/** About so many accesses a person is asked at once. */
const MOST_ASKED = 10;
/** Among so many accesses of a viewer those that are named must be. */
const MOST_SIGHTS = 200;
/** At least so many are looked through at once for a service. */
const LOOKED_THROUGH = 50;
/** After so many days a question lapses. */
const INQUIRY_DAYS = 7;
const DAY_MS = 86_400_000;

/**
 * Questions to the people whom alerts are about. The answer is evidence for whoever judges the alert: it explains no access, and closes
 * nothing. That an auditor reads them is on record before the answer; JOURNAL_UNAVAILABLE where it can't be. All reject with NOT_FOUND for an id that the caller sees not.
 */
export interface Inquiries {
  /**
   * Asks the subject of an alert what accesses were for. Whoever receives webhooks is told at once.
   * @throws ScopewardenError BAD_USER_INPUT with every problem; FORBIDDEN to whom the alert is about; CONFLICT for one of severity HIGH that
   * is not closed, or while one about the same person is not, for one that is about no one person, or about a patient where nobody is named, and, naming it, where one to the same person waits for an answer already
   */
  ask(caller: Identity, input: AskSubjectInput): Promise<Inquiry>;
  /**
   * Keeps what the person says, once.
   * @throws ScopewardenError BAD_USER_INPUT with every problem; FORBIDDEN to who is not asked and speaks for nobody; CONFLICT where it is not open
   */
  answer(caller: Identity, input: AnswerInquiryInput): Promise<Inquiry>;
  /** @throws ScopewardenError BAD_USER_INPUT; FORBIDDEN to whom the alert is about; CONFLICT where it is not open */
  withdraw(caller: Identity, about: { readonly id: string; readonly reason: string }): Promise<Inquiry>;
  find(caller: Identity, id: string): Promise<Inquiry | null>;
  /**
   * Newest first: to reviewers and auditors all, to others those in which they are asked, to a service those of whom it names, about decisions that it asked
   * for itself.
   * @throws ScopewardenError FORBIDDEN for a person in the filter to whom patients have pseudonyms; BAD_USER_INPUT to a service that names nobody
   */
  page(
    caller: Identity,
    query: { readonly filter: InquiryFilter; readonly page: CasePageRequest },
  ): Promise<CasePage<Inquiry>>;
  readonly desk: CaseDesk;
}

/** A decision as the person is asked about it. */
function accessOf({ callerId, decidedAt, id, patients = [], request }: DecisionRecord): AskedAccess {
  const named = [...new Set([...consentPatients(request), ...patients])];
  const what =
    "resource" in request
      ? { action: request.action, resourceType: request.resource.type }
      : { action: null, resourceType: null };
  return { decisionId: id, callerId, at: decidedAt, ...what, patients: named, patientCount: named.length };
}

type Asked = NonNullable<Alert["subject"]>;

/**
 * Who is asked about an alert. Why the person can't be asked now: @throws ScopewardenError CONFLICT; BAD_USER_INPUT for who is not in the
 * alert
 */
function requireAskable(alert: Alert, named: SubjectName | null, viewers: readonly PatientViewer[]): Asked {
  if (alert.severity === "HIGH" && stateOf(alert) !== "CLOSED")
    throw conflict(`Alert ${alert.id} is of severity HIGH and not closed: who it is about is not warned.`);
  if (alert.entity.kind === "PATIENT") {
    if (named === null)
      throw conflict(`Alert ${alert.id} is about a patient: name in subject which of its viewers is asked.`);
    const viewer = viewers.find(({ subject }) => isSameSubject(subject, named));
    if (viewer === undefined) throw badInput([{ path: "subject", message: "must be one of the alert's viewers" }]);
    return viewer.subject;
  }
  if (named !== null && !isSameSubject(alert.subject, named))
    throw badInput([{ path: "subject", message: "must be the subject of the alert; leave it out" }]);
  if (alert.subject === null)
    throw conflict(`Alert ${alert.id} is not about one person: clients acted for several, or for nobody.`);
  return alert.subject;
}

export function createInquiries(deps: {
  readonly store: InquiryStore;
  readonly alerts: AlertStore;
  readonly decisions: Pick<DecisionReader, "decisionsById">;
  readonly directory: () => Directory;
  readonly pseudonym: () => Promise<Pseudonym>;
  readonly breathe: Breathe;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly recordAudit: RecordAudit;
}): Inquiries {
  const { store, alerts, decisions, clock, newId } = deps;

  async function alertOf(id: string, caller: Identity): Promise<Alert> {
    const alert = await alerts.find(id);
    if (alert === null) throw new ScopewardenError("NOT_FOUND", `There is no alert ${id}.`);
    await requireSomebodyElse(caller, alert, {
      ...{ store: alerts, directory: deps.directory(), recordAudit: deps.recordAudit, field: "askSubject" },
    });
    return alert;
  }
  async function known(caller: Identity, id: string): Promise<KeptInquiry> {
    const found = await store.find(id);
    if (found === null || !seesInquiry(caller, found))
      throw new ScopewardenError("NOT_FOUND", `There is no inquiry ${id}.`);
    return found;
  }
  const factsOf = async (kept: readonly KeptInquiry[]) => {
    const ids = kept.map(({ alertId }) => alertId);
    const about = await aboutAlertsById(ids, { store: alerts, directory: deps.directory() });
    return ({ alertId }: KeptInquiry) => about(alertId);
  };
  /** When the step is taken, if the caller may. @throws ScopewardenError FORBIDDEN, CONFLICT */
  async function requireTake(caller: Identity, of: KeptInquiry, step: keyof typeof INQUIRY_STEPS): Promise<number> {
    const [facts, at] = [(await factsOf([of]))(of), clock()];
    const steppable = { kind: inquiryKind, of, facts, now: at };
    const onRecord = refusalOf(caller, of.alertId, deps.recordAudit);
    await requireStepOnRecord(INQUIRY_STEPS[step], caller, steppable, onRecord);
    return at;
  }
  /** As the caller may see them. */
  async function seen(caller: Identity, kept: readonly KeptInquiry[]): Promise<readonly Inquiry[]> {
    const now = clock();
    if (!seesAccesses(caller)) return kept.map((each) => inquiryAt(seenByPerson(each), now));
    // Whoever judges alerts may be asked themselves.
    const ofOwn = (each: KeptInquiry): KeptInquiry => (isAsked(caller, each) ? seenByPerson(each) : each);
    if (seesPatients(caller)) return kept.map((each) => inquiryAt(withNamed(ofOwn(each)), now));
    const own = await alerts.ownSubjects([...new Set(kept.map(({ alertId }) => alertId))]);
    const of = await deps.pseudonym();
    const directory = deps.directory();
    const isPatient = (id: string): boolean =>
      [id, id.toLowerCase()].some((each) => entityOf(directory, PATIENT_TYPE, each) !== undefined);
    const shown: Inquiry[] = [];
    for (const each of kept) {
      const subjects = own.filter(({ storyId }) => storyId === each.alertId).map(({ subjectId }) => subjectId);
      const hidden = inquirySeen(withoutReasons(each, caller.id), { of, own: new Set(subjects), isPatient });
      shown.push(inquiryAt(isAsked(caller, each) ? seenByPerson(hidden) : hidden, now));
      await deps.breathe();
    }
    return shown;
  }
  async function seenNow(caller: Identity, id: string): Promise<Inquiry> {
    const [shown] = await seen(caller, [await known(caller, id)]);
    if (shown === undefined) throw new ScopewardenError("NOT_FOUND", `There is no inquiry ${id}.`);
    return shown;
  }

  /** Those that the caller sees. A service sees not all about a person, so that further pages may have to be looked through. */
  async function pageOf(
    caller: Identity,
    { filter, page }: { readonly filter: ReturnType<typeof boundTo>; readonly page: CasePageRequest },
  ): Promise<CasePage<KeptInquiry>> {
    const items: CasePage<KeptInquiry>["items"][number][] = [];
    const first = seesAccesses(caller) ? page.first : Math.max(page.first, LOOKED_THROUGH);
    for (let { after } = page; ; ) {
      const found = await store.page({ filter, now: clock(), page: { ...page, first, after } });
      items.push(...found.items.filter(({ node }) => seesInquiry(caller, node)));
      after = found.items.at(-1)?.key ?? null;
      if (items.length > page.first || !found.hasNextPage || after === null)
        return {
          ...{ items: items.slice(0, page.first), total: found.total },
          hasNextPage: found.hasNextPage || items.length > page.first,
        };
      if (seesAccesses(caller)) return { items, hasNextPage: found.hasNextPage, total: found.total };
    }
  }

  /** Whom the caller may ask of the viewers of an alert about a patient: whom they are shown. */
  async function viewersOf(caller: Identity, { entity, id }: Alert): Promise<readonly PatientViewer[]> {
    const found = (await alerts.viewersOf(id)).filter(
      ({ subject }) => !isPatient(deps.directory(), subject, entity.id),
    );
    if (seesPatients(caller)) return found;
    const own = await alerts.ownSubjects([id]);
    return found.filter(({ subject }) => !own.some(({ subjectId }) => subjectId === subject.id));
  }

  /** The accesses that shall be asked about: those that are named, else the newest. @throws ScopewardenError BAD_USER_INPUT */
  async function asked(
    { entity, id: alertId }: Alert,
    subject: Asked,
    named: readonly string[] | null,
  ): Promise<readonly AskedAccess[]> {
    const isViewer = entity.kind === "PATIENT";
    const newest = async () =>
      isViewer
        ? alerts.sightsOf(alertId, subject, MOST_ASKED)
        : (await alerts.decisionsOf(alertId, { first: MOST_ASKED, after: null })).items.map(({ node }) => node);
    const ids = named === null ? await newest() : [...new Set(named)];
    if (named !== null) {
      const among = new Set(
        await (isViewer ? alerts.sightsOf(alertId, subject, MOST_SIGHTS) : alerts.decisionsAmong(alertId, ids)),
      );
      checked((read) => {
        for (const [i, id] of named.entries())
          if (!among.has(id)) read.problem(`decisionIds[${i}]`, "must be one of the alert's decisions");
      });
    }
    const records = await decisions.decisionsById(ids);
    const found = ids.flatMap((id) => records.get(id) ?? []).map(accessOf);
    if (found.length === 0) throw conflict(`The decisions of alert ${alertId} can't be read.`);
    return found;
  }

  return {
    async ask(caller, { alertId, decisionIds = null, reason, subject: given = null }) {
      let named: SubjectName | null = null;
      checked((read) => {
        read.expect("alertId", identifierProblem(alertId));
        read.expect("reason", reasonProblem(reason));
        if (given !== null) named = readSubject(read, given, "subject");
        if (decisionIds === null) return;
        if (decisionIds.length === 0 || decisionIds.length > MOST_ASKED)
          read.problem("decisionIds", `must name 1 to ${MOST_ASKED} decisions; leave it out for the newest`);
        else for (const [i, id] of decisionIds.entries()) read.expect(`decisionIds[${i}]`, identifierProblem(id));
      });
      const alert = await alertOf(alertId, caller);
      const isOfPatient = alert.entity.kind === "PATIENT" && named !== null;
      const viewers = isOfPatient ? await viewersOf(caller, alert) : [];
      const subject = requireAskable(alert, named, viewers);
      if (await alerts.isHighOpenOf(subject))
        throw conflict("An alert of severity HIGH about the same person is not closed: they are not warned.");
      const accesses = await asked(alert, subject, decisionIds);
      const askedAt = clock();
      const id = newId();
      await store.ask({
        ...{ id, alertId, accesses, reason, askedAt },
        subject: { type: subject.type, id: subject.id },
        askedBy: personOf(caller),
        endsAt: askedAt + INQUIRY_DAYS * DAY_MS,
        answered: null,
        withdrawn: null,
      });
      return seenNow(caller, id);
    },

    async answer(caller, { answeredBy = null, id, reasonCode, text }) {
      const read = new Reader();
      read.expect("id", identifierProblem(id));
      read.expect("text", reasonProblem(text));
      const by = answeredBy === null ? null : readSubject(read, answeredBy, "answeredBy");
      read.check();
      const found = await known(caller, id);
      requireMayAnswer(caller, found, by);
      const at = await requireTake(caller, found, "answer");
      await store.answer(id, { at, by: caller.id, answeredBy: found.subject, reasonCode, text });
      return seenNow(caller, id);
    },

    async withdraw(caller, { id, reason }) {
      checked((read) => {
        read.expect("id", identifierProblem(id));
        read.expect("reason", reasonProblem(reason));
      });
      const found = await known(caller, id);
      const at = await requireTake(caller, found, "withdraw");
      await store.withdraw(id, { at, by: caller.id, reason });
      return seenNow(caller, id);
    },

    async find(caller, id) {
      checked((read) => read.expect("id", identifierProblem(id)));
      const found = await store.find(id);
      if (found === null || !seesInquiry(caller, found)) return null;
      if (seesPatients(caller))
        await deps.recordAudit(caller, { field: "inquiry", filter: { inquiryId: id }, shown: 1 });
      const [shown = null] = await seen(caller, [found]);
      return shown;
    },

    async page(caller, { filter, page }) {
      const found = await pageOf(caller, { filter: boundTo(caller, filter), page });
      if (seesPatients(caller))
        await deps.recordAudit(caller, { field: "inquiries", filter, shown: found.items.length });
      const shown = await seen(
        caller,
        found.items.map(({ node }) => node),
      );
      return shownPage(found, shown);
    },

    desk: createCaseDesk({
      ...{ kind: inquiryKind, steps: INQUIRY_STEPS, reader: store, factsOf, clock },
      shown: seen,
      // Whoever is asked answers; a service shows the questions of the people for whom it speaks, which it asks for by name.
      waitingOf: ({ subject }) => (subject === null ? null : { subject }),
      titleOf: ({ subject }) => ({
        title: "Say what accesses in your name were for",
        ...{ subject, patient: null, clientId: null },
      }),
    }),
  };
}

/** The filter with what this caller may ask for. @throws ScopewardenError FORBIDDEN */
function boundTo(
  caller: Identity,
  filter: InquiryFilter,
): InquiryFilter & { readonly subjectType?: string | undefined } {
  const { alertId, subjectId } = filter;
  if (seesPatients(caller)) return filter;
  if (alertId !== undefined && !seesAccesses(caller))
    throw new ScopewardenError("FORBIDDEN", "Of which alert an inquiry is, is for those who judge alerts.");
  if (seesAccesses(caller)) {
    if (subjectId === undefined) return filter;
    throw new ScopewardenError(
      "FORBIDDEN",
      "To a reviewer a person who is a patient too has a pseudonym, so that none is looked for. An auditor can.",
    );
  }
  if (caller.roles.has("service")) {
    if (subjectId !== undefined) return filter;
    throw badInput([{ path: "filter.subjectId", message: "is missing: a service names the person for whom it asks" }]);
  }
  const { subject } = caller;
  if (subject === null || (subjectId !== undefined && subjectId !== subject.id))
    throw new ScopewardenError("FORBIDDEN", "Who does not judge alerts sees the inquiries in which they are asked.");
  return { ...filter, subjectId: subject.id, subjectType: subject.type ?? undefined };
}
