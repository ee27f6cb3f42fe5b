import fc from "fast-check";
import { UNKNOWN, Unknown } from "../../../src/domain/decisions/partial.ts";
import { patientsOf } from "../../../src/domain/decisions/patientsOf.ts";
import type { PartialFacts } from "../../../src/domain/decisions/ruleEngine.ts";
import type { AccessRequest } from "../../../src/domain/decisions/types.ts";
import { purpose as asPurpose, labels } from "../../support/oneForm.ts";
import { NOW } from "../../support/policies.ts";

export const client = { id: "ehr", name: "EHR" };
const nothing = {
  id: UNKNOWN,
  patient: UNKNOWN,
  patients: UNKNOWN,
  organization: UNKNOWN,
  labels: UNKNOWN,
  attributes: UNKNOWN,
};
export const known: PartialFacts = {
  client,
  now: NOW,
  request: {
    subject: { id: "ann", type: "user", organization: UNKNOWN, attributes: UNKNOWN },
    resource: { type: "Observation", ...nothing, patient: "p1", organization: null },
    purposeOfUse: UNKNOWN,
    context: {
      patient: "p1",
      ipAddress: UNKNOWN,
      region: UNKNOWN,
      userAgent: UNKNOWN,
      tokenId: UNKNOWN,
      attributes: UNKNOWN,
    },
  },
};

/** Conditions by a grammar, over all that a condition can touch. */
export const { condition } = fc.letrec<{ condition: string; leaf: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    tie("leaf"),
    fc.tuple(tie("condition"), tie("condition")).map(([a, b]) => `(${a} && ${b})`),
    fc.tuple(tie("condition"), tie("condition")).map(([a, b]) => `(${a} || ${b})`),
    fc.tuple(tie("condition"), tie("condition"), tie("condition")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    tie("condition").map((a) => `!(${a})`),
    fc.tuple(tie("condition"), tie("condition")).map(([a, b]) => `((${a}) == (${b}))`),
  ),
  leaf: fc.constantFrom(
    "true",
    "false",
    'purposeOfUse == "TREAT"',
    'purposeOfUse != "TREAT"',
    'purposeOfUse in ["TREAT", "HRESCH"]',
    'purposeOfUse in ["HRESCH", "BTG"]',
    'purposeOfUse.startsWith("T")',
    '"R" in resource.labels',
    '"N" in resource.labels',
    'resource.labels.exists(l, l == "R")',
    'resource.labels.all(l, l == resource.organization || l == "N")',
    "size(resource.labels) > 1",
    "has(resource.labels)",
    "has(resource.patient)",
    "has(resource.patients)",
    "subject.id in resource.patients",
    '"p1" in resource.patients',
    'resource.patients == ["p1"]',
    "size(resource.patients) > 1",
    "has(resource.organization)",
    "has(resource.attributes)",
    "has(resource.attributes.level)",
    "has(resource.attributes.level.deep)",
    "has(subject.organization)",
    "has(subject.attributes.wards)",
    "has(context.patient)",
    "has(context.attributes.a)",
    "has(context.attributes)",
    "has(subject.id)",
    "has(context.region) && context.region in resource.labels",
    "resource.labels.all(l, resource.labels.exists(m, l == m))",
    "resource.labels.all(l, l in resource.attributes.level)",
    "resource.attributes.level.exists(l, l.deep == 1 || true)",
    "resource.attributes.level + resource.attributes.level == []",
    "resource.attributes.level.contains(resource.attributes.level)",
    'resource.attributes.level.contains("ig")',
    "resource.attributes == context.attributes",
    "resource.attributes.level in context.attributes",
    "context.attributes.all(k, context.attributes[k] == resource.attributes)",
    'resource.labels.map(l, l + resource.type).join(",").size() > 3',
    "resource.patient == subject.id",
    "resource.patient == context.patient",
    "resource.organization == subject.organization",
    "resource.patient in subject.attributes.wards",
    '"level" in resource.attributes',
    '"high" in resource.attributes.level',
    "resource.attributes.level > 3.0",
    "resource.attributes.level == 5",
    'resource.attributes.level == "high"',
    "resource.attributes.level == null",
    'resource.attributes["level"] in ["high", "low"]',
    'resource.attributes == {"level": "high"}',
    'context.attributes.a.b == "c"',
    'context.patient == "p1"',
    'resource.type == "Observation"',
    'resource.organization.startsWith("o")',
    'cel.bind(x, resource.attributes.level, x == "high")',
    "client.id == subject.id",
    'client.name == "EHR"',
    'now < timestamp("2030-01-01T00:00:00Z")',
  ),
}));

export const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const attributes = pick(
  null,
  {},
  { level: 5 },
  { level: 2 },
  { level: "high" },
  { level: null },
  { level: { deep: 1 } },
  { level: ["high"] },
  { level: Array.from({ length: 30 }, (_, i) => `item ${i}`) },
);
export const whole: fc.Arbitrary<AccessRequest> = fc.record({
  clientId: pick("ehr"),
  subject: fc.option(
    fc.record({
      id: pick("p1", "p2"),
      type: pick("user"),
      organization: pick(null, "o1"),
      roles: pick(null),
      attributes: pick(null, {}, { wards: ["p1"] }, { wards: [] }),
    }),
    { nil: null, freq: 5 },
  ),
  scopes: pick(null),
  action: pick("read"),
  resource: fc.record({
    type: pick("Observation", "Condition"),
    id: pick(null, "x"),
    patient: pick(null, "p1", "p2"),
    patients: pick(null, null, ["p1", "p2"]),
    organization: pick(null, "o1", "o2"),
    labels: pick(null, [], labels(["N"]), labels(["R", "N"]), labels(["R", "N", "x", "y", "z"])),
    attributes,
  }),
  purposeOfUse: pick(null, "TREAT" as const, "HRESCH" as const, "BTG" as const, asPurpose("other")),
  context: fc.option(
    fc.record({
      patient: pick(null, "p1", "p2"),
      ipAddress: pick(null),
      region: pick(null, "x"),
      userAgent: pick(null),
      tokenId: pick(null),
      attributes: pick(null, {}, { a: 1 }, { a: { b: "c" } }),
    }),
    { nil: null, freq: 5 },
  ),
  requestId: pick(null),
});

/** Forgets parts of a request, each with its coin; of a text it may remember what it is not, of a list what is not in it. */
export function forget(request: AccessRequest, coins: readonly boolean[]): PartialFacts {
  let next = 0;
  const blur = <T>(given: T): T | Unknown => {
    const [gone, hint] = [coins[next++ % coins.length], coins[next++ % coins.length]];
    if (!gone) return given;
    const without = (all: readonly unknown[]) =>
      ["p1", "p2", "R", "o1", "TREAT", "Observation"].filter((text) => !all.includes(text));
    return hint ? new Unknown(without([given]), false, without(Array.isArray(given) ? given : [])) : UNKNOWN;
  };
  const { subject, context } = request;
  // Conditions find one patient in `patients`, too.
  const named = patientsOf(request.resource);
  const resource = { ...request.resource, patients: named.length === 0 ? null : named };
  const blurAll = <T extends object>(object: T): { [N in keyof T]: T[N] | Unknown } =>
    Object.fromEntries(Object.entries(object).map(([name, given]) => [name, blur(given)])) as {
      [N in keyof T]: T[N] | Unknown;
    };
  return {
    client,
    now: NOW,
    request: {
      subject: subject === null ? null : blurAll(subject),
      resource: blurAll(resource),
      purposeOfUse: blur(request.purposeOfUse),
      context: context === null ? blur(null) : coins[0] ? UNKNOWN : blurAll(context),
    },
  };
}
export const coins = fc.array(fc.boolean(), { minLength: 41, maxLength: 41 });
