import { parse as careful } from "secure-json-parse";
import { ScopewardenError } from "../domain/kernel/errors.ts";

/** A value of an answer that is JSON text already, and so need not be written again. */
export class JsonText {
  /** For types that take any record as data. */
  readonly [member: string]: unknown;
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  /** The same value, for whoever writes JSON and knows nothing of this. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** The body of an answer, its members in the order that GraphQL recommends. */
export function bodyOf(result: {
  readonly errors?: unknown;
  readonly data?: unknown;
  readonly extensions?: unknown;
}): string {
  const { errors, data, extensions } = result;
  if (data instanceof JsonText && errors === undefined && extensions === undefined) return `{"data":${data.text}}\n`;
  return `${JSON.stringify({ errors, data, extensions })}\n`;
}

/**
 * The value of a JSON text, which may have no members that mean something to JavaScript (`__proto__`). Looking for those
 * takes longer than parsing; a text without their letters, and without escapes that could stand for letters, has none.
 * @throws ScopewardenError BAD_USER_INPUT for a text that is empty, no JSON, or has such members.
 */
export function parseJson(text: string): unknown {
  if (!text.includes("__proto__") && !text.includes("constructor") && !text.includes("\\u")) {
    try {
      const value: unknown = JSON.parse(text);
      return value;
    } catch {
      // What is wrong is said below.
    }
  }
  if (text === "") throw new ScopewardenError("BAD_USER_INPUT", "The request body is empty.");
  try {
    return careful(text, null, { protoAction: "error", constructorAction: "error" });
  } catch {
    throw new ScopewardenError("BAD_USER_INPUT", "The request body is not valid JSON.");
  }
}
