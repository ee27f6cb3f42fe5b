import { purposeOf } from "../scopes/purposes.ts";
import { labelsOf } from "../scopes/securityLabels.ts";
import { asSent } from "./asSent.ts";
import type { DecisionRecord } from "./types.ts";

/** The first semantics whose records have purposes and labels in their one form. */
const ONE_FORM = 8;

/**
 * A decision of the journal as everything sees it: purposes and labels of older ones, which stand on record as they came, are read as those
 * of a request are. What is on record stays as it is.
 */
export function readAgain(record: DecisionRecord): DecisionRecord {
  if (record.semantics >= ONE_FORM) return record;
  const text = record.request.purposeOfUse;
  const purposeOfUse = text === null ? null : purposeOf(text);
  const sent = record.kind === "ACCESS" ? record.request.resource.labels : null;
  const labels = sent === null ? null : labelsOf(sent);
  const other = asSent({ labels: sent, purposeOfUse: text }, { labels, purposeOfUse });
  if (other === null) return record;
  if (record.kind === "GRANT") return { ...record, request: { ...record.request, asSent: other, purposeOfUse } };
  const { resource } = record.request;
  return { ...record, request: { ...record.request, asSent: other, purposeOfUse, resource: { ...resource, labels } } };
}
