import type { ErrorCode } from "../../domain/kernel/errors.ts";
import { HTTP_STATUS } from "../../doors/status.ts";

/** Errors of one field: the request was well formed and ran, and its other fields have their answers (GraphQL over HTTP). */
const OF_ONE_FIELD: ReadonlySet<string> = new Set<ErrorCode>(["BAD_USER_INPUT", "NOT_FOUND", "CONFLICT"]);

/** The status of a response by the codes of its errors; null: they say nothing of it, and what Apollo says counts. */
export function responseStatus(codes: readonly string[], { executed }: { readonly executed: boolean }): number | null {
  let most: number | null = null;
  for (const code of codes) {
    if ((executed && OF_ONE_FIELD.has(code)) || !Object.hasOwn(HTTP_STATUS, code)) continue;
    most = Math.max(most ?? 0, HTTP_STATUS[code as ErrorCode]);
  }
  return most;
}
