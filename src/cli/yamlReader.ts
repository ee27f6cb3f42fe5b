import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from "yaml";
import type { Json } from "../domain/kernel/canonical.ts";
import { nearest } from "../domain/scopes/nearest.ts";

/** One thing that is wrong in a file. `field` is a path such as `operations[2].putRule.effect`; empty: the whole file. */
export interface FileProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly field: string;
  readonly message: string;
}

/** Where in which file something stands, under which path. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly field: string;
}

/** A problem as one line for people: `60-rules.yaml:12:5 operations[3].putRule.effect: must be ALLOW or DENY`. */
export function printFileProblem(problem: FileProblem): string {
  const { file, line, column, field, message } = problem;
  return `${file}:${line}:${column} ${field === "" ? "" : `${field}: `}${message}`;
}

/** A text with an offset; a date alone would leave open in which time zone it begins. */
const TIME = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

function timeOf(text: string): number | null {
  const match = TIME.exec(text);
  const time = match === null ? Number.NaN : Date.parse(text);
  // JavaScript takes 30 February for 2 March.
  const day = Date.parse(`${match?.[1]}T00:00:00Z`);
  return Number.isNaN(time) || new Date(day).toISOString().slice(0, 10) !== match?.[1] ? null : time;
}

const MAX_JSON_DEPTH = 20;
const MAX_JSON_NODES = 10_000;

export type Maybe<T> = T | undefined;
/** Reads one node; undefined when it is not what was expected, which has then been noted. */
export type Read<T> = (node: Node | null, field: string) => Maybe<T>;

/** One YAML file on its way to plain data: typed readers that note every problem with its place, and guess nothing. */
export class YamlReader {
  readonly problems: FileProblem[] = [];
  readonly #file: string;
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();
  #nodes = 0;

  constructor(file: string, text: string) {
    this.#file = file;
    // prettyErrors would put lines of the file into the messages.
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, strict: true });
    for (const { message, pos } of [...this.#document.errors, ...this.#document.warnings]) {
      const { line, col } = this.#lines.linePos(pos[0]);
      this.problems.push({ file, line, column: col, field: "", message: `is not valid YAML: ${message}` });
    }
    visit(this.#document, {
      Alias: (_key, alias) => {
        if (alias.resolve(this.#document) === undefined)
          this.problem(alias, "", `is not valid YAML: *${alias.source} stands for nothing in this file`);
      },
    });
  }

  /** Null for an empty file. */
  get root(): Node | null {
    return this.#document.contents;
  }

  place(node: Node | null, field: string): Place {
    const { line, col } = this.#lines.linePos(node?.range?.[0] ?? 0);
    return { file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1), field };
  }

  problem(node: Node | null, field: string, message: string): undefined {
    this.problems.push({ ...this.place(node, field), message });
    return undefined;
  }

  /** What an alias (`*name`) stands for; anything else as it is. */
  target(node: Node | null): Node | null {
    return isAlias(node) ? (node.resolve(this.#document) ?? null) : node;
  }

  readonly text: Read<string> = (node, field) => {
    const at = this.target(node);
    const value = isScalar(at) ? at.value : undefined;
    if (typeof value === "string") return value;
    const quotes = typeof value === "number" || typeof value === "boolean" ? "; put it in quotes" : "";
    return this.problem(node, field, `must be a text${quotes}`);
  };

  readonly flag: Read<boolean> = (node, field) => {
    const at = this.target(node);
    const value = isScalar(at) ? at.value : undefined;
    return typeof value === "boolean" ? value : this.problem(node, field, "must be true or false");
  };

  readonly whole: Read<number> = (node, field) => {
    const at = this.target(node);
    const value = isScalar(at) ? at.value : undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 2_147_483_647) return value;
    return this.problem(node, field, "must be a whole number, 1 or more");
  };

  /** ISO 8601 text to milliseconds since 1970. */
  readonly time: Read<number> = (node, field) => {
    const at = this.target(node);
    const value = isScalar(at) && typeof at.value === "string" ? timeOf(at.value) : null;
    return value ?? this.problem(node, field, "must be a time with an offset, such as 2026-03-01T00:00:00Z");
  };

  oneOf<T extends string>(values: readonly T[]): Read<T> {
    return (node, field) => {
      const at = this.target(node);
      const found = values.find((value) => isScalar(at) && at.value === value);
      return found ?? this.problem(node, field, `must be ${values.join(" or ")}`);
    };
  }

  list<T>(read: Read<T>): Read<readonly T[]> {
    return (node, field) => {
      const at = this.target(node);
      if (!isSeq<Node>(at)) return this.problem(node, field, "must be a list");
      const items = at.items.map((item, i) => read(item, `${field}[${i}]`));
      return items.includes(undefined) ? undefined : items.filter((item) => item !== undefined);
    };
  }

  /** Whatever JSON can carry. Bounded, since a few nested aliases can stand for billions of values. */
  readonly json: Read<Json> = (node, field) => this.#json(node, field, MAX_JSON_DEPTH);

  #json(node: Node | null, field: string, depth: number): Maybe<Json> {
    if (depth === 0 || ++this.#nodes > MAX_JSON_NODES)
      return this.problem(node, field, "is nested too deeply or too large");
    const at = this.target(node);
    if (at === null) return null;
    if (isSeq<Node>(at)) {
      const items: Json[] = [];
      for (const [i, item] of at.items.entries()) {
        const value = this.#json(item, `${field}[${i}]`, depth - 1);
        if (value === undefined) return undefined;
        items.push(value);
      }
      return items;
    }
    if (isMap(at)) {
      const members = new Map<string, Json>();
      for (const [name, value] of this.members(at, field) ?? []) {
        const read = this.#json(value, `${field}.${name}`, depth - 1);
        if (read === undefined) return undefined;
        members.set(name, read);
      }
      return Object.fromEntries(members);
    }
    const value: unknown = isScalar(at) ? at.value : undefined;
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    return this.problem(node, field, "must be something that JSON can carry");
  }

  /** The members of a mapping, in the order of the file. */
  members(node: Node | null, field: string): Maybe<readonly (readonly [string, Node | null, Node])[]> {
    const at = this.target(node);
    if (!isMap<Node, Node | null>(at)) return this.problem(node, field, "must be a mapping of names to values");
    const members: [string, Node | null, Node][] = [];
    for (const { key, value } of at.items) {
      if (isScalar(key) && typeof key.value === "string") members.push([key.value, value, key]);
      else this.problem(key, field, "must have names that are texts");
    }
    return members;
  }

  unknown(
    node: Node,
    where: { readonly field: string; readonly name: string; readonly known: readonly string[] },
  ): undefined {
    const near = nearest(where.name, where.known);
    const hint = near === null ? `it may have ${where.known.join(", ")}` : `did you mean ${near}?`;
    return this.problem(node, where.field, `has no field ${JSON.stringify(where.name)}; ${hint}`);
  }
}
