import { countedAs, searchOf } from "../../decisions/countedAs.ts";
import { decisionSubject } from "../../decisions/decisionSubject.ts";
import { summaryText } from "../../decisions/summaryText.ts";
import type { DecisionRecord } from "../../decisions/types.ts";
import { addressKey } from "../../kernel/ipAddress.ts";
import { requestedAction } from "../../scopes/atom.ts";

const CLASS = 6003;
const OTHER = 99;
/** API Activity of OCSF: what the actions of FHIR are there. */
const ACTIVITIES: Readonly<Record<string, readonly [id: number, name: string]>> = {
  create: [1, "Create"],
  read: [2, "Read"],
  search: [2, "Read"],
  update: [3, "Update"],
  delete: [4, "Delete"],
};

/** The version of the schema (schema.ocsf.io). */
const OCSF_VERSION = "1.3.0";

/**
 * The class wants an endpoint, and of that an address, an id or a name: where no address was told, or a pseudonym of it, it is named by the
 * client. One that is made up would be taken for one that was seen.
 */
function endpointOf(clientId: string, ipAddress: string | null): object {
  if (ipAddress === null) return { name: clientId };
  return addressKey(ipAddress) !== null ? { ip: ipAddress } : { name: clientId, uid: ipAddress };
}

/** A decision as an event of the class API Activity (6003) of OCSF. What has no member there is in `unmapped`. */
export function ocsfEvent(record: DecisionRecord, position: number): object {
  const { callerId, decidedAt, id, outcome, policyRevision, reasons, request, scope } = record;
  const { action, patients, resourceId, resourceType } = decisionSubject(record);
  const asked = record.kind === "ACCESS" ? requestedAction(action, record.request.resource) : action;
  const [activity, name] = ACTIVITIES[asked] ?? [OTHER, action];
  const { clientId, context, purposeOfUse, subject } = request;
  const search = searchOf(record);
  const allowed = outcome === "ALLOW";
  return {
    activity_id: activity,
    activity_name: name,
    actor: {
      app_uid: clientId,
      ...(subject !== null && { user: { ...(subject.id && { uid: subject.id }), type: subject.type, type_id: OTHER } }),
    },
    api: { operation: action, service: { name: resourceType } },
    category_name: "Application Activity",
    category_uid: 6,
    class_name: "API Activity",
    class_uid: CLASS,
    message: summaryText(record),
    metadata: {
      product: { name: "Scopewarden", vendor_name: "Scopewarden" },
      sequence: position,
      uid: id,
      version: OCSF_VERSION,
    },
    // A resource wants a name or an id (`resource_details`): of a search, and of a token, it is named by its type.
    resources: [{ type: resourceType, ...(resourceId ? { uid: resourceId } : { name: resourceType }) }],
    severity: "Informational",
    severity_id: 1,
    src_endpoint: endpointOf(clientId, context?.ipAddress ?? null),
    status: allowed ? "Success" : "Failure",
    status_id: allowed ? 1 : 2,
    time: decidedAt,
    type_name: `API Activity: ${name}`,
    type_uid: CLASS * 100 + activity,
    unmapped: {
      caller_id: callerId,
      ...(record.erased !== undefined && { erased: record.erased }),
      kind: record.kind,
      outcome,
      ...(search !== null && { counted_as: countedAs(record), part_of: search }),
      patients,
      policy_revision: policyRevision,
      purpose_of_use: purposeOfUse,
      reasons: [...new Set(reasons.map(({ code }) => code))],
      scope,
    },
  };
}
