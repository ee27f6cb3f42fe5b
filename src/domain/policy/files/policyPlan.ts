import { badInput, type Problem } from "../../kernel/errors.ts";
import { atOnce, eachInParts, type InParts } from "../../kernel/inParts.ts";
import { type Applied, applyOperations, type ChangeFacts, declaring } from "../apply.ts";
import { NO_TERMS } from "../conditions.ts";
import { sameRow } from "../members.ts";
import type { OperationName, PolicyOperation } from "../operations.ts";
import { emptySnapshot, type Item, rowAt, rowsOf, type Snapshot, snapshotOf } from "../snapshot.ts";
import { type Noun, type PolicyRows, rowKey, USER } from "../types.ts";
import { hasEnded } from "./exportFiles.ts";
import { type Place, problemAt } from "./fileReader.ts";
import type { PolicyFiles } from "./policyFile.ts";
import { planningScope, type ScopeStep } from "./scopePlan.ts";

/** What is to be done so that a policy says what files say. */
export interface PolicyPlan {
  /** In an order in which they can be applied as one change. */
  readonly operations: readonly PolicyOperation[];
  /** Where the files say each; null: they don't, it takes away what they do not say. */
  readonly places: readonly (Place | null)[];
  /** What the policy has in force and the files do not say. With `prune` the operations take it away. */
  readonly left: readonly Item[];
  /** What the files say that has ended, and that is therefore not put. */
  readonly ended: readonly Place[];
}

/** What an operation does with the row that it names, which nothing but its input tells. */
const NAMES: { readonly [K in OperationName]: readonly [noun: Noun, puts: boolean, removes: boolean] } = {
  putScope: ["scope", true, false],
  updateScope: ["scope", false, false],
  activateScope: ["scope", false, false],
  deprecateScope: ["scope", false, false],
  retireScope: ["scope", false, false],
  deleteScope: ["scope", false, true],
  putClient: ["client", true, false],
  updateClient: ["client", false, false],
  deleteClient: ["client", false, true],
  grantScope: ["grant", true, false],
  revokeScope: ["grant", false, true],
  putRole: ["role", true, false],
  updateRole: ["role", false, false],
  deleteRole: ["role", false, true],
  assignRole: ["assignment", true, false],
  unassignRole: ["assignment", false, true],
  putRule: ["rule", true, false],
  updateRule: ["rule", false, false],
  deleteRule: ["rule", false, true],
  putOrganization: ["organization", true, false],
  updateOrganization: ["organization", false, false],
  deleteOrganization: ["organization", false, true],
};

interface Named {
  readonly noun: Noun;
  /** Of a scope its name, whatever the version. */
  readonly key: string;
  readonly puts: boolean;
  readonly removes: boolean;
}

const keyOf = (noun: Noun, row: unknown): string =>
  (rowKey[noun] as (row: PolicyRows[Noun]) => string)(row as PolicyRows[Noun]);

/** The row that an operation is about. */
function namedBy(operation: PolicyOperation): Named {
  const [name, input] = Object.entries(operation)[0] as unknown as readonly [
    OperationName,
    Readonly<Record<string, unknown>>,
  ];
  const [noun, puts, removes] = NAMES[name];
  if (noun === "scope") return { noun, key: String(input.name), puts, removes };
  const { subjectId = null, clientId = null } = input;
  const holder = { subjectId, subjectType: subjectId === null ? null : (input.subjectType ?? USER), clientId };
  return { noun, key: keyOf(noun, noun === "assignment" ? { ...input, ...holder } : input), puts, removes };
}

// Conditions and ids of rules have no part in this. Nor has the time: what has come was once to come.
const FACTS: ChangeFacts = {
  now: 0,
  newId: () => "",
  checkCondition: () => null,
  readCondition: () => NO_TERMS,
  fhirVersion: null,
};

function* rowsNamed(live: Snapshot, { noun, key }: Named): Generator<Item> {
  if (noun === "scope") for (const row of live.scopes.get(key) ?? []) yield { noun, row };
  else {
    const row = rowAt(live, noun, key);
    if (row !== null) yield { noun, row } as Item;
  }
}

/** Operations or rows that are looked at without a break. */
const AT_ONCE = 50;

/** Each rule needs a name of its own, and each row is said once: else files would work against each other. */
function* refuseUnclear({ operations, places }: PolicyFiles): InParts<void> {
  const seen = new Map<string, Place>();
  const problems: Problem[] = [];
  yield* eachInParts(operations.entries(), AT_ONCE, ([i, operation]) => {
    const place = places[i];
    if (place === undefined) return;
    const { putRule } = operation;
    if (putRule && typeof putRule.id !== "string") {
      const message = "must have an id, or each seeding would add the rule once more";
      problems.push(problemAt({ ...place, path: `${place.path}.putRule`, message }));
      return;
    }
    const { noun, key, puts } = namedBy(operation);
    // A scope is put once a version.
    if (!puts || noun === "scope") return;
    const first = seen.get(`${noun} ${key}`);
    if (first === undefined) seen.set(`${noun} ${key}`, place);
    else {
      const message = `says ${noun} ${key} once more; it stands at ${first.file}:${first.line}:${first.column}`;
      problems.push(problemAt({ ...place, message }));
    }
  });
  if (problems.length > 0) throw badInput(problems);
}

/** What the files start from: the rows that they change or remove without having put them. */
function startOf(named: readonly Named[], live: Snapshot): Snapshot {
  const put = new Set<string>();
  const items = new Map<string, Item>();
  for (const each of named) {
    const of = `${each.noun} ${each.key}`;
    if (!each.puts && !put.has(of))
      for (const item of rowsNamed(live, each)) items.set(`${item.noun} ${keyOf(item.noun, item.row)}`, item);
    if (each.puts || items.has(of)) put.add(of);
  }
  return items.size === 0 ? emptySnapshot() : snapshotOf(items.values(), 0);
}

const REMOVES: { readonly [N in Exclude<Noun, "scope">]: (row: PolicyRows[N]) => PolicyOperation } = {
  client: ({ id }) => ({ deleteClient: { id } }),
  role: ({ name }) => ({ deleteRole: { name } }),
  grant: ({ clientId, scope }) => ({ revokeScope: { clientId, scope } }),
  assignment: ({ validFrom, validUntil, subjectType, ...key }) => ({
    unassignRole: subjectType === null ? key : { ...key, subjectType },
  }),
  rule: ({ id }) => ({ deleteRule: { id } }),
  organization: ({ id }) => ({ deleteOrganization: { id } }),
};

/** What takes a row away. A scope that was in force ends, and is kept as history. */
function removalOf({ noun, row }: Item): PolicyOperation {
  if (noun === "scope")
    return row.state === "DRAFT"
      ? { deleteScope: { name: row.name, version: row.version } }
      : { retireScope: { name: row.name, version: row.version } };
  return (REMOVES[noun] as (row: PolicyRows[Noun]) => PolicyOperation)(row);
}

/**
 * Compares what files say with a policy. What the files name and the policy has otherwise is put as the files have it; what it
 * has and they do not name is left, or taken away with `prune`. Doing it again plans nothing.
 * @throws ScopewardenError BAD_USER_INPUT naming file and line, for rules without an id, for what is said twice, and for what
 * no operation can bring about
 */
export function* planningPolicy(
  files: PolicyFiles,
  live: Snapshot,
  { now, prune = false }: { readonly now: number; readonly prune?: boolean },
): InParts<PolicyPlan> {
  yield* refuseUnclear(files);
  const named = files.operations.map(namedBy);
  const start = startOf(named, live);
  // What is to be removed and is not there needs nothing.
  const put = new Set(named.flatMap(({ noun, key, puts }) => (puts ? [`${noun} ${key}`] : [])));
  const indexes = named.flatMap(({ noun, key, removes, puts }, i) => {
    const there = puts || put.has(`${noun} ${key}`) || !rowsNamed(live, { noun, key, puts, removes }).next().done;
    return removes && !there ? [] : [i];
  });
  yield;
  const declared = yield* declaring(
    start,
    indexes.flatMap((i) => files.operations[i] ?? []),
    FACTS,
  );
  const placeOf = (i: number | undefined): Place | undefined => files.places[indexes[i ?? -1] ?? -1];
  refuseProblems(declared.problems, placeOf);

  const wantedRows = new Map<string, { readonly noun: Noun; readonly key: string; readonly by: Set<number> }>();
  const scopeSteps = new Map<string, ScopeStep[]>();
  yield* eachInParts(declared.touched.entries(), AT_ONCE, ([i, rows]) => {
    const operation = files.operations[indexes[i] ?? -1];
    const [first] = rows;
    if (first === undefined || operation === undefined) return;
    if (first.noun === "scope") {
      const [name, version] = JSON.parse(first.key) as [string, number];
      const own = scopeSteps.get(name) ?? [];
      own.push({ index: i, operation, version });
      scopeSteps.set(name, own);
      return;
    }
    for (const { noun, key } of rows) {
      const row = wantedRows.get(`${noun} ${key}`) ?? { noun, key, by: new Set() };
      row.by.add(i);
      wantedRows.set(`${noun} ${key}`, row);
    }
  });

  const steps: { readonly index: number; readonly operation: PolicyOperation }[] = [];
  const ended: Place[] = [];
  yield* eachInParts(wantedRows.values(), AT_ONCE, ({ noun, key, by }) => {
    const [wanted, found] = [rowAt(declared.snapshot, noun, key), rowAt(live, noun, key)];
    if (wanted === null ? found === null : found !== null && sameRow(wanted, found)) return;
    const place = placeOf([...by][0]);
    if (wanted !== null && found === null && "validUntil" in wanted && hasEnded(wanted, now)) {
      if (place !== undefined) ended.push(place);
    } else
      for (const index of by)
        steps.push({ index, operation: files.operations[indexes[index] ?? -1] as PolicyOperation });
  });
  const left: Item[] = [];
  const problems: Problem[] = [];
  for (const [name, own] of scopeSteps) {
    const versions = { wanted: declared.snapshot.scopes.get(name) ?? [], found: live.scopes.get(name) ?? [] };
    const plan = yield* planningScope(versions, own, now);
    steps.push(...plan.steps);
    left.push(...plan.left.map((row) => ({ noun: "scope", row }) as const));
    problems.push(...plan.problems.map(({ index, message }) => ({ path: `operations[${index}]`, message })));
  }
  refuseProblems(problems, placeOf);
  yield* eachInParts(rowsOf(live), AT_ONCE, (item) => {
    if (isUnsaid(item, declared.snapshot, now)) left.push(item);
  });
  const taken = steps.sort((a, b) => a.index - b.index);
  const removals: PolicyOperation[] = [];
  if (prune) yield* eachInParts(left, AT_ONCE, (item) => removals.push(removalOf(item)));
  return {
    operations: [...taken.map(({ operation }) => operation), ...removals],
    places: [...taken.map(({ index }) => placeOf(index) ?? null), ...removals.map(() => null)],
    left,
    ended,
  };
}

/** The same without a break. */
export const planPolicy = (...given: Parameters<typeof planningPolicy>): PolicyPlan => atOnce(planningPolicy(...given));

/** Whether the policy has something that the files do not name at all, but for what has ended. */
function isUnsaid({ noun, row }: Item, said: Snapshot, now: number): boolean {
  if (noun === "scope") return !said.scopes.has(row.name) && row.state !== "RETIRED";
  return rowAt(said, noun, keyOf(noun, row)) === null && !("validUntil" in row && hasEnded(row, now));
}

const OPERATION_PATH = /^operations\[(\d+)\](.*)$/;

function refuseProblems(problems: readonly Problem[], placeOf: (i: number) => Place | undefined): void {
  if (problems.length > 0) throw badInput(problemsAt(problems, placeOf));
}

const problemsAt = (
  problems: readonly Problem[],
  placeOf: (i: number) => Place | null | undefined,
): readonly Problem[] =>
  problems.map((problem) => {
    const match = OPERATION_PATH.exec(problem.path);
    const place = match === null ? null : (placeOf(Number(match[1])) ?? null);
    return place === null
      ? problem
      : problemAt({ ...place, path: `${place.path}${match?.[2] ?? ""}`, message: problem.message });
  });

/** Problems of a planned change by file and line: `operations[3].putRule.when` is somewhere. */
export const planProblems = (problems: readonly Problem[], places: PolicyPlan["places"]): readonly Problem[] =>
  problemsAt(
    // As the API names them, what was asked begins with `input`.
    problems.map(({ path, message }) => ({ path: path.replace(/^input\.(change\.)?/, ""), message })),
    (i) => places[i],
  );

/** What the plan makes of a policy, by the service's own function. */
export function applyPlan(
  plan: PolicyPlan,
  live: Snapshot,
  facts: Pick<ChangeFacts, "now" | "checkCondition" | "readCondition">,
): Applied {
  if (plan.operations.length === 0) return { ok: true, snapshot: live, changes: [], findings: [] };
  // Which version of FHIR there is, who used what, and whether consents can be given, only the service knows.
  return applyOperations(live, plan.operations, { ...FACTS, ...facts });
}
