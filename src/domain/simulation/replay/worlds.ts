import type { DecideFacts } from "../../decisions/facts.ts";
import type { GatheredFacts } from "../../decisions/gather.ts";
import type { ConditionTells } from "../../decisions/ruleEngine.ts";
import type { DecisionRecord } from "../../decisions/types.ts";
import { type Directory, EMPTY_DIRECTORY } from "../../directory/directory.ts";
import { isKnownStaff } from "../../directory/staff.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { Breathe } from "../../kernel/ports.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Snapshots } from "../../policy/snapshots.ts";
import { DEFAULT_FHIR_VERSION } from "../../scopes/fhir.ts";
import { createFactsThen, type VersionStores } from "../factsThen.ts";
import { type Hypothesis, supposing } from "../hypothesis.ts";
import { bearsOn } from "./bearsOn.ts";
import { changeTells, judgeChange, type SubjectRef } from "./identifyingChange.ts";
import { missingInputs } from "./missingInputs.ts";
import type { Cause } from "./tally.ts";
import type { ReplayQuery } from "./types.ts";

/** The policy that a decision is made again by, and the same with the change. */
export interface World {
  readonly base: DecideFacts;
  /** Null: the change makes no other answer of it. */
  readonly after: DecideFacts | null;
}

const isOf = (error: unknown, code: ScopewardenError["code"]): error is ScopewardenError =>
  error instanceof ScopewardenError && error.code === code;

/** Who is known to work here, by the directory and policy of these facts. */
export const knowsStaff =
  ({ directory = EMPTY_DIRECTORY, snapshot }: Pick<DecideFacts, "directory" | "snapshot">) =>
  (subject: SubjectRef): boolean =>
    isKnownStaff(directory, snapshot, subject);

/** The facts of each decision, among them its time, what the directory knew and patients had said by then, or why there are none. */
export interface Worlds {
  /** The policy as it is, and with the change; null: each decision has its own. */
  readonly change: readonly [DecideFacts, DecideFacts] | null;
  /** What the change would tell of people by the decisions that were made again so far. */
  tells(): ConditionTells;
  /** Reads ahead, in few questions, what these rest on. @throws ScopewardenError POLICY_UNAVAILABLE */
  ahead(records: readonly DecisionRecord[]): Promise<void>;
  /** At once, where nothing has to be read. @throws ScopewardenError POLICY_UNAVAILABLE */
  of(record: DecisionRecord): Promise<World | readonly Cause[]> | World | readonly Cause[];
}

/**
 * @throws ScopewardenError BAD_USER_INPUT when the operations do not apply to the policy as it is; FORBIDDEN where they would tell who asks,
 * and may not know, whose decisions they are. Under OWN that may be so of an older policy alone; its decisions are not replayable then.
 */
export async function createWorlds(
  deps: VersionStores & {
    readonly hypothesis: Hypothesis;
    readonly snapshots: Pick<Snapshots, "at">;
    readonly breathe: Breathe;
    /** Who is known to work here; absent: whom the directory of the facts knows so. */
    readonly isStaff?: (subject: SubjectRef) => boolean;
  },
  { base, becomes, mayIdentify, operations }: Pick<ReplayQuery, "base" | "becomes" | "mayIdentify" | "operations">,
): Promise<Worlds> {
  const { breathe, hypothesis, snapshots } = deps;
  const { changeFacts, facts } = hypothesis;
  const factsThen = createFactsThen(deps);
  type Pair = readonly [base: Snapshot, after: Snapshot];
  const current: Pair = [
    facts.snapshot,
    becomes ?? (await supposing(hypothesis, operations, { breathe, pathOf: (path) => `input.${path}` })).snapshot,
  ];
  const isStaff = deps.isStaff ?? knowsStaff(facts);
  const judging = { breathe, engine: facts.engine, isStaff, now: facts.now };
  let tells = await judgeChange(current, { ...judging, mayIdentify });
  const bears = bearsOn(...current);
  /** Neighbours in the journal are mostly of one revision. */
  let last: { readonly revision: number; readonly pair: Pair | Cause } | null = null;

  async function ownPair(revision: number): Promise<Pair | Cause> {
    const snapshot = await snapshots.at(revision, "policyRevision").catch((error: unknown) => {
      if (isOf(error, "BAD_USER_INPUT")) return null;
      throw error;
    });
    if (snapshot === null) return { path: "policyRevision", message: `names revision ${revision}, which is not there` };
    try {
      const after = await supposing({ facts: { ...facts, snapshot }, changeFacts }, operations, { breathe });
      const pair: Pair = [snapshot, after.snapshot];
      const told = await changeTells(pair, judging);
      if (told === "WHOSE" && !mayIdentify)
        return {
          path: "policyRevision",
          message: `names revision ${revision}, in which the change asks for people: only an auditor may ask that`,
        };
      if (tells === "NOBODY" || told === "WHOSE") tells = told;
      return pair;
    } catch (error) {
      if (!isOf(error, "BAD_USER_INPUT")) throw error;
      return { path: "policyRevision", message: `the change does not apply to revision ${revision}: ${error.message}` };
    }
  }

  async function pairOf({ policyRevision: revision }: DecisionRecord): Promise<Pair | Cause> {
    if (base === "CURRENT") return current;
    if (last?.revision !== revision) last = { revision, pair: await ownPair(revision) };
    return last.pair;
  }

  async function read(record: DecisionRecord): Promise<World | readonly Cause[]> {
    const pair = await pairOf(record);
    if ("path" in pair) return [pair];
    const then = await factsThen.of(record);
    return "gathered" in then ? worldOf(record, pair, then) : then;
  }

  function worldOf(
    record: DecisionRecord,
    [base, after]: Pair,
    then: { readonly directory: Directory; readonly gathered?: GatheredFacts },
  ): World {
    const { decidedAt: now, fhirVersion = DEFAULT_FHIR_VERSION } = record;
    const own = { engine: facts.engine, ...then, fhirVersion, now };
    const isSame = base === after || (base === facts.snapshot && !bears(record));
    return { base: { ...own, snapshot: base }, after: isSame ? null : { ...own, snapshot: after } };
  }

  const [before, after] = current.map((snapshot) => ({ ...facts, snapshot })) as [DecideFacts, DecideFacts];
  return {
    change: base === "CURRENT" ? [before, after] : null,
    tells: () => tells,
    ahead: factsThen.ahead,
    of(record) {
      const missing = missingInputs(record);
      const message = record.erased === undefined ? "is on record no more" : "was erased after its time";
      if (missing.length > 0) return missing.map((path) => ({ path, message }));
      if (record.facts === undefined && base === "CURRENT")
        return worldOf(record, current, { directory: EMPTY_DIRECTORY });
      return read(record);
    },
  };
}
