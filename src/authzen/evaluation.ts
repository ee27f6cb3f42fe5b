import type { Caller } from "../domain/callers/types.ts";
import type { AuthorizeInput } from "../domain/decisions/accessInput.ts";
import type { AccessRecord } from "../domain/decisions/types.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import { type Members, readBody } from "../domain/kernel/reader.ts";
import { decisionText, undecidedText } from "./decision.ts";
import type { Api, AuthzenDeps } from "./deps.ts";
import { readOptions } from "./options.ts";
import { inCallersWords, inputPath, NoSuchName, readQuestion } from "./question.ts";

async function decided({ authorizer }: AuthzenDeps, caller: Caller, input: AuthorizeInput): Promise<AccessRecord> {
  const [record] = await authorizer.authorize(caller, [input], inputPath).catch((error: unknown) => {
    throw inCallersWords(error);
  });
  if (record === undefined) throw new ScopewardenError("INTERNAL", "A question was not answered.");
  return record;
}

/** Decides one request and answers when that is durable. */
export async function evaluateOne(deps: AuthzenDeps, caller: Caller, members: Members): Promise<string> {
  const { explain } = readOptions(members.options);
  try {
    const input = readQuestion(members, { caller, facts: deps.facts() });
    return decisionText(await decided(deps, caller, input), explain);
  } catch (error) {
    if (error instanceof NoSuchName) return undecidedText(error);
    throw error;
  }
}

/** Access Evaluation API (section 6): `{decision, context?}`, or a refusal of the request. */
export const evaluation: Api = async (deps, caller, body) => evaluateOne(deps, caller, readBody(body));
