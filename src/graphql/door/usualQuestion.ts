import type { IncomingHttpHeaders } from "node:http";

/** What is asked of GraphQL by POST, as far as it counts. */
export interface GraphqlQuestion {
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON. */
  readonly body: unknown;
}

export interface UsualQuestion {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The forms in which clients say that they send JSON; all others are looked at anew each time. */
const JSON_TYPES: ReadonlySet<unknown> = new Set([
  "application/json",
  "application/json; charset=utf-8",
  "application/json;charset=utf-8",
]);

const NO_VARIABLES: UsualQuestion["variables"] = {};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The question with a JSON body in which nothing is amiss or out of the ordinary; null for anything else. */
export function usualQuestion({ headers, body }: GraphqlQuestion): UsualQuestion | null {
  if (!JSON_TYPES.has(headers["content-type"]) || !isObject(body)) return null;
  const { query } = body;
  const operationName = body.operationName ?? undefined;
  const variables = body.variables ?? NO_VARIABLES;
  if (typeof query !== "string" || query === "" || !isObject(variables)) return null;
  if (operationName !== undefined && typeof operationName !== "string") return null;
  return (body.extensions ?? null) === null ? { query, operationName, variables } : null;
}
