import type { Caller } from "../domain/callers/types.ts";
import type { RequestFacts } from "./requestFacts.ts";

/** An answer over HTTP, but for the headers that every answer has. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Iterable<readonly [name: string, value: string]>;
  readonly body: string;
}

/**
 * Where a caller who is known asks questions of one kind. What the log and the metrics are to know is put into the facts.
 * @throws what nobody foresaw
 */
export type Door<Question, By extends Caller = Caller> = (
  caller: By,
  question: Question,
  facts: RequestFacts,
) => Promise<Answer>;

/** An answer whose body is the text of a JSON value. */
export const jsonAnswer = (status: number, body: string, headers: Answer["headers"] = []): Answer => ({
  status,
  contentType: "application/json; charset=utf-8",
  headers,
  body,
});
