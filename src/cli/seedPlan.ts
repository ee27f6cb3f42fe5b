import type { Problem } from "../domain/kernel/errors.ts";
import { applyOperations, type ChangeFacts } from "../domain/policy/apply.ts";
import { NO_TERMS } from "../domain/policy/conditions.ts";
import { sameIn } from "../domain/policy/members.ts";
import type { PolicyOperation } from "../domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../domain/policy/snapshot.ts";
import {
  ALL_ORGANIZATIONS,
  holderText,
  type Noun,
  type PolicyRows,
  type RowChange,
  type ScopeVersion,
} from "../domain/policy/types.ts";
import { badUsage } from "./exit.ts";
import type { PolicyFiles } from "./policyFiles.ts";
import { printFileProblem } from "./yamlReader.ts";

/** What of the files is still to be done. `operations[i]` is `files.operations[indexes[i]]`. */
export interface SeedPlan {
  readonly operations: readonly PolicyOperation[];
  readonly indexes: readonly number[];
}

/** The scope that a step in the life of a scope is about. */
const scopeOf = (operation: PolicyOperation): string | null =>
  (
    operation.putScope ??
    operation.updateScope ??
    operation.activateScope ??
    operation.deprecateScope ??
    operation.retireScope
  )?.name ?? null;

/** A version as the files can say it. One past its sunset retires by itself, so the files need not. */
const said = (version: ScopeVersion, now: number): ScopeVersion =>
  version.state === "DEPRECATED" && version.sunsetAt !== null && version.sunsetAt <= now
    ? { ...version, state: "RETIRED" }
    : version;

/**
 * Leaves out what the files say about scopes that are already where the files would bring them: a scope can't be
 * activated, deprecated and retired a second time. All other operations may be done again.
 * @throws CliError for rules without an id, which each seeding would add anew.
 */
export function planSeed(files: PolicyFiles, current: Snapshot): SeedPlan {
  const nameless = files.operations.flatMap(({ putRule }, i) => {
    const place = files.places[i];
    return putRule === undefined || putRule === null || typeof putRule.id === "string" || place === undefined
      ? []
      : [place];
  });
  if (nameless.length > 0) {
    throw badUsage(
      ...nameless.map((place) =>
        printFileProblem({
          ...place,
          path: `${place.path}.putRule`,
          message: "must have an id, or each seeding would add the rule once more",
        }),
      ),
    );
  }
  const now = Date.now();
  // Conditions and ids of rules have no part in this. Nor has the time: sunsets that have come were once to come.
  const facts: ChangeFacts = {
    now: 0,
    newId: () => "",
    checkCondition: () => null,
    readCondition: () => NO_TERMS,
    fhirVersion: null,
  };
  const afresh = applyOperations(
    emptySnapshot(),
    files.operations.filter((operation) => scopeOf(operation) !== null),
    facts,
  );
  const isThere = (name: string): boolean => {
    const [wanted, found] = [
      afresh.ok ? afresh.snapshot.scopes.get(name)?.at(-1) : undefined,
      current.scopes.get(name)?.at(-1),
    ];
    if (wanted === undefined || found === undefined) return false;
    return sameIn("scope", ["content", "life"], [said(wanted, now), said(found, now)]);
  };
  const indexes = files.operations.flatMap((operation, i) => {
    const scope = scopeOf(operation);
    return scope !== null && isThere(scope) ? [] : [i];
  });
  return { operations: indexes.flatMap((i) => files.operations[i] ?? []), indexes };
}

/** Problems of a planned change as lines that name the file and the line: `operations[3].putRule.when` is somewhere. */
export function printPlanProblems(
  problems: readonly Problem[],
  deps: { readonly plan: SeedPlan; readonly files: PolicyFiles },
): string[] {
  return problems.map(({ path, message }) => {
    const match = /^operations\[(\d+)\](.*)$/.exec(path);
    const place = match === null ? undefined : deps.files.places[deps.plan.indexes[Number(match[1])] ?? -1];
    return place === undefined
      ? `${path}: ${message}`
      : printFileProblem({ ...place, path: `${place.path}${match?.[2] ?? ""}`, message });
  });
}

const nameOf: { readonly [N in keyof PolicyRows]: (row: PolicyRows[N]) => string } = {
  client: (row) => row.id,
  scope: (row) => `${row.name} v${row.version} (${row.state})`,
  grant: (row) => `${row.scope} to ${row.clientId}`,
  role: (row) => row.name,
  assignment: (row) =>
    `${row.role} to ${holderText(row)} in ${row.organization === ALL_ORGANIZATIONS ? "all organizations" : row.organization}`,
  rule: (row) => row.id,
  organization: (row) => row.id,
  entity: (row) => `${row.type} ${row.id}`,
};

/** One changed row for people, `+ rule nurse-record-vitals`; of one that was there also what it may allow now. */
export function printChange(
  { noun, key, before, after }: RowChange,
  findings: readonly { readonly noun: Noun; readonly key: string; readonly message: string }[],
): readonly string[] {
  const row = after ?? before;
  const name = row === null ? "" : (nameOf[noun] as (row: PolicyRows[typeof noun]) => string)(row);
  const told = before === null ? [] : findings.filter((finding) => finding.noun === noun && finding.key === key);
  return [
    `${before === null ? "+" : after === null ? "-" : "~"} ${noun} ${name}`,
    ...told.map(({ message }) => `  may allow more: ${message}`),
  ];
}
