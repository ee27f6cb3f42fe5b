import type { Caller } from "../domain/callers/types.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import { type Members, readBody } from "../domain/kernel/reader.ts";
import { decisionText } from "./decision.ts";
import type { Api, AuthzenDeps } from "./deps.ts";
import { readOptions } from "./options.ts";
import { inCallersWords, inputPath, readQuestion } from "./question.ts";

/** Decides one request and answers when that is durable. */
export async function evaluateOne(deps: AuthzenDeps, caller: Caller, members: Members): Promise<string> {
  const { explain } = readOptions(members.options);
  const input = readQuestion(members, { caller, facts: deps.facts() });
  try {
    const [record] = await deps.authorizer.authorize(caller, [input], inputPath);
    if (record === undefined) throw new ScopewardenError("INTERNAL", "A question was not answered.");
    return decisionText(record, explain);
  } catch (error) {
    throw inCallersWords(error);
  }
}

/** Access Evaluation API (section 6): `{decision, context?}`, or a refusal of the request. */
export const evaluation: Api = async (deps, caller, body) => evaluateOne(deps, caller, readBody(body));
