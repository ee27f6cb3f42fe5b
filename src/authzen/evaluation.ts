import type { Caller } from "../domain/callers/types.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import { type Members, readBody } from "../domain/kernel/reader.ts";
import { decisionText } from "./decision.ts";
import { readOptions } from "./options.ts";
import { inputPath, readQuestion, toldAsAsked } from "./question.ts";
import { type AuthzenDeps, type Reply, replying } from "./reply.ts";

/** Decides one request and answers when that is durable. */
export async function evaluateOne(deps: AuthzenDeps, caller: Caller, members: Members): Promise<string> {
  const { explain } = readOptions(members.options);
  const input = readQuestion(members, { caller, facts: deps.facts() });
  try {
    const [record] = await deps.authorizer.authorize(caller, [input], inputPath);
    if (record === undefined) throw new ScopewardenError("INTERNAL", "A question was not answered.");
    return decisionText(record, explain);
  } catch (error) {
    throw toldAsAsked(error);
  }
}

/** Access Evaluation API (section 6): `{decision, context?}`, or a refusal of the request. */
export function evaluation(deps: AuthzenDeps, caller: Caller, body: unknown): Promise<Reply> {
  return replying(() => evaluateOne(deps, caller, readBody(body)));
}
