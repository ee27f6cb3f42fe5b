import { open } from "node:fs/promises";
import { isObject, type Members } from "../domain/kernel/reader.ts";
import { badUsage } from "./exit.ts";
import { factsOf, type ResourceFacts, type Targets } from "./fhirResource.ts";

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

interface Entry {
  readonly fullUrl: string | null;
  readonly resource: Members;
  /** Without an id, the uuid of its fullUrl, by which the other resources of the bundle refer to it. */
  readonly id: string | null;
}

/** An entry, or what is wrong with it. */
function readEntry(entry: unknown): Entry | string {
  if (!isObject(entry)) return "is no object";
  const { resource } = entry;
  if (resource === undefined) return "has no resource";
  if (!isObject(resource)) return "has a resource that is no object";
  if (typeof resource.resourceType !== "string" || resource.resourceType === "")
    return "has a resource without resourceType";
  if (resource.id !== undefined && typeof resource.id !== "string") return "has a resource whose id is no text";
  const fullUrl = typeof entry.fullUrl === "string" ? entry.fullUrl : null;
  const uuid = /^urn:uuid:([0-9A-Fa-f-]{36})$/.exec(fullUrl ?? "")?.[1] ?? null;
  return { fullUrl, resource, id: resource.id ?? uuid };
}

/** Those that are no sentences. @throws CliError with the sentences, if there are any. */
function withoutProblems<T extends object>(file: string, results: readonly (T | string)[]): readonly T[] {
  const problems = results.flatMap((one, i) => (typeof one === "string" ? [`${file}: entry[${i}] ${one}`] : []));
  if (problems.length > MAX_PROBLEMS)
    problems.splice(MAX_PROBLEMS, Infinity, `${file}: and ${problems.length - MAX_PROBLEMS} more`);
  if (problems.length > 0) throw badUsage(...problems);
  return results.filter((one) => typeof one !== "string");
}

/** Reads the text of a FHIR R4 Bundle. @throws CliError that names the file and every entry that is wrong. */
export function parseBundle(file: string, text: string): BundleFile {
  let bundle: unknown;
  try {
    bundle = JSON.parse(text);
  } catch {
    throw badUsage(`${file} is not JSON. scopewarden ask bundle reads FHIR R4 bundles in JSON.`);
  }
  if (!isObject(bundle) || bundle.resourceType !== "Bundle") {
    const kind =
      isObject(bundle) && typeof bundle.resourceType === "string" ? ` but a ${bundle.resourceType.slice(0, 64)}` : "";
    throw badUsage(`${file} is not a FHIR Bundle${kind}: its resourceType must be Bundle.`);
  }
  if (bundle.entry !== undefined && !Array.isArray(bundle.entry))
    throw badUsage(`${file} is not a FHIR Bundle: its entry must be a list.`);
  const entries: readonly unknown[] = bundle.entry ?? [];
  if (entries.length === 0) throw badUsage(`${file} has no entries, so there is nothing to ask.`);
  if (entries.length > MAX_ENTRIES)
    throw badUsage(`${file} has ${entries.length} entries; at most ${MAX_ENTRIES} are read. Split the bundle.`);

  const found = withoutProblems(file, entries.map(readEntry));
  const targets = targetsOf(found);
  const facts = found.map(({ resource, id }) => factsOf(resource, id, targets));
  return { file, resources: withoutProblems(file, facts) };
}

function targetsOf(entries: readonly Entry[]): Targets {
  const targets = new Map<string, { readonly type: string; readonly id: string | null } | null>();
  for (const { fullUrl, resource, id } of entries) {
    if (fullUrl === null) continue;
    const target = { type: String(resource.resourceType), id };
    const before = targets.get(fullUrl);
    const same = before === undefined || (before?.type === target.type && before.id === target.id);
    targets.set(fullUrl, same ? target : null);
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
