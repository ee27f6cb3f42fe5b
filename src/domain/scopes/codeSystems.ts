import { Memo } from "../kernel/memo.ts";
import codeSystems from "./definitions/codeSystems.json" with { type: "json" };
import { editDistance } from "./nearest.ts";

const TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/";
const FHIR = "http://hl7.org/fhir/";
const SNOMED = "http://snomed.info/sct";

/** Systems in common use that HL7 does not publish with FHIR R4; US Core's are those of its category scopes. */
const OTHERS: readonly string[] = [
  "http://loinc.org",
  SNOMED,
  "http://unitsofmeasure.org",
  "http://www.nlm.nih.gov/research/umls/rxnorm",
  "http://www.ama-assn.org/go/cpt",
  "http://dicom.nema.org/resources/ontology/DCM",
  "http://hl7.org/fhir/sid/cvx",
  "http://hl7.org/fhir/sid/icd-10",
  "http://hl7.org/fhir/sid/icd-10-cm",
  "http://hl7.org/fhir/sid/icd-9-cm",
  "http://hl7.org/fhir/sid/ndc",
  "http://hl7.org/fhir/sid/us-npi",
  "http://hl7.org/fhir/sid/us-ssn",
  "http://hl7.org/fhir/us/core/CodeSystem/careplan-category",
  "http://hl7.org/fhir/us/core/CodeSystem/condition-category",
  "http://hl7.org/fhir/us/core/CodeSystem/us-core-category",
  "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
  "http://hl7.org/fhir/us/core/CodeSystem/us-core-provenance-participant-type",
];

/** Object identifiers by which documents of HL7 (CDA) and older records name the same systems: https://terminology.hl7.org/identifiers.html */
const BY_OID: Readonly<Record<string, string>> = {
  "2.16.840.1.113883.5.4": `${TERMINOLOGY}v3-ActCode`,
  "2.16.840.1.113883.5.8": `${TERMINOLOGY}v3-ActReason`,
  "2.16.840.1.113883.5.25": `${TERMINOLOGY}v3-Confidentiality`,
  "2.16.840.1.113883.5.83": `${TERMINOLOGY}v3-ObservationInterpretation`,
  "2.16.840.1.113883.5.90": `${TERMINOLOGY}v3-ParticipationType`,
  "2.16.840.1.113883.5.111": `${TERMINOLOGY}v3-RoleCode`,
  "2.16.840.1.113883.5.1008": `${TERMINOLOGY}v3-NullFlavor`,
  "2.16.840.1.113883.4.1": "http://hl7.org/fhir/sid/us-ssn",
  "2.16.840.1.113883.4.6": "http://hl7.org/fhir/sid/us-npi",
  "2.16.840.1.113883.6.1": "http://loinc.org",
  "2.16.840.1.113883.6.3": "http://hl7.org/fhir/sid/icd-10",
  "2.16.840.1.113883.6.8": "http://unitsofmeasure.org",
  "2.16.840.1.113883.6.12": "http://www.ama-assn.org/go/cpt",
  "2.16.840.1.113883.6.69": "http://hl7.org/fhir/sid/ndc",
  "2.16.840.1.113883.6.88": "http://www.nlm.nih.gov/research/umls/rxnorm",
  "2.16.840.1.113883.6.90": "http://hl7.org/fhir/sid/icd-10-cm",
  "2.16.840.1.113883.6.96": SNOMED,
  "2.16.840.1.113883.6.103": "http://hl7.org/fhir/sid/icd-9-cm",
  "2.16.840.1.113883.12.292": "http://hl7.org/fhir/sid/cvx",
  "1.2.840.10008.2.16.4": "http://dicom.nema.org/resources/ontology/DCM",
};

const terminology: ReadonlySet<string> = new Set(codeSystems.terminologyCodeSystems);
const ofFhir: ReadonlySet<string> = new Set(codeSystems.fhirCodeSystems);

/** The address of a code system in the one form in which codes are compared: FHIR R4's own, for its older addresses and its OID. */
export function canonicalSystem(system: string): string {
  if (system.startsWith(TERMINOLOGY)) return system;
  if (system.startsWith(FHIR)) {
    const name = system.slice(FHIR.length).replace(/^v([23])\//, "v$1-");
    return (terminology.has(name) && !ofFhir.has(name)) || /^v2-\d{4}$/.test(name) ? TERMINOLOGY + name : system;
  }
  // An edition or a version of SNOMED CT is no system of its own (SNOMED CT URI Standard, FHIR R4 4.3.1).
  if (system.startsWith(SNOMED) && /^\/\d+(?:\/version\/\d+)?$/.test(system.slice(SNOMED.length))) return SNOMED;
  return BY_OID[system.replace(/^(?:urn:)?oid:/i, "")] ?? system;
}

/** `system|code` with the system in that form; a code alone is as it was. */
export function canonicalCode(code: string): string {
  const bar = code.lastIndexOf("|");
  if (bar <= 0) return code;
  const system = code.slice(0, bar);
  const canonical = canonicalSystem(system);
  return canonical === system ? code : canonical + code.slice(bar);
}

const known: ReadonlySet<string> = new Set([
  ...codeSystems.terminologyCodeSystems.map((name) => `${TERMINOLOGY}${name}`),
  ...codeSystems.fhirCodeSystems.map((name) => `${FHIR}${name}`),
  ...OTHERS,
]);

const PLAIN = /^[!-{}~]+\|[!-{}~]+$/;

/**
 * The codes that a text may mean where data says it, in the one form: loosely, as a refusal must find them. Two: one of the parts is a version
 * (`system|version|code`). A code alone is as it was; empty: it can't be read.
 */
export function codesMeant(text: string): readonly string[] {
  if (PLAIN.test(text) && known.has(text.slice(0, text.indexOf("|")))) return [text];
  const parts = text
    .replace(/\p{C}/gu, "")
    .split("|")
    .map((part) => part.trim());
  if (parts[0] === "") parts.shift();
  const [first = "", ...codes] = parts.filter((part, i) => part !== "" || i < parts.length - 1);
  if (codes.length === 0) return first === "" ? [] : [first];
  const system = canonicalSystem(first);
  const verdict = judgeCodeSystem(system);
  const meant = verdict.kind === "WRONG" ? verdict.nearest : system;
  return meant === null || codes.includes("") ? [] : codes.map((code) => `${meant}|${code}`);
}

/** What people get wrong when they copy a system: scheme, www, doubled slashes, CodeSystem or ValueSet, a version, a page for people, the end. */
function skeleton(system: string): string {
  const bare = system
    .toLowerCase()
    .replace(/^https?:\/+(?:www\.)?/, "")
    .replace(/^([^/]+):\d+(?=\/|$)/, "$1")
    .replace(/[?;#].*$/, "")
    .replace(/\/version\/.*$/, "");
  const path = bare
    .replace(/\/+/g, "/")
    .replace(/\.(?:html?|json|xml)$/, "")
    .replace(/\/(?:cs|vs)$/, "")
    .replace(/\/fhir\/(?:r\d[ab]?|d?stu\d|\d[\d.]*)\//, "/fhir/")
    .replace(/^hl7\.org\/fhir\/v([23])[/-]/, "terminology.hl7.org/v$1-")
    .replace(/\/(?:codesystem|valueset)s?[/-]/, "/");
  return path.replace(/\/$/, "");
}

const withoutHyphens = (text: string): string => text.replace(/[-_]/g, "");
const bySkeleton: ReadonlyMap<string, string> = new Map([...known].map((system) => [skeleton(system), system]));
const byLetters: ReadonlyMap<string, string> = new Map(
  [...bySkeleton].reverse().map(([bare, system]) => [withoutHyphens(bare), system]),
);
const lastSegment = (system: string): string => system.slice(system.lastIndexOf("/") + 1);
const byName: ReadonlyMap<string, string> = new Map(
  [...known].reverse().map((system) => [lastSegment(system), system]),
);

/** The known system that this is in another spelling, or below: its version, a part of it, a page about it. */
function knownFor(system: string): string | undefined {
  const bare = skeleton(system);
  for (let at = bare; at.includes("/"); at = at.slice(0, at.lastIndexOf("/"))) {
    const found = bySkeleton.get(at);
    if (found !== undefined) return found;
  }
  return bySkeleton.get(bare.replace(/\/.*$/, "")) ?? byLetters.get(withoutHyphens(bare));
}

/** The root of all object identifiers that HL7 gives out: https://www.hl7.org/oid */
const HL7_ROOT = /(?<![\d.])2\.16\.840\.1\.113883(?![\d])/;
const HL7_ADDRESS = /:\/\/(?:[^/?#]*[.@])?hl7\.org\.?(?=[/:?#@]|$)|^urn:hl7/i;
/** Of its systems of purposes and labels, which terminology servers have under addresses of their own. */
const HL7_NAME =
  /[/:]v3-(?:ActCode|ActReason|Confidentiality|(?:Act)?InformationSensitivityPolicy|PurposeOfUse)(?=[/:?#.;]|$)/i;
/** The sites on which HL7 publishes its own systems. */
const HL7_PAGES = /^https?:\/\/(?:www\.)?(?:terminology\.)?hl7\.org\//;
const OID_URN = /^(?:urn:)?oid:/i;
const IS_OID = /^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/i;

/** Whether a system is HL7's: by an address of its sites, its URNs, below its object identifier, or by the name of one wherever it stands. */
export const isHl7System = (system: string): boolean =>
  HL7_ADDRESS.test(system) || HL7_ROOT.test(system) || HL7_NAME.test(system);

/**
 * What is known about a code system:
 * - KNOWN: published with FHIR R4, or in common use;
 * - FOREIGN: of somebody else, who may carry it;
 * - UNRECOGNISED: in the namespace of HL7, and not published with FHIR R4 (it may be newer);
 * - WRONG: no resource carries it: no absolute URI, or a known one misspelt.
 */
export type CodeSystemVerdict =
  | { readonly kind: "KNOWN" | "FOREIGN" | "UNRECOGNISED" }
  | { readonly kind: "WRONG"; readonly nearest: string | null };

const KNOWN: CodeSystemVerdict = { kind: "KNOWN" };
const verdicts = new Memo<CodeSystemVerdict>(1_000);

/** Judges the system part of a token. Pure comparison with the committed list. */
export function judgeCodeSystem(system: string): CodeSystemVerdict {
  if (known.has(system)) return KNOWN;
  const verdict = verdicts.get(system) ?? judge(system);
  verdicts.set(system, verdict);
  return verdict;
}

function judge(system: string): CodeSystemVerdict {
  if (/^http:\/\/terminology\.hl7\.org\/CodeSystem\/v2-\d{4}$/.test(system)) return KNOWN;
  if (!/^[a-z][a-z0-9+.-]*:./i.test(system)) return { kind: "WRONG", nearest: byName.get(system) ?? null };
  if (OID_URN.test(system)) return judgeOid(system);
  const meant = knownFor(system);
  if (meant !== undefined) return { kind: "WRONG", nearest: meant };
  if (!isHl7System(system)) return { kind: "FOREIGN" };
  // Implementation guides (us, uv, a country) publish systems of their own, under names that others use too.
  if (!HL7_PAGES.test(system) || /^https?:\/\/(?:www\.)?hl7\.org\/fhir\/(?:[a-z]{2}|sid)\//.test(system))
    return { kind: "UNRECOGNISED" };
  const name = lastSegment(system);
  const slip = byName.get(name) ?? [...byName].find(([other]) => isSlip(name, other))?.[1];
  if (slip !== undefined) return { kind: "WRONG", nearest: slip };
  return system.startsWith(TERMINOLOGY) || system.startsWith(FHIR)
    ? { kind: "UNRECOGNISED" }
    : { kind: "WRONG", nearest: null };
}

/** Whether a system may be any: none is named, or one of HL7's by an identifier that is not listed. */
export const isUncertainSystem = (system: string): boolean =>
  system === "" || (/^(?:urn|oid):/i.test(system) && isHl7System(system) && judgeCodeSystem(system).kind !== "FOREIGN");

/** One that is not well formed is nobody's, and all below HL7's root are HL7's to give. */
function judgeOid(system: string): CodeSystemVerdict {
  if (!IS_OID.test(system)) return { kind: "WRONG", nearest: null };
  const isListed = canonicalSystem(system) !== system;
  return { kind: HL7_ROOT.test(system) && !isListed ? "UNRECOGNISED" : "FOREIGN" };
}

/** One edit apart, in letters: `v3-a1` and `v3-a2` are two names and no slip. */
function isSlip(name: string, other: string): boolean {
  if (Math.abs(name.length - other.length) > 1 || name.length < 5 || editDistance(name, other) !== 1) return false;
  return name.replace(/\D/g, "") === other.replace(/\D/g, "");
}
