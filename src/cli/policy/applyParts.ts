import { applyPlan, type PolicyPlan } from "../../domain/policy/files/policyPlan.ts";
import type { PolicyOperation } from "../../domain/policy/operations.ts";
import type { Snapshot } from "../../domain/policy/snapshot.ts";
import { checkCondition } from "../../engine/conditions.ts";
import { readCondition } from "../../engine/conditionTerms.ts";
import { badChange } from "../policyFiles.ts";
import { asInput } from "./changeService.ts";

/** A part of a plan that is a revision by itself. */
export type PlanPart = Pick<PolicyPlan, "operations" | "places">;

/** Bytes of the operations of one part: with reason and query about what a request takes where nothing else is set. */
export const PART_BYTES = 44 * 1024;

/**
 * The order of the parts: first what there is, then what forbids and takes away, last what allows, so that between two parts
 * rather less is allowed than more.
 */
function rank(operation: PolicyOperation): number {
  if (operation.putRule?.effect === "DENY") return 1;
  if (operation.putRule || operation.updateRule) return 4;
  if (operation.deleteRule) return 2;
  if (operation.revokeScope || operation.unassignRole) return 2;
  if (operation.assignRole) return 3;
  if (operation.grantScope) return 5;
  if (operation.retireScope) return 6;
  if (operation.deleteClient || operation.deleteRole || operation.deleteScope || operation.deleteOrganization) return 7;
  return 0;
}

/**
 * A plan in parts that are each small enough for one request, and each whole by itself.
 * @throws CliError where the policy can't be taken there part by part
 */
export function partsOf(plan: PolicyPlan, live: Snapshot, maxBytes: number): readonly PlanPart[] {
  const sizes = asInput(plan.operations).map((operation) => Buffer.byteLength(JSON.stringify(operation)) + 1);
  const order = [...plan.operations.keys()].sort(
    (a, b) => rank(plan.operations[a] ?? {}) - rank(plan.operations[b] ?? {}) || a - b,
  );
  const parts: number[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const i of order) {
    size += sizes[i] ?? 0;
    if (size > maxBytes) {
      parts.push([]);
      size = sizes[i] ?? 0;
    }
    parts.at(-1)?.push(i);
  }
  let snapshot = live;
  return parts.map((indexes, n) => {
    const operations = indexes.flatMap((i) => plan.operations[i] ?? []);
    const places = indexes.map((i) => plan.places[i] ?? null);
    const applied = applyPlan({ ...plan, operations, places }, snapshot, {
      now: Date.now(),
      checkCondition,
      readCondition,
    });
    if (!applied.ok)
      throw badChange(
        applied.problems,
        places,
        `The change can't be made in parts: part ${n + 1} of ${parts.length} would be refused. Nothing was changed.`,
      );
    snapshot = applied.snapshot;
    return { operations, places };
  });
}
