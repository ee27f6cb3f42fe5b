import type { Command } from "commander";
import type { ClientConfig } from "../../config.ts";
import type { ScopewardenClient } from "../client.ts";
import { type ConnectOptions, connect, withConnection } from "../connect.ts";
import { badUsage, CliError, EXIT, type ExitCode } from "../exit.ts";
import { count, type Io, printJson, printLines } from "../terminal.ts";
import { PART_BYTES, type PlanPart, partsOf } from "./applyParts.ts";
import { applyOperations } from "./changeService.ts";
import { checkAccess, printAccess } from "./newAccess.ts";
import { type PlannedChange, planChange, plannedJson, printPlanned } from "./plannedChange.ts";
import { applyProposal, findProposal, type ProposalShown } from "./proposalService.ts";
import { printProposal } from "./proposeCommand.ts";

interface ApplyOptions extends ConnectOptions {
  readonly reason?: string;
  readonly proposal?: string;
  readonly prune?: boolean;
  readonly newAccess: boolean;
  readonly inParts?: boolean | string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const HELP = `
Plans, shows the plan, asks, and applies it as one revision: all of it, or nothing, and nothing where somebody else changed the
policy meanwhile. The author is whose key it is. Doing it again changes nothing. Needs a key with the role admin.

Under four eyes what may allow more is proposed first (\`policy propose\`); --proposal applies what somebody else has approved, exactly
as it was approved, and reads no files.

Exit codes: 0 done, or nothing to do; 1 not confirmed, refused by --no-new-access, or the proposal is not approved; 2 the files, options or key are not valid, or the
service refused the change; 3 the service can't be reached, or the policy changed meanwhile.

Examples:
  $ scopewarden policy apply policy/ --reason "Ticket 4711"
  $ scopewarden policy apply policy/ --reason "$CI_COMMIT_SHA" --prune --yes
  $ scopewarden policy apply --proposal 0b6f... --yes`;

export function addPolicyApply(policy: Command): Command {
  return withConnection(
    policy
      .command("apply")
      .description("Makes the policy of a running service say what the files say.")
      .argument("[dir]", "folder of .yaml files")
      .option("--reason <text>", "why; it is kept with the revision. Must be said, but for a proposal, which has one")
      .option("--proposal <id>", "in the place of files: apply this proposal, once somebody else has approved it")
      .option("--prune", "take away what the files do not say: rows are deleted, scopes in force retired")
      .option("--no-new-access", "apply nothing if anybody would get access that they do not have")
      .option(
        "--in-parts [bytes]",
        `make several revisions of a change that is larger than one request may be, each of at most so many bytes (${PART_BYTES} if nothing is said)`,
      )
      .option("--yes", "do not ask; needed where nobody is at a terminal")
      .option("--json", "print the result as JSON"),
  ).addHelpText("after", HELP);
}

/** Whether the person at the terminal says yes. */
async function isConfirmed(io: Io): Promise<boolean> {
  io.stderr.write("Apply this? Only yes is taken for a yes: ");
  let said = "";
  for await (const part of io.stdin) {
    said += Buffer.from(part).toString("utf8");
    if (said.includes("\n")) break;
  }
  return said.trim() === "yes";
}

/** Applies the parts one after the other. Revisions that were made stay, and are named where a later part fails. */
async function applyAll(
  client: ScopewardenClient,
  parts: readonly PlanPart[],
  { reason, revision }: { readonly reason: string; readonly revision: number },
): Promise<number> {
  let at = revision;
  for (const [i, part] of parts.entries()) {
    const which = parts.length === 1 ? "" : ` (part ${i + 1} of ${parts.length})`;
    try {
      at = (await applyOperations(client, part, { reason: `${reason}${which}`, expectedRevision: at, dryRun: false }))
        .revision;
    } catch (error) {
      if (i === 0 || !(error instanceof CliError)) throw error;
      throw new CliError(
        error.exitCode,
        `Parts 1 to ${i} of ${parts.length} are made, up to revision ${at}; part ${i + 1} is not, nor any after it.`,
        ...error.lines,
        "Once it is mended, apply the files again: it goes on from there.",
      );
    }
  }
  return at;
}

function bytesOf(given: boolean | string): number {
  const bytes = typeof given === "string" ? Number(given) : PART_BYTES;
  if (!Number.isInteger(bytes) || bytes < 1024) throw badUsage("--in-parts takes a number of bytes, 1024 or more.");
  return bytes;
}

function partsFor(planned: PlannedChange, options: ApplyOptions): readonly PlanPart[] {
  const { plan, live, tooLarge } = planned;
  if (tooLarge === null) return [plan];
  if (options.inParts === undefined) throw tooLarge;
  return partsOf(plan, live, bytesOf(options.inParts));
}

/** Options that are about files. */
const OF_FILES = ["reason", "prune", "inParts"] as const;

/** `policy apply`: files, or a proposal. */
export async function policyApply(
  dir: string | undefined,
  options: ApplyOptions,
  deps: { readonly config: ClientConfig; readonly io: Io },
): Promise<ExitCode> {
  const { proposal, reason = "" } = options;
  if ((dir === undefined) === (proposal === undefined))
    throw badUsage("Name the folder of the files to apply, or --proposal with the id of a proposal: one of them.");
  if (proposal !== undefined && (!options.newAccess || OF_FILES.some((name) => options[name] !== undefined)))
    throw badUsage(
      "--proposal applies what was approved, as it is: --reason, --prune, --in-parts and --no-new-access are for files.",
    );
  if (dir !== undefined && reason.trim() === "") throw badUsage("--reason must say why.");
  if (options.yes !== true && deps.io.stdin.isTTY !== true)
    throw badUsage("Nobody is at a terminal to be asked. Say --yes to apply without asking, or use `policy plan`.");
  return dir === undefined
    ? applyApproved(proposal ?? "", options, deps)
    : applyFiles(dir, { ...options, reason }, deps);
}

/** What is in the way of a proposal. */
function standing({ author, id, staleBecause, state }: ProposalShown): string {
  switch (state) {
    case "OPEN":
      return `Proposal ${id} is not approved yet: somebody other than ${author}, who made it, must approve it (approveProposal).`;
    case "STALE":
      return `Proposal ${id} is stale${staleBecause === null ? "" : ` (${staleBecause})`}: it must be looked at again (refreshProposal), and approved anew.`;
    default:
      return `Proposal ${id} is ${state.toLowerCase()}, and can't be applied. Propose the change again.`;
  }
}

async function applyApproved(
  id: string,
  options: ApplyOptions,
  deps: { readonly config: ClientConfig; readonly io: Io },
): Promise<ExitCode> {
  const { io } = deps;
  const client = await connect(options, deps);
  const proposal = await findProposal(client, id);
  const print = options.json === true ? () => undefined : (lines: readonly string[]) => printLines(io.stdout, lines);
  let { appliedRevision } = proposal;
  if (proposal.state === "APPLIED") print([`Proposal ${id} was applied already, as revision ${appliedRevision}.`]);
  else {
    if (proposal.state !== "APPROVED") throw new CliError(EXIT.refused, standing(proposal), "Nothing was changed.");
    print([`Proposal ${id}: ${proposal.title}`, ...printProposal(proposal)]);
    if (options.yes !== true && !(await isConfirmed(io))) {
      printLines(io.stderr, ["Nothing was changed."]);
      return EXIT.refused;
    }
    appliedRevision = await applyProposal(client, id);
    print([`It is applied; the policy is now at revision ${appliedRevision}.`]);
  }
  if (options.json === true) printJson(io.stdout, { ...proposal, state: "APPLIED", appliedRevision });
  return EXIT.ok;
}

async function applyFiles(
  dir: string,
  options: ApplyOptions & { readonly reason: string },
  deps: { readonly config: ClientConfig; readonly io: Io },
): Promise<ExitCode> {
  const { io } = deps;
  const prune = options.prune === true;
  const asks = options.yes !== true;
  const client = await connect(options, deps);
  const planned = await planChange(client, dir, { prune });
  const print =
    options.json === true ? () => undefined : (lines: Parameters<typeof printLines>[1]) => printLines(io.stdout, lines);
  print(printPlanned(planned, { prune }));
  let revision = planned.live.revision;
  if (planned.changes.length > 0) {
    const parts = partsFor(planned, options);
    if (!options.newAccess) {
      const access = await checkAccess(client, { operations: planned.plan.operations, revision });
      print(printAccess(access));
      if (!access.none) return EXIT.refused;
    }
    if (asks && !(await isConfirmed(io))) {
      printLines(io.stderr, ["Nothing was changed."]);
      return EXIT.refused;
    }
    revision = await applyAll(client, parts, { reason: options.reason, revision });
    print([`${count(planned.changes.length, "row")} changed; the policy is now at revision ${revision}.`]);
  }
  if (options.json === true) printJson(io.stdout, { ...plannedJson(planned), appliedRevision: revision });
  return EXIT.ok;
}
