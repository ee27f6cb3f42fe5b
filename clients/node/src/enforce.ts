import type { Answer } from "./answers.ts";
import type { Obligation } from "./operations.graphql.ts";

/** Does what an obligation says. False, or an error: it can't be done, so that the answer is a denial. */
export type Handler = (obligation: Obligation) => unknown;
/** By the obligation's type. */
export type Handlers = Readonly<Record<string, Handler>>;

/**
 * The answer, once all that it obliges to is done, one after the other. An obligation without a handler, or whose handler gives false or
 * fails, makes a denial of it: `unmet` has its type. Never rejects.
 */
export async function enforce(answer: Answer, handlers: Handlers): Promise<Answer> {
  if (answer.outcome !== "allowed") return answer;
  const unmet: string[] = [];
  for (const obligation of answer.obligations) {
    const { type } = obligation;
    const handler = Object.hasOwn(handlers, type) ? handlers[type] : undefined;
    let met: unknown = false;
    try {
      if (typeof handler === "function") met = await handler(obligation);
    } catch {
      // Not done.
    }
    if (met === false) unmet.push(type);
  }
  if (unmet.length === 0) return answer;
  const summary = `It is allowed only under an obligation that can't be met here: ${unmet.join(", ")}.`;
  return { ...answer, outcome: "denied", allowed: false, summary, decisiveReason: null, sufficientScopes: [], unmet };
}
