import { isPatientData } from "../../decisions/consentUse.ts";
import { type Json, sameJson } from "../../kernel/canonical.ts";
import { byText } from "../../kernel/sortedInParts.ts";
import type { AccessCondition } from "../access/accessCell.ts";
import type { Access, AllowedAccess } from "../access/accessDifference.ts";
import type { AccessPlace } from "./places.ts";
import type { Reach } from "./reaches.ts";

/** Whether records of a type can be a patient's: those of Organization, Practitioner and the like are nobody's. `*`: some are. */
export const isOfPatients = (resourceType: string): boolean => isPatientData(resourceType, true);

/** What is reached with one scope by one rule. */
export interface PatientReach {
  /** `*`: every type but those in `exceptTypes`. */
  readonly resourceTypes: readonly string[];
  readonly exceptTypes: readonly string[];
  /** False: no record of these types is a patient's. */
  readonly ofPatients: boolean;
  readonly actions: readonly string[];
  readonly scope: string;
  readonly ruleId: string;
  readonly access: AllowedAccess;
  readonly conditions: readonly AccessCondition[];
  /** Where any purpose will do: but for these. */
  readonly exceptPurposes: readonly string[];
}

/** What is reached in one row. */
export interface RowAccess {
  /** Null: whoever the client acts for, or the client itself. */
  readonly holders: number | null;
  /** CONDITIONAL: nothing of it is reached without a condition; DENY: nothing at all, of a row that is there for the other policy. */
  readonly access: Access;
  readonly reaches: readonly PatientReach[];
}

/** Who could reach a patient's data, by client, role, organization and purpose. */
export interface PatientAccess extends RowAccess {
  readonly clientId: string;
  /** Whether the client acts as itself, and nobody else does. */
  readonly asItself: boolean;
  /** Null: no role is asked for. */
  readonly role: string | null;
  /** Null: every organization that has no row of its own, and what belongs to none. */
  readonly organization: string | null;
  /** Null: any, or none. */
  readonly purposeOfUse: string | null;
  /** What the row was without the change that is asked about. Null: the same, or no change is asked about. */
  readonly before: RowAccess | null;
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
  const alike = ({ access, conditions, exceptPurposes, exceptTypes, resourceType, rule, scope }: Reach) => [
    ...[scope, rule.id, access, exceptPurposes, exceptTypes, isOfPatients(resourceType)],
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
      ofPatients: isOfPatients(same[0].type),
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
      before: null,
    };
  });
}

/** By which rows of two policies are the same one. */
const rowKey = ({ asItself, clientId, organization, purposeOfUse, role }: PatientAccess): string =>
  JSON.stringify([clientId, asItself, role, organization, purposeOfUse]);
const accessOf = ({ access, holders, reaches }: RowAccess): RowAccess => ({ holders, access, reaches });
const byPlace = (a: PatientAccess, b: PatientAccess): number =>
  // No organization comes last, as the one that stands for all others.
  a.organization === b.organization
    ? 0
    : b.organization === null
      ? -1
      : a.organization === null
        ? 1
        : byText(a.organization, b.organization);

/** Rows of one policy, and how many hold the role in a place of it that has no row. */
export interface RowsOfPolicy {
  readonly rows: readonly PatientAccess[];
  readonly holdersIn: (organization: string | null) => number | null;
}

/** The rows with a change, each beside what it was without: a row of either policy is one. */
export function rowsBeside(is: RowsOfPolicy, was: RowsOfPolicy): readonly PatientAccess[] {
  const shown = new Map([...was.rows, ...is.rows].map((row) => [rowKey(row), row]));
  const answering = ({ holdersIn, rows }: RowsOfPolicy) => {
    const byKey = new Map(rows.map((row) => [rowKey(row), row]));
    return (row: PatientAccess): RowAccess =>
      accessOf(byKey.get(rowKey(row)) ?? { holders: holdersIn(row.organization), access: "DENY", reaches: [] });
  };
  const [after, before] = [answering(is), answering(was)];
  const same = (a: RowAccess, b: RowAccess): boolean => sameJson(a as unknown as Json, b as unknown as Json);
  return [...shown.values()].sort(byPlace).map((row) => {
    const [now, then] = [after(row), before(row)];
    return { ...row, ...now, before: same(now, then) ? null : then };
  });
}
