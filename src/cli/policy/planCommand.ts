import type { Command } from "commander";
import type { ClientConfig } from "../../config.ts";
import { type ConnectOptions, connect, withConnection } from "../connect.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { type Io, printJson, printLines } from "../terminal.ts";
import { type AccessChecked, checkAccess, printAccess } from "./newAccess.ts";
import { planChange, plannedJson, printPlanned } from "./plannedChange.ts";
import { askReplay, printReplay, type ReplayAnswer, readFilter } from "./replayPlan.ts";

interface PlanOptions extends ConnectOptions {
  readonly prune?: boolean;
  readonly newAccess: boolean;
  readonly replay?: boolean | string;
  readonly exitCode?: boolean;
  readonly json?: boolean;
}

const HELP = `
Changes nothing. The service tries the change as it would be made, so that what it would refuse is told now, by file and line.
Needs a key with the role admin or reviewer. docs/policy-as-code.md has the whole way, from export to CI.

Exit codes: 0 done; 1 with --no-new-access, somebody would get access, or it can't be told; 2 the files, options or key are not valid, or
the service would refuse the change; 3 the service can't be reached; 4 with --exit-code, there is something to change.

Examples:
  $ scopewarden policy plan policy/
  $ scopewarden policy plan policy/ --prune --no-new-access
  $ scopewarden policy plan policy/ --replay '{"from":"2026-10-01T00:00:00Z"}'`;

export function addPolicyPlan(policy: Command): Command {
  return withConnection(
    policy
      .command("plan")
      .description("Says what would change so that the policy of a running service says what the files say.")
      .argument("<dir>", "folder of .yaml files")
      .option("--prune", "plan to take away what the files do not say")
      .option("--no-new-access", "end with 1 if anybody would get access that they do not have")
      .option("--replay [filter]", "say which recorded decisions would flip; a DecisionFilter as JSON narrows them")
      .option("--exit-code", "end with 4 if there is something to change")
      .option("--json", "print the plan as JSON"),
  ).addHelpText("after", HELP);
}

export async function policyPlan(
  dir: string,
  options: PlanOptions,
  deps: { readonly config: ClientConfig; readonly io: Io },
): Promise<ExitCode> {
  const { io } = deps;
  const prune = options.prune === true;
  const filter = options.replay === undefined ? null : readFilter(options.replay);
  const client = await connect(options, deps);
  const planned = await planChange(client, dir, { prune });
  const { operations } = planned.plan;
  const isChange = planned.changes.length > 0;
  const access: AccessChecked | null =
    options.newAccess || !isChange ? null : await checkAccess(client, { operations, revision: planned.live.revision });
  const replayed: ReplayAnswer | null =
    filter === null || !isChange ? null : await askReplay(client, operations, filter);
  if (options.json === true) printJson(io.stdout, { ...plannedJson(planned), access, replay: replayed });
  else
    printLines(io.stdout, [
      ...printPlanned(planned, { prune }),
      ...(replayed === null ? [] : printReplay(replayed)),
      ...(access === null ? [] : printAccess(access)),
    ]);
  if (access !== null && !access.none) return EXIT.refused;
  return options.exitCode === true && isChange ? EXIT.changes : EXIT.ok;
}
