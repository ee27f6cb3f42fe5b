import { reason } from "../../src/domain/decisions/reason.ts";
import type { AccessRecord, AccessRequest, FactName } from "../../src/domain/decisions/types.ts";
import { purpose } from "./oneForm.ts";
import { accessRequest } from "./records.ts";

/** 2026-11-20, at noon. */
export const NOON = Date.UTC(2026, 10, 20, 12);
export const DAY = 86_400_000;

interface Access {
  readonly person?: string | null;
  readonly type?: string;
  readonly patient?: string | null;
  /** Null: the rule is for any role. */
  readonly role?: string | null;
  readonly organization?: string | null;
  readonly at?: number;
  readonly outcome?: "ALLOW" | "DENY";
  readonly scope?: string;
  readonly purposeOfUse?: string | null;
  readonly resource?: Partial<AccessRequest["resource"]>;
  readonly facts?: readonly FactName[];
  readonly policyRevision?: number;
}

/** A nurse reads a note of a patient, in the north, as the journal keeps it. */
export function accessOf(id: string, of: Access = {}): AccessRecord {
  const { at = NOON, outcome = "ALLOW", organization = "north", patient = "ada", person = "nina" } = of;
  const { policyRevision = 0, purposeOfUse = "TREAT", role = "nurse", scope = "view_notes", type = "user" } = of;
  const subject = person === null ? null : { id: person, type, organization: null, roles: null, attributes: null };
  const allowed = outcome === "ALLOW";
  return {
    kind: "ACCESS",
    id,
    decidedAt: at,
    callerId: "key:gateway",
    outcome,
    scope: allowed ? scope : null,
    reasons: [
      allowed
        ? reason("ALLOWED_BY_RULE", { role, ruleId: "r", scope })
        : reason("DENIED_BY_RULE", { parameters: { description: null, kind: "ACCESS" }, ruleId: "r" }),
    ],
    obligations: [],
    policyRevision,
    semantics: 1,
    ...(of.facts !== undefined && { facts: of.facts }),
    request: accessRequest({
      clientId: "ehr",
      subject,
      purposeOfUse: purpose(purposeOfUse),
      resource: { type: "DocumentReference", id: "note-1", patient, organization, ...of.resource },
    }),
  };
}
