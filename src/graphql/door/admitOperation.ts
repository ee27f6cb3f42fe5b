import type { DoorContext } from "./doorContext.ts";
import { checkOperation, type OperationLimits, type OperationRequest, rootFieldsOf } from "./limits.ts";

/** What precedes every execution: the operation is noted for the log, and checked. @throws ScopewardenError LIMIT_EXCEEDED, FORBIDDEN */
export function admitOperation(
  request: OperationRequest,
  { caller, facts }: DoorContext,
  limits: OperationLimits,
): void {
  facts.operation = { type: request.operation.operation, fields: rootFieldsOf(request) };
  checkOperation(request, caller, limits);
}
