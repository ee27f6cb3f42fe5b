import type { Caller } from "../callers/types.ts";
import { badInput, type Problem, ScopewardenError } from "../kernel/errors.ts";
import { groupBy } from "../kernel/groupBy.ts";
import type { Page, PageRequest } from "../kernel/pages.ts";
import { patientId, patientProblem } from "../kernel/patientId.ts";
import type { Clock, NewId } from "../kernel/ports.ts";
import { Reader } from "../kernel/reader.ts";
import { identifierProblem, reasonProblem } from "../kernel/text.ts";
import { isoTime } from "../kernel/time.ts";
import { type InputFacts, type NewConsent, type RecordConsentInput, readConsent } from "./consentInput.ts";
import type { ConsentReadAct } from "./consentReadAct.ts";
import { type ConsentState, consentState } from "./consentState.ts";
import type { FhirConsent } from "./fhir/fhirConsent.ts";
import { type RecordFhirConsentInput, readFhirInput } from "./fhir/readFhirInput.ts";
import { writeFhirConsent } from "./fhir/writeFhirConsent.ts";
import { keptLinks } from "./recipientLinks.ts";
import { type Replaces, replacesOf } from "./replaces.ts";
import type { ConsentFilter, ConsentStore } from "./store.ts";
import { earlierTerms, MOST_EARLIER } from "./supersession.ts";
import type { Consent } from "./types.ts";

/** A consent with what has become of it by now. */
export interface SeenConsent {
  readonly consent: Consent;
  readonly state: ConsentState;
  /** What it ended when it was recorded, or would, and what stayed. Absent: that was not asked. */
  readonly replaces?: Replaces;
  /** Of one that is recorded or tried: the newest version of each of the patient's consents, this one among them. */
  readonly newest?: readonly Consent[];
}

/**
 * What patients have agreed to and refused, for those who record it and those who look after it. All reject with
 * POLICY_UNAVAILABLE, what reads also with JOURNAL_UNAVAILABLE: that somebody read is on record before the answer.
 */
export interface Consents {
  /**
   * A consent of an id that is there becomes its next version, also of one that was withdrawn.
   * `dryRun`: what it would be, and end, is answered and nothing is recorded.
   * @throws ScopewardenError BAD_USER_INPUT with every problem; CONFLICT where another version came in between
   */
  record(caller: Caller, input: RecordConsentInput, dryRun?: boolean): Promise<SeenConsent>;
  /** The same of a Consent of FHIR R4; one that is not active becomes a withdrawn version. */
  recordFhir(caller: Caller, input: RecordFhirConsentInput, dryRun?: boolean): Promise<SeenConsent>;
  /** @throws ScopewardenError BAD_USER_INPUT; NOT_FOUND; CONFLICT where it is withdrawn already, or another version came in between */
  withdraw(caller: Caller, id: string, reason: string): Promise<SeenConsent>;
  /** The newest version; null: there is none. @throws ScopewardenError BAD_USER_INPUT */
  consent(caller: Caller, id: string): Promise<SeenConsent | null>;
  /** The newest version as a Consent of FHIR R4. @throws ScopewardenError BAD_USER_INPUT, NOT_FOUND */
  export(caller: Caller, id: string): Promise<FhirConsent>;
  /** Newest versions, the last recorded first. @throws ScopewardenError BAD_USER_INPUT, also where the patient must be named */
  page(
    caller: Caller,
    query: { readonly filter: ConsentFilter; readonly page: PageRequest<string> },
  ): Promise<Page<SeenConsent, string>>;
}

const isProblems = (read: NewConsent | readonly Problem[]): read is readonly Problem[] => Array.isArray(read);

/** Whose consents are looked at in one statement. */
const PATIENTS_AT_ONCE = 20;

/** Whether a caller sees what all patients have said, and not one patient's alone. */
const seesAll = ({ roles }: Caller): boolean => roles.has("auditor");

function readFilter(caller: Caller, { clientId, patient }: ConsentFilter): ConsentFilter {
  const read = new Reader();
  const id = patient === undefined ? undefined : patientId(patient);
  if (id !== undefined) read.expect("filter.patient", patientProblem(id));
  else if (!seesAll(caller))
    read.problem("filter.patient", "is missing: this caller lists the consents of one patient at a time");
  if (clientId !== undefined) read.expect("filter.clientId", identifierProblem(clientId));
  read.check();
  return { ...(id !== undefined && { patient: id }), ...(clientId !== undefined && { clientId }) };
}

/** What the store finds wrong is told by the path of what was sent. */
async function under<T>(pathOf: (name: string) => string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ScopewardenError) || error.code !== "BAD_USER_INPUT") throw error;
    throw badInput(error.problems.map(({ message, path }) => ({ path: pathOf(path), message })));
  }
}

const SAID_TOO_MUCH = `has been for more than ${MOST_EARLIER} different recipients, purposes and data; withdraw it and record a new consent`;

const notFound = (id: string) => new ScopewardenError("NOT_FOUND", `There is no consent ${id}.`);

export function createConsents(deps: {
  readonly store: ConsentStore;
  readonly facts: () => Omit<InputFacts, "now">;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Puts on record that consents were read. */
  readonly recordRead: (act: ConsentReadAct) => Promise<void>;
}): Consents {
  const { store, facts, clock, newId, recordRead } = deps;

  /** What becomes of a version once it is the newest of its id. */
  async function add(content: Consent, before: Consent | null, dryRun = false): Promise<SeenConsent> {
    const earlier = before === null ? [] : earlierTerms(before, content);
    if (earlier.length > MOST_EARLIER) throw badInput([{ path: "id", message: SAID_TOO_MUCH }]);
    const { earlier: _, ...said } = content;
    const next: Consent = earlier.length === 0 ? said : { ...said, earlier };
    // Before it is written: what was committed must be answered.
    const others = (await store.ofPatients([next.patient])).filter(({ id }) => id !== next.id);
    if (!dryRun) await store.add(next);
    const newest = [...others, next];
    const state = consentState(next, newest, next.recordedAt);
    return { consent: next, state, newest, replaces: replacesOf(next, others, before) };
  }

  /** With what has become of each; in parts, as the patients may have said much. */
  async function seen(consents: readonly Consent[], now: number): Promise<ReadonlyMap<Consent, SeenConsent>> {
    const byPatient = [...groupBy(consents, ({ patient }) => patient)];
    const found = new Map<Consent, SeenConsent>();
    for (let at = 0; at < byPatient.length; at += PATIENTS_AT_ONCE) {
      const part = byPatient.slice(at, at + PATIENTS_AT_ONCE);
      const newest = groupBy(await store.ofPatients(part.map(([patient]) => patient)), ({ patient }) => patient);
      for (const [patient, theirs] of part)
        for (const consent of theirs)
          found.set(consent, { consent, state: consentState(consent, newest.get(patient) ?? [], now) });
    }
    return found;
  }

  const readBy = (callerId: string, { consent: { patient }, replaces }: SeenConsent, at: number): Promise<void> => {
    const consents = (replaces?.ends.length ?? 0) + (replaces?.stays.length ?? 0);
    return recordRead({ callerId, at, field: "recordConsent", patients: [patient], consents });
  };

  async function addNext(
    { id: recordedBy }: Caller,
    content: NewConsent,
    {
      dryRun = false,
      now,
      pathOf,
      saidUntil,
    }: {
      readonly dryRun?: boolean | undefined;
      readonly now: number;
      readonly pathOf: (name: string) => string;
      /** The last moment at which it may have been said; null: not known. */
      readonly saidUntil: number | null;
    },
  ): Promise<SeenConsent> {
    const before = content.id === null ? null : await store.find(content.id);
    if (before !== null && before.patient !== content.patient)
      throw badInput([{ path: pathOf("id"), message: "is the id of another patient's consent" }]);
    // An older word that is delivered again takes nothing back.
    if (before?.step === "RECORDED" && saidUntil !== null && before.madeAt !== null && saidUntil < before.madeAt)
      throw badInput([
        {
          path: pathOf("madeAt"),
          message: `is before ${isoTime(before.madeAt)}, when the version that is on record was said`,
        },
      ]);
    const version = (before?.version ?? 0) + 1;
    const { links: _, ...said } = content;
    const links = keptLinks(content, before);
    const linked = links === undefined ? null : { links };
    const next = { ...said, ...linked, id: content.id ?? newId(), version, recordedAt: now, recordedBy };
    const seen = await under(pathOf, () => add(next, before, dryRun));
    // What is recorded is on record itself; who tries it reads what the patient said.
    if (dryRun) await readBy(recordedBy, seen, now);
    return seen;
  }

  async function find(id: string): Promise<Consent | null> {
    const read = new Reader();
    read.expect("id", identifierProblem(id));
    read.check();
    return store.find(id);
  }

  return {
    async record(caller, input, dryRun) {
      const now = clock();
      const content = readConsent(input, { ...facts(), now });
      if (isProblems(content)) throw badInput(content);
      return addNext(caller, content, { dryRun, now, pathOf: (name) => `input.${name}`, saidUntil: null });
    },
    async recordFhir(caller, input, dryRun) {
      const now = clock();
      const { content, saidUntil } = readFhirInput(input, { ...facts(), now });
      return addNext(caller, content, {
        ...{ dryRun, now, saidUntil },
        pathOf: (name) => `Consent.${name === "madeAt" ? "dateTime" : name}`,
      });
    },
    async withdraw(caller, id, reason) {
      const problem = reasonProblem(reason);
      if (problem !== null) throw badInput([{ path: "reason", message: problem }]);
      const before = await find(id);
      if (before === null) throw notFound(id);
      if (before.step === "WITHDRAWN")
        throw new ScopewardenError("CONFLICT", `The consent ${id} is withdrawn already.`);
      const next = { version: before.version + 1, step: "WITHDRAWN", recordedAt: clock(), reason } as const;
      return add({ ...before, ...next, recordedBy: caller.id }, before);
    },
    async consent(caller, id) {
      const consent = await find(id);
      if (consent === null) return null;
      const now = clock();
      const found = await seen([consent], now);
      await recordRead({ callerId: caller.id, at: now, field: "consent", patients: [consent.patient], consents: 1 });
      return found.get(consent) ?? null;
    },
    async export(caller, id) {
      const consent = await find(id);
      if (consent === null) throw notFound(id);
      const { patient } = consent;
      await recordRead({ callerId: caller.id, at: clock(), field: "exportConsent", patients: [patient], consents: 1 });
      return writeFhirConsent(consent);
    },
    async page(caller, { filter: given, page }) {
      const filter = readFilter(caller, given);
      const { hasNextPage, items } = await store.page({ filter, page });
      const now = clock();
      const consents = items.map(({ node }) => node);
      const states = await seen(consents, now);
      const shown = consents.map(({ patient }) => patient);
      const patients = [...new Set([...(filter.patient === undefined ? [] : [filter.patient]), ...shown])];
      await recordRead({ callerId: caller.id, at: now, field: "consents", patients, consents: items.length });
      const nodes = items.flatMap(({ key, node }) => {
        const one = states.get(node);
        return one === undefined ? [] : [{ key, node: one }];
      });
      return { hasNextPage, items: nodes };
    },
  };
}
