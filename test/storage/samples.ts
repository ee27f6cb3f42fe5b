import { reason } from "../../src/domain/decisions/reason.ts";
import type { AccessRecord, GrantRecord } from "../../src/domain/decisions/types.ts";
import type { Appended } from "../../src/domain/kernel/journal.ts";
import type { NewRevision } from "../../src/domain/policy/store.ts";
import type { Client, Grant, Role, RowChange, Rule, ScopeVersion } from "../../src/domain/policy/types.ts";

/** A decision as a busy hospital makes them. `n` decides everything about it. */
export function decision(n: number, more: Partial<AccessRecord> = {}): AccessRecord {
  return {
    kind: "ACCESS",
    id: `0193a5c0-${String(n).padStart(12, "0")}`,
    decidedAt: 1_795_500_000_000 + n,
    callerId: "key:gateway",
    outcome: n % 5 === 0 ? "DENY" : "ALLOW",
    scope: n % 5 === 0 ? null : "view_lab_results",
    policyRevision: 12,
    semantics: 1,
    reasons: [
      n % 5 === 0
        ? reason("NO_MATCHING_RULE", {
            parameters: {
              action: "read",
              kind: "ACCESS",
              needs: ["nurse"],
              organization: "st-mary",
              resourceType: "Observation",
              roles: [],
              unmet: [],
            },
            personal: { subject: { id: `user-${(n >> 4) % 500}`, type: "user" } },
            scope: "view_lab_results",
          })
        : reason("ALLOWED_BY_RULE", { role: "nurse", ruleId: "r-12", scope: "view_lab_results" }),
    ],
    obligations: n % 7 === 0 ? [{ type: "audit", parameters: { level: "full" } }] : [],
    request: {
      clientId: `client-${n % 10}`,
      subject: { id: `user-${(n >> 4) % 500}`, type: "user", organization: "st-mary", roles: null, attributes: null },
      scopes: ["view_lab_results", "patient/Observation.rs"],
      action: "read",
      resource: {
        type: "Observation",
        id: `obs-${n}`,
        patient: `patient-${(n >> 4) % 2000}`,
        patients: null,
        organization: "st-mary",
        labels: ["N"],
        attributes: { category: "http://terminology.hl7.org/CodeSystem/observation-category|laboratory" },
      },
      purposeOfUse: "TREAT",
      context: {
        patient: `patient-${(n >> 4) % 2000}`,
        ipAddress: "10.1.2.3",
        region: null,
        userAgent: null,
        tokenId: null,
        attributes: null,
      },
      requestId: null,
    },
    ...more,
  };
}

export const withRequestId = (record: AccessRecord, requestId: string): AccessRecord => ({
  ...record,
  request: { ...record.request, requestId },
});

export const client = (id: string, more: Partial<Client> = {}): Client => ({
  id,
  name: id,
  status: "ACTIVE",
  description: null,
  protocolScopes: null,
  careCritical: false,
  ...more,
});
export const role = (name: string, inherits: readonly string[] = []): Role => ({ name, inherits, description: null });
export const grant = (clientId: string, scope: string): Grant => ({
  clientId,
  scope,
  validFrom: null,
  validUntil: null,
});
export const rule = (id: string, more: Partial<Rule> = {}): Rule => ({
  id,
  role: "*",
  scope: "*",
  action: "read",
  resourceType: "*",
  when: null,
  effect: "ALLOW",
  obligations: [],
  description: null,
  justification: null,
  ...more,
});
export const scope = (name: string, more: Partial<ScopeVersion> = {}): ScopeVersion => ({
  name,
  version: 1,
  state: "ACTIVE",
  title: null,
  description: null,
  translations: [],
  declarations: [{ context: "ANY", resourceType: "Observation", actions: ["read"], constraint: null }],
  requiresConsent: false,
  justification: null,
  deprecatedAt: null,
  sunsetAt: null,
  replacedBy: null,
  retiredAt: null,
  atoms: [{ context: "ANY", resourceType: "Observation", action: "read", constraint: [] }],
  ...more,
});

export function revision(number: number, changes: readonly RowChange[], more: Partial<NewRevision> = {}): NewRevision {
  return {
    revision: number,
    author: "key:admin",
    reason: `change ${number}`,
    committedAt: 1_795_500_000_000 + number,
    changes,
    ...more,
  };
}

/** A decision about a token that is to be issued. */
export function grantDecision(n: number): GrantRecord {
  const { kind: _, request, reasons, ...rest } = decision(n);
  const { clientId, subject, purposeOfUse, context, requestId } = request;
  return {
    ...rest,
    kind: "GRANT",
    reasons,
    request: {
      clientId,
      subject,
      scopes: ["view_lab_results", "nonsense"],
      heldScopes: [],
      languages: null,
      purposeOfUse,
      context,
      requestId,
    },
    details: {
      scopes: [
        {
          requested: "view_lab_results",
          outcome: "GRANTED",
          scopes: ["view_lab_results"],
          reasons: [],
          successor: null,
          sunsetAt: null,
          validUntil: null,
        },
        {
          requested: "nonsense",
          outcome: "UNKNOWN",
          scopes: [],
          reasons,
          successor: null,
          sunsetAt: null,
          validUntil: null,
        },
      ],
      newScopes: ["view_lab_results"],
    },
  };
}

export const recordsOf = <Record>(appended: readonly Appended<Record>[]): readonly Record[] =>
  appended.map(({ record }) => record);
