import { type Answer, type Failure, failed, failure, readDecision } from "./answers.ts";
import type { Asked, Transport } from "./ask.ts";
import { Decide } from "./operations.graphql.ts";
import type { AuthorizeInput } from "./schema.ts";

/** Of one request: the service takes 100 decisions and 64 KiB, if it is not set otherwise; the operation itself is less than 1 KiB. */
const MOST = 100;
const MOST_BYTES = 60 * 1024;
/** Requests at once. */
const AT_ONCE = 4;

/** A question as it is sent. */
interface Ready {
  readonly at: number;
  readonly text: string;
  readonly bytes: number;
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** An id that nobody else has. */
export const newRequestId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * A question as JSON. Without scopes a client has all of its own, and without a subject it acts as itself: what is there and undefined
 * is a mistake, which must not widen anything.
 */
export function write(question: unknown, requestId: string | null): Asked<string> {
  const refuse = (message: string): Asked<string> => ({ ok: false, failure: failure("refused", message) });
  if (typeof question !== "object" || question === null) return refuse("The question must be an object.");
  for (const name of ["scopes", "subject"])
    if (name in question && (question as Record<string, unknown>)[name] === undefined)
      return refuse(`${name} is undefined: leave it out where it is not meant, as that asks for more.`);
  try {
    const { requestId: own } = question as { readonly requestId?: unknown };
    const value = JSON.stringify({ ...question, ...((own ?? null) === null && requestId !== null && { requestId }) });
    return { ok: true, value };
  } catch (error) {
    return refuse(`The question can't be written as JSON: ${error instanceof Error ? error.message : ""}`);
  }
}

function chunksOf(ready: readonly Ready[]): readonly (readonly Ready[])[] {
  const chunks: Ready[][] = [];
  let bytes = 0;
  for (const each of ready) {
    const last = chunks.at(-1);
    if (last === undefined || last.length === MOST || bytes + each.bytes + 1 > MOST_BYTES) {
      chunks.push([each]);
      bytes = each.bytes;
    } else {
      last.push(each);
      bytes += each.bytes + 1;
    }
  }
  return chunks;
}

/** As paths of the question itself: its place in a request is nobody's business. */
const ofQuestion = (of: Failure): Failure => ({
  ...of,
  message: of.message.replaceAll(/\binputs\[\d+\]\.?/g, ""),
  problems: of.problems.map(({ path, message }) => ({ path: path.replace(/^inputs\[\d+\]\.?/, ""), message })),
});

/** One that is not well formed, or too long together, refuses all: a half may be decided. */
const isOfOne = ({ code }: Failure): boolean => code === "BAD_USER_INPUT" || code === "LIMIT_EXCEEDED";

/** An answer to each, in order. One that can't be asked leaves the others as they are; where the service fails, nothing more is asked. */
export async function decideAll(
  transport: Transport,
  questions: readonly AuthorizeInput[],
  { isRetried, signal }: { readonly isRetried: boolean; readonly signal: AbortSignal | undefined },
): Promise<readonly Answer[]> {
  const answers: Answer[] = new Array(questions.length);
  const ready: Ready[] = [];
  for (let at = 0; at < questions.length; at++) {
    const written = write(questions[at], isRetried ? newRequestId() : null);
    if (written.ok) ready.push({ at, text: written.value, bytes: bytesOf(written.value) });
    else answers[at] = failed(written.failure);
  }
  let stopped: Failure | null = null;

  async function ask(chunk: readonly Ready[]): Promise<void> {
    const fail = (of: Failure): void => {
      for (const { at } of chunk) answers[at] = failed(of);
    };
    if (stopped !== null) return fail(stopped);
    const variables = `{"inputs":[${chunk.map(({ text }) => text).join(",")}]}`;
    const asked = await transport.graphql(Decide, variables, signal);
    if (asked.ok) {
      const rows = asked.value.decideBatch;
      const read = Array.isArray(rows) && rows.length === chunk.length ? rows.map(readDecision) : [];
      for (const [i, { at }] of chunk.entries()) answers[at] = read[i] ?? failed(transport.notOurs());
      return;
    }
    if (!isOfOne(asked.failure)) {
      if (asked.failure.kind !== "refused") stopped = asked.failure;
      return fail(asked.failure);
    }
    if (chunk.length === 1) return fail(ofQuestion(asked.failure));
    const half = chunk.length >> 1;
    await ask(chunk.slice(0, half));
    await ask(chunk.slice(half));
  }

  const chunks = chunksOf(ready).values();
  const work = async (): Promise<void> => {
    for (const chunk of chunks) await ask(chunk);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return answers;
}
