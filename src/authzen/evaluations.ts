import type { Caller } from "../domain/callers/types.ts";
import { type AuthorizeInput, parseAuthorizeInput } from "../domain/decisions/accessInput.ts";
import { requireMayAssert } from "../domain/decisions/assertedRoles.ts";
import { decide } from "../domain/decisions/decide.ts";
import type { DecideFacts } from "../domain/decisions/facts.ts";
import type { AccessRequest } from "../domain/decisions/types.ts";
import { workOf } from "../domain/decisions/workOf.ts";
import { badInput, type ErrorCode, ScopewardenError } from "../domain/kernel/errors.ts";
import { isObject, type Members, Reader, readBody } from "../domain/kernel/reader.ts";
import type { Turns } from "../domain/kernel/turns.ts";
import { decisionText, undecidedText } from "./decision.ts";
import type { Api, AuthzenDeps } from "./deps.ts";
import { evaluateOne } from "./evaluation.ts";
import { readOptions, type Semantic } from "./options.ts";
import {
  badInputInCallersWords,
  INPUT,
  inCallersWords,
  inputPath,
  type QuestionContext,
  readQuestion,
} from "./question.ts";

/** One item of a batch: a question, or why it is none. */
type Item =
  | { readonly input: AuthorizeInput; readonly request: AccessRequest; readonly error?: never }
  | { readonly input?: never; readonly request?: never; readonly error: ScopewardenError };

/** What an item was answered: its text, and whether it permits. */
interface Answer {
  readonly text: string;
  readonly permits: boolean;
}

const ENTITIES = ["subject", "action", "resource", "context"] as const;

/** Defaults (section 7, "Default values"): what an item has replaces the top-level entity as a whole; members are not merged. */
function withDefaults(item: Members, top: Members): Members {
  return Object.fromEntries(ENTITIES.map((name) => [name, item[name] === undefined ? top[name] : item[name]]));
}

/** What refuses one item, and not the others. */
const ITEM_ERRORS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["BAD_USER_INPUT", "FORBIDDEN"]);

function readItem(deps: AuthzenDeps, questionContext: QuestionContext, value: unknown, top: Members): Item {
  try {
    const json = new Reader();
    const item = json.object(value, "evaluation");
    json.check();
    const input = readQuestion(withDefaults(item ?? {}, top), questionContext);
    const parsed = parseAuthorizeInput(input, INPUT, deps.inputLimits);
    if (!parsed.ok) return { error: badInputInCallersWords(parsed.problems) };
    const { caller, facts } = questionContext;
    requireMayAssert({ caller, snapshot: facts.snapshot, path: INPUT }, parsed.request);
    return { input, request: parsed.request };
  } catch (thrown) {
    const error = inCallersWords(thrown);
    if (error instanceof ScopewardenError && ITEM_ERRORS.has(error.code)) return { error };
    throw error;
  }
}

/** The answer after which the others are not asked for (section 7, "Evaluations semantics"), or null. */
const STOP: { readonly [S in Semantic]: boolean | null } = {
  execute_all: null,
  deny_on_first_deny: false,
  permit_on_first_permit: true,
};

/**
 * The items up to the one that ends the evaluation. What is after it is not decided, so that the journal holds what is
 * answered; an item that is no question counts as denied.
 */
async function upToStop(
  items: readonly Item[],
  stop: boolean | null,
  { facts, turns }: { readonly facts: DecideFacts; readonly turns: Turns },
): Promise<readonly Item[]> {
  if (stop === null) return items;
  for (const [i, { request }] of items.entries()) {
    const turn = request === undefined ? null : turns.take(workOf(facts.snapshot, request));
    if (turn !== null) await turn;
    const permits = request !== undefined && decide(facts, request).outcome === "ALLOW";
    if (permits === stop) return items.slice(0, i + 1);
  }
  return items;
}

/**
 * Each default is written out for each item that it stands for: what that comes to is bounded before anything is read.
 * @throws ScopewardenError LIMIT_EXCEEDED
 */
function checkBytes(evaluations: readonly unknown[], top: Members, most: number): void {
  let bytes = 0;
  for (const name of ENTITIES) {
    const value = top[name];
    if (value === undefined) continue;
    const uses = evaluations.filter((item) => !isObject(item) || item[name] === undefined).length;
    bytes += uses * Buffer.byteLength(JSON.stringify(value));
  }
  if (bytes > most)
    throw new ScopewardenError(
      "LIMIT_EXCEEDED",
      `evaluations: with the defaults written out for each item they come to ${bytes} bytes, of at most ${most}; ask for fewer, or with less in the defaults`,
    );
}

async function answer(
  deps: AuthzenDeps,
  caller: Caller,
  items: readonly Item[],
  explain: boolean,
): Promise<readonly Answer[]> {
  const inputs = items.flatMap(({ input }) => (input === undefined ? [] : [input]));
  const records =
    inputs.length === 0
      ? []
      : await deps.authorizer.authorize(caller, inputs, inputPath).catch((error: unknown) => {
          throw inCallersWords(error);
        });
  const decided = records.values();
  return items.map((item) => {
    if (item.error !== undefined) return { text: undecidedText(item.error), permits: false };
    const { value } = decided.next();
    if (value === undefined) throw new ScopewardenError("INTERNAL", "A question was not answered.");
    return { text: decisionText(value, explain), permits: value.outcome === "ALLOW" };
  });
}

async function evaluateAll(deps: AuthzenDeps, caller: Caller, members: Members): Promise<string> {
  const { evaluations } = members;
  // Missing or empty: it behaves as one evaluation (section 7).
  if (evaluations === undefined || (Array.isArray(evaluations) && evaluations.length === 0))
    return evaluateOne(deps, caller, members);
  if (!Array.isArray(evaluations)) throw badInput([{ path: "evaluations", message: "must be an array" }]);
  if (evaluations.length > deps.evaluations) {
    throw new ScopewardenError(
      "LIMIT_EXCEEDED",
      `evaluations: must have at most ${deps.evaluations} items, not ${evaluations.length}; ask for the rest in another request`,
    );
  }
  checkBytes(evaluations, members, deps.bytes);
  const { explain, semantic } = readOptions(members.options);
  const stop = STOP[semantic];
  const questionContext = { caller, facts: deps.facts() };
  let rest: readonly Item[] = evaluations.map((item: unknown) => readItem(deps, questionContext, item, members));
  const texts: string[] = [];
  // Once, but for a policy or an hour that changed in between: then the answer that was to end it did not.
  while (rest.length > 0) {
    const wanted = await upToStop(rest, stop, { facts: deps.facts(), turns: deps.turns });
    const answers = await answer(deps, caller, wanted, explain);
    texts.push(...answers.map(({ text }) => text));
    rest = answers.some(({ permits }) => permits === stop) ? [] : rest.slice(wanted.length);
  }
  return `{"evaluations":[${texts.join(",")}]}`;
}

/** Access Evaluations API (section 7): decisions in the order of the request. */
export const evaluations: Api = async (deps, caller, body) => evaluateAll(deps, caller, readBody(body));
