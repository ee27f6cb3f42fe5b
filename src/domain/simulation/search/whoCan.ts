import { type AuthorizeInput, parseAuthorizeInput } from "../../decisions/accessInput.ts";
import type { DecideFacts } from "../../decisions/facts.ts";
import type { InputLimits } from "../../decisions/inputReader.ts";
import { mergeFacts } from "../../decisions/mergeFacts.ts";
import type { AccessRequest } from "../../decisions/types.ts";
import { after } from "../../kernel/after.ts";
import { badInput } from "../../kernel/errors.ts";
import type { Breathe } from "../../kernel/ports.ts";
import type { Turns } from "../../kernel/turns.ts";
import type { AsOf } from "../factsAsOf.ts";
import { type Answer, Answers } from "./answers.ts";
import { type Asker, Askers } from "./askers.ts";
import { knownClients, knownSubjects, knownSubjectTypes } from "./candidates.ts";
import { walk } from "./walk.ts";

/** Who can do this to that? What is not said is not known. */
export interface WhoCanInput extends AsOf, Pick<AuthorizeInput, "action" | "context" | "purposeOfUse" | "resource"> {
  /** Absent: every client. */
  readonly clientId?: string | null | undefined;
  /** Absent: subjects of every type. */
  readonly subjectType?: string | null | undefined;
}

/** A subject by way of a client, or, without one, the client itself. */
export interface WhoCanMatch extends Answer {
  readonly clientId: string;
  readonly subjectId: string | null;
  readonly subjectType: string | null;
}

/** After whom a page goes on. */
export interface AskerPlace {
  readonly clientId: string;
  /** Null: the client itself. */
  readonly subject: { readonly type: string; readonly id: string } | null;
}

export interface WhoCanPage {
  readonly matches: readonly WhoCanMatch[];
  /** Null: nobody is left. */
  readonly next: AskerPlace | null;
}

/** Work of one page, in the units of `Turns`: some 50 ms. */
const WORK_PER_PAGE = 10_000;

/** @throws ScopewardenError BAD_USER_INPUT */
export function readWhoCan(input: WhoCanInput, limits: InputLimits): AccessRequest {
  const { action, context, purposeOfUse, resource } = input;
  // Any client and subject will do: each asker takes their place.
  const clientId = input.clientId ?? "-";
  const subject = { id: "-", type: input.subjectType ?? "user" };
  const parsed = parseAuthorizeInput({ clientId, subject, action, resource, purposeOfUse, context }, "input", limits);
  if (parsed.ok) return parsed.request;
  const problems = parsed.problems.map(({ message, path }) => ({
    path: path === "input.subject.type" ? "input.subjectType" : path,
    message,
  }));
  throw badInput(problems);
}

/** Whom a walk looks at: of each client itself first, then its subjects by type and id. */
interface Lists {
  readonly clients: readonly string[];
  /** Null: clients themselves are not asked about. */
  readonly itself: boolean;
  readonly subjects: readonly (readonly [type: string, ids: readonly string[]])[];
}

async function listsOf(
  known: Parameters<typeof knownClients>[0],
  { clientId, subjectType }: Pick<WhoCanInput, "clientId" | "subjectType">,
  breathe: Breathe,
): Promise<Lists> {
  const clients = clientId === null || clientId === undefined ? await knownClients(known, breathe) : [clientId];
  const all = subjectType === null || subjectType === undefined;
  const types = all ? await knownSubjectTypes(known, breathe) : [subjectType];
  const subjects: (readonly [string, readonly string[]])[] = [];
  for (const type of types) subjects.push([type, await knownSubjects(known, type, breathe)]);
  return { clients, itself: all, subjects };
}

function* askersFrom(
  { clients, itself, subjects }: Lists,
  place: AskerPlace | null,
  asked: { readonly askers: Askers; readonly answers: Answers },
): Generator<Asker> {
  const { answers, askers } = asked;
  const begun = place !== null && clients.includes(place.clientId) ? [place.clientId] : [];
  for (const clientId of [...begun, ...after(clients, place?.clientId ?? null)]) {
    const within = clientId === place?.clientId ? place.subject : null;
    if (itself && clientId !== place?.clientId) yield askers.asker(clientId, null);
    for (const [type, ids] of subjects) {
      if (within !== null && type < within.type) continue;
      for (const id of after(ids, type === within?.type ? within.id : null)) {
        const asker = askers.asker(clientId, { type, id });
        // Who is the client itself has been asked.
        if (asker.subject !== null) yield asker;
        if (answers.isClosed(clientId)) break;
      }
      if (answers.isClosed(clientId)) break;
    }
  }
}

const placeOf = ({ clientId, subject }: Asker): AskerPlace => ({
  clientId,
  subject: subject === null ? null : { type: subject.type, id: subject.id },
});

/**
 * One page of who can do this: everybody for whom `decide` answers ALLOW, and, as CONDITIONAL, everybody for whom it could
 * if more were said. Who holds the same roles is decided once where no condition sees who asks, and a page does so much
 * work and no more: it may be short, or empty, and have a next one.
 */
export async function whoCan(
  {
    breathe,
    facts,
    isPast,
    turns,
  }: { readonly facts: DecideFacts; readonly isPast: boolean; readonly breathe: Breathe; readonly turns: Turns },
  template: AccessRequest,
  {
    first,
    place,
    narrowed,
    work = WORK_PER_PAGE,
  }: {
    readonly first: number;
    readonly place: AskerPlace | null;
    readonly narrowed: Pick<WhoCanInput, "clientId" | "subjectType">;
    readonly work?: number;
  },
): Promise<WhoCanPage> {
  const { known } = mergeFacts(facts.directory, { ...template, subject: null });
  // Of what the directory says otherwise nothing is allowed to anybody.
  if (known !== null && known.disagree !== null) return { matches: [], next: null };
  const askers = new Askers(facts, template);
  const answers = new Answers(askers);
  const lists = await listsOf({ ...facts, isPast }, narrowed, breathe);
  const look = (asker: Asker): WhoCanMatch | null => {
    const answer = answers.answerOf(asker);
    const { clientId, subject } = asker;
    return answer && { clientId, subjectId: subject?.id ?? null, subjectType: subject?.type ?? null, ...answer };
  };
  const walked = {
    candidates: askersFrom(lists, place, { askers, answers }),
    look,
    workOf: (asker: Asker) => answers.workOf(asker),
    workBeyond: () => answers.workBeyond(),
  };
  const { isLast, last, results } = await walk(walked, { limit: first, work }, turns);
  return { matches: results, next: isLast || last === null ? null : placeOf(last) };
}
