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
const ITEMS_A_REQUEST = 30_000;
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
  /** One for all places: thousands may wait for what is too much. */
  let failure: ScopewardenError | null = null;
  let atOnce = 0;
  let line: { readonly count: number; readonly go: () => void }[] = [];
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
    if (failure !== null) throw failure;
    items += more.length;
    for (const item of more) characters += sizeOf(item);
    if (items > ITEMS_A_REQUEST)
      failure = exceeded(`The answer has more than ${ITEMS_A_REQUEST} nested items; ask for fewer at a time.`);
    else if (characters > CHARACTERS_A_REQUEST)
      failure = exceeded(
        `The answer's nested items have more than ${CHARACTERS_A_REQUEST} characters; ask for fewer at a time.`,
      );
    if (failure !== null) throw failure;
  }

  function sizeOf(item: object): number {
    let size = sizes.get(item);
    if (size === undefined) {
      size = JSON.stringify(item).length;
      sizes.set(item, size);
    }
    return size;
  }

  /** The rows, when there is a turn for so many: what graphql-js makes of them, it makes at once. */
  function inTurn<Rows extends readonly object[]>(rows: Rows): Rows | Promise<Rows> {
    if (pause === null && atOnce < ITEMS_AT_ONCE) {
      atOnce += rows.length;
      return rows;
    }
    return new Promise((resolve) => {
      line.push({ count: rows.length, go: () => resolve(rows) });
      pause ??= letThrough();
    });
  }

  async function letThrough(): Promise<void> {
    for (let at = 0; at < line.length; ) {
      await domain.giveWay();
      for (atOnce = 0; at < line.length && atOnce < ITEMS_AT_ONCE; at++) {
        atOnce += line[at]?.count ?? 0;
        line[at]?.go();
      }
    }
    line = [];
    pause = null;
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
      return loader.load(value).then((rows) => {
        count(rows);
        return inTurn(rows);
      });
    },
    counted(items) {
      count(items);
      return items;
    },
  };
}
