import type { Command } from "commander";
import type { ClientConfig } from "../../config.ts";
import { RefusedRequest } from "../client.ts";
import { type ConnectOptions, connect, withConnection } from "../connect.ts";
import { badUsage, EXIT, type ExitCode } from "../exit.ts";
import { badChange } from "../policyFiles.ts";
import { shellWord } from "../shellWord.ts";
import { type Io, printJson, printLines } from "../terminal.ts";
import { asInput } from "./changeService.ts";
import { planChange, plannedJson, printPlanned } from "./plannedChange.ts";
import { type ProposalShown, propose } from "./proposalService.ts";
import { flipsText } from "./replayPlan.ts";

interface ProposeOptions extends ConnectOptions {
  readonly title: string;
  readonly reason: string;
  readonly prune?: boolean;
  readonly json?: boolean;
}

const HELP = `
Plans, prints the plan, and proposes it. Nothing is changed until somebody else has approved the proposal by its digest and
\`policy apply --proposal\` has applied it. Where the service runs under four eyes (SCOPEWARDEN_FOUR_EYES), what may allow more can't
be changed in another way. The author is whose key it is, and can't approve it. Needs a key with the role admin or reviewer.

Exit codes: 0 proposed, or nothing to propose; 2 the files, options or key are not valid, or the service refused the change; 3 the
service can't be reached.

Examples:
  $ scopewarden policy propose policy/ --title "Nurses read lab results" --reason "Ticket 4711"
  $ scopewarden policy apply --proposal 0b6f...`;

export function addPolicyPropose(policy: Command): Command {
  return withConnection(
    policy
      .command("propose")
      .description(
        "Proposes to make the policy of a running service say what the files say, for somebody else to approve.",
      )
      .argument("<dir>", "folder of .yaml files")
      .requiredOption("--title <text>", "what the change is about")
      .requiredOption("--reason <text>", "why; it is kept with the revision")
      .option("--prune", "propose to take away what the files do not say, too")
      .option("--json", "print the plan and the proposal as JSON"),
  ).addHelpText("after", HELP);
}

const MOST_LISTED = 50;

/** A heading with what stands under it; nothing where that is nothing. */
function listed(heading: string, items: readonly string[]): readonly string[] {
  if (items.length === 0) return [];
  const more = items.length - MOST_LISTED;
  const shown = items.slice(0, MOST_LISTED).map((item) => `  ${item}`);
  return [heading, ...shown, ...(more > 0 ? [`  and ${more} more`] : [])];
}

/** What a proposal does, as whoever approves it reads it. */
export function printProposal({ access, findings, replay }: ProposalShown): readonly string[] {
  const sentences = (access?.cells ?? []).flatMap(({ example }) => example ?? []);
  return [
    ...listed(
      "It may allow more:",
      findings.map(({ message }) => message),
    ),
    ...listed("What changes in access:", sentences),
    ...(access !== null && sentences.length === 0 && access.complete ? ["By itself it changes nobody's access."] : []),
    ...(access?.complete === false
      ? ["The service could not compare all that differs: it may change more than this."]
      : []),
    ...(replay === undefined || replay === null
      ? []
      : [`${flipsText(replay)}${replay.complete ? "" : " Only the newest were read."}`]),
  ];
}

export async function policyPropose(
  dir: string,
  options: ProposeOptions,
  deps: { readonly config: ClientConfig; readonly io: Io },
): Promise<ExitCode> {
  const { io } = deps;
  const { reason, title } = options;
  const prune = options.prune === true;
  for (const [name, text] of [
    ["--title", title],
    ["--reason", reason],
  ] as const)
    if (text.trim() === "") throw badUsage(`${name} must not be empty.`);
  const client = await connect(options, deps);
  const planned = await planChange(client, dir, { prune });
  const { plan, tooLarge } = planned;
  if (tooLarge !== null)
    throw badUsage(
      "The change is larger than the service takes in one request, so that it can't be one proposal.",
      "Set SCOPEWARDEN_MAX_REQUEST_BYTES of the service higher, or propose the files in smaller steps.",
    );
  const proposal =
    planned.changes.length === 0
      ? null
      : await propose(client, { title, reason, change: { operations: asInput(plan.operations) } }).catch(
          (error: unknown) => {
            if (!(error instanceof RefusedRequest) || error.problems.length === 0) throw error;
            throw badChange(error.problems, plan.places, "The change can't be proposed so:");
          },
        );
  if (options.json === true) printJson(io.stdout, { ...plannedJson(planned), proposal });
  else
    printLines(io.stdout, [
      ...printPlanned(planned, { prune }),
      ...(proposal === null
        ? []
        : [
            "",
            `Proposal ${proposal.id} is open. Nothing is changed until somebody else approves it (approveProposal) by its digest:`,
            `  ${proposal.digest}`,
            ...printProposal(proposal),
            `Once it is approved: scopewarden policy apply --proposal ${shellWord(proposal.id)}`,
          ]),
    ]);
  return EXIT.ok;
}
