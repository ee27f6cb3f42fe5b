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

/** An item, now or when it is its turn. */
type InTurn<Item> = Item | Promise<Item>;

/** Fetches nested rows, one statement for all parents that ask at the same time. Made anew for each request. */
export interface Loaders {
  /**
   * The rows of a parent; `fields` are those that the answer has of each.
   * @throws ScopewardenError LIMIT_EXCEEDED when the answer grows too large.
   */
  related<N extends Noun>(relation: Relation<N>, value: string, fields: number): Promise<readonly PolicyRows[N][]>;
  /** The items of a list, of which the answer has so many fields each, so that it is made in parts and decisions go first between them. */
  inParts<Item>(items: readonly Item[], fields: number): readonly InTurn<Item>[];
  /** The items of a nested list, counted with all others of the answer. @throws ScopewardenError LIMIT_EXCEEDED */
  counted<Item extends object>(items: readonly Item[]): readonly Item[];
  /** Counts characters of a nested field that is long, as often as it stands in the answer. @throws ScopewardenError LIMIT_EXCEEDED */
  weighed(characters: number): void;
  /**
   * A page of what is long, such as an export: all of a request have one budget of characters, aliases counted.
   * @throws ScopewardenError LIMIT_EXCEEDED, and makes none, where those before have used it up
   */
  page<Made>(make: () => Promise<Made>, charactersOf: (made: Made) => number): Promise<Made>;
  /**
   * What a nested field has, made of all parents together that ask at the same time; `key` has what is asked of one of them.
   * Rejects as `load` does.
   */
  batched<Key extends object, Made>(
    field: string,
    key: Key,
    load: (keys: readonly Key[]) => Promise<readonly Made[]>,
  ): Promise<Made>;
  /**
   * What a nested field has, made once for a key, however often it is asked for, and one key after the other.
   * @throws ScopewardenError LIMIT_EXCEEDED where the answer is too large already
   */
  once<Made>(key: string, make: () => Promise<Made>): Promise<Made>;
  /**
   * What is dear to make for a nested field, of a few parents alone: one after the other.
   * @throws ScopewardenError LIMIT_EXCEEDED for more of a request
   */
  dear<Made>(field: string, make: () => Promise<Made>): Promise<Made>;
  /**
   * Who a caller id stands for. Never rejects: where names can't be read it is called by its id, since an answer that says
   * what was changed must not fail on a name.
   */
  callerName(callerId: string): Promise<CallerName>;
}

/** Parents in one statement, and nested items in one answer, counted as often as they stand in it. */
const VALUES_A_STATEMENT = 500;
const ITEMS_A_REQUEST = 30_000;
/** Of each field that is dear. */
const DEAR_A_REQUEST = 5;
/** Characters of nested items as JSON. */
const CHARACTERS_A_REQUEST = 16 * 1024 * 1024;
/** Characters of pages after which there is no other in one answer: a page by itself may have a little more. */
const PAGES_A_REQUEST = 1024 * 1024;
/** Work that is done without a break: 1 for each field that is put into an answer, and for each item what it takes beside. */
const WORK_AT_ONCE = 1_000;
const WORK_OF_ITEM = 4;

/** What waits for its turn: the work that then is done, and how it begins. */
interface Waiting {
  readonly work: number;
  readonly go: () => void;
}
/** The rows of one parent, or why they can't be read, and who is to be told of either. */
interface Shared<Row> {
  rows: readonly Row[] | null;
  failure: unknown;
  waiting: (() => void)[];
}

const exceeded = (message: string): ScopewardenError => new ScopewardenError("LIMIT_EXCEEDED", message);

export function createLoaders(domain: Pick<Domain, "reader" | "apiKeys" | "giveWay">): Loaders {
  const loaders = new Map<string, (value: string) => Shared<PolicyRows[Noun]>>();
  const sizes = new WeakMap<object, number>();
  const made = new Map<string, Promise<unknown>>();
  let lastMade: Promise<unknown> = Promise.resolve();
  const dear = new Map<string, { count: number; last: Promise<unknown> }>();
  const batches = new Map<string, DataLoader<object, unknown>>();
  let names: DataLoader<string, CallerName> | null = null;
  let items = 0;
  let characters = 0;
  let ofPages = 0;
  /** One for all places: thousands may wait for what is too much. */
  let failure: ScopewardenError | null = null;
  let atOnce = 0;
  let line: Waiting[] = [];
  let pause: Promise<void> | null = null;

  /** What each parent has, asked for once, however many ask. */
  function create<N extends Noun>(relation: Relation<N>): (value: string) => Shared<PolicyRows[N]> {
    const batch = async (values: readonly string[]): Promise<readonly (readonly PolicyRows[N][])[]> => {
      const found = await domain.reader.related({ ...relation, values });
      return values.map((value) => found.get(value) ?? []);
    };
    const loader = new DataLoader(batch, { maxBatchSize: VALUES_A_STATEMENT, batchScheduleFn: whenAllHaveAsked });
    const known = new Map<string, Shared<PolicyRows[N]>>();
    return (value) => {
      const before = known.get(value);
      if (before !== undefined) return before;
      const shared: Shared<PolicyRows[N]> = { rows: null, failure: null, waiting: [] };
      known.set(value, shared);
      const tellAll = (): void => {
        for (const tell of shared.waiting) tell();
        shared.waiting = [];
      };
      loader
        .load(value)
        .then(
          (rows) => {
            shared.rows = rows;
          },
          (error: unknown) => {
            shared.failure = error;
          },
        )
        .then(tellAll);
      return shared;
    };
  }

  /** Parents that still wait for their turn will ask, too: one statement for all of them. */
  function whenAllHaveAsked(dispatch: () => void): void {
    const again = (): void => whenAllHaveAsked(dispatch);
    if (pause !== null) void pause.then(again);
    // As DataLoader does it: when no promise is left that is settled.
    else void Promise.resolve().then(() => process.nextTick(() => (pause === null ? dispatch() : again())));
  }

  /** What is loaded once may be asked for at every level of a query: the answer grows, the statements do not. */
  function count(more: readonly object[], weight = 0): void {
    if (failure !== null) throw failure;
    items += more.length;
    characters += weight;
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

  /** Begins at once, or when it is the turn of so much work: what graphql-js makes of them, it makes at once. */
  function enter(waiting: Waiting): void {
    if (pause === null && atOnce < WORK_AT_ONCE) {
      atOnce += waiting.work;
      waiting.go();
      return;
    }
    line.push(waiting);
    pause ??= letThrough();
  }

  async function letThrough(): Promise<void> {
    for (let at = 0; at < line.length; ) {
      await domain.giveWay();
      for (atOnce = 0; at < line.length && atOnce < WORK_AT_ONCE; at++) {
        atOnce += line[at]?.work ?? 0;
        line[at]?.go();
      }
    }
    line = [];
    pause = null;
  }

  /** How many items with so many fields each are made at once, and the work that they are, of as many as there are. */
  function itemsAtOnce(
    fields: number,
    items = Number.POSITIVE_INFINITY,
  ): { readonly count: number; readonly work: number } {
    const work = fields + WORK_OF_ITEM;
    const count = Math.min(Math.max(1, Math.floor(WORK_AT_ONCE / work)), items);
    return { count, work: Math.max(1, count) * work };
  }

  const readNames = (ids: readonly string[]): Promise<readonly CallerName[]> =>
    domain.apiKeys.names(ids).catch(() => ids.map((id) => callerName(id, null)));

  return {
    callerName(callerId) {
      names ??= new DataLoader(readNames, { maxBatchSize: VALUES_A_STATEMENT });
      return names.load(callerId);
    },
    related<N extends Noun>(relation: Relation<N>, value: string, fields: number) {
      const key = `${relation.noun} ${relation.column} ${relation.revision} ${relation.first}`;
      // The key says the noun, so what is under it is of that noun.
      const known = loaders.get(key) as ReturnType<typeof create<N>> | undefined;
      const sharedOf = known ?? create(relation);
      if (known === undefined) loaders.set(key, sharedOf);
      return new Promise<readonly PolicyRows[N][]>((resolve, reject) => {
        count([]);
        const shared = sharedOf(value);
        const settle = (): void => {
          const { rows, failure } = shared;
          if (rows === null) {
            reject(failure);
            return;
          }
          const go = (): void => {
            try {
              count(rows);
              resolve(rows);
            } catch (error) {
              reject(error);
            }
          };
          // Of more than come at once the others come in parts.
          enter({ work: itemsAtOnce(fields, rows.length).work, go });
        };
        if (shared.rows !== null || shared.failure !== null) settle();
        else shared.waiting.push(settle);
      });
    },
    inParts(items, fields) {
      const { count: size, work } = itemsAtOnce(fields);
      let turn = Promise.resolve();
      return items.map((item, i) => {
        if (i < size) return item;
        if (i % size === 0)
          turn = new Promise((resolve) => {
            enter({ work, go: resolve });
          });
        return turn.then(() => item);
      });
    },
    counted(items) {
      count(items);
      return items;
    },
    weighed: (weight) => count([], weight),
    async page(make, charactersOf) {
      if (ofPages >= PAGES_A_REQUEST)
        throw exceeded(
          `The pages of this request have ${ofPages} characters; at most ${PAGES_A_REQUEST} are allowed before another. Ask for each page in a request of its own.`,
        );
      const made = await make();
      ofPages += charactersOf(made);
      return made;
    },
    batched<Key extends object, Made>(
      field: string,
      key: Key,
      load: (keys: readonly Key[]) => Promise<readonly Made[]>,
    ) {
      // The field says what its keys are, and what is made of them.
      const known = batches.get(field) as DataLoader<Key, Made> | undefined;
      const loader =
        known ??
        new DataLoader<Key, Made, string>(load, {
          batchScheduleFn: whenAllHaveAsked,
          cacheKeyFn: (each) => JSON.stringify(each),
        });
      if (known === undefined) batches.set(field, loader as DataLoader<object, unknown>);
      return loader.load(key);
    },
    once<Made>(key: string, make: () => Promise<Made>) {
      const before = made.get(key) as Promise<Made> | undefined;
      if (before !== undefined) return before;
      const making = lastMade.then(() => {
        count([]);
        return make();
      });
      made.set(key, making);
      lastMade = making.catch(() => null);
      return making;
    },
    dear(field, make) {
      const before = dear.get(field) ?? { count: 0, last: Promise.resolve() };
      dear.set(field, before);
      const tooMany = (): ScopewardenError =>
        exceeded(`The answer has ${field} more than ${DEAR_A_REQUEST} times; ask for fewer at a time.`);
      before.count += 1;
      if (before.count > DEAR_A_REQUEST) throw tooMany();
      const made = before.last.then(() => {
        // Where the answer is refused, what is left of it need not be made.
        if (before.count > DEAR_A_REQUEST) throw tooMany();
        return make();
      });
      before.last = made.catch(() => null);
      return made;
    },
  };
}
