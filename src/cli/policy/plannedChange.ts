import { applyPlan, type PolicyPlan } from "../../domain/policy/files/policyPlan.ts";
import type { PolicyFinding } from "../../domain/policy/finding.ts";
import type { Snapshot } from "../../domain/policy/snapshot.ts";
import type { RowChange } from "../../domain/policy/types.ts";
import { checkCondition } from "../../engine/conditions.ts";
import { readCondition } from "../../engine/conditionTerms.ts";
import type { ScopewardenClient } from "../client.ts";
import { badChange, loadPolicyFolder, planFiles } from "../policyFiles.ts";
import { byFirstWord, count, type Line } from "../terminal.ts";
import { applyOperations, TooLarge } from "./changeService.ts";
import { readLivePolicy } from "./livePolicy.ts";
import { printChange, printMembers, rowText } from "./printChange.ts";

/** Files compared with the policy of a service. */
export interface PlannedChange {
  readonly live: Snapshot;
  readonly plan: PolicyPlan;
  /** Row by row; none: the policy says already what the files say. */
  readonly changes: readonly RowChange[];
  readonly findings: readonly PolicyFinding[];
  /** Null: the service has tried the change and would take it. Else the change is too large to be tried as one. */
  readonly tooLarge: TooLarge | null;
}

/**
 * Compares a folder with the policy of the service, and has the service try the change: it knows what the files alone don't.
 * @throws CliError for files that can't be read, and for a change that would be refused, with file and line
 */
export async function planChange(
  client: ScopewardenClient,
  dir: string,
  { prune }: { readonly prune: boolean },
): Promise<PlannedChange> {
  const files = await loadPolicyFolder(dir);
  const live = await readLivePolicy(client);
  const now = Date.now();
  const plan = planFiles(files, live, { now, prune });
  const applied = applyPlan(plan, live, { now, checkCondition, readCondition });
  if (!applied.ok) throw badChange(applied.problems, plan.places);
  const { changes, findings } = applied;
  if (changes.length === 0) return { live, plan, changes, findings: [], tooLarge: null };
  try {
    const change = { reason: "A plan of policy files", expectedRevision: live.revision, dryRun: true };
    const taken = await applyOperations(client, plan, change);
    return { live, plan, changes, findings: taken.findings, tooLarge: null };
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    return { live, plan, changes, findings, tooLarge: error };
  }
}

const MOST_LEFT = 50;

function leftLines(plan: PolicyPlan, prune: boolean): readonly string[] {
  const { left, ended } = plan;
  return [
    ...(left.length === 0 || prune
      ? []
      : [
          `${count(left.length, "row")} of the policy ${left.length === 1 ? "is" : "are"} not in the files, and left as ${left.length === 1 ? "it is" : "they are"} (--prune takes away):`,
          ...left.slice(0, MOST_LEFT).map((item) => `  ${rowText(item)}`),
          ...(left.length > MOST_LEFT ? [`  and ${left.length - MOST_LEFT} more`] : []),
        ]),
    ...ended.map(({ file, line }) => `${file}:${line}: it has ended, so it is not put.`),
  ];
}

/** The change for people. */
export function printPlanned(planned: PlannedChange, { prune }: { readonly prune: boolean }): readonly Line[] {
  const { changes, findings, live, plan, tooLarge } = planned;
  const [added, removed] = [
    changes.filter(({ before }) => before === null).length,
    changes.filter(({ after }) => after === null).length,
  ];
  const widening = new Set(findings.map(({ noun, key }) => `${noun} ${key}`)).size;
  const summary =
    changes.length === 0
      ? `Nothing to change: the policy, at revision ${live.revision}, says what the files say.`
      : `${added} to add, ${changes.length - added - removed} to change, ${removed} to remove; ${widening} may allow more. The policy is at revision ${live.revision}.`;
  return [
    ...changes.flatMap((change) => {
      const [line = "", ...told] = printChange(change, [change.before === null ? [] : findings].flat());
      return [line, ...printMembers(change), ...told].map(byFirstWord);
    }),
    ...leftLines(plan, prune),
    ...(tooLarge === null
      ? []
      : ["The service could not try the change as one: it is larger than one request may be."]),
    summary,
  ];
}

/** The same for programs. */
export const plannedJson = ({ changes, findings, live, plan, tooLarge }: PlannedChange) => ({
  revision: live.revision,
  operations: plan.operations.length,
  tried: tooLarge === null,
  changes: changes.map(({ noun, key, before, after }) => ({
    noun,
    key,
    change: before === null ? "added" : after === null ? "removed" : "changed",
    before,
    after,
  })),
  findings,
  left: plan.left.map(({ noun, row }) => ({ noun, row })),
  ended: plan.ended,
});
