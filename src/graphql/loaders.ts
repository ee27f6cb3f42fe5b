import DataLoader from "dataloader";
import { type CallerName, callerName } from "../domain/callers/callerName.ts";
import type { Domain } from "../domain/domain.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { RelationColumns } from "../domain/policy/store.ts";
import type { Noun, PolicyRows } from "../domain/policy/types.ts";

/** Which rows of a noun belong to a parent: those whose `column` has the parent's value, `first` of them at most. */
interface Relation<N extends Noun> {
  readonly noun: N;
  readonly column: RelationColumns[N];
  readonly revision: number;
  readonly first: number;
}

/** Fetches nested rows, one statement for all parents that ask at the same time. Made anew for each request. */
export interface Loaders {
  /** @throws ScopewardenError LIMIT_EXCEEDED when the answer grows too large. */
  related<N extends Noun>(relation: Relation<N>, value: string): Promise<readonly PolicyRows[N][]>;
  /** The items of a nested list, counted with all others of the answer. @throws ScopewardenError LIMIT_EXCEEDED */
  counted<Item extends object>(items: readonly Item[]): readonly Item[];
  /**
   * Who a caller id stands for. Never rejects: where names can't be read it is called by its id, since an answer that says
   * what was changed must not fail on a name.
   */
  callerName(callerId: string): Promise<CallerName>;
}

/** Parents in one statement, and nested items in one answer, counted as often as they stand in it. */
const VALUES_A_STATEMENT = 500;
const ITEMS_A_REQUEST = 50_000;
/** Characters of nested items as JSON. */
const CHARACTERS_A_REQUEST = 16 * 1024 * 1024;
/** Items that are put into an answer without a break. */
const ITEMS_AT_ONCE = 200;

const exceeded = (message: string): ScopewardenError => new ScopewardenError("LIMIT_EXCEEDED", message);

export function createLoaders(domain: Pick<Domain, "reader" | "apiKeys" | "giveWay">): Loaders {
  const loaders = new Map<string, DataLoader<string, readonly PolicyRows[Noun][]>>();
  const sizes = new WeakMap<object, number>();
  let names: DataLoader<string, CallerName> | null = null;
  let items = 0;
  let characters = 0;
  let atOnce = 0;
  let pause: Promise<void> | null = null;

  function create<N extends Noun>(relation: Relation<N>): DataLoader<string, readonly PolicyRows[N][]> {
    const batch = async (values: readonly string[]): Promise<readonly (readonly PolicyRows[N][])[]> => {
      const found = await domain.reader.related({ ...relation, values });
      return values.map((value) => found.get(value) ?? []);
    };
    return new DataLoader(batch, { maxBatchSize: VALUES_A_STATEMENT, batchScheduleFn: whenAllHaveAsked });
  }

  /** Parents that still wait for their turn will ask, too: one statement for all of them. */
  function whenAllHaveAsked(dispatch: () => void): void {
    const again = (): void => whenAllHaveAsked(dispatch);
    if (pause !== null) void pause.then(again);
    // As DataLoader does it: when no promise is left that is settled.
    else void Promise.resolve().then(() => process.nextTick(() => (pause === null ? dispatch() : again())));
  }

  /** What is loaded once may be asked for at every level of a query: the answer grows, the statements do not. */
  function count(more: readonly object[]): void {
    const within = items <= ITEMS_A_REQUEST && characters <= CHARACTERS_A_REQUEST;
    items += more.length;
    // Once it is too much nothing is measured any more.
    if (within) for (const item of more) characters += sizeOf(item);
    if (items > ITEMS_A_REQUEST)
      throw exceeded(`The answer has more than ${ITEMS_A_REQUEST} nested items; ask for fewer at a time.`);
    if (characters > CHARACTERS_A_REQUEST)
      throw exceeded(
        `The answer's nested items have more than ${CHARACTERS_A_REQUEST} characters; ask for fewer at a time.`,
      );
  }

  function sizeOf(item: object): number {
    let size = sizes.get(item);
    if (size === undefined) {
      size = JSON.stringify(item).length;
      sizes.set(item, size);
    }
    return size;
  }

  /** Ends when there is a turn for so many items: what graphql-js makes of them, it makes at once. */
  async function turnFor(count: number): Promise<void> {
    while (pause !== null) await pause;
    atOnce += count;
    if (atOnce < ITEMS_AT_ONCE) return;
    atOnce = 0;
    pause = domain.giveWay().then(() => {
      pause = null;
    });
    await pause;
  }

  const readNames = (ids: readonly string[]): Promise<readonly CallerName[]> =>
    domain.apiKeys.names(ids).catch(() => ids.map((id) => callerName(id, null)));

  return {
    callerName(callerId) {
      names ??= new DataLoader(readNames, { maxBatchSize: VALUES_A_STATEMENT });
      return names.load(callerId);
    },
    async related<N extends Noun>(relation: Relation<N>, value: string) {
      const key = `${relation.noun} ${relation.column} ${relation.revision} ${relation.first}`;
      // The key says the noun, so the loader under it is one of that noun.
      const known = loaders.get(key) as DataLoader<string, readonly PolicyRows[N][]> | undefined;
      const loader = known ?? create(relation);
      if (known === undefined) loaders.set(key, loader);
      count([]);
      const rows = await loader.load(value);
      count(rows);
      await turnFor(rows.length);
      return rows;
    },
    counted(items) {
      count(items);
      return items;
    },
  };
}
