import type { DecisionRecord } from "../decisions/types.ts";
import { wholeRecord } from "./personal.ts";

/** What a decision's record is without what identifies people: null in each place where a value of theirs would be. */
export function withoutPersonal(open: string): DecisionRecord {
  const record = wholeRecord(open, "{}") as DecisionRecord;
  const { context, subject } = record.request;
  const without = {
    context:
      context === null
        ? null
        : { ...context, attributes: null, ipAddress: null, patient: null, tokenId: null, userAgent: null },
    requestId: null,
    subject: subject === null ? null : { ...subject, attributes: null },
  };
  if (record.kind === "GRANT") return { ...record, request: { ...record.request, ...without } };
  const resource = { ...record.request.resource, attributes: null, id: null, patient: null, patients: null };
  return { ...record, request: { ...record.request, ...without, resource } };
}
