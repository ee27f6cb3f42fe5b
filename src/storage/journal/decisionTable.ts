import { type Column, column } from "../database/columns.ts";

/** The position in the journal, which the database assigns. */
export const SEQ = column("seq", "integer");

/** The columns of `decision` that are written, in their order. The caller stands there only beside a request id. */
export const decisionColumns: readonly Column[] = [
  column("id", "key"),
  column("callerId", "key"),
  column("requestId", "key"),
  column("facets", "json"),
  column("record", "json"),
];

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
