import { isObject, type Members } from "../../domain/kernel/reader.ts";
import type { PolicyOperation } from "../../domain/policy/operations.ts";
import type { ScopewardenClient } from "../client.ts";
import { unavailable } from "../exit.ts";
import { parseObject } from "../requestOptions.ts";
import { count } from "../terminal.ts";
import { asInput } from "./changeService.ts";

const REPLAYING = {
  needs: "Replaying decisions needs a key with the role admin, reviewer or auditor.",
  failed: "The service could not replay its decisions.",
  instead: "Narrow what is replayed, or try again later.",
} as const;

const REPLAY = `query Replay($input: ReplayInput!) {
  replay(input: $input) {
    baseRevision read replayed notReplayable same allowToDeny denyToAllow narrowed widened otherObligations drifted
    complete from to byClient { key allowToDeny denyToAllow widened narrowed } byRule { key allowToDeny denyToAllow widened narrowed }
  }
}`;

const COUNTS = [
  "read",
  "replayed",
  "notReplayable",
  "same",
  "allowToDeny",
  "denyToAllow",
  "narrowed",
  "widened",
  "otherObligations",
] as const;

/** What a replay counted, as the service says it; null: of few patients, which auditors alone are told. */
export type ReplayAnswer = { readonly [Count in (typeof COUNTS)[number]]: number | null } & {
  readonly complete: boolean;
  readonly from: string | null;
  readonly to: string | null;
  readonly byClient: readonly Members[];
  readonly byRule: readonly Members[];
};

/** The filter of `--replay`; true, or no text: all decisions. @throws CliError for what is no JSON object */
export const readFilter = (given: boolean | string): Members =>
  typeof given === "string" ? parseObject(given, "--replay") : {};

/** What the change would make of recorded decisions. */
export async function askReplay(
  client: ScopewardenClient,
  operations: readonly PolicyOperation[],
  filter: Members,
): Promise<ReplayAnswer> {
  const input = { operations: asInput(operations), filter, samples: 0 };
  const { replay } = await client.ask(REPLAY, { input }, REPLAYING);
  if (!isObject(replay) || !COUNTS.every((name) => replay[name] === null || typeof replay[name] === "number"))
    throw unavailable("What the service answers is no replay.");
  return replay as unknown as ReplayAnswer;
}

const FEW = "few";
const FEW_MEANS =
  "Few: about 10 patients or fewer. How many, auditors alone are told; other numbers beside it are rounded down.";

/** `37 of 10000 recorded decisions flip: 31 newly allowed, 6 newly denied.` */
export function flipsText({
  allowToDeny,
  denyToAllow,
  replayed,
}: Pick<ReplayAnswer, "allowToDeny" | "denyToAllow" | "replayed">): string {
  const flips = allowToDeny === null || denyToAllow === null ? FEW : allowToDeny + denyToAllow;
  const of = replayed === null ? `${FEW} recorded decisions` : count(replayed, "recorded decision");
  return `${flips} of ${of} flip: ${denyToAllow ?? FEW} newly allowed, ${allowToDeny ?? FEW} newly denied.`;
}

function byKey(of: string, counts: readonly Members[]): readonly string[] {
  return counts
    .slice(0, 10)
    .map(
      ({ key, denyToAllow, allowToDeny }) =>
        `  ${of} ${key === "" ? "(none)" : key}: ${denyToAllow ?? FEW} newly allowed, ${allowToDeny ?? FEW} newly denied`,
    );
}

/** What flips, whom it concerns, and what was left out. */
export function printReplay(answer: ReplayAnswer): readonly string[] {
  const { read, replayed, notReplayable, allowToDeny, denyToAllow, narrowed, widened, otherObligations } = answer;
  const hasFew = COUNTS.some((name) => answer[name] === null);
  const others = [
    [widened, "would permit more"],
    [narrowed, "would permit less"],
    [otherObligations, "would ask for other obligations"],
    [notReplayable, "can't be made again"],
  ] as const;
  return [
    flipsText({ replayed, denyToAllow, allowToDeny }),
    ...(hasFew ? [`  ${FEW_MEANS}`] : []),
    ...others.flatMap(([n, what]) => (n === 0 ? [] : [`  ${n ?? FEW} ${what}`])),
    ...byKey("client", answer.byClient),
    ...byKey("rule", answer.byRule),
    ...(answer.complete
      ? []
      : [
          `  Only the newest ${read ?? FEW} were read, from ${answer.from} to ${answer.to}: narrow --replay, or use startReplay for all.`,
        ]),
  ];
}
