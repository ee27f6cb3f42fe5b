import { type AuthorizeInput, parseAuthorizeInput } from "../decisions/accessInput.ts";
import { decide } from "../decisions/decide.ts";
import type { GatherAccess } from "../decisions/gather.ts";
import type { InputLimits } from "../decisions/inputReader.ts";
import type { AccessRequest, Verdict } from "../decisions/types.ts";
import { badInput, type Problem } from "../kernel/errors.ts";
import { once } from "../kernel/once.ts";
import type { Breathe } from "../kernel/ports.ts";
import type { PolicyOperation } from "../policy/operations.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import type { AccessDifference } from "./access/accessDifference.ts";
import { compareAccess } from "./access/compareAccess.ts";
import { differingParts } from "./decideAgain.ts";
import { type Hypothesis, supposing } from "./hypothesis.ts";
import { type SufficientAccess, sufficientAccess } from "./sufficientAccess.ts";

/** Questions of one simulation. */
export const MAX_SIMULATED = 100;

export interface SimulationResult {
  readonly before: Verdict;
  readonly after: Verdict;
  /** Whether anything differs that a caller sees: outcome, scope, reasons or obligations. */
  readonly changed: boolean;
  /** What would make an ALLOW of a denial that remains. It is tried when it is asked for. */
  readonly sufficientAccess: () => Promise<readonly SufficientAccess[]>;
}
export interface Simulation {
  readonly baseRevision: number;
  /** How many of the results are changed. */
  readonly changed: number;
  /** In the order of the questions. */
  readonly results: readonly SimulationResult[];
  /** What the change does to access, whatever is asked. Compared when it is asked for. */
  readonly access: () => Promise<AccessDifference>;
  /** The policy before and after. */
  readonly policies: readonly Snapshot[];
}

function parseAll(inputs: readonly AuthorizeInput[], limits: InputLimits): readonly AccessRequest[] {
  if (inputs.length > MAX_SIMULATED)
    throw badInput([{ path: "input.requests", message: `must be at most ${MAX_SIMULATED}, not ${inputs.length}` }]);
  const problems: Problem[] = [];
  const requests: AccessRequest[] = [];
  inputs.forEach((input, i) => {
    const parsed = parseAuthorizeInput(input, `input.requests[${i}]`, limits);
    if (parsed.ok) requests.push(parsed.request);
    else problems.push(...parsed.problems);
  });
  if (problems.length > 0) throw badInput(problems);
  return requests;
}

/**
 * What these questions would be answered now, and after a change, by the same pure functions that decide and that change
 * the policy. Nothing is committed, and nothing is put into the journal of decisions.
 * @throws ScopewardenError BAD_USER_INPUT
 */
export async function simulate(
  deps: {
    readonly hypothesis: Hypothesis;
    readonly limits: InputLimits;
    readonly breathe: Breathe;
    readonly gather: GatherAccess;
  },
  input: { readonly operations: readonly PolicyOperation[]; readonly requests: readonly AuthorizeInput[] },
): Promise<Simulation> {
  const { gather, hypothesis, limits, breathe } = deps;
  const requests = parseAll(input.requests, limits);
  const then = await supposing(hypothesis, input.operations, { breathe, pathOf: (path) => `input.${path}` });
  const results: SimulationResult[] = [];
  const known = await gather(hypothesis.facts, requests);
  for (const request of requests) {
    await breathe();
    const gathered = known.get(request) ?? { consents: [] };
    const before = decide({ ...hypothesis.facts, gathered }, request);
    const after = decide({ ...then, gathered }, request);
    results.push({
      before,
      after,
      changed: differingParts(before, after, true).length > 0,
      sufficientAccess: () =>
        sufficientAccess(
          { facts: then, changeFacts: hypothesis.changeFacts, gather, breathe },
          { request, reasons: after.reasons },
        ),
    });
  }
  return {
    baseRevision: hypothesis.facts.snapshot.revision,
    changed: results.filter(({ changed }) => changed).length,
    results,
    policies: [hypothesis.facts.snapshot, then.snapshot],
    access: once(() => compareAccess(hypothesis.facts, then, { breathe })),
  };
}
