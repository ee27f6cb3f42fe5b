import type { KeyContent } from "../../callers/apiKeys.ts";
import { CALLER_ROLES } from "../../callers/types.ts";
import type { EntityRef } from "../../directory/entity.ts";
import { type PutEntity, readEntities, readRefs } from "../../directory/readEntities.ts";
import { badInput, ScopewardenError } from "../../kernel/errors.ts";
import type { NewId } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { reasonProblem, textProblem } from "../../kernel/text.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import type { DetectorChange } from "./detectorChange.ts";
import type { ProposedChange } from "./proposal.ts";
import type { ReplayFilter } from "./report.ts";
import type { SuppressionChange } from "./suppressionChange.ts";

/** A proposal as it arrives: exactly one kind of change. */
export interface ProposePolicyInput {
  readonly title: string;
  /** Empty for the other kinds. */
  readonly operations: readonly PolicyOperation[];
  readonly reason: string;
  readonly rollbackTo?: number | null | undefined;
  readonly putEntities?: readonly PutEntity[] | null | undefined;
  readonly deleteEntities?: readonly EntityRef[] | null | undefined;
  readonly apiKey?: KeyContent | null | undefined;
  readonly configureDetector?: DetectorChange | null | undefined;
  readonly suppressAlerts?: SuppressionChange | null | undefined;
  /** Which decisions to replay; absent: the replay's own choice. */
  readonly replay?: ReplayFilter | null | undefined;
  readonly emergency?: boolean | null | undefined;
}

const MAX_TITLE = 200;
/** Longest comment, in characters. */
const MAX_COMMENT = 4_000;

const titleProblem = (title: string): string | null =>
  title.trim() === "" ? "must say in a few words what it is about" : textProblem(title, MAX_TITLE);
const commentProblem = (text: string): string | null =>
  text.trim() === "" ? "must not be empty" : textProblem(text, MAX_COMMENT);

export function checkReason(reason: string): void {
  const problem = reasonProblem(reason);
  if (problem !== null) throw badInput([{ path: "reason", message: problem }]);
}
export function checkComment(text: string): void {
  const problem = commentProblem(text);
  if (problem !== null) throw badInput([{ path: "text", message: problem }]);
}

/** Problems of a part of the input are told under the path of the input. */
export async function underInput<T>(work: () => T | Promise<T>, pathOf = (path: string) => path): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ScopewardenError) || error.code !== "BAD_USER_INPUT" || error.problems.length === 0)
      throw error;
    throw badInput(error.problems.map(({ path, message }) => ({ path: `input.${pathOf(path)}`, message })));
  }
}

/** An id for each rule that has none: a reviewed rule can't get another each time it is looked at. */
const withRuleIds = (operations: readonly PolicyOperation[], newId: NewId): readonly PolicyOperation[] =>
  operations.map((operation) => {
    const { putRule } = operation;
    const nameless = putRule !== undefined && putRule !== null && (putRule.id ?? null) === null;
    return nameless ? { ...operation, putRule: { ...putRule, id: `rule-${newId()}` } } : operation;
  });

/** Of a key in the one order, so that the same key is the same text. */
export const keyContent = ({
  name,
  roles,
  subject,
  defaultClientId,
  expiresAt,
  assertRoles,
}: KeyContent): KeyContent => ({
  name,
  roles: CALLER_ROLES.filter((role) => roles.includes(role)),
  subject: subject === null ? null : { type: subject.type, id: subject.id },
  defaultClientId,
  expiresAt,
  assertRoles: (assertRoles ?? []).map(({ role, organization }) => ({ role, organization })),
});

function kindsOf(input: ProposePolicyInput): readonly string[] {
  const { operations, rollbackTo, putEntities, deleteEntities, apiKey, configureDetector, suppressAlerts } = input;
  return [
    ...(operations.length > 0 ? ["operations"] : []),
    ...((rollbackTo ?? null) === null ? [] : ["rollbackTo"]),
    ...((putEntities ?? null) === null && (deleteEntities ?? null) === null ? [] : ["putEntities and deleteEntities"]),
    ...((apiKey ?? null) === null ? [] : ["apiKey"]),
    ...((configureDetector ?? null) === null ? [] : ["configureDetector"]),
    ...((suppressAlerts ?? null) === null ? [] : ["suppressAlerts"]),
  ];
}

async function directoryChange(input: ProposePolicyInput): Promise<ProposedChange> {
  const put = input.putEntities ?? [];
  const remove = input.deleteEntities ?? [];
  const change = {
    put:
      put.length === 0
        ? []
        : await underInput(
            () => readEntities(put),
            (path) => path.replace(/^entities/, "putEntities"),
          ),
    remove:
      remove.length === 0
        ? []
        : await underInput(
            () => readRefs(remove),
            (path) => path.replace(/^entities/, "deleteEntities"),
          ),
  };
  const keys = new Set(change.put.map(({ type, id }) => JSON.stringify([type, id])));
  const both = change.remove.findIndex(({ type, id }) => keys.has(JSON.stringify([type, id])));
  if (both >= 0) throw badInput([{ path: `input.deleteEntities[${both}]`, message: "stands in putEntities too" }]);
  return { kind: "DIRECTORY", ...change };
}

/** What is proposed, read. Whether it could be made is seen when it is tried. @throws ScopewardenError BAD_USER_INPUT */
export async function readChange(input: ProposePolicyInput, newId: NewId): Promise<ProposedChange> {
  const read = new Reader();
  read.expect("input.title", titleProblem(input.title));
  read.expect("input.reason", reasonProblem(input.reason));
  const kinds = kindsOf(input);
  if (kinds.length !== 1) {
    const found = kinds.length === 0 ? "none" : kinds.join(" and ");
    read.problem(
      "input.operations",
      `must be the only change, or be empty beside one of rollbackTo, putEntities with deleteEntities, apiKey, configureDetector, suppressAlerts; not ${found}`,
    );
  }
  read.check();
  const { operations, rollbackTo, apiKey, configureDetector, suppressAlerts } = input;
  if (operations.length > 0) return { kind: "POLICY", operations: withRuleIds(operations, newId) };
  if (rollbackTo !== null && rollbackTo !== undefined) return { kind: "ROLLBACK", toRevision: rollbackTo };
  if (apiKey !== null && apiKey !== undefined) return { kind: "API_KEY", key: keyContent(apiKey) };
  if (configureDetector !== null && configureDetector !== undefined)
    return { kind: "DETECTOR", set: configureDetector };
  if (suppressAlerts !== null && suppressAlerts !== undefined) return { kind: "SUPPRESSION", suppress: suppressAlerts };
  return directoryChange(input);
}
