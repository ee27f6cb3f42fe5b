import { readFile } from "node:fs/promises";
import type { PutScope } from "../domain/policy/operations.ts";
import { badUsage } from "./exit.ts";
import { parsePolicyFile } from "./policyFiles.ts";
import type { Io } from "./terminal.ts";
import { printFileProblem } from "./yamlReader.ts";

/** A scope to look at, and where it stands. */
export interface ScopeSource {
  /** `policy/10-scopes.yaml:12:5`. */
  readonly place: string;
  readonly input: PutScope;
  /** As it would stand in a token: by its name alone. */
  readonly fromToken: boolean;
}

const MAX_BYTES = 16 * 1024 * 1024;

async function textOf(file: string, io: Io): Promise<string> {
  let bytes: Uint8Array;
  if (file === "-") {
    const parts: Uint8Array[] = [];
    for await (const part of io.stdin) parts.push(part);
    bytes = Buffer.concat(parts);
  } else {
    bytes = await readFile(file).catch(() => {
      throw badUsage(`The file ${file} can't be read.`);
    });
  }
  if (bytes.length > MAX_BYTES) throw badUsage(`The file ${file} has more than ${MAX_BYTES} bytes.`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw badUsage(`The file ${file} is not UTF-8 text.`);
  }
}

function fromPolicy(file: string, text: string): readonly ScopeSource[] {
  const { files, problems } = parsePolicyFile(file, text);
  if (problems.length > 0)
    throw badUsage("The policy files are not valid:", ...problems.map((problem) => `  ${printFileProblem(problem)}`));
  return files.operations.flatMap(({ putScope }, i) => {
    const at = files.places[i];
    const place = at === undefined ? file : `${file}:${at.line}:${at.column}`;
    return putScope === undefined || putScope === null ? [] : [{ place, input: putScope, fromToken: false }];
  });
}

function fromLines(file: string, text: string): readonly ScopeSource[] {
  return text.split(/\r?\n/).flatMap((line, i) => {
    const name = line.trim();
    return name === "" ? [] : [{ place: `${file}:${i + 1}`, input: { name }, fromToken: true }];
  });
}

/** The scopes of files, in their order. @throws CliError for a file that can't be read. */
export async function loadScopes(files: readonly string[], io: Io): Promise<readonly ScopeSource[]> {
  const found: ScopeSource[] = [];
  for (const file of files) {
    const text = await textOf(file, io);
    found.push(...(/\.ya?ml$/.test(file) ? fromPolicy(file, text) : fromLines(file, text)));
  }
  return found;
}
