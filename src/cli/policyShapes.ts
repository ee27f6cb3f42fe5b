import { clearableOf } from "../domain/policy/members.ts";
import type {
  AtomInput,
  ObligationInput,
  OperationInputs,
  OperationName,
  PolicyOperation,
  PutOrganization,
  TranslationInput,
} from "../domain/policy/operations.ts";
import {
  type BreakGlassSettings,
  type ClientStatus,
  type Noun,
  SILENCES,
  type SilenceRule,
} from "../domain/policy/types.ts";
import type { Read, YamlReader } from "./yamlReader.ts";

interface Field<T> {
  readonly required: boolean;
  readonly read: Read<T>;
}
/** A reader for every field of T, so that a new field of the contract does not compile until files can have it. */
type Shape<T> = {
  readonly [F in keyof T]-?: Field<NonNullable<T[F]>> & { readonly required: undefined extends T[F] ? false : true };
};
type SilenceSaid = Pick<SilenceRule, "silence"> & { readonly purpose?: string };
type Shapes = { readonly [K in OperationName]: Shape<OperationInputs[K]> };

const must = <T>(read: Read<T>) => ({ required: true, read }) as const;
const may = <T>(read: Read<T>) => ({ required: false, read }) as const;

/** Reads a mapping with exactly the fields of a shape. */
function object<T>(yaml: YamlReader, shape: Shape<T>): Read<T> {
  const fields = new Map<string, Field<unknown>>(Object.entries(shape));
  return (value, path) => {
    const members = yaml.object(value, path);
    if (members === null) return null;
    const before = yaml.problems.length;
    const values = new Map<string, unknown>();
    for (const [name, member] of Object.entries(members)) {
      const found = fields.get(name);
      if (found === undefined) yaml.unknown(path, name, [...fields.keys()]);
      // An empty value may be meant as the default or be forgotten; in a policy the difference matters.
      else if (member === null) yaml.problem(`${path}.${name}`, "is empty; give a value, or leave the field out");
      else values.set(name, found.read(member, `${path}.${name}`));
    }
    for (const [name, { required }] of fields)
      if (required && members[name] === undefined) yaml.problem(path, `must have the field ${name}`);
    // Each value was read by the reader that the shape has for its name.
    return yaml.problems.length > before ? null : (Object.fromEntries(values) as T);
  };
}

function shapesFor(yaml: YamlReader): Shapes {
  const { whole, time, json } = yaml;
  const text: Read<string> = (value, path) => yaml.string(value, path);
  const flag: Read<boolean> = (value, path) => yaml.boolean(value, path);
  const texts = yaml.list(text);
  const atom = object<AtomInput>(yaml, {
    context: may(yaml.oneOf(["ANY", "PATIENT", "USER", "SYSTEM"])),
    resourceType: must(text),
    actions: must(texts),
    constraint: may(text),
  });
  const translation = object<TranslationInput>(yaml, {
    language: must(text),
    title: must(text),
    description: may(text),
  });
  const obligation = object<ObligationInput>(yaml, {
    type: must(text),
    parameters: may(json as Read<NonNullable<ObligationInput["parameters"]>>),
  });
  const clear = <N extends Noun>(noun: N) => ({ clear: may(yaml.list(yaml.nameOf(clearableOf(noun)))) });
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
    translations: may(yaml.list(translation)),
    atoms: may(yaml.list(atom)),
    requiresConsent: may(flag),
    justification: may(text),
    ...clear("scope"),
  };
  const client = {
    id: must(text),
    status: may(yaml.oneOf<ClientStatus>(["ACTIVE", "SUSPENDED"])),
    description: may(text),
    protocolScopes: may(texts),
    ...clear("client"),
  };
  const role = { name: must(text), inherits: may(texts), description: may(text), ...clear("role") };
  const effect = yaml.oneOf(["ALLOW", "DENY"]);
  const rule = {
    when: may(text),
    obligations: may(yaml.list(obligation)),
    description: may(text),
    justification: may(text),
    ...clear("rule"),
  };
  const silence = object<SilenceSaid>(yaml, { purpose: may(text), silence: must(yaml.oneOf(SILENCES)) });
  const settings = object<PutOrganization["settings"]>(yaml, {
    consentOnSilence: may(yaml.list(silence as Read<SilenceRule>)),
    patientScopesReachShared: may(flag),
    accessRequestMaxMinutes: may(whole),
    breakGlass: may(
      object<BreakGlassSettings>(yaml, { roles: must(texts), maxMinutes: must(whole), reviewWithinHours: must(whole) }),
    ),
    emergencyOverridesRefusal: may(flag),
    retentionYears: may(whole),
    legalHold: may(flag),
  });
  const organization = { id: must(text), name: may(text), justification: may(text), ...clear("organization") };
  return {
    putScope: scope,
    updateScope: scope,
    activateScope: scopeRef,
    deprecateScope: { ...scopeRef, sunsetAt: must(time), replacedBy: may(text) },
    retireScope: { ...scopeRef, force: may(flag) },
    deleteScope: scopeRef,
    putClient: { ...client, name: must(text) },
    updateClient: { ...client, name: may(text) },
    deleteClient: { id: must(text) },
    grantScope: grant,
    revokeScope: grant,
    putRole: role,
    updateRole: role,
    deleteRole: { name: must(text) },
    assignRole: assignment,
    unassignRole: assignment,
    putRule: {
      ...rule,
      id: may(text),
      role: must(text),
      scope: must(text),
      action: must(text),
      resourceType: must(text),
      effect: must(effect),
    },
    updateRule: {
      ...rule,
      id: must(text),
      role: may(text),
      scope: may(text),
      action: may(text),
      resourceType: may(text),
      effect: may(effect),
    },
    deleteRule: { id: must(text) },
    putOrganization: { ...organization, settings: must(settings) },
    updateOrganization: { ...organization, settings: may(settings) },
    deleteOrganization: { id: must(text) },
  };
}

/** A reader of one item of `operations`: a mapping with the name of exactly one operation. */
export function operationReader(yaml: YamlReader): Read<PolicyOperation> {
  const shapes = shapesFor(yaml);
  const readers = new Map(
    Object.entries(shapes).map(([name, shape]) => [name, object(yaml, shape as Shape<object>)] as const),
  );
  const known = [...readers.keys()];
  return (value, path) => {
    const members = yaml.object(value, path);
    if (members === null) return null;
    const [first, ...others] = Object.entries(members);
    if (first === undefined || others.length > 0) {
      const names = Object.keys(members).join(", ");
      return yaml.problem(path, `must have exactly one operation, not ${names === "" ? "none" : names}`);
    }
    const [name, input] = first;
    const read = readers.get(name);
    if (read === undefined) return yaml.unknown(path, name, known);
    const operation = read(input, `${path}.${name}`);
    return operation === null ? null : ({ [name]: operation } as PolicyOperation);
  };
}
