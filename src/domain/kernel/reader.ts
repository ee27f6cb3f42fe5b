import { badInput, type Problem } from "./errors.ts";

/** An object of named members, as it came. */
export type Members = { readonly [name: string]: unknown };

/** What is wrong with a text, or null. */
export type Check = (value: string) => string | null;

export const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The one reader of what comes from outside: requests, operations on the policy, policy files, the environment. It
 * converts nothing, throws nothing while it reads, and keeps every problem with its path and what was expected there. A
 * value with a problem comes out as null, which nobody uses: `check` throws first, or the caller looks at `problems`.
 */
export class Reader {
  readonly problems: Problem[] = [];

  problem(path: string, message: string): null {
    this.problems.push({ path, message });
    return null;
  }

  /** Notes a problem if there is one; true when the value is fine. */
  expect(path: string, message: string | null): boolean {
    if (message !== null) this.problem(path, message);
    return message === null;
  }

  /** @throws ScopewardenError BAD_USER_INPUT with every problem, if there is any. */
  check(): void {
    if (this.problems.length > 0) throw badInput(this.problems);
  }

  object(value: unknown, path: string): Members | null {
    return isObject(value) ? value : this.#unlike(value, path, "must be a JSON object");
  }

  string(value: unknown, path: string): string | null {
    return typeof value === "string" ? value : this.#unlike(value, path, "must be a string");
  }

  boolean(value: unknown, path: string): boolean | null {
    return typeof value === "boolean" ? value : this.#unlike(value, path, "must be true or false");
  }

  /** Of optional members null counts as a value, and as a wrong one; undefined is what is absent. */
  optionalObject(value: unknown, path: string): Members | null {
    return value === undefined ? null : this.object(value, path);
  }

  optionalString(value: unknown, path: string): string | null {
    return value === undefined ? null : this.string(value, path);
  }

  optionalStrings(value: unknown, path: string): readonly string[] | null {
    if (value === undefined) return null;
    const texts = Array.isArray(value) && value.every((item) => typeof item === "string");
    return texts ? value : this.problem(path, "must be an array of strings");
  }

  /** A list of texts, or one text in which spaces separate them, as OAuth writes scopes (RFC 6749 section 3.3). */
  optionalTokens(value: unknown, path: string): readonly string[] | null {
    if (typeof value === "string") return value.split(" ").filter((token) => token !== "");
    if (value === undefined || Array.isArray(value)) return this.optionalStrings(value, path);
    return this.problem(path, "must be an array of strings, or one text with spaces between them");
  }

  /**
   * The text `name` of what stands at `path`, null when there is none. Whether it is a text is known already. The path is
   * put together only where there is a problem to name: this runs some ten times for each decision.
   */
  text(value: string | null | undefined, path: string, name: string, check: Check): string | null {
    if (value === undefined || value === null) return null;
    const problem = check(value);
    if (problem !== null) this.problem(`${path}.${name}`, problem);
    return value;
  }

  #unlike(value: unknown, path: string, expectation: string): null {
    return this.problem(path, value === undefined ? "is missing" : expectation);
  }
}

/** A request's body. @throws ScopewardenError BAD_USER_INPUT when it is empty or no object. */
export function readBody(body: unknown): Members {
  if (isObject(body)) return body;
  throw badInput([
    { path: "body", message: body === undefined ? "is empty; send a JSON object" : "must be a JSON object" },
  ]);
}

/** Reads something, and throws with every problem that was met. @throws ScopewardenError BAD_USER_INPUT */
export function checked<Value>(read: (reader: Reader) => Value): Value {
  const reader = new Reader();
  const value = read(reader);
  reader.check();
  return value;
}
