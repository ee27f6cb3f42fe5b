import { type Column, column } from "../database/columns.ts";

/** The position in the journal, which the database assigns. */
export const SEQ = column("seq", "integer");

/**
 * The columns of `journal` beside `seq`. `record` and `personal` are the two parts of a record (domain/record/personal.ts),
 * `salt` is what the fields of `personal` are committed to with. The caller stands there only beside a request id, and
 * both go when that is erased.
 *
 * `facets` are of decisions only: what `decision_index` is filled from. They repeat the ids of subject, resource and
 * patient: where one of these is erased, the facets of the row, and its row of the index, are written anew without it.
 */
export const journalColumns = {
  kind: column("kind", "text"),
  format: column("format", "integer"),
  id: column("id", "key"),
  callerId: column("callerId", "key"),
  requestId: column("requestId", "key"),
  salt: column("salt", "text"),
  facets: column("facets", "json"),
  record: column("record", "json"),
  personal: column("personal", "json"),
} as const satisfies Readonly<Record<string, Column>>;

/** What decisions are searched by: the columns of `decision_index` beside `seq`, in the order of a row's facets. */
export const facetColumns: readonly Column[] = [
  column("decidedAt", "integer"),
  column("kind", "text"),
  column("callerId", "text"),
  column("clientId", "key"),
  column("subjectId", "key"),
  column("patient", "key"),
  column("action", "text"),
  column("resourceType", "text"),
  column("resourceId", "key"),
  column("purposeOfUse", "text"),
  column("outcome", "text"),
  column("scope", "text"),
  column("moreScopes", "text"),
  column("reasonCodes", "text"),
];
