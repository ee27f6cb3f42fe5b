import { open } from "node:fs/promises";
import { badUsage } from "./exit.ts";
import { factsOf, isRecord, type JsonRecord, type ResourceFacts, type Targets } from "./fhirResource.ts";

export interface BundleFile {
  readonly file: string;
  /** In the order of the entries. */
  readonly resources: readonly ResourceFacts[];
}

export const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MAX_ENTRIES = 100_000;
/** More problems than this are one problem: it is another kind of file. */
const MAX_PROBLEMS = 20;

async function textOf(file: string): Promise<string> {
  const handle = await open(file).catch(() => {
    throw badUsage(`${file} can't be read.`);
  });
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) throw badUsage(`${file} is not a file.`);
    if (facts.size > MAX_FILE_BYTES)
      throw badUsage(`${file} has ${facts.size} bytes; at most ${MAX_FILE_BYTES} are read. Split the bundle.`);
    const bytes = await handle.readFile();
    if (bytes.byteLength > MAX_FILE_BYTES) throw badUsage(`${file} grew while it was read.`);
    // Leaves out a byte order mark, which JSON has no place for.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw badUsage(`${file} is not UTF-8 text.`);
    throw error;
  } finally {
    await handle.close();
  }
}

/** The id of a resource; without one, the uuid of its fullUrl, by which the other resources of the bundle refer to it. */
function idOf(entry: JsonRecord, resource: JsonRecord): string | null {
  if (typeof resource.id === "string") return resource.id;
  const uuid = typeof entry.fullUrl === "string" ? /^urn:uuid:([0-9A-Fa-f-]{36})$/.exec(entry.fullUrl) : null;
  return uuid?.[1] ?? null;
}

function entryProblem(entry: unknown): string | null {
  if (!isRecord(entry)) return "is no object";
  const { resource } = entry;
  if (resource === undefined) return "has no resource";
  if (!isRecord(resource)) return "has a resource that is no object";
  if (typeof resource.resourceType !== "string" || resource.resourceType === "")
    return "has a resource without resourceType";
  return resource.id === undefined || typeof resource.id === "string" ? null : "has a resource whose id is no text";
}

/** Reads the text of a FHIR R4 Bundle. @throws CliError that names the file and every entry that is wrong. */
export function parseBundle(file: string, text: string): BundleFile {
  let bundle: unknown;
  try {
    bundle = JSON.parse(text);
  } catch {
    throw badUsage(`${file} is not JSON. check-bundle reads FHIR R4 bundles in JSON.`);
  }
  if (!isRecord(bundle) || bundle.resourceType !== "Bundle") {
    const kind =
      isRecord(bundle) && typeof bundle.resourceType === "string" ? ` but a ${bundle.resourceType.slice(0, 64)}` : "";
    throw badUsage(`${file} is not a FHIR Bundle${kind}: its resourceType must be Bundle.`);
  }
  if (bundle.entry !== undefined && !Array.isArray(bundle.entry))
    throw badUsage(`${file} is not a FHIR Bundle: its entry must be a list.`);
  const entries: readonly unknown[] = bundle.entry ?? [];
  if (entries.length === 0) throw badUsage(`${file} has no entries, so there is nothing to ask.`);
  if (entries.length > MAX_ENTRIES)
    throw badUsage(`${file} has ${entries.length} entries; at most ${MAX_ENTRIES} are read. Split the bundle.`);

  const problems: string[] = [];
  const found: { readonly entry: JsonRecord; readonly resource: JsonRecord }[] = [];
  entries.forEach((entry, i) => {
    const problem = entryProblem(entry);
    if (problem !== null) problems.push(`${file}: entry[${i}] ${problem}`);
    else if (isRecord(entry) && isRecord(entry.resource)) found.push({ entry, resource: entry.resource });
  });
  const targets = targetsOf(found);
  const resources: ResourceFacts[] = [];
  if (problems.length === 0) {
    found.forEach(({ entry, resource }, i) => {
      const facts = factsOf(resource, idOf(entry, resource), targets);
      if ("problem" in facts) problems.push(`${file}: entry[${i}] ${facts.problem}`);
      else resources.push(facts);
    });
  }
  if (problems.length > 0) {
    const more = problems.length - MAX_PROBLEMS;
    throw badUsage(...problems.slice(0, MAX_PROBLEMS), ...(more > 0 ? [`${file}: and ${more} more`] : []));
  }
  return { file, resources };
}

function targetsOf(found: readonly { readonly entry: JsonRecord; readonly resource: JsonRecord }[]): Targets {
  const targets = new Map<string, { readonly type: string; readonly id: string | null } | null>();
  for (const { entry, resource } of found) {
    if (typeof entry.fullUrl !== "string") continue;
    const target = { type: String(resource.resourceType), id: idOf(entry, resource) };
    const before = targets.get(entry.fullUrl);
    const same = before === undefined || (before?.type === target.type && before.id === target.id);
    targets.set(entry.fullUrl, same ? target : null);
  }
  return targets;
}

export async function readBundle(file: string): Promise<BundleFile> {
  return parseBundle(file, await textOf(file));
}

/** The id of the one Patient of a bundle. @throws CliError when there is none, or more than one. */
export function onlyPatient(bundle: BundleFile): string {
  const ids = [...new Set(bundle.resources.filter(({ type }) => type === "Patient").map(({ id }) => id))];
  const [id] = ids;
  if (ids.length === 1 && id !== null && id !== undefined) return id;
  throw badUsage(
    `auto stands for the only Patient of a bundle, and ${bundle.file} has ${ids.length === 0 ? "none" : ids.length === 1 ? "one without an id" : ids.length}. Give the id instead.`,
  );
}
