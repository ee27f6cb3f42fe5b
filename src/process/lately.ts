import type { MonotonicClock } from "../domain/kernel/ports.ts";

/**
 * What `read` answered last, at most about `everyMs` ago, for what takes long and changes slowly: who asks for more than the first answer does not
 * wait, and what is older is read anew behind the answer. Rejects as `read` does while there is none; a later failure is tried again when it is asked for.
 */
export function lately<T>(
  read: () => Promise<T>,
  { everyMs, monotonic }: { readonly everyMs: number; readonly monotonic: MonotonicClock },
): () => Promise<T> {
  let last: { readonly value: T; readonly at: number } | null = null;
  let reading: Promise<T> | null = null;
  const readAnew = (): Promise<T> => {
    reading ??= read()
      .then((value) => {
        last = { value, at: monotonic() };
        return value;
      })
      .finally(() => {
        reading = null;
      });
    return reading;
  };
  return async () => {
    if (last === null) return readAnew();
    if (monotonic() - last.at >= everyMs) readAnew().catch(() => undefined);
    return last.value;
  };
}
