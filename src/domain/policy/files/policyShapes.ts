import { clearableOf } from "../members.ts";
import type {
  AtomInput,
  ObligationInput,
  OperationInputs,
  OperationName,
  PolicyOperation,
  PutOrganization,
  TranslationInput,
} from "../operations.ts";
import {
  ALERT_RESPONSES,
  type AlertResponseRule,
  type AutomaticResponse,
  type BreakGlassSettings,
  type ClientStatus,
  type ConsentRequestSettings,
  type Noun,
  SEVERITIES,
  SILENCES,
  type SilenceRule,
  SPECIAL_PROTECTIONS,
} from "../types.ts";
import {
  exactlyOne,
  type Field,
  flag,
  json,
  type Kind,
  list,
  may,
  must,
  nameOf,
  object,
  oneOf,
  type Shape,
  text,
  time,
  whole,
} from "./fileKinds.ts";

type SilenceSaid = Pick<SilenceRule, "silence"> & { readonly purpose?: string };
type AutomaticSaid = Omit<AutomaticResponse, "mostPerHour"> & { readonly mostPerHour?: number };
type Shapes = { readonly [K in OperationName]: Shape<OperationInputs[K]> };

const clear = <N extends Noun>(noun: N) => ({ clear: may(list(nameOf(clearableOf(noun)))) });
const texts = list(text);
const atom = object<AtomInput>({
  context: may(oneOf(["ANY", "PATIENT", "USER", "SYSTEM"])),
  resourceType: must(text),
  actions: must(texts),
  constraint: may(text),
});
const translation = object<TranslationInput>({ language: must(text), title: must(text), description: may(text) });
const obligation = object<ObligationInput>({ type: must(text), parameters: may(json) });
const scopeRef = { name: must(text), version: may(whole) };
const period = { validFrom: may(time), validUntil: may(time) };
const grant = { clientId: must(text), scope: must(text), ...period, ...clear("grant") };
const assignment = {
  subjectId: may(text),
  subjectType: may(text),
  clientId: may(text),
  role: must(text),
  organization: must(text),
  ...period,
  ...clear("assignment"),
};
const scope = {
  name: must(text),
  title: may(text),
  description: may(text),
  translations: may(list(translation)),
  atoms: may(list(atom)),
  requiresConsent: may(flag),
  justification: may(text),
  ...clear("scope"),
};
const client = {
  status: may(oneOf<ClientStatus>(["ACTIVE", "SUSPENDED"])),
  description: may(text),
  protocolScopes: may(texts),
  careCritical: may(flag),
  ...clear("client"),
};
const role = { name: must(text), inherits: may(texts), description: may(text), ...clear("role") };
const effect = oneOf(["ALLOW", "DENY"]);
const rule = {
  when: may(text),
  obligations: may(list(obligation)),
  description: may(text),
  justification: may(text),
  ...clear("rule"),
};
const silence = object<SilenceSaid>({ purpose: may(text), silence: must(oneOf(SILENCES)) });
const automatic = object<AutomaticSaid>({
  from: must(oneOf(SEVERITIES)),
  minutes: must(whole),
  mostPerHour: may(whole),
});
const settings = object<PutOrganization["settings"]>({
  consentOnSilence: may(list(silence as Kind<SilenceRule>)),
  specialProtection: may(oneOf(SPECIAL_PROTECTIONS)),
  purposeRequired: may(flag),
  patientScopesReachShared: may(flag),
  part2Program: may(flag),
  accessRequestMaxMinutes: may(whole),
  consentRequests: may(
    object<ConsentRequestSettings>({ expireMinutes: must(whole), agreedDays: must(whole), refusedDays: must(whole) }),
  ),
  breakGlass: may(
    object<BreakGlassSettings>({ roles: must(texts), maxMinutes: must(whole), reviewWithinHours: must(whole) }),
  ),
  emergencyOverridesRefusal: may(flag),
  alertResponses: may(
    list(
      object<AlertResponseRule>({
        response: must(oneOf(ALERT_RESPONSES)),
        maxMinutes: must(whole),
        automatic: may(automatic as Kind<AutomaticResponse>),
      }),
    ),
  ),
  retentionYears: may(whole),
  legalHold: may(flag),
});
const organization = { justification: may(text), ...clear("organization") };

/** What each operation says, in the order in which it is written. */
const SHAPES: Shapes = {
  putScope: scope,
  updateScope: scope,
  activateScope: scopeRef,
  deprecateScope: { ...scopeRef, sunsetAt: must(time), replacedBy: may(text) },
  retireScope: { ...scopeRef, force: may(flag) },
  deleteScope: scopeRef,
  putClient: { id: must(text), name: must(text), ...client },
  updateClient: { id: must(text), name: may(text), ...client },
  deleteClient: { id: must(text) },
  grantScope: grant,
  revokeScope: grant,
  putRole: role,
  updateRole: role,
  deleteRole: { name: must(text) },
  assignRole: assignment,
  unassignRole: assignment,
  putRule: {
    id: may(text),
    role: must(text),
    scope: must(text),
    action: must(text),
    resourceType: must(text),
    effect: must(effect),
    ...rule,
  },
  updateRule: {
    id: must(text),
    role: may(text),
    scope: may(text),
    action: may(text),
    resourceType: may(text),
    effect: may(effect),
    ...rule,
  },
  deleteRule: { id: must(text) },
  putOrganization: { id: must(text), name: may(text), settings: must(settings), ...organization },
  updateOrganization: { id: must(text), name: may(text), settings: may(settings), ...organization },
  deleteOrganization: { id: must(text) },
};

/** The fields of an operation's input by name, in the order in which they are written. */
export const fieldsOf = (operation: OperationName): readonly (readonly [name: string, kind: Kind<unknown>])[] =>
  Object.entries<Field<unknown>>(SHAPES[operation]).map(([name, { kind }]) => [name, kind]);

/** One item of `operations`: a mapping with the name of exactly one operation. */
export const OPERATION: Kind<PolicyOperation> = exactlyOne<PolicyOperation>(
  Object.fromEntries(Object.entries(SHAPES).map(([name, shape]) => [name, object(shape as Shape<object>)])) as never,
  "operation",
);

/** A policy file. */
export const POLICY_FILE = object<{ readonly operations: readonly PolicyOperation[] }>({
  operations: must(list(OPERATION)),
});
