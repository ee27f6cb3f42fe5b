import { parseAuthorizeInput } from "../../decisions/accessInput.ts";
import type { DecideFacts } from "../../decisions/facts.ts";
import { UNKNOWN, Unknown } from "../../decisions/partial.ts";
import type { PartialFacts } from "../../decisions/ruleEngine.ts";
import type { AccessRequest } from "../../decisions/types.ts";
import { PATIENT_TYPE } from "../../kernel/patientId.ts";
import type { Rule } from "../../policy/types.ts";
import { EXPORT } from "../../scopes/exports.ts";
import { fhirTypes } from "../../scopes/fhir.ts";
import { knownScope, needsPatient } from "../possible/possibilities.ts";
import { isOfPatients, type PatientAccess, type PatientReach } from "./rows.ts";

/** A request that says no more than a row, for whoever asks. */
export interface RowQuestion {
  /** The rules of the rows, by one of which. */
  readonly rules: Rule[];
  /** By the rules for which role; null: those for every role. */
  readonly role: string | null;
  readonly request: AccessRequest;
  /** What of the resource a row leaves open beside its labels and attributes. */
  readonly open: Partial<PartialFacts["request"]["resource"]>;
}

/** Which part of the rows is asked for. Null: all. */
export interface RowFilter {
  readonly clientId: string | null;
  readonly role: string | null;
  readonly resourceType: string | null;
  readonly action: string | null;
}

interface AskedType {
  readonly type: string;
  readonly open: Pick<RowQuestion["open"], "type">;
}

/** The types of a reach that are asked about; one stands for all that `*` stands for, but of an export, which has it as a level. */
function typesOf(
  { exceptTypes, resourceTypes }: PatientReach,
  { asked, isExport }: { readonly asked: string | null; readonly isExport: boolean },
): readonly AskedType[] {
  const isMeant = (type: string): boolean => isOfPatients(type) && (asked ?? type) === type;
  const named = resourceTypes.filter((type) => (isExport || type !== "*") && isMeant(type));
  const exact = named.map((type): AskedType => ({ type, open: {} }));
  if (isExport || !resourceTypes.includes("*")) return exact;
  const other = [...fhirTypes, asked ?? ""].find((type) => type !== "" && !exceptTypes.includes(type) && isMeant(type));
  if (other === undefined || named.includes(other)) return exact;
  return [...exact, { type: other, open: asked === null ? { type: new Unknown(exceptTypes) } : {} }];
}

/** The patients in context with whom a scope is presented, as `patientAccess` presents it. */
function contextsOf(facts: DecideFacts, scope: string, patient: string): readonly (string | null)[] {
  const known = knownScope(facts, scope);
  return known !== null && needsPatient(known) ? [patient, null] : [null];
}

/** All that some rows say somebody could be allowed, but clients that act as themselves; each question once. */
export function rowQuestions(
  patient: string,
  rows: readonly PatientAccess[],
  { facts, filter }: { readonly facts: DecideFacts; readonly filter: RowFilter },
): readonly RowQuestion[] {
  const found = new Map<string, RowQuestion>();
  for (const { asItself, clientId, organization, purposeOfUse, reaches, role } of rows) {
    if (asItself || (filter.clientId ?? clientId) !== clientId || (filter.role ?? role) !== role) continue;
    for (const reach of reaches)
      for (const context of contextsOf(facts, reach.scope, patient))
        for (const action of reach.actions) {
          if ((filter.action ?? action) !== action) continue;
          const isExport = action === EXPORT;
          const types = typesOf(reach, { asked: filter.resourceType, isExport });
          for (const { open, type } of types) {
            const key = JSON.stringify([
              role,
              clientId,
              organization,
              purposeOfUse,
              reach.scope,
              context,
              action,
              type,
            ]);
            const rule = facts.snapshot.rules.get(reach.ruleId);
            const same = found.get(key);
            if (rule !== undefined && same?.rules.includes(rule) === false) same.rules.push(rule);
            if (rule === undefined || same !== undefined) continue;
            const isOwn = type === PATIENT_TYPE && !isExport;
            const parsed = parseAuthorizeInput(
              {
                ...{ clientId, action, purposeOfUse },
                subject: { id: "-" },
                scopes: [reach.scope],
                // An export names nobody.
                resource: { type, id: isOwn ? patient : null, patient: isExport ? null : patient, organization },
                context: context === null ? null : { patient: context },
              },
              "input",
            );
            if (!parsed.ok) continue;
            found.set(key, {
              role,
              rules: [rule],
              request: parsed.request,
              open: {
                ...open,
                ...(isOwn || isExport ? {} : { id: UNKNOWN }),
                ...(organization === null ? { organization: UNKNOWN } : {}),
              },
            });
          }
        }
  }
  return [...found.values()];
}
