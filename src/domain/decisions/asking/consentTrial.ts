import { isConsentDesk } from "../../callers/permissions.ts";
import type { Caller, Identity } from "../../callers/types.ts";
import type { RecordConsentInput } from "../../consent/consentInput.ts";
import type { Consents, SeenConsent } from "../../consent/consents.ts";
import type { Json } from "../../kernel/canonical.ts";
import { badInput, type Problem, ScopewardenError } from "../../kernel/errors.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { type AuthorizeInput, parseAuthorizeInput } from "../accessInput.ts";
import { isEmergencyUse } from "../emergency.ts";
import type { DecideFacts } from "../facts.ts";
import type { InputLimits, Maybe } from "../inputReader.ts";
import { patientsOf } from "../patientsOf.ts";
import { type ConsentSaid, consentSaid, type SaidQuestion } from "./consentSaid.ts";

/** Who would do what, for what, to which data of the patient; the client absent: any. */
export interface ConsentQuestionInput extends Pick<AuthorizeInput, "action" | "purposeOfUse" | "resource" | "subject"> {
  readonly clientId?: Maybe<string>;
}

/** Questions of one trial. */
export const MOST_QUESTIONS = 5;

/** A consent with what the patient's consents say to some questions; absent: none was asked. */
export interface TriedConsent extends SeenConsent {
  readonly said?: readonly ConsentSaid[];
}

/** By whom consents are recorded, or tried. */
type Recorder = Caller & Partial<Pick<Identity, "subject" | "withoutPerson">>;

/**
 * Records a consent, or tries it, and of a trial what the patient's consents would say to some questions, for a desk: that they were asked is on
 * record before the answer, as the directory answers too.
 * @throws ScopewardenError as `Consents.record` does; BAD_USER_INPUT for questions; FORBIDDEN to a program that has some
 */
export type TryConsent = (
  caller: Recorder,
  input: RecordConsentInput,
  how: { readonly dryRun: boolean; readonly questions: Maybe<readonly ConsentQuestionInput[]> },
) => Promise<TriedConsent>;

/** In the place of a client that is not said: no id that a client or a subject has. */
const ANY_CLIENT = "(any client)";
const BTG_PROBLEM =
  "must be another than BTG: what opens in an emergency is decided by the emergency, and refusals of it are shown with the consents";

function read(
  { clientId = null, ...input }: ConsentQuestionInput,
  { limits, path, patient }: { readonly path: string; readonly patient: string; readonly limits: InputLimits },
): SaidQuestion | readonly Problem[] {
  if (clientId === null && (input.subject ?? null) === null)
    return [{ path: `${path}.subject`, message: "is missing: say who, by subject, clientId or both" }];
  if ((input.subject?.roles ?? null) !== null)
    return [{ path: `${path}.subject.roles`, message: "must be left out: each role that a consent names is tried" }];
  const resource = { ...input.resource, patient: input.resource.patient ?? patient };
  const parsed = parseAuthorizeInput({ ...input, resource, clientId: clientId ?? ANY_CLIENT }, path, limits);
  if (!parsed.ok) return parsed.problems;
  const { request } = parsed;
  if (patientsOf(request.resource).some((each) => each !== patient))
    return [{ path: `${path}.resource.patient`, message: "must be the patient of the consent, or left out" }];
  if (isEmergencyUse(request)) return [{ path: `${path}.purposeOfUse`, message: BTG_PROBLEM }];
  return { clientId, request };
}

const isProblems = (one: SaidQuestion | readonly Problem[]): one is readonly Problem[] => Array.isArray(one);

/** A question as it stands on record. */
const askedOf = ({ clientId, request: { action, purposeOfUse, resource, subject } }: SaidQuestion): Json => ({
  ...{ action, clientId, purposeOfUse },
  resource: { id: resource.id, labels: resource.labels, organization: resource.organization, type: resource.type },
  subject: subject === null ? null : { id: subject.id, type: subject.type },
});

export const createTryConsent =
  (deps: {
    readonly consents: Pick<Consents, "record">;
    readonly facts: () => DecideFacts;
    readonly giveWay: Breathe;
    readonly limits: InputLimits;
    readonly recordNamed: (
      caller: Caller,
      question: {
        readonly field: string;
        readonly asked: { readonly [member: string]: Json };
        readonly patients: readonly string[];
        readonly questions: number;
      },
    ) => Promise<void>;
  }): TryConsent =>
  async (caller, input, { dryRun, questions = null }) => {
    if (questions === null) return deps.consents.record(caller, input, dryRun);
    const { subject = null, ...more } = caller;
    if (!isConsentDesk({ ...more, subject }))
      throw new ScopewardenError(
        "FORBIDDEN",
        "questions: they are answered to a person with the role consent, and to no program.",
      );
    const tooMany = questions.length > MOST_QUESTIONS ? `must have at most ${MOST_QUESTIONS} items` : null;
    const message = dryRun ? tooMany : "may be asked with dryRun: true alone";
    if (message !== null) throw badInput([{ path: "questions", message }]);
    const tried = await deps.consents.record(caller, input, true);
    const { patient } = tried.consent;
    const asked = questions.map((each, i) => read(each, { path: `questions[${i}]`, patient, limits: deps.limits }));
    const problems = asked.filter(isProblems).flat();
    if (problems.length > 0) throw badInput(problems);
    const wellFormed = asked.flatMap((each) => (isProblems(each) ? [] : [each]));
    const facts = deps.facts();
    const said: ConsentSaid[] = [];
    for (const question of wellFormed)
      said.push(await consentSaid(facts, tried.newest ?? [], { patient, question }, deps.giveWay));
    await deps.recordNamed(caller, {
      ...{ field: "recordConsent", patients: [patient], questions: said.length },
      asked: { questions: wellFormed.map(askedOf) },
    });
    return { ...tried, said };
  };
