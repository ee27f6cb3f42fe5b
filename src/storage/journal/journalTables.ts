import { type Column, column, columnList } from "../database/columns.ts";

/** The position in the journal, which the database assigns. */
export const SEQ = column("seq", "integer");

/**
 * The columns of `journal` beside `seq`. `record` and `personal` are the two parts of a record (domain/record/personal.ts),
 * `salt` is what the fields of `personal` are committed to with. The caller stands there only beside a request id, and
 * both go when that is erased. `request_turn` says which answer to that id it is, from 0.
 */
export const journalColumns = {
  kind: column("kind", "text"),
  format: column("format", "integer"),
  id: column("id", "key"),
  callerId: column("callerId", "key"),
  requestId: column("requestId", "key"),
  requestTurn: column("requestTurn", "integer"),
  salt: column("salt", "text"),
  record: column("record", "json"),
  personal: column("personal", "json"),
} as const satisfies Readonly<Record<string, Column>>;

/**
 * What of decisions is counted: the columns of `decision_index` beside `seq`. They repeat the ids of subject and patient: where one of these is
 * erased, its row is written anew without it.
 */
export const indexColumns = {
  decidedAt: column("decidedAt", "integer"),
  kind: column("kind", "text"),
  clientId: column("clientId", "key"),
  subjectId: column("subjectId", "key"),
  subjectType: column("subjectType", "text"),
  patient: column("patient", "key"),
  /** How many patients' data it is about; null: that is erased. */
  patients: column("patients", "integer"),
  resourceType: column("resourceType", "text"),
  purposeOfUse: column("purposeOfUse", "text"),
  outcome: column("outcome", "text"),
  scope: column("scope", "text"),
  moreScopes: column("moreScopes", "text"),
  reasonCodes: column("reasonCodes", "text"),
  organization: column("organization", "text"),
  /** A JSON array of the rules that its reasons name, each once; null: none. */
  ruleIds: column("ruleIds", "text"),
  /** Whether something that identified people was erased from it: then what is null here may be that. */
  erased: column("erased", "boolean"),
} as const satisfies Readonly<Record<string, Column>>;

export const INDEX_COLUMNS: string = columnList([SEQ, ...Object.values(indexColumns)]);
