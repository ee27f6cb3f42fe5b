/** What is asked together is read together: `read` is given the union, and whoever asked takes from what it found what is theirs. */
export interface JoinedReads<Row> {
  /** What was found for these, and maybe for others; read by a statement that begins after this was called. */
  ask(ids: readonly string[]): Promise<readonly Row[]>;
}

interface Batch<Row> {
  readonly ids: Set<string>;
  readonly found: Promise<readonly Row[]>;
  begin(): void;
}

/**
 * Under load a statement a request is what a server of its own stands still for: while one is under way, all that is asked waits for the next,
 * which is one statement for all of them. Who is alone is not kept waiting. A batch takes no more once it has `most` ids.
 */
export function createJoinedReads<Row>(
  read: (ids: readonly string[]) => Promise<readonly Row[]>,
  most: number,
): JoinedReads<Row> {
  const waiting: Batch<Row>[] = [];
  let isReading = false;

  function next(): void {
    const batch = isReading ? undefined : waiting.shift();
    if (batch === undefined) return;
    isReading = true;
    batch.begin();
    const over = (): void => {
      isReading = false;
      next();
    };
    batch.found.then(over, over);
  }

  function add(): Batch<Row> {
    const ids = new Set<string>();
    let begin = (): void => {};
    const found = new Promise<void>((resolve) => {
      begin = resolve;
    }).then(() => read([...ids]));
    const batch = { ids, found, begin };
    waiting.push(batch);
    return batch;
  }

  return {
    ask(ids) {
      const last = waiting.at(-1);
      const batch = last !== undefined && last.ids.size < most ? last : add();
      for (const id of ids) batch.ids.add(id);
      next();
      return batch.found;
    },
  };
}
