import type { Entity } from "../../domain/directory/entity.ts";
import type { DirectoryAct } from "../../domain/directory/store.ts";
import { column, columnsOf, fromRow, fromValues } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { entity } from "../database/entity.ts";

export const ENTITIES = "directory_entity";
export const REVISIONS = "directory_revision";

const UNTIL = column("until", "integer");
/** The columns that hold a version of an entity: `since` is its version. */
export const entityColumns = [
  column("type", "key"),
  column("id", "key"),
  column("since", "integer"),
  column("properties", "json"),
] as const;
export const storedColumns = [...entityColumns, UNTIL];

export const revisionColumns = columnsOf<DirectoryAct>({
  revision: "integer",
  author: "text",
  reason: "text",
  committedAt: "integer",
  put: "integer",
  removed: "integer",
  changesSha256: "text",
});

type Stored = Omit<Entity, "version"> & { readonly since: number };
const versionOf = ({ type, id, since, properties }: Stored): Entity => ({ type, id, properties, version: since });

export const entityOfRow = (row: RawRow): Entity => versionOf(fromRow(entityColumns, row) as unknown as Stored);
export const entityOfValues = (values: readonly unknown[]): Entity =>
  versionOf(fromValues(entityColumns, values) as unknown as Stored);

export const directoryEntity = entity(ENTITIES, storedColumns, ["type", "id", "since"]);
export const directoryRevision = entity(REVISIONS, revisionColumns, ["revision"]);
