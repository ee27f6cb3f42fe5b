import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { isObject, type Members } from "../domain/kernel/reader.ts";

const DEMO_RESOURCES = fileURLToPath(new URL("../../seeds/fhir.ndjson", import.meta.url));

/** A small FHIR server in memory, to be read through a guard alone: it shows nothing to whoever does not know its secret. */
export interface DemoFhirServer {
  /** Without a slash at its end. */
  readonly url: string;
  /** What it must be shown. */
  readonly headers: Readonly<Record<string, string>>;
  close(): void;
}

type Resource = Members & { readonly resourceType: string; readonly id: string };
type Values = (resource: Resource) => readonly string[];

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];
const textsOf = (value: unknown): readonly string[] => (typeof value === "string" ? [value] : []);

/** `system|code` of each code in a Coding, a CodeableConcept or a list of them. */
const codesOf = (value: unknown): readonly string[] =>
  listOf(value)
    .flatMap((each) => (isObject(each) && "coding" in each ? listOf(each.coding) : [each]))
    .filter(isObject)
    .map(({ code, system }) => `${String(system)}|${String(code)}`);
const patientOf: Values = ({ subject }) => (isObject(subject) ? textsOf(subject.reference) : []);
const namesOf: Values = ({ name }) =>
  listOf(name)
    .filter(isObject)
    .flatMap(({ family, given }) => [...textsOf(family), ...listOf(given).flatMap(textsOf)]);

/** The search parameters that it knows, of any type that has them. */
const PARAMETERS: ReadonlyMap<string, Values> = new Map<string, Values>([
  ["_id", ({ id }) => [id]],
  ["_security", ({ meta }) => (isObject(meta) ? codesOf(meta.security) : [])],
  ["patient", patientOf],
  ["subject", patientOf],
  ["category", ({ category }) => codesOf(category)],
  ["code", ({ code }) => codesOf(code)],
  ["status", ({ status }) => textsOf(status)],
  ["date", ({ effectiveDateTime }) => textsOf(effectiveDateTime)],
  ["name", namesOf],
  ["gender", ({ gender }) => textsOf(gender)],
  ["birthdate", ({ birthDate }) => textsOf(birthDate)],
]);
const DATES: ReadonlySet<string> = new Set(["date", "birthdate"]);
const REFERENCES: ReadonlySet<string> = new Set(["patient", "subject"]);

/** `ge2026-11`, at the exactness of what is asked for. */
function isDate(has: string, wanted: string): boolean {
  const [, prefix = "eq", date = ""] = /^(eq|ge|gt|le|lt)?(.+)$/.exec(wanted) ?? [];
  const [a, b] = [has.slice(0, date.length), date];
  return { eq: a === b, ge: a >= b, gt: a > b, le: a <= b, lt: a < b }[prefix] ?? false;
}

function isLike(name: string, has: string, wanted: string): boolean {
  if (DATES.has(name)) return isDate(has, wanted);
  if (REFERENCES.has(name)) return has === wanted || has === `Patient/${wanted}`;
  if (name === "name") return has.toLowerCase().startsWith(wanted.toLowerCase());
  // A token without a system is one of any.
  return has === wanted || (!wanted.includes("|") && has.endsWith(`|${wanted}`));
}

/** Whether a resource has what is looked for; null: this server does not know the parameter. */
function meets(resource: Resource, name: string, value: string): boolean | null {
  const [parameter = "", modifier, ...more] = name.split(":");
  const values = PARAMETERS.get(parameter)?.(resource);
  if (values === undefined || more.length > 0) return null;
  if (modifier === "missing") return (values.length === 0) === (value === "true");
  const is = value.split(",").some((wanted) => values.some((has) => isLike(parameter, has, wanted)));
  if (modifier === "not") return !is;
  return modifier === undefined || (modifier === "Patient" && REFERENCES.has(parameter)) ? is : null;
}

const CONTROLS: ReadonlySet<string> = new Set(["_count", "_offset", "_sort", "_include", "_revinclude"]);
const MOST_COUNT = 200;

const nameOf = ({ id, resourceType }: Resource): string => `${resourceType}/${id}`;

/** Null: it does not know an order by this. */
function sorted(resources: readonly Resource[], sort: string | null): readonly Resource[] | null {
  if (sort === null) return resources;
  const values = PARAMETERS.get(sort.replace(/^-/, ""));
  if (values === undefined) return null;
  const sign = sort.startsWith("-") ? -1 : 1;
  const first = (resource: Resource): string => values(resource)[0] ?? "";
  return [...resources].sort((a, b) => (first(a) === first(b) ? 0 : first(a) < first(b) ? -sign : sign));
}

/** What comes with a page by `_include` or `_revinclude` of the one kind of reference that there is. */
function included(all: readonly Resource[], page: readonly Resource[], query: URLSearchParams): readonly Resource[] {
  const patients = new Set(page.flatMap(patientOf));
  const names = new Set(page.map(nameOf));
  const types = query.getAll("_revinclude").map((include) => include.split(":")[0]);
  return all.filter(
    (each) =>
      (query.has("_include") && patients.has(nameOf(each))) ||
      (types.includes(each.resourceType) && patientOf(each).some((patient) => names.has(patient))),
  );
}

/** The answer to a search as a Bundle; null: it asks for what this server does not know. */
function search(all: readonly Resource[], type: string, query: URLSearchParams, url: string): object | null {
  const wanted = [...query].filter(([name]) => !CONTROLS.has(name));
  const found: Resource[] = [];
  for (const resource of all.filter((each) => each.resourceType === type)) {
    const met = wanted.map(([name, value]) => meets(resource, name, value));
    if (met.includes(null)) return null;
    if (!met.includes(false)) found.push(resource);
  }
  const matches = sorted(found, query.get("_sort"));
  if (matches === null) return null;
  const count = Math.min(Number(query.get("_count") ?? MOST_COUNT), MOST_COUNT);
  const end = Number(query.get("_offset") ?? 0) + count;
  const page = matches.slice(end - count, end);
  const next = new URLSearchParams(query);
  next.set("_offset", String(end));
  const entry = (mode: string) => (resource: Resource) => ({
    fullUrl: `${url}/${nameOf(resource)}`,
    resource,
    search: { mode },
  });
  return {
    resourceType: "Bundle",
    type: "searchset",
    link: matches.length > end ? [{ relation: "next", url: `${url}/${type}?${next}` }] : [],
    entry: [...page.map(entry("match")), ...included(all, page, query).map(entry("include"))],
  };
}

async function readResources(): Promise<readonly Resource[]> {
  const lines = (await readFile(DEMO_RESOURCES, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const resource = JSON.parse(line) as Resource;
    return { ...resource, meta: { versionId: "1", ...(resource.meta as Members | undefined) } };
  });
}

export async function startDemoFhirServer(): Promise<DemoFhirServer> {
  const resources = await readResources();
  const authorization = `Bearer ${randomBytes(32).toString("base64url")}`;
  let url = "";
  function answer(path: string, query: URLSearchParams): object | number {
    const [root, type = "", id, history, version] = path.split("/").slice(1);
    if (root !== "fhir") return 404;
    const types = [...new Set(resources.map(({ resourceType }) => resourceType))];
    if (type === "metadata")
      return {
        resourceType: "CapabilityStatement",
        rest: [{ mode: "server", resource: types.map((each) => ({ type: each })) }],
      };
    if (id === undefined) return search(resources, type, query, url) ?? 400;
    if (history !== undefined && (history !== "_history" || version !== "1")) return 404;
    return resources.find((each) => nameOf(each) === `${type}/${id}`) ?? 404;
  }
  const server = createServer((request, response) => {
    const { headers, method, url: sent = "/" } = request;
    const asked = URL.canParse(sent, url) ? new URL(sent, url) : null;
    const given =
      headers.authorization !== authorization
        ? 401
        : method !== "GET"
          ? 405
          : asked === null
            ? 400
            : answer(asked.pathname, asked.searchParams);
    response.writeHead(typeof given === "number" ? given : 200, { "content-type": "application/fhir+json" });
    response.end(typeof given === "number" ? "" : JSON.stringify(given));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // It ends with what asks it.
  server.unref();
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`;
  return { url, headers: { authorization }, close: () => void server.close() };
}
