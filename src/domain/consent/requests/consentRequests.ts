import type { Caller, Identity } from "../../callers/types.ts";
import { type CaseDesk, createCaseDesk } from "../../cases/caseDesk.ts";
import { type CasePage, type CasePageRequest, shownPage } from "../../cases/casePages.ts";
import { requireStep } from "../../cases/steps.ts";
import type { Directory } from "../../directory/directory.ts";
import { badInput, ScopewardenError } from "../../kernel/errors.ts";
import { patientId, patientProblem } from "../../kernel/patientId.ts";
import type { Clock, NewId } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { identifierProblem } from "../../kernel/text.ts";
import { type NamedSubject, readSubject } from "../accessRequests/accessRequestInput.ts";
import { MOST_VALUES } from "../consentInput.ts";
import type { ConsentReadAct } from "../consentReadAct.ts";
import { consentState } from "../consentState.ts";
import type { SeenConsent } from "../consents.ts";
import type { ConsentStore } from "../store.ts";
import type { Consent } from "../types.ts";
import { consentsAnswering, requireNewer, requireNothingSaidSince } from "./answerRequest.ts";
import type { ConsentRequest, KeptConsentRequest } from "./consentRequest.ts";
import { CONSENT_REQUEST_STEPS, consentRequestAt, consentRequestKind } from "./consentRequestKind.ts";
import { relationTo } from "./relation.ts";
import type { ConsentRequestFilter, ConsentRequestStore } from "./store.ts";

/** An answer as it arrives. */
export interface AnswerConsentRequestInput {
  readonly id: string;
  readonly answeredBy: NamedSubject;
  readonly agreed: readonly string[];
  readonly refused: readonly string[];
}

/** Questions to patients, for those who show them and bring the answers. */
export interface ConsentRequests {
  /** Null: there is none, or this caller did not ask for it and brings no answers. @throws ScopewardenError BAD_USER_INPUT */
  find(caller: Caller, id: string): Promise<ConsentRequest | null>;
  /**
   * What one patient was asked, whoever asked it. That it was read is on record before.
   * @throws ScopewardenError BAD_USER_INPUT, also where the patient is not named
   */
  page(
    caller: Caller,
    query: { readonly filter: ConsentRequestFilter; readonly page: CasePageRequest },
  ): Promise<CasePage<ConsentRequest>>;
  /**
   * The refusals that stood in its way as they are now, and the consent that its answer made. That they were read is on record before.
   * @throws ScopewardenError FORBIDDEN to callers who bring no answers
   */
  consentsOf(
    caller: Caller,
    request: KeptConsentRequest,
  ): Promise<{ readonly inTheWay: readonly SeenConsent[]; readonly consent: SeenConsent | null }>;
  /**
   * Keeps what the patient answers, and from then on decisions rest on it. Nothing changes on any error.
   * @throws ScopewardenError NOT_FOUND; CONFLICT where it was answered or has expired, or what the patient said has changed meanwhile;
   * BAD_USER_INPUT with every problem; FORBIDDEN where who answered is neither the patient nor represents the patient
   */
  answer(caller: Identity, input: AnswerConsentRequestInput): Promise<ConsentRequest>;
  readonly desk: CaseDesk;
}

/** Whether a caller may see whatever patients were asked, and what they said. */
const bringsAnswers = ({ roles }: Caller): boolean => roles.has("consent");

/** What of the answer was not asked, or is said twice. */
function checkAnswer(
  read: Reader,
  { agreed, refused }: AnswerConsentRequestInput,
  { scopes }: KeptConsentRequest,
): void {
  if (agreed.length === 0 && refused.length === 0)
    read.problem("input.agreed", "must name a scope, unless refused does: an answer says something of what was asked");
  // No more problems than there are scopes that were asked: whoever answers may send thousands.
  const tooLong = Object.entries({ agreed, refused }).filter(([, list]) => list.length > scopes.length);
  for (const [name] of tooLong)
    read.problem(`input.${name}`, `must have at most ${scopes.length} items: so many scopes were asked`);
  if (tooLong.length > 0) return;
  for (const [name, list] of Object.entries({ agreed, refused }))
    for (const [i, scope] of list.entries())
      if (!scopes.includes(scope)) read.problem(`input.${name}[${i}]`, "must be one of the scopes that were asked");
  for (const [i, scope] of refused.entries())
    if (agreed.includes(scope)) read.problem(`input.refused[${i}]`, "must not be among agreed as well");
}

export function createConsentRequests(deps: {
  readonly store: ConsentRequestStore;
  readonly consents: ConsentStore;
  readonly directory: () => Directory;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Puts on record that consents were read. */
  readonly recordRead: (act: ConsentReadAct) => Promise<void>;
}): ConsentRequests {
  const { store, consents, directory, clock, newId, recordRead } = deps;

  async function find(caller: Caller, id: string): Promise<KeptConsentRequest | null> {
    const read = new Reader();
    read.expect("id", identifierProblem(id));
    read.check();
    const found = await store.find(id);
    return found !== null && (bringsAnswers(caller) || found.requestedBy === caller.id) ? found : null;
  }

  return {
    async find(caller, id) {
      const found = await find(caller, id);
      return found === null ? null : consentRequestAt(found, clock());
    },
    async page(caller, { filter, page }) {
      const read = new Reader();
      const patient = filter.patient === undefined ? undefined : patientId(filter.patient);
      if (patient === undefined)
        read.problem("filter.patient", "is missing: what is asked is listed for one patient at a time");
      else read.expect("filter.patient", patientProblem(patient));
      read.check();
      const now = clock();
      const found = await store.page({ filter: { ...filter, patient }, now, page });
      const { length } = found.items;
      const patients = patient === undefined ? [] : [patient];
      await recordRead({ callerId: caller.id, at: now, field: "consentRequests", patients, consents: length });
      return shownPage(
        found,
        found.items.map(({ node }) => consentRequestAt(node, now)),
      );
    },
    async consentsOf(caller, { answered, inTheWay, patient }) {
      if (!bringsAnswers(caller))
        throw new ScopewardenError(
          "FORBIDDEN",
          "What a patient agreed to or refused is shown to callers who hold consent.",
        );
      const newest = await consents.ofPatients([patient]);
      const now = clock();
      const seen = (consent: Consent): SeenConsent => ({ consent, state: consentState(consent, newest, now) });
      const ids = new Set(inTheWay.map(({ id }) => id));
      const [made = null] = answered === null ? [] : await consents.versions([answered.consent]);
      const shown = newest.filter(({ id }) => ids.has(id)).map(seen);
      const count = shown.length + (made === null ? 0 : 1);
      await recordRead({ callerId: caller.id, at: now, field: "consentRequest", patients: [patient], consents: count });
      return { inTheWay: shown, consent: made === null ? null : seen(made) };
    },
    async answer(caller, input) {
      const request = await find(caller, input.id);
      if (request === null) throw new ScopewardenError("NOT_FOUND", `There is no consent request ${input.id}.`);
      const at = clock();
      const answerable = { kind: consentRequestKind, of: request, facts: null, now: at };
      requireStep(CONSENT_REQUEST_STEPS.answer, caller, answerable);
      const read = new Reader();
      const by = readSubject(read, input.answeredBy, "input.answeredBy");
      checkAnswer(read, input, request);
      read.check();
      const relation = relationTo(directory(), by, request.patient);
      if (relation === null)
        throw new ScopewardenError(
          "FORBIDDEN",
          "Only the patient answers, or who has the patient's record (patientRecord) or represents the patient (represents) in the directory.",
        );
      const [agreed, refused] = [[...new Set(input.agreed)], [...new Set(input.refused)]];
      const newest = await consents.ofPatients([request.patient]);
      const { refusedDays, validUntil } = request;
      const answer = {
        requestId: request.id,
        agreed,
        refused,
        at,
        callerId: caller.id,
        validUntil,
        refusedDays,
        newId: newId(),
      };
      await requireNothingSaidSince(request, newest, {
        previous: async ({ id, version }) => (await consents.versions([{ id, version: version - 1 }]))[0] ?? null,
        answered: store.find,
      });
      requireNewer(request, newest, at);
      const made = consentsAnswering(request, answer, newest);
      const [{ id, version, scopes }] = made;
      if ((scopes?.length ?? 0) > MOST_VALUES)
        throw badInput([
          { path: "input.agreed", message: `would make more than ${MOST_VALUES} scopes of one consent` },
        ]);
      const answered = { at, by, relation, callerId: caller.id, agreed, refused, consent: { id, version } };
      await store.answer(request, { answered, consents: made, read: newest });
      return consentRequestAt({ ...request, answered }, at);
    },
    desk: createCaseDesk({
      ...{ kind: consentRequestKind, steps: CONSENT_REQUEST_STEPS, reader: store, clock },
      factsOf: async () => () => null,
      waitingOf: ({ id }) => ({ openedBy: id }),
      titleOf: ({ clientId, patient, subject }) => ({
        title: `A patient is asked to let the client ${clientId} in: bring the answer`,
        ...{ subject, patient, clientId },
      }),
    }),
  };
}
