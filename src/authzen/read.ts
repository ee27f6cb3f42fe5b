import { badInput, type Problem } from "../domain/kernel/errors.ts";

/** A JSON object as it came. */
export type Members = { readonly [name: string]: unknown };

const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads parsed JSON strictly: nothing is converted, null is a value of its own, and every problem is kept. */
export class JsonReader {
  readonly problems: Problem[] = [];

  problem(path: string, message: string): null {
    this.problems.push({ path, message });
    return null;
  }

  /** @throws ScopewardenError BAD_USER_INPUT with every problem, if there is any. */
  check(): void {
    if (this.problems.length > 0) throw badInput(this.problems);
  }

  object(value: unknown, path: string): Members | null {
    if (isObject(value)) return value;
    return this.problem(path, value === undefined ? "is missing" : "must be a JSON object");
  }

  text(value: unknown, path: string): string | null {
    if (typeof value === "string") return value;
    return this.problem(path, value === undefined ? "is missing" : "must be a string");
  }

  optionalObject(value: unknown, path: string): Members | null {
    return value === undefined ? null : this.object(value, path);
  }

  optionalText(value: unknown, path: string): string | null {
    return value === undefined ? null : this.text(value, path);
  }

  optionalTexts(value: unknown, path: string): readonly string[] | null {
    if (value === undefined) return null;
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
    return this.problem(path, "must be an array of strings");
  }

  optionalFlag(value: unknown, path: string): boolean {
    if (value === undefined || typeof value === "boolean") return value === true;
    this.problem(path, "must be true or false");
    return false;
  }
}

/** The body of a request. @throws ScopewardenError BAD_USER_INPUT when it is empty or no object. */
export function readBody(body: unknown): Members {
  if (isObject(body)) return body;
  const message = body === undefined ? "is empty; send a JSON object" : "must be a JSON object";
  throw badInput([{ path: "body", message }]);
}
