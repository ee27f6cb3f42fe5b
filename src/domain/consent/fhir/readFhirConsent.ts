import { badInput } from "../../kernel/errors.ts";
import type { Members } from "../../kernel/reader.ts";
import { ACT_CODE_SYSTEM } from "../../scopes/securityLabels.ts";
import { AREA_SYSTEM, codeIn, PATIENT_PRIVACY } from "../hl7Codes.ts";
import type { Code, ConsentEffect, ConsentException, ConsentStep, ConsentTerms } from "../types.ts";
import { type CodingCheck, checkArea, labelCoding } from "./fhirCodes.ts";
import { INCLUDE_NARROWER, REPLACES_ALL } from "./fhirConsent.ts";
import { FhirReader } from "./fhirReader.ts";
import { readException, readProvision } from "./readProvision.ts";
import { readTarget } from "./references.ts";

/** FHIR R4 consent-state-codes, with the step that each comes to: only an active one is followed. */
const STEPS = {
  active: "RECORDED",
  inactive: "WITHDRAWN",
  draft: "WITHDRAWN",
  proposed: "WITHDRAWN",
  rejected: "WITHDRAWN",
  "entered-in-error": "WITHDRAWN",
} as const satisfies Record<string, ConsentStep>;
type FhirConsentStatus = keyof typeof STEPS;

/** What a Consent resource says. */
export interface FhirConsentReading {
  /** The resource's own; null: it has none. */
  readonly id: string | null;
  readonly status: FhirConsentStatus;
  /** What of a consent's life the status comes to. */
  readonly step: ConsentStep;
  /** Milliseconds since 1970; null: not known, or it never was in force, so that it replaces nothing. */
  readonly madeAt: number | null;
  /** The first and the last moment at which it may have been said; null: not known. */
  readonly said: readonly [first: number, last: number] | null;
  readonly terms: ConsentTerms;
}

/** All elements of a Consent. What is not read below says who recorded it, where it is kept and in which words, and nothing of what it permits. */
const ELEMENTS: readonly string[] = [
  ...["resourceType", "meta", "language", "text", "contained", "identifier", "status", "scope", "category", "patient"],
  ...["dateTime", "performer", "organization", "sourceAttachment", "sourceReference", "policy", "policyRule"],
  ...["verification", "provision"],
];

const OTHER_AREA =
  "is not the patient's privacy, which alone decisions ask about: a refusal would meet nobody. Say patient-privacy, and with `purpose` for what it is, such as HRESCH for research";

const isStatus = (value: unknown): value is FhirConsentStatus =>
  typeof value === "string" && Object.hasOwn(STEPS, value);

const AREA_CATEGORIES = "http://terminology.hl7.org/CodeSystem/consentcategorycodes";
const anyCode: CodingCheck = () => null;

/** What it is about: its scope, and what its categories say of the same. Undefined: the patient's privacy. */
function readAreas(read: FhirReader, consent: Members): readonly Code[] | undefined {
  if (consent.scope === undefined) read.problem("Consent.scope", "is missing");
  const scope = consent.scope === undefined ? [] : read.concept(consent.scope, "Consent.scope", checkArea);
  const categories = read.each(consent.category, "Consent.category", (item, at) => {
    const members = read.element(item, at, ["coding", "text"]);
    const codings = members === null ? null : members.coding;
    return read.each(codings ?? undefined, `${at}.coding`, (coding, path) => read.coding(coding, path, anyCode));
  });
  const areas = new Set(scope);
  for (const category of categories?.flat() ?? []) {
    if (codeIn(AREA_SYSTEM, category) !== null) areas.add(category);
    if (codeIn(AREA_CATEGORIES, category) === "research") areas.add(`${AREA_SYSTEM}|research`);
  }
  return areas.size === 1 && areas.has(PATIENT_PRIVACY) ? undefined : [...areas];
}

/** What holds where the root has no type; null: nothing is said. */
function readBase(read: FhirReader, policyRule: unknown): ConsentEffect | null {
  if (policyRule === undefined) return null;
  const members = read.element(policyRule, "Consent.policyRule", ["coding", "text"]);
  const path = "Consent.policyRule.coding";
  const codes = read.each(members?.coding, path, (item, at) => read.coding(item, at, anyCode, () => "", labelCoding));
  const says = (rules: readonly string[]): boolean =>
    rules.some((code) => codes?.includes(`${ACT_CODE_SYSTEM}|${code}`) === true);
  // Opt-out with exceptions refuses all that no provision permits.
  const [isIn, isOut] = [says(["OPTIN"]), says(["OPTOUT", "OPTOUTE"])];
  if (isIn && isOut) return read.problem(path, "says both OPTIN and OPTOUT");
  return isIn ? "PERMIT" : isOut ? "DENY" : null;
}

const NO_TERMS: Omit<ConsentException, "effect"> = {
  recipients: null,
  scopes: null,
  purposes: null,
  actions: null,
  data: {
    resourceTypes: null,
    categories: null,
    labels: null,
    codes: null,
    references: null,
    authors: null,
    from: null,
    until: null,
  },
  validFrom: null,
  validUntil: null,
};

/** The root, whose type is its own or the base of the policy, and its exceptions. */
function readRoot(read: FhirReader, consent: Members) {
  const base = readBase(read, consent.policyRule);
  const path = "Consent.provision";
  const root = consent.provision === undefined ? null : readProvision(read, consent.provision, { base, path });
  const effect = root?.effect ?? base;
  const exceptions = read.each(root?.inner, `${path}.provision`, (item, at) =>
    readException(read, item, { of: effect, path: at }),
  );
  if (root !== null && root.grantId !== null)
    read.problem(`${path}.modifierExtension`, "says grantId, which is of an exception");
  if (base === "DENY" && root?.effect === "PERMIT")
    read.problem(
      "Consent.policyRule",
      "is OPTOUT beside a root provision that permits: whether it permits or refuses can't be told; leave out OPTOUT, or make the root deny and what it permits a provision in it",
    );
  const answers = root?.answers ?? null;
  if (root !== null && root.effect === undefined && (root.isLimited || answers !== null))
    read.problem(path, "says whom or what, not whether it permits: give it the type permit or deny");
  else if (effect === null && root?.effect !== null)
    read.problem(
      consent.provision === undefined ? path : `${path}.type`,
      "is missing, and no policyRule OPTIN or OPTOUT says what holds: it neither permits nor denies",
    );
  return {
    effect: effect ?? "DENY",
    ...(root?.terms ?? NO_TERMS),
    ...(answers !== null && { answers }),
    exceptions: exceptions ?? [],
  } as const;
}

function readPatient(read: FhirReader, value: unknown): string | null {
  const path = "Consent.patient";
  const target = value === undefined ? read.problem(path, "is missing") : readTarget(read, value, path);
  if (target === null || target.type === "Patient") return target?.id ?? null;
  return read.problem(`${path}.reference`, "must be Patient/id");
}

/**
 * Reads a FHIR R4 Consent. Nothing that bears on what it permits is left out: what can't be kept is a problem, at its FHIR
 * path. Drafts, proposals, rejected ones and errors are read as withdrawn and replace nothing, inactive ones as withdrawn.
 * `includeNarrower`: whether its purposes stand for narrower ones too.
 * @throws ScopewardenError BAD_USER_INPUT with every problem
 */
export function readFhirConsent(
  resource: unknown,
  {
    includeNarrower = false,
    replacesAll = false,
  }: { readonly includeNarrower?: boolean; readonly replacesAll?: boolean } = {},
): FhirConsentReading {
  const read = new FhirReader();
  const consent = read.element(resource, "Consent", ELEMENTS, [INCLUDE_NARROWER, REPLACES_ALL]);
  if (consent === null) throw badInput(read.problems);
  if (consent.resourceType !== "Consent") read.problem("Consent.resourceType", "must be Consent");
  const status = isStatus(consent.status)
    ? consent.status
    : read.problem("Consent.status", `must be one of ${Object.keys(STEPS).join(", ")}`);
  const id = read.optionalString(consent.id, "Consent.id");
  const patient = readPatient(read, consent.patient);
  const dateTime = read.time(consent.dateTime, "Consent.dateTime");
  const areas = readAreas(read, consent);
  const { effect, exceptions, ...provision } = readRoot(read, consent);
  const narrower = read.modifier(consent, "Consent", INCLUDE_NARROWER) ?? false;
  const replaces = read.modifier(consent, "Consent", REPLACES_ALL) ?? false;
  if (typeof narrower !== "boolean" || typeof replaces !== "boolean")
    read.problem("Consent.modifierExtension", "must have a valueBoolean");
  if (status === null || patient === null || read.problems.length > 0) throw badInput(read.problems);
  const wasInForce = status === "active" || status === "inactive";
  const refuses = effect === "DENY" || exceptions.some((each) => each.effect === "DENY");
  if (areas !== undefined && !areas.includes(PATIENT_PRIVACY) && refuses)
    throw badInput([{ path: "Consent.scope", message: OTHER_AREA }]);
  return {
    id,
    status,
    step: STEPS[status],
    // Of a refusal and a permission of one day, whose order nobody knows, the refusal is the later word.
    madeAt: wasInForce && dateTime !== null ? (effect === "DENY" ? dateTime[1] - 1 : dateTime[0]) : null,
    said: dateTime === null ? null : [dateTime[0], dateTime[1] - 1],
    terms: {
      patient,
      ...(areas !== undefined && { areas }),
      effect,
      ...provision,
      includeNarrower: includeNarrower || narrower === true,
      ...((replacesAll || replaces === true) && { replacesAll: true as const }),
      exceptions,
    },
  };
}
