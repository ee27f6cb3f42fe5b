import type { DirectoryAdmin } from "../domain/directory/admin.ts";
import type { EntityRef, NewEntity } from "../domain/directory/entity.ts";
import { MAX_ENTITIES } from "../domain/directory/readEntities.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import { type EntityRow, entitiesIn } from "./entityFile.ts";
import { badUsage, unavailable } from "./exit.ts";

/** Problems of a file that are told. */
const TOLD = 20;

/** What a load came to. */
export interface Loaded {
  /** Rows of the file. */
  readonly read: number;
  /** Entities that were new or said otherwise. */
  readonly put: number;
  /** Entities that the file no longer had. */
  readonly removed: number;
  /** The directory's revision of the last change; null: nothing differed. */
  readonly revision: number | null;
}

interface Load {
  readonly file: string;
  readonly type?: string | undefined;
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

const rowsOf = ({ file, type, onBytes }: Load): AsyncGenerator<EntityRow> =>
  entitiesIn(file, { type, ...(onBytes && { onBytes }) });

/** Reads the whole file, so that a mistake in it changes nothing. @throws CliError with the first problems, by line */
export async function checkEntityFile(load: Load): Promise<number> {
  const lines: string[] = [];
  let wrong = 0;
  let rows = 0;
  for await (const { line, problems } of rowsOf(load)) {
    rows++;
    for (const problem of problems) if (++wrong <= TOLD) lines.push(`  line ${line}: ${problem}`);
  }
  if (wrong > TOLD) lines.push(`  and ${wrong - TOLD} more`);
  if (wrong > 0) throw badUsage(`${load.file} is not valid, and nothing was loaded:`, ...lines);
  return rows;
}

const keyOf = ({ type, id }: EntityRef): string => JSON.stringify([type, id]);

/** Everything of a type that is not among these. */
async function* notAmong(
  directory: DirectoryAdmin,
  type: string,
  kept: ReadonlySet<string>,
): AsyncGenerator<EntityRef> {
  for (let after: string | null = null; ; ) {
    const page: Awaited<ReturnType<DirectoryAdmin["page"]>> = await directory.page({
      filter: { type },
      page: { first: MAX_ENTITIES, after },
    });
    for (const { node } of page.items) if (!kept.has(keyOf(node))) yield { type, id: node.id };
    after = page.items.at(-1)?.key ?? null;
    if (!page.hasNextPage) return;
  }
}

/**
 * Loads a file that was checked, in parts that are each one change: done again, what is there already is left as it is.
 * `prune`: what there is of this type and the file has not is removed.
 */
export async function loadEntityFile(
  load: Load,
  deps: {
    readonly directory: DirectoryAdmin;
    readonly author: string;
    readonly reason: string;
    readonly prune?: string | undefined;
  },
): Promise<Loaded> {
  const { directory, author, reason, prune } = deps;
  const part = new Map<string, NewEntity>();
  const kept = new Set<string>();
  const loaded = { read: 0, put: 0, removed: 0, revision: null as number | null };
  const note = ({ put, removed, revision }: Awaited<ReturnType<DirectoryAdmin["put"]>>): void => {
    if (put + removed > 0) loaded.revision = revision;
    loaded.put += put;
    loaded.removed += removed;
  };
  async function flush(): Promise<void> {
    if (part.size === 0) return;
    note(await directory.put({ entities: [...part.values()], author, reason }));
    part.clear();
  }
  try {
    for await (const { entity } of rowsOf(load)) {
      if (entity === null) throw badUsage(`${load.file} has changed while it was loaded; load it again.`);
      loaded.read++;
      // Of a key that stands twice the last counts.
      part.set(keyOf(entity), entity);
      if (entity.type === prune) kept.add(keyOf(entity));
      if (part.size === MAX_ENTITIES) await flush();
    }
    await flush();
    if (prune !== undefined) {
      let gone: EntityRef[] = [];
      const removeThem = async () => {
        if (gone.length > 0) note(await directory.remove({ entities: gone, author, reason }));
        gone = [];
      };
      for await (const ref of notAmong(directory, prune, kept)) if (gone.push(ref) === MAX_ENTITIES) await removeThem();
      await removeThem();
    }
  } catch (error) {
    if (error instanceof ScopewardenError && error.code === "FOUR_EYES_REQUIRED") throw badUsage(error.message);
    if (error instanceof ScopewardenError)
      throw unavailable(`${error.message} ${loaded.put} entities were loaded; load it again.`);
    throw error;
  }
  return loaded;
}
