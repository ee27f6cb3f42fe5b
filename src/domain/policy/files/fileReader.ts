import type { Json } from "../../kernel/canonical.ts";
import type { Problem } from "../../kernel/errors.ts";
import { isObject, type Members, Reader } from "../../kernel/reader.ts";
import { timeIn } from "../../kernel/time.ts";
import { nearest } from "../../scopes/nearest.ts";

/** A line and a column of a text, each from 1. */
export interface Spot {
  readonly line: number;
  readonly column: number;
}
/** Where in which file something stands, under which path, such as `operations[2].putRule.effect`; empty: the whole file. */
export interface Place extends Spot {
  readonly file: string;
  readonly path: string;
}

/** One thing that is wrong in a file. */
export type FileProblem = Place & Problem;

/** A problem as one line for people: `60-rules.yaml:12:5 operations[3].putRule.effect: must be ALLOW or DENY`. */
export function printFileProblem(problem: FileProblem): string {
  const { path, message } = problemAt(problem);
  return `${path}${problem.path === "" ? "" : ":"} ${message}`;
}

/** The same with its place as the path: `60-rules.yaml:12:5 operations[3].putRule.effect`. */
export const problemAt = ({ file, line, column, path, message }: FileProblem): Problem => ({
  path: `${file}:${line}:${column}${path === "" ? "" : ` ${path}`}`,
  message,
});

/** A YAML text as plain data. */
export interface YamlText {
  /** Null for an empty text, and for one with problems. What an alias stands for is one object with its anchor's. */
  readonly data: unknown;
  readonly problems: readonly (Spot & Problem)[];
  /** Where the value of a path stands, or its name where that is asked for or the value is empty. */
  spotOf(path: string, ofName?: boolean): Spot;
}
export interface Yaml {
  read(text: string): YamlText;
  write(value: Json): string;
}

/** A text with an offset; a date alone would leave open in which time zone it begins. */
export const TIME = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

const timeOf = (text: string): number | null => (TIME.test(text) ? timeIn(text) : null);

const MAX_JSON_DEPTH = 20;
const MAX_JSON_VALUES = 10_000;
/** Problems of one file that are kept: whoever mends these sees the others next. */
const MOST_PROBLEMS = 100;
/** Items and characters that aliases may add to what the file itself has. */
const MOST_BY_ALIAS = 1_000_000;

/** Reads a value; null when it is not what was expected, which has then been noted. */
export type Read<T> = (value: unknown, path: string) => T | null;

/** Reads one YAML file: each problem is kept with its line, and nothing is guessed. */
export class FileReader extends Reader {
  declare readonly problems: FileProblem[];
  readonly data: unknown;
  readonly #file: string;
  readonly #text: YamlText;
  #values = 0;
  /** How many items and characters may still be read. */
  #left: number;

  constructor(file: string, text: string, yaml: Yaml) {
    super();
    this.#file = file;
    this.#text = yaml.read(text);
    this.#left = text.length + MOST_BY_ALIAS;
    this.data = this.#text.data;
    for (const { line, column, path, message } of this.#text.problems) this.#note({ line, column }, path, message);
  }

  override problem(path: string, message: string): null {
    return this.#isFull() ? null : this.#note(this.#text.spotOf(path), path, message);
  }

  override object(value: unknown, path: string): Members | null {
    return isObject(value) ? value : this.problem(path, "must be a mapping of names to values");
  }

  override string(value: unknown, path: string): string | null {
    if (typeof value === "string") return this.#take(value.length, path) ? value : null;
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
      if (!this.#take(value.length, path)) return null;
      return value.flatMap((item: unknown, i) => {
        const found = read(item, `${path}[${i}]`);
        // What was read may be a list itself.
        return found === null ? [] : [found];
      });
    };
  }

  /** A member that nothing reads: its name is shown, with what may have been meant. */
  unknown(path: string, name: string, known: readonly string[]): null {
    if (this.#isFull()) return null;
    const near = nearest(name, known);
    const hint = near === null ? `it may have ${known.join(", ")}` : `did you mean ${near}?`;
    const spot = this.#text.spotOf(path === "" ? name : `${path}.${name}`, true);
    return this.#note(spot, path, `has no field ${JSON.stringify(name)}; ${hint}`);
  }

  place(path: string): Place {
    return { file: this.#file, ...this.#text.spotOf(path), path };
  }

  #note(spot: Spot, path: string, message: string): null {
    if (!this.#isFull()) this.problems.push({ file: this.#file, ...spot, path, message });
    return null;
  }

  #isFull(): boolean {
    return this.problems.length >= MOST_PROBLEMS;
  }

  /** A few aliases within aliases can stand for billions of values. */
  #take(size: number, path: string): boolean {
    this.#left -= size;
    if (this.#left < 0) this.problem(path, "is too large: its aliases stand for more than a file may say");
    return this.#left >= 0;
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
