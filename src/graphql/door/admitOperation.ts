import type { DoorContext } from "./doorContext.ts";
import { checkOperation, type OperationLimits, type OperationRequest } from "./limits.ts";

/** What precedes every execution: the operation is noted for the log, and checked. @throws ScopewardenError LIMIT_EXCEEDED, FORBIDDEN */
export function admitOperation(
  request: OperationRequest,
  { caller, facts }: DoorContext,
  limits: OperationLimits,
): void {
  const { name, operation } = request.operation;
  facts.operation = { name: name?.value.slice(0, 64) ?? null, type: operation };
  checkOperation(request, caller, limits);
}
