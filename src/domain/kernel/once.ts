/** Does the work when it is first asked for, and answers with what came of it whenever it is asked again. */
export function once<T>(work: () => T): () => T {
  let done: { readonly value: T } | null = null;
  return () => {
    done ??= { value: work() };
    return done.value;
  };
}
