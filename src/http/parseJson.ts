import { parse as careful } from "secure-json-parse";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import { requireWellFormed } from "./wellFormed.ts";

/** An escape that may be half of a pair of surrogates. */
const SURROGATE = /\\u[dD][89a-fA-F]/;

/**
 * The value of a JSON text, which may have no members that mean something to JavaScript (`__proto__`) and no unpaired
 * surrogates. Looking for those takes longer than parsing; a text without the letters of the first, and without escapes
 * that could stand for letters, has none.
 * @throws ScopewardenError BAD_USER_INPUT for a text that is empty, no JSON, or has what it may not have.
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
  let value: unknown;
  try {
    value = careful(text, null, { protoAction: "error", constructorAction: "error" });
  } catch {
    throw new ScopewardenError("BAD_USER_INPUT", "The request body is not valid JSON.");
  }
  if (SURROGATE.test(text)) requireWellFormed(value);
  return value;
}
