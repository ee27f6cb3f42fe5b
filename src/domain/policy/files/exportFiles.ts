import { atOnce, eachInParts, type InParts } from "../../kernel/inParts.ts";
import { byText } from "../../kernel/sortedInParts.ts";
import { sameIn } from "../members.ts";
import type { PolicyOperation } from "../operations.ts";
import { rowsOf, type Snapshot } from "../snapshot.ts";
import { NOUNS, type Noun, type PolicyRows, rowKey, type ScopeVersion, type Validity } from "../types.ts";
import type { Yaml } from "./fileReader.ts";
import { FILE_ORDER, NOUN_NAMES, operationOf } from "./operationOf.ts";
import { OPERATION } from "./policyShapes.ts";

/** A policy as operations that make it out of nothing, and what of it no operation can say. */
export interface SaidPolicy {
  readonly operations: { readonly [N in Noun]: readonly PolicyOperation[] };
  /** One sentence each. */
  readonly unsaid: readonly string[];
}

/** A version past its sunset retires by itself, whether or not the service has noted it yet. */
export const stateAt = ({ state, sunsetAt }: ScopeVersion, now: number): ScopeVersion["state"] =>
  state === "DEPRECATED" && sunsetAt !== null && sunsetAt <= now ? "RETIRED" : state;

/** A period that has come to its end permits nothing any more, and can't be put anew. */
export const hasEnded = ({ validUntil }: Pick<Validity, "validUntil">, now: number): boolean =>
  validUntil !== null && validUntil <= now;

/** The life of one version: drafted, and then each step that it has taken. */
function versionSaid(version: ScopeVersion, before: ScopeVersion | null, now: number): readonly PolicyOperation[] {
  const { name, sunsetAt, replacedBy } = version;
  const state = stateAt(version, now);
  const deprecate = { name, sunsetAt: sunsetAt ?? 0, ...(replacedBy === null ? {} : { replacedBy }) };
  return [
    operationOf("scope", version, before),
    ...(state === "DRAFT" ? [] : [{ activateScope: { name } }]),
    ...(state === "DEPRECATED" ? [{ deprecateScope: deprecate }] : []),
    ...(state === "RETIRED" ? [{ retireScope: { name } }] : []),
  ];
}

const sameContent = (a: ScopeVersion, b: ScopeVersion): boolean => sameIn("scope", ["content"], [a, b]);

/** All versions of a scope that can be made one after the other. */
function scopeSaid(
  versions: readonly ScopeVersion[],
  now: number,
): { said: readonly ScopeVersion[]; unsaid: string[] } {
  const unsaid: string[] = [];
  // Two versions that follow one another and say the same would be drafted once: the one that is in use is said.
  const said = versions.filter((version, i) => {
    const [before, after] = [versions[i - 1], versions[i + 1]];
    const isLeftOut =
      version.state === "DRAFT"
        ? before !== undefined && before.state !== "RETIRED" && sameContent(before, version)
        : after !== undefined &&
          sameContent(version, after) &&
          (after.state !== "DRAFT" || version.state === "RETIRED");
    if (isLeftOut) unsaid.push(`scope ${version.name} v${version.version}: it says the same as the version beside it`);
    return !isLeftOut;
  });
  for (const [i, { name, version }] of said.entries())
    if (version !== i + 1) unsaid.push(`scope ${name} v${version}: elsewhere it would be v${i + 1}`);
  for (const version of said) {
    if (stateAt(version, now) !== "RETIRED" || (version.sunsetAt === null && version.replacedBy === null)) continue;
    const successor = version.replacedBy === null ? "" : `, nor that ${version.replacedBy} replaces it`;
    unsaid.push(`scope ${version.name} v${version.version}: it is retired, and not when its sunset was${successor}`);
  }
  return { said, unsaid };
}

const endedText = (noun: Noun, key: string): string => `${noun} ${key}: it has ended`;

/** Rows, or operations, that are said or written without a break. */
const AT_ONCE = 20;

/** The policy as operations in a stable order: by noun and key. `now` tells what has ended. */
export function* sayingPolicy(snapshot: Snapshot, now: number): InParts<SaidPolicy> {
  const unsaid: string[] = [];
  const rows: { readonly [N in Noun]: (readonly [key: string, operations: readonly PolicyOperation[]])[] } = {
    client: [],
    scope: [],
    role: [],
    grant: [],
    assignment: [],
    rule: [],
    organization: [],
  };
  yield* eachInParts(snapshot.scopes.values(), AT_ONCE, (versions) => {
    const { said, unsaid: not } = scopeSaid(versions, now);
    const [{ name }] = versions as readonly [ScopeVersion];
    rows.scope.push([name, said.flatMap((version, i) => versionSaid(version, said[i - 1] ?? null, now))]);
    unsaid.push(...not);
  });
  yield* eachInParts(rowsOf(snapshot), AT_ONCE, ({ noun, row }) => {
    if (noun === "scope") return;
    const key = (rowKey[noun] as (row: PolicyRows[Noun]) => string)(row);
    if ("validUntil" in row && hasEnded(row, now)) unsaid.push(endedText(noun, key));
    else rows[noun].push([key, [operationOf(noun, row)]]);
  });
  const operations = Object.fromEntries(
    NOUNS.map((noun) => [
      noun,
      rows[noun].sort(([a], [b]) => byText(a, b)).flatMap(([, operationsOfRow]) => operationsOfRow),
    ]),
  ) as unknown as SaidPolicy["operations"];
  return { operations, unsaid: unsaid.sort(byText) };
}

/** The same without a break. */
export const sayPolicy = (snapshot: Snapshot, now: number): SaidPolicy => atOnce(sayingPolicy(snapshot, now));

export const fileOf = (noun: Noun): string => `${NOUN_NAMES[noun].plural}.yaml`;

interface Writing {
  /** Where editors find the JSON Schema of the files. */
  readonly schema: string;
  readonly write: Yaml["write"];
}

/** Operations as a policy file, part by part. */
function* operationsText(operations: readonly PolicyOperation[], { schema, write }: Writing): InParts<string> {
  // The first line is for editors.
  const texts = [`# yaml-language-server: $schema=${schema}\n`];
  for (let i = 0; i === 0 || i < operations.length; i += AT_ONCE) {
    const part = write({ operations: operations.slice(i, i + AT_ONCE).map((operation) => OPERATION.write(operation)) });
    // Every part begins with the name of the list, which the file has once.
    texts.push(i === 0 ? part : part.slice(part.indexOf("\n") + 1));
    yield;
  }
  return texts.join("");
}

/** The files of a policy by name, one a noun, an empty one where there is nothing to say. */
export function* writingFiles({ operations }: SaidPolicy, writing: Writing): InParts<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const noun of FILE_ORDER) files.set(fileOf(noun), yield* operationsText(operations[noun], writing));
  return files;
}

/** The same without a break. */
export const exportFiles = (said: SaidPolicy, writing: Writing): ReadonlyMap<string, string> =>
  atOnce(writingFiles(said, writing));
