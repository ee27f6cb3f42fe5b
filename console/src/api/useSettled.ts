import { useEffect, useState } from "react";
import { ask } from "../session/session.ts";
import { type ApiError, errorOf } from "../transport/apiError.ts";
import type { Operation } from "../transport/operation.ts";

/** So long typing must rest before the service is asked. */
export const REST_MS = 400;

export interface Settled<R> {
  /** The newest answer; undefined: there is none to what is written now. */
  readonly data: R | undefined;
  readonly error: ApiError | null;
  /** What is written now has no answer yet. */
  readonly isAsking: boolean;
}

/**
 * Asks what changes nothing and is not on record, whenever typing has rested: a lint, a trial. `variables` null: there is nothing to ask.
 * Another `round` asks anew.
 */
export function useSettled<R, V>(operation: Operation<R, V>, variables: V | null, round = 0): Settled<R> {
  const key = variables === null ? "" : `${round} ${JSON.stringify(variables)}`;
  const [state, setState] = useState<Settled<R> & { readonly of: string }>({
    of: "",
    data: undefined,
    error: null,
    isAsking: false,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` is all that is asked
  useEffect(() => {
    if (variables === null) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      ask(operation, variables, abort.signal).then(
        (data) => setState({ of: key, data, error: null, isAsking: false }),
        (error) =>
          abort.signal.aborted || setState({ of: key, data: undefined, error: errorOf(error), isAsking: false }),
      );
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [key]);
  if (variables === null) return { data: undefined, error: null, isAsking: false };
  // What was told of the text before stays in sight until the next answer, and counts for nothing.
  return state.of === key ? state : { data: undefined, error: state.error, isAsking: true };
}
