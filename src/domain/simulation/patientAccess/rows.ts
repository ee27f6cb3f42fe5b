import type { AccessCondition } from "../access/accessCell.ts";
import type { AllowedAccess } from "../access/accessDifference.ts";
import type { AccessPlace } from "./places.ts";
import type { Reach } from "./reaches.ts";

/** What is reached with one scope by one rule. */
export interface PatientReach {
  /** `*`: every type but those in `exceptTypes`. */
  readonly resourceTypes: readonly string[];
  readonly exceptTypes: readonly string[];
  readonly actions: readonly string[];
  readonly scope: string;
  readonly ruleId: string;
  readonly access: AllowedAccess;
  readonly conditions: readonly AccessCondition[];
  /** Where any purpose will do: but for these. */
  readonly exceptPurposes: readonly string[];
}

/** Who could reach a patient's data, by client, role, organization and purpose. */
export interface PatientAccess {
  readonly clientId: string;
  /** Whether the client acts as itself, and nobody else does. */
  readonly asItself: boolean;
  /** Null: no role is asked for. */
  readonly role: string | null;
  /** Null: every organization that has no row of its own, and what belongs to none. */
  readonly organization: string | null;
  /** Null: any, or none. */
  readonly purposeOfUse: string | null;
  /** Null: whoever the client acts for, or the client itself. */
  readonly holders: number | null;
  /** CONDITIONAL: nothing of it is reached without a condition. */
  readonly access: AllowedAccess;
  readonly reaches: readonly PatientReach[];
}

function grouped<Item>(items: Iterable<Item>, keyOf: (item: Item) => unknown): readonly (readonly [Item, ...Item[]])[] {
  const groups = new Map<string, [Item, ...Item[]]>();
  for (const item of items) {
    const key = JSON.stringify(keyOf(item));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

const sorted = (texts: Iterable<string>): readonly string[] => [...new Set(texts)].sort();

/** Reaches that are alike but for action and type, together. */
function reachOf(reaches: readonly Reach[]): readonly PatientReach[] {
  const alike = ({ access, conditions, exceptPurposes, exceptTypes, rule, scope }: Reach) => [
    ...[scope, rule.id, access, exceptPurposes, exceptTypes],
    conditions,
  ];
  return grouped(reaches, alike).flatMap((group) => {
    const byType = grouped(group, ({ resourceType }) => resourceType).map((same) => ({
      type: same[0].resourceType,
      actions: sorted(same.map(({ action }) => action)),
    }));
    const { access, conditions, exceptPurposes, exceptTypes, rule, scope } = group[0];
    return grouped(byType, ({ actions }) => actions).map((same) => ({
      ...{ access, conditions, exceptPurposes, exceptTypes, ruleId: rule.id, scope },
      actions: same[0].actions,
      resourceTypes: sorted(same.map(({ type }) => type)),
    }));
  });
}

/** The rows of one place, by role and purpose. */
export function rowsOf(
  { asItself, clientId }: Pick<PatientAccess, "asItself" | "clientId">,
  { holders, organization }: AccessPlace,
  reaches: readonly Reach[],
): readonly PatientAccess[] {
  const groups = grouped(reaches, ({ purposeOfUse, rule }) => [rule.role, purposeOfUse]);
  return groups.map((group) => {
    const { purposeOfUse, rule } = group[0];
    return {
      clientId,
      asItself,
      role: rule.role === "*" ? null : rule.role,
      organization,
      purposeOfUse,
      holders,
      access: group.some(({ access }) => access === "ALLOW") ? "ALLOW" : "CONDITIONAL",
      reaches: reachOf(group),
    };
  });
}
