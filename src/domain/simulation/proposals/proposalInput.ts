import type { KeyContent } from "../../callers/apiKeys.ts";
import { CALLER_ROLES } from "../../callers/types.ts";
import type { EntityRef } from "../../directory/entity.ts";
import { type PutEntity, readEntities, readRefs } from "../../directory/readEntities.ts";
import { badInput, ScopewardenError } from "../../kernel/errors.ts";
import type { NewId } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { reasonProblem, seenTextProblem, textProblem } from "../../kernel/text.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import type { DetectorChange } from "./detectorChange.ts";
import type { ProposedChange } from "./proposal.ts";
import type { ReplayFilter } from "./report.ts";
import type { SuppressionChange } from "./suppressionChange.ts";

/** What is proposed, as it arrives: exactly one member is said. */
export interface ProposedChangeInput {
  readonly operations?: readonly PolicyOperation[] | null | undefined;
  readonly rollbackTo?: number | null | undefined;
  readonly directory?: ProposedDirectoryInput | null | undefined;
  readonly apiKey?: KeyContent | null | undefined;
  readonly configureDetector?: DetectorChange | null | undefined;
  readonly suppressAlerts?: SuppressionChange | null | undefined;
}
export interface ProposedDirectoryInput {
  readonly putEntities?: readonly PutEntity[] | null | undefined;
  readonly deleteEntities?: readonly EntityRef[] | null | undefined;
}
export interface ProposePolicyInput {
  readonly title: string;
  readonly change: ProposedChangeInput;
  readonly reason: string;
  /** Which decisions to replay; absent: the replay's own choice. */
  readonly replay?: ReplayFilter | null | undefined;
  readonly emergency?: boolean | null | undefined;
}

const MAX_TITLE = 200;
/** Longest comment, in characters. */
const MAX_COMMENT = 4_000;

const titleProblem = (title: string): string | null =>
  title.trim() === "" ? "must say in a few words what it is about" : seenTextProblem(title, MAX_TITLE);
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

async function directoryChange({ putEntities, deleteEntities }: ProposedDirectoryInput): Promise<ProposedChange> {
  const put = putEntities ?? [];
  const remove = deleteEntities ?? [];
  const under = (member: string) => (path: string) => path.replace(/^entities/, `change.directory.${member}`);
  const change = {
    put: put.length === 0 ? [] : await underInput(() => readEntities(put), under("putEntities")),
    remove: remove.length === 0 ? [] : await underInput(() => readRefs(remove), under("deleteEntities")),
  };
  const keys = new Set(change.put.map(({ type, id }) => JSON.stringify([type, id])));
  const both = change.remove.findIndex(({ type, id }) => keys.has(JSON.stringify([type, id])));
  if (both >= 0)
    throw badInput([{ path: `input.change.directory.deleteEntities[${both}]`, message: "stands in putEntities too" }]);
  return { kind: "DIRECTORY", ...change };
}

type Said<Name extends keyof ProposedChangeInput> = NonNullable<ProposedChangeInput[Name]>;
type ReadMember<Name extends keyof ProposedChangeInput> = (
  said: Said<Name>,
  newId: NewId,
) => ProposedChange | Promise<ProposedChange>;
const MEMBERS: { readonly [Name in keyof ProposedChangeInput]-?: ReadMember<Name> } = {
  operations: (operations, newId) => ({ kind: "POLICY", operations: withRuleIds(operations, newId) }),
  rollbackTo: (toRevision) => ({ kind: "ROLLBACK", toRevision }),
  directory: directoryChange,
  apiKey: (key) => ({ kind: "API_KEY", key: keyContent(key) }),
  configureDetector: (set) => ({ kind: "DETECTOR", set }),
  suppressAlerts: (suppress) => ({ kind: "SUPPRESSION", suppress }),
};
const MEMBER_NAMES = Object.keys(MEMBERS) as readonly (keyof ProposedChangeInput)[];

/** What is proposed, read. Whether it could be made is seen when it is tried. @throws ScopewardenError BAD_USER_INPUT */
export async function readChange(
  { title, change, reason }: Pick<ProposePolicyInput, "title" | "change" | "reason">,
  newId: NewId,
): Promise<ProposedChange> {
  const read = new Reader();
  read.expect("input.title", titleProblem(title));
  read.expect("input.reason", reasonProblem(reason));
  const said = MEMBER_NAMES.filter((name) => (change[name] ?? null) !== null);
  const [name] = said;
  if (name === undefined || said.length > 1)
    read.problem(
      "input.change",
      `must have exactly one member, not ${said.length === 0 ? "none" : said.join(" and ")}`,
    );
  read.check();
  const member = name as keyof ProposedChangeInput;
  return (MEMBERS[member] as ReadMember<typeof member>)(change[member] as never, newId);
}
