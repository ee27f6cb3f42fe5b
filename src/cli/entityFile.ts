import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { Readable } from "node:stream";
import type { NewEntity } from "../domain/directory/entity.ts";
import { type PutEntity, readEntity } from "../domain/directory/readEntities.ts";
import { badUsage } from "./exit.ts";

/** Characters of one line or record: more is no entity. */
const MOST_CHARACTERS = 256 * 1024;

/** One row of a file as it stands there: an entity as it is to be read, or why it is none. */
interface Row {
  readonly line: number;
  readonly entity: PutEntity | string;
}

/** What a file holds of the directory. */
export interface EntityRow {
  readonly line: number;
  /** What is wrong with it, a line each; empty: nothing. */
  readonly problems: readonly string[];
  readonly entity: NewEntity | null;
}

export const ENTITY_FILE = /\.(csv|ndjson|jsonl)$/i;

/** The text of a file, as it is read. @throws CliError for what can't be read, or is no UTF-8 */
async function* textOf(file: string, onBytes: (bytes: number) => void): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for await (const bytes of createReadStream(file)) {
      onBytes((bytes as Buffer).length);
      yield decoder.decode(bytes as Buffer, { stream: true });
    }
    yield decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw badUsage(`The file ${file} is not UTF-8 text.`);
    throw badUsage(`The file ${file} can't be read.`);
  }
}

function* linesIn(text: string): Generator<string> {
  for (let from = 0; ; ) {
    const end = text.indexOf("\n", from);
    yield end < 0 ? text.slice(from) : text.slice(from, end);
    if (end < 0) return;
    from = end + 1;
  }
}

function parsed(text: string): PutEntity | string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return "must be a JSON object";
    const unknown = Object.keys(value).find((name) => !["type", "id", "properties"].includes(name));
    if (unknown !== undefined) return `has no member ${unknown}: there are type, id and properties`;
    const { type, id } = value as PutEntity;
    return typeof type === "string" && typeof id === "string"
      ? (value as PutEntity)
      : "must have a type and an id, as texts";
  } catch {
    return "is no JSON";
  }
}

/** One JSON object a line: `{"type": ..., "id": ..., "properties": {...}}`. Empty lines are left out. */
async function* ndjsonRows(text: AsyncIterable<string>): AsyncGenerator<Row> {
  let rest = "";
  let line = 0;
  const rowOf = (given: string): Row | null => {
    line++;
    const trimmed = given.trim();
    return trimmed === "" ? null : { line, entity: parsed(trimmed) };
  };
  for await (const part of text) {
    const lines = [...linesIn(rest + part)];
    rest = lines.pop() ?? "";
    if (rest.length > MOST_CHARACTERS)
      throw badUsage(`Line ${line + lines.length + 1} is longer than ${MOST_CHARACTERS} characters.`);
    for (const each of lines) {
      const row = rowOf(each);
      if (row !== null) yield row;
    }
  }
  const last = rowOf(rest);
  if (last !== null) yield last;
}

/** The value of a cell by its column: `labels[]` is a list with `|` between, `vip:json` any JSON, else it is a text. */
function cellOf(column: string, text: string): readonly [name: string, value: unknown] {
  if (column.endsWith("[]")) return [column.slice(0, -2), text.split("|")];
  if (column.endsWith(":json")) return [column.slice(0, -":json".length), JSON.parse(text)];
  return [column, text];
}

function entityOfCells(cells: Readonly<Record<string, string>>, type: string | undefined): PutEntity | string {
  const { id = "", type: own = type ?? "", ...others } = cells;
  try {
    const properties = Object.entries(others).flatMap(([column, text]) => (text === "" ? [] : [cellOf(column, text)]));
    return { type: own, id, properties: properties.length === 0 ? null : Object.fromEntries(properties) };
  } catch {
    return "has a cell of a :json column that is no JSON";
  }
}

/** The first row names the columns: `id`, `type` unless it is given, and properties. An empty cell is no property. */
async function* csvRows(text: AsyncIterable<string>, type: string | undefined): AsyncGenerator<Row> {
  const { CsvError, parse } = await import("csv-parse");
  const columns = (header: string[]): string[] => {
    for (const name of type === undefined ? ["type", "id"] : ["id"])
      if (!header.includes(name)) throw badUsage(`The first row must name a column ${name}.`);
    if (type !== undefined && header.includes("type")) throw badUsage("The file has a column type: leave out --type.");
    const twice = header.find((name, i) => header.indexOf(name) !== i);
    if (twice !== undefined) throw badUsage(`The column ${twice} stands twice.`);
    return header;
  };
  const parser = parse({
    bom: true,
    columns,
    info: true,
    max_record_size: MOST_CHARACTERS,
    skip_empty_lines: true,
  });
  const source = Readable.from(text);
  source.on("error", (error) => parser.destroy(error));
  try {
    for await (const { record, info } of source.pipe(parser) as AsyncIterable<{
      readonly record: Readonly<Record<string, string>>;
      readonly info: { readonly lines: number };
    }>)
      yield { line: info.lines, entity: entityOfCells(record, type) };
  } catch (error) {
    if (error instanceof CsvError) throw badUsage(`The file is no CSV: ${error.message}`);
    throw error;
  }
}

/** The size of a file in bytes. @throws CliError where it can't be read, or is no file */
export async function sizeOfFile(file: string): Promise<number> {
  const facts = await stat(file).catch(() => {
    throw badUsage(`The file ${file} can't be read.`);
  });
  if (!facts.isFile()) throw badUsage(`${file} is no file.`);
  return facts.size;
}

/**
 * The entities of a file, one by one as it is read: CSV or NDJSON by its ending.
 * @throws CliError for what is neither, can't be read, or is no UTF-8
 */
export async function* entitiesIn(
  file: string,
  options: { readonly type?: string | undefined; readonly onBytes?: (bytes: number) => void } = {},
): AsyncGenerator<EntityRow> {
  const { type, onBytes = () => undefined } = options;
  if (!ENTITY_FILE.test(file)) throw badUsage(`${file} must end in .ndjson, .jsonl or .csv.`);
  const isCsv = extname(file).toLowerCase() === ".csv";
  if (!isCsv && type !== undefined) throw badUsage("--type is for CSV: in NDJSON each line has its type.");
  const text = textOf(file, onBytes);
  for await (const { line, entity } of isCsv ? csvRows(text, type) : ndjsonRows(text)) {
    if (typeof entity === "string") yield { line, problems: [entity], entity: null };
    else {
      const read = readEntity(entity, "entity");
      yield "type" in read
        ? { line, problems: [], entity: read }
        : {
            line,
            problems: read.map(({ path, message }) => `${path.replace("entity.", "")} ${message}`),
            entity: null,
          };
    }
  }
}
