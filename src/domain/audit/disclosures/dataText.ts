import { decisionSubject } from "../../decisions/decisionSubject.ts";
import { filterAmong } from "../../decisions/filter.ts";
import type { AccessRecord } from "../../decisions/types.ts";
import { requestedAction } from "../../scopes/atom.ts";
import { EXPORT } from "../../scopes/exports.ts";

const listed = (texts: readonly string[]): string => texts.join(", ");

/** `the record Observation o1`, `records of type Observation`: what an access was to, in words that follow a verb. */
function objectText({ request: { action, resource } }: AccessRecord): string {
  const { id, type } = resource;
  const asked = requestedAction(action, resource);
  const all = type === "*";
  if (asked === EXPORT) return all ? "all records" : `all records of the level ${type}`;
  if (asked === "search") return all ? "records of every type" : `records of type ${type}`;
  const one = all ? "a record of any type" : `a record of type ${type}`;
  return id === null ? one : `the record ${all ? "" : `${type} `}${id}`;
}

const VERBS: Readonly<Record<string, string>> = {
  read: "read",
  search: "search",
  create: "create",
  update: "change",
  delete: "delete",
  [EXPORT]: "export",
};

/** `read the record Observation o1`: what somebody may do, to follow "to". */
export function doingText(record: AccessRecord): string {
  const { action, resource } = record.request;
  const verb = VERBS[requestedAction(action, resource)];
  if (verb !== undefined) return `${verb} ${objectText(record)}`;
  // An operation is named by what it is called, any other action by its verb.
  return action.startsWith("$") ? `run ${action} on ${objectText(record)}` : `${action} ${objectText(record)}`;
}

/**
 * A brief description of the data that an access was to: what was done, labels, how far it was confined, and who else it was
 * about. What had to be withheld may have been nothing: that is not on record.
 */
export function dataText(record: AccessRecord): string {
  const { labels } = record.request.resource;
  const { patients } = decisionSubject(record);
  const filtered = filterAmong(record.obligations) !== null;
  const withheld = record.obligations.some(({ type }) => type === "redact");
  const doing = doingText(record);
  return [
    doing.charAt(0).toUpperCase() + doing.slice(1),
    ...(labels === null || labels.length === 0 ? [] : [`labelled ${listed(labels)}`]),
    ...(filtered ? ["as far as a filter lets through"] : []),
    ...(withheld ? ["except what had to be withheld"] : []),
    ...(patients.length > 1
      ? [`together with ${patients.length - 1} other patient${patients.length > 2 ? "s" : ""}`]
      : []),
  ].join("; ");
}
