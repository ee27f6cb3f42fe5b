import { coversLevel, EXPORT, EXPORT_LEVELS } from "../../scopes/exports.ts";
import type { AtomRequest } from "../../scopes/match.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import type { DecideFacts } from "../facts.ts";
import type { AccessRequest } from "../types.ts";
import { atomRequestOf } from "./coverage.ts";
import { heldOf } from "./grants.ts";

/** Whether the client holds a SMART scope among these that covers an export of patients or groups. */
function isLevelCovered(facts: DecideFacts, { clientId, resource }: AccessRequest, scopes: readonly string[]): boolean {
  return scopes.some((scope) => {
    const smart = parseSmartScope(scope);
    return smart !== null && coversLevel(heldOf(facts, clientId, scope, smart), resource.type);
  });
}

/** What the atoms of these scopes are asked. */
export function queryOf(facts: DecideFacts, request: AccessRequest, scopes: readonly string[]): AtomRequest {
  const query = atomRequestOf(facts, request);
  if (query.action !== EXPORT || !EXPORT_LEVELS.includes(query.resourceType)) return query;
  return { ...query, levelCovered: isLevelCovered(facts, request, scopes) };
}
