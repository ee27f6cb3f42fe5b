/**
 * What is derived of each act and goes with it into the archive, as it can be made again from there alone: each table, with its column
 * for positions in the journal, which an index begins with. Whoever adds such a table adds its line. Counts stay. The
 * months by which decisions are searched leave by themselves (archiveStore.ts).
 */
export const LEAVING_TABLES: readonly { readonly table: string; readonly position: string }[] = [
  { table: "decision_index", position: "seq" },
  { table: "act_set_aside", position: "position" },
  { table: "retention_passed", position: "position" },
  { table: "watched_access", position: "position" },
  { table: "watched_decision", position: "position" },
];
