import { badInput } from "../domain/kernel/errors.ts";
import { parseJson } from "./parseJson.ts";

function isEncodedUtf8(search: string): boolean {
  if (!/^[\x21-\x7e]*$/.test(search)) return false;
  try {
    decodeURIComponent(search);
    return true;
  } catch {
    return false;
  }
}

/** What of a GraphQL query by GET is JSON (GraphQL over HTTP, "GET"). */
const JSON_PARAMETERS = ["variables", "extensions"];

/**
 * Asks of the query string of a URL what is asked of a body: bytes that are no UTF-8 would be replaced when it is decoded,
 * and two ids become one.
 * @throws ScopewardenError BAD_USER_INPUT
 */
export function checkSearch(search: string): void {
  if (!isEncodedUtf8(search))
    throw badInput([{ path: "query string", message: "must be UTF-8 in percent-encoding (RFC 3986 section 2.5)" }]);
  const parameters = new URLSearchParams(search);
  for (const name of JSON_PARAMETERS)
    for (const text of parameters.getAll(name)) if (text !== "") parseJson(text, `The parameter ${name}`);
}
