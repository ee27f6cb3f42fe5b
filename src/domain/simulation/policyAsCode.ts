import { writerOf } from "../callers/person.ts";
import type { Caller } from "../callers/types.ts";
import type { DecideFacts } from "../decisions/facts.ts";
import type { InputLimits } from "../decisions/inputReader.ts";
import { canonicalJson, type Json } from "../kernel/canonical.ts";
import { badInput, type Problem, ScopewardenError } from "../kernel/errors.ts";
import { breathing, eachInParts } from "../kernel/inParts.ts";
import type { Breathe, MonotonicClock, NewId, Sha256 } from "../kernel/ports.ts";
import { printableProblem } from "../kernel/text.ts";
import type { PolicyAdmin, Written } from "../policy/admin.ts";
import { applyInParts, type ChangeFacts } from "../policy/apply.ts";
import { sayingPolicy, writingFiles } from "../policy/files/exportFiles.ts";
import { type FileProblem, problemAt, type Yaml } from "../policy/files/fileReader.ts";
import type { PolicyFiles, parsePolicyFile } from "../policy/files/policyFile.ts";
import { type PolicyPlan, planningPolicy, planProblems } from "../policy/files/policyPlan.ts";
import { emptySnapshot, rowsOf, type Snapshot } from "../policy/snapshot.ts";
import type { Snapshots } from "../policy/snapshots.ts";
import { simulationAct } from "../record/acts.ts";
import type { AskedBy } from "./askedFacts.ts";
import { createCaseDecider } from "./cases/caseDecider.ts";
import type { Cases, parseCases } from "./cases/caseFile.ts";
import { type CaseResult, runCases } from "./cases/runCases.ts";
import type { Proposals } from "./proposals/proposals.ts";
import type { RecordAct } from "./whatIf.ts";

export interface FileText {
  /** Such as `rules.yaml`: problems name it. */
  readonly name: string;
  readonly text: string;
}
export interface FilesToRead {
  readonly policy: readonly FileText[];
  readonly cases: readonly FileText[];
}
export interface FilesRead {
  readonly policy: readonly ReturnType<typeof parsePolicyFile>[];
  readonly cases: readonly ReturnType<typeof parseCases>[];
}
/** Reads files, in their order, where decisions do not wait for it. */
export type ReadFiles = (files: FilesToRead) => Promise<FilesRead>;

/** Characters of all files of a question. */
export const MOST_CHARACTERS = 1024 * 1024;
const MOST_FILES = 200;
/** Rows of a policy that is written as files, or that a plan takes away. */
export const MOST_ROWS = 5_000;
/** Requests of all cases of a question. */
export const MOST_REQUESTS = 10_000;

/** What editors find the JSON Schema under: `scopewarden policy schema` writes it. */
const SCHEMA = "./policy.schema.json";
/** Rows that are counted without a break. */
const AT_ONCE = 200;

export interface WrittenFiles {
  readonly revision: number;
  readonly files: readonly FileText[];
  /** What files can't say, a sentence each. */
  readonly unsaid: readonly string[];
}
export interface PlannedFiles extends PolicyPlan {
  readonly baseRevision: number;
  /** The revision that applying the plan would make; null: nothing would change. */
  readonly revision: Written | null;
}
export interface TestedPolicy {
  /** The revision that decided, or that the proposal's change was made to; null: the files did. */
  readonly revision: number | null;
  readonly results: readonly CaseResult[];
  /** The rules of the policy, and those that matched in no case. */
  readonly rules: number;
  readonly unmatched: readonly string[];
}

/** The policy that decides cases. */
interface Deciding extends Pick<TestedPolicy, "revision"> {
  readonly snapshot: Snapshot;
  /** What made it of the revision, or of nothing. */
  readonly operations: PolicyFiles["operations"];
}

/** The policy as files, as the command line has it. All reject with BAD_USER_INPUT, LIMIT_EXCEEDED and POLICY_UNAVAILABLE. */
export interface PolicyAsCode {
  /** The policy at a revision, the current one where it is null. */
  files(revision: number | null): Promise<WrittenFiles>;
  /** What would change so that the policy says what the files say. Rejects with CONFLICT where it was changed meanwhile. */
  plan(caller: Caller, files: readonly FileText[], options: { readonly prune: boolean }): Promise<PlannedFiles>;
  /**
   * Asks the cases of the policy in force, of the files, or of the policy in force with what a proposal would change. That it was
   * asked is on record before it answers; rejects with JOURNAL_UNAVAILABLE where it can't be, and with NOT_FOUND.
   */
  test(
    caller: Caller,
    cases: readonly FileText[],
    of: { readonly files: readonly FileText[] | null; readonly proposal: string | null },
  ): Promise<TestedPolicy>;
}

function* textProblems(files: readonly FileText[], argument: string): Generator<Problem> {
  if (files.length === 0 || files.length > MOST_FILES)
    yield { path: argument, message: `must have 1 to ${MOST_FILES} files, not ${files.length}` };
  const names = new Set<string>();
  for (const [i, { name }] of files.entries()) {
    const message = names.has(name) ? "is the name of another file" : printableProblem(name);
    names.add(name);
    if (message !== null) yield { path: `${argument}[${i}].name`, message };
  }
  const characters = files.reduce((sum, { text }) => sum + text.length, 0);
  if (characters > MOST_CHARACTERS)
    yield { path: argument, message: `must have at most ${MOST_CHARACTERS} characters in all, not ${characters}` };
}

function checkTexts(given: { readonly [argument: string]: readonly FileText[] | null }): void {
  const problems = Object.entries(given).flatMap(([name, files]) => [
    ...(files === null ? [] : textProblems(files, name)),
  ]);
  if (problems.length > 0) throw badInput(problems);
}

/** @throws ScopewardenError BAD_USER_INPUT with the problems of every file, by name and line */
function checkRead(read: readonly { readonly problems: readonly FileProblem[] }[]): void {
  const problems = read.flatMap((each) => each.problems.map(problemAt));
  if (problems.length > 0) throw badInput(problems);
}

const together = (read: FilesRead["policy"]): PolicyFiles => ({
  operations: read.flatMap(({ files }) => files.operations),
  places: read.flatMap(({ files }) => files.places),
});

export function createPolicyAsCode(deps: {
  readonly policy: Pick<PolicyAdmin, "apply" | "current" | "trial">;
  readonly proposals: Pick<Proposals, "find">;
  readonly snapshots: Snapshots;
  readonly facts: () => DecideFacts;
  readonly askedBy: AskedBy;
  readonly changeFacts: () => ChangeFacts;
  readonly limits: InputLimits;
  readonly readFiles: ReadFiles;
  readonly writeYaml: Yaml["write"];
  readonly breathe: Breathe;
  readonly monotonic: MonotonicClock;
  readonly newId: NewId;
  readonly recordAct: RecordAct;
  readonly sha256: Sha256;
}): PolicyAsCode {
  const { breathe, changeFacts, facts, monotonic, newId, policy, readFiles, recordAct, sha256, snapshots } = deps;

  async function requireFew(snapshot: Snapshot): Promise<void> {
    let rows = 0;
    const counting = eachInParts(rowsOf(snapshot), AT_ONCE, () => {
      if (++rows <= MOST_ROWS) return;
      const text = `The policy has more than ${MOST_ROWS} rows: \`scopewarden policy export\` reads it page by page.`;
      throw new ScopewardenError("LIMIT_EXCEEDED", text);
    });
    await breathing(counting, breathe);
  }

  /** What the files make of nothing, and so without the revision of any policy. */
  async function snapshotOf({ operations, places }: PolicyFiles): Promise<Snapshot> {
    // What the files say has come was once to come.
    const applied = await applyInParts(emptySnapshot(), operations, { facts: { ...changeFacts(), now: 0 }, breathe });
    if (!applied.ok) throw badInput(planProblems(applied.problems, places));
    return applied.snapshot;
  }

  /** The policy of now with what a proposal would change. */
  async function proposed(id: string): Promise<Deciding> {
    const found = await deps.proposals.find(id);
    if (found === null) throw new ScopewardenError("NOT_FOUND", `There is no proposal ${id}.`);
    const { change } = found;
    if (change.kind !== "POLICY" && change.kind !== "ROLLBACK")
      throw badInput([{ path: "proposal", message: "must be of a change of the policy" }]);
    const { revision } = policy.current();
    const applied = await policy.trial(change);
    if (!applied.ok)
      throw badInput(applied.problems.map(({ path, message }) => ({ path: `proposal.${path}`, message })));
    return { snapshot: applied.snapshot, revision, operations: change.kind === "POLICY" ? change.operations : [] };
  }

  async function deciding(files: FilesRead["policy"] | null, proposal: string | null): Promise<Deciding> {
    if (proposal !== null) return proposed(proposal);
    if (files === null) return { snapshot: policy.current(), revision: policy.current().revision, operations: [] };
    const said = together(files);
    return { snapshot: await snapshotOf(said), revision: null, operations: said.operations };
  }

  return {
    async files(revision) {
      const snapshot = revision === null ? policy.current() : await snapshots.at(revision, "revision");
      await requireFew(snapshot);
      const said = await breathing(sayingPolicy(snapshot, facts().now), breathe);
      const files = await breathing(writingFiles(said, { schema: SCHEMA, write: deps.writeYaml }), breathe);
      return {
        revision: snapshot.revision,
        files: [...files].map(([name, text]) => ({ name, text })),
        unsaid: said.unsaid,
      };
    },
    async plan(caller, given, { prune }) {
      checkTexts({ files: given });
      const read = (await readFiles({ policy: given, cases: [] })).policy;
      checkRead(read);
      const base = policy.current();
      const plan = await breathing(planningPolicy(together(read), base, { now: facts().now, prune }), breathe);
      const planned = { ...plan, baseRevision: base.revision };
      if (plan.operations.length === 0) return { ...planned, revision: null };
      if (prune && plan.left.length > MOST_ROWS)
        throw new ScopewardenError("LIMIT_EXCEEDED", `A plan takes away at most ${MOST_ROWS} rows.`);
      const change = { reason: "A plan of policy files", expectedRevision: base.revision, dryRun: true };
      try {
        const revision = await policy.apply({ ...change, operations: plan.operations, ...writerOf(caller) });
        return { ...planned, revision: revision.changes === undefined ? null : revision };
      } catch (error) {
        if (!(error instanceof ScopewardenError) || error.code !== "BAD_USER_INPUT") throw error;
        throw badInput(planProblems(error.problems, plan.places));
      }
    },
    async test(caller, given, { files, proposal }) {
      if (files !== null && proposal !== null)
        throw badInput([{ path: "proposal", message: "can't be given with files: say which policy decides" }]);
      checkTexts({ cases: given, files });
      const read = await readFiles({ policy: files ?? [], cases: given });
      checkRead([...read.cases, ...read.policy]);
      const cases = read.cases.flatMap((each) => each.cases);
      const requests = cases.reduce((sum, one) => sum + (one.kind === "never" ? one.count : 1), 0);
      if (requests > MOST_REQUESTS)
        throw badInput([
          { path: "cases", message: `come to ${requests} requests; at most ${MOST_REQUESTS} are asked` },
        ]);
      const known: Pick<Cases, "breakGlasses" | "consents"> = {
        breakGlasses: read.cases.flatMap((each) => each.breakGlasses),
        consents: read.cases.flatMap((each) => each.consents),
      };
      const { snapshot, revision, operations } = await deciding(files === null ? null : read.policy, proposal);
      const { facts: now } = await deps.askedBy(caller);
      const decider = createCaseDecider({ ...now, snapshot }, known, { breathe, limits: deps.limits });
      const results = await runCases(cases, decider, monotonic);
      await recordAct(
        simulationAct(newId(), {
          ...(proposal !== null && { asked: { proposal } }),
          at: now.now,
          baseRevision: revision ?? snapshot.revision,
          callerId: caller.id,
          field: "testPolicy",
          operations: operations.length,
          operationsSha256: sha256(canonicalJson(operations as unknown as Json)),
          questions: requests,
        }),
      );
      const unmatched: string[] = [];
      const looking = eachInParts(snapshot.rules.keys(), AT_ONCE, (id) => {
        if (!decider.matched.has(id)) unmatched.push(id);
      });
      await breathing(looking, breathe);
      return { revision, results, rules: snapshot.rules.size, unmatched };
    },
  };
}
