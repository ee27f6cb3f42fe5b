import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from "yaml";
import type { Json } from "../domain/kernel/canonical.ts";
import type { Problem } from "../domain/kernel/errors.ts";
import { isObject, type Members, Reader } from "../domain/kernel/reader.ts";
import { nearest } from "../domain/scopes/nearest.ts";
import { timeIn } from "./timeOf.ts";

/** Where in which file something stands, under which path, such as `operations[2].putRule.effect`; empty: the whole file. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
}

/** One thing that is wrong in a file. */
export type FileProblem = Place & Problem;

/** A problem as one line for people: `60-rules.yaml:12:5 operations[3].putRule.effect: must be ALLOW or DENY`. */
export function printFileProblem(problem: FileProblem): string {
  const { file, line, column, path, message } = problem;
  return `${file}:${line}:${column} ${path === "" ? "" : `${path}: `}${message}`;
}

/** A text with an offset; a date alone would leave open in which time zone it begins. */
export const TIME = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

const timeOf = (text: string): number | null => (TIME.test(text) ? timeIn(text) : null);

const MAX_JSON_DEPTH = 20;
const MAX_JSON_VALUES = 10_000;

/** Reads a value; null when it is not what was expected, which has then been noted. */
export type Read<T> = (value: unknown, path: string) => T | null;

type Pair = { readonly key: Node; readonly value: Node | null };

const nameOf = ({ key }: Pair): string | null => (isScalar(key) && typeof key.value === "string" ? key.value : null);

/** The pair that a path begins with; of several the one with the longest name, as names may have dots in them. */
function pairAt(pairs: readonly Pair[], path: string): { readonly pair: Pair; readonly rest: string } | null {
  const found = pairs
    .flatMap((pair) => {
      const name = nameOf(pair);
      const rest = name !== null && path.startsWith(name) ? path.slice(name.length) : null;
      return rest !== null && /^($|[.[])/.test(rest) ? [{ pair, rest: rest.replace(/^\./, "") }] : [];
    })
    .sort((a, b) => a.rest.length - b.rest.length);
  return found[0] ?? null;
}

/** One YAML file as plain data, and its reader: each problem is kept with its line, and nothing is guessed. */
export class YamlReader extends Reader {
  declare readonly problems: FileProblem[];
  /** What the file holds; null for an empty one. What an alias stands for is one object with its anchor's. */
  readonly data: unknown;
  readonly #file: string;
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();
  #values = 0;

  constructor(file: string, text: string) {
    super();
    this.#file = file;
    // prettyErrors would put lines of the file into the messages.
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, strict: true });
    for (const { message, pos } of [...this.#document.errors, ...this.#document.warnings])
      this.#note(pos[0], "", `is not valid YAML: ${message}`);
    visit(this.#document, {
      Alias: (_key, alias) => {
        if (alias.resolve(this.#document) === undefined)
          this.#note(alias.range?.[0], "", `is not valid YAML: *${alias.source} stands for nothing in this file`);
      },
    });
    // What a broken file seems to say is not worth a second list of problems.
    this.data = this.problems.length > 0 ? null : this.#dataOf(this.#document.contents, "", new Map());
  }

  override problem(path: string, message: string): null {
    return this.#note(this.#offsetOf(path), path, message);
  }

  override object(value: unknown, path: string): Members | null {
    return isObject(value) ? value : this.problem(path, "must be a mapping of names to values");
  }

  override string(value: unknown, path: string): string | null {
    if (typeof value === "string") return value;
    const quotes = typeof value === "number" || typeof value === "boolean" ? "; put it in quotes" : "";
    return this.problem(path, `must be a text${quotes}`);
  }

  readonly whole: Read<number> = (value, path) =>
    typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 2_147_483_647
      ? value
      : this.problem(path, "must be a whole number, 1 or more");

  /** ISO 8601 text to milliseconds since 1970. */
  readonly time: Read<number> = (value, path) =>
    (typeof value === "string" ? timeOf(value) : null) ??
    this.problem(path, "must be a time with an offset, such as 2026-03-01T00:00:00Z");

  /** Whatever JSON can carry. Bounded, since a few nested aliases can stand for billions of values. */
  readonly json: Read<Json> = (value, path) => this.#json(value, path, MAX_JSON_DEPTH);

  oneOf<T extends string>(values: readonly T[]): Read<T> {
    return (value, path) =>
      values.find((known) => known === value) ?? this.problem(path, `must be ${values.join(" or ")}`);
  }

  /** What stands under one of these names. */
  nameOf<T>(values: ReadonlyMap<string, T>): Read<T> {
    return (value, path) =>
      (typeof value === "string" ? values.get(value) : undefined) ??
      this.problem(path, `must be ${[...values.keys()].join(" or ")}`);
  }

  list<T>(read: Read<T>): Read<readonly T[]> {
    return (value, path) => {
      if (!Array.isArray(value)) return this.problem(path, "must be a list");
      return value.flatMap((item: unknown, i) => {
        const found = read(item, `${path}[${i}]`);
        // What was read may be a list itself.
        return found === null ? [] : [found];
      });
    };
  }

  /** A member that nothing reads: its name is shown, with what may have been meant. */
  unknown(path: string, name: string, known: readonly string[]): null {
    const near = nearest(name, known);
    const hint = near === null ? `it may have ${known.join(", ")}` : `did you mean ${near}?`;
    const offset = this.#offsetOf(path === "" ? name : `${path}.${name}`, true);
    return this.#note(offset, path, `has no field ${JSON.stringify(name)}; ${hint}`);
  }

  place(path: string): Place {
    return this.#placeAt(this.#offsetOf(path), path);
  }

  #placeAt(offset: number | undefined, path: string): Place {
    const { line, col } = this.#lines.linePos(offset ?? 0);
    return { file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1), path };
  }

  #note(offset: number | undefined, path: string, message: string): null {
    this.problems.push({ ...this.#placeAt(offset, path), message });
    return null;
  }

  /** What an alias (`*name`) stands for; anything else as it is. */
  #target(node: Node | null): Node | null {
    return isAlias(node) ? (node.resolve(this.#document) ?? null) : node;
  }

  /** Where the value of a path stands, or its name where that is asked for or the value is empty. */
  #offsetOf(path: string, ofName = false): number | undefined {
    let node: Node | null = this.#document.contents;
    let name: Node | null = null;
    for (let rest = path; rest !== ""; ) {
      const at = this.#target(node);
      const item = isSeq<Node>(at) ? /^\[(\d+)\]\.?/.exec(rest) : null;
      const member = isMap<Node, Node | null>(at) ? pairAt(at.items, rest) : null;
      if (isSeq<Node>(at) && item !== null) {
        [node, name, rest] = [at.items[Number(item[1])] ?? null, null, rest.slice(item[0].length)];
      } else if (member !== null) {
        [node, name, rest] = [member.pair.value, member.pair.key, member.rest];
      } else break;
    }
    const empty = node === null || (isScalar(node) && node.value === null);
    return (name !== null && (ofName || empty) ? name : node)?.range?.[0];
  }

  /** The data of a node, made once for each, aliases included: they may stand for billions of values, or for themselves. */
  #dataOf(node: Node | null, path: string, known: Map<Node, unknown>): unknown {
    const at = this.#target(node);
    if (at === null || isScalar(at)) return at?.value ?? null;
    if (known.has(at)) return known.get(at);
    const items: unknown[] = [];
    const members: { [name: string]: unknown } = Object.create(null);
    known.set(at, isSeq(at) ? items : members);
    if (isSeq<Node>(at)) {
      for (const [i, item] of at.items.entries()) items.push(this.#dataOf(item, `${path}[${i}]`, known));
      return items;
    }
    for (const pair of isMap<Node, Node | null>(at) ? at.items : []) {
      const name = nameOf(pair);
      if (name === null) this.#note(pair.key.range?.[0], path, "must have names that are texts");
      else members[name] = this.#dataOf(pair.value, path === "" ? name : `${path}.${name}`, known);
    }
    return members;
  }

  #json(value: unknown, path: string, depth: number): Json {
    // It has been said: there may be billions.
    if (this.#values > MAX_JSON_VALUES) return null;
    if (++this.#values > MAX_JSON_VALUES || depth === 0) return this.problem(path, "is nested too deeply or too large");
    if (Array.isArray(value)) return value.map((item, i) => this.#json(item, `${path}[${i}]`, depth - 1));
    if (isObject(value))
      return Object.fromEntries(
        Object.entries(value).map(([name, member]) => [name, this.#json(member, `${path}.${name}`, depth - 1)]),
      );
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    return this.problem(path, "must be something that JSON can carry");
  }
}
