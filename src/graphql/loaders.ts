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
  /**
   * Who a caller id stands for. Never rejects: where names can't be read it is called by its id, since an answer that says
   * what was changed must not fail on a name.
   */
  callerName(callerId: string): Promise<CallerName>;
}

/** Parents in one statement, and nested items in one answer, counted as often as they stand in it. */
const VALUES_A_STATEMENT = 500;
const ITEMS_A_REQUEST = 50_000;

export function createLoaders(domain: Pick<Domain, "reader" | "apiKeys">): Loaders {
  const loaders = new Map<string, DataLoader<string, readonly PolicyRows[Noun][]>>();
  let names: DataLoader<string, CallerName> | null = null;
  let items = 0;

  function create<N extends Noun>(relation: Relation<N>): DataLoader<string, readonly PolicyRows[N][]> {
    const batch = async (values: readonly string[]): Promise<readonly (readonly PolicyRows[N][])[]> => {
      const found = await domain.reader.related({ ...relation, values });
      return values.map((value) => found.get(value) ?? []);
    };
    return new DataLoader(batch, { maxBatchSize: VALUES_A_STATEMENT });
  }

  /** What is loaded once may be asked for at every level of a query: the answer grows, the statements do not. */
  function count(more: number): void {
    items += more;
    if (items <= ITEMS_A_REQUEST) return;
    throw new ScopewardenError(
      "LIMIT_EXCEEDED",
      `The answer has more than ${ITEMS_A_REQUEST} nested items; ask for fewer at a time.`,
    );
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
      count(0);
      const rows = await loader.load(value);
      count(rows.length);
      return rows;
    },
  };
}
