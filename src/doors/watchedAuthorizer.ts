import type { Authorizer } from "../domain/decisions/authorize.ts";
import type { DecisionRecord, Outcome } from "../domain/decisions/types.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { Snapshot } from "../domain/policy/snapshot.ts";
import type { Metrics } from "../process/metrics.ts";
import { earliestEnd } from "./deprecation.ts";
import type { RequestFacts } from "./requestFacts.ts";

const OUTCOMES: readonly Outcome[] = ["ALLOW", "DENY"];

interface Deps {
  readonly authorizer: Authorizer;
  readonly snapshot: () => Snapshot;
  readonly metrics: Metrics;
  /** A label of the metrics. */
  readonly door: string;
}

/** The authorizer of one request. */
class WatchedAuthorizer implements Authorizer {
  readonly #deps: Deps;
  readonly #facts: RequestFacts;

  constructor(deps: Deps, facts: RequestFacts) {
    this.#deps = deps;
    this.#facts = facts;
  }

  async authorize(...[caller, inputs, pathOf]: Parameters<Authorizer["authorize"]>) {
    const since = performance.now();
    try {
      const records = await this.#deps.authorizer.authorize(caller, inputs, pathOf);
      this.#answered(records, since);
      return records;
    } catch (error) {
      throw this.#undecided(error);
    }
  }

  async decideGrant(...[caller, input, path]: Parameters<Authorizer["decideGrant"]>) {
    const since = performance.now();
    try {
      const record = await this.#deps.authorizer.decideGrant(caller, input, path);
      this.#answered([record], since);
      return record;
    } catch (error) {
      throw this.#undecided(error);
    }
  }

  #answered(records: readonly DecisionRecord[], since: number): void {
    const { metrics, door } = this.#deps;
    metrics.decisionSeconds.observe({ door }, (performance.now() - since) / 1000);
    const count = { ALLOW: 0, DENY: 0 };
    let deprecated = false;
    for (const { outcome, reasons } of records) {
      count[outcome]++;
      for (const { code } of reasons) deprecated ||= code === "SCOPE_DEPRECATED";
    }
    for (const outcome of OUTCOMES) {
      if (count[outcome] === 0) continue;
      this.#facts.tally[outcome] += count[outcome];
      metrics.decisions.inc({ outcome, door }, count[outcome]);
    }
    if (deprecated) this.#keepEarliestEnd(records);
  }

  #keepEarliestEnd(records: readonly DecisionRecord[]): void {
    const { deprecation } = this.#facts;
    const end = earliestEnd(this.#deps.snapshot(), records);
    if (end !== null && (deprecation === null || end.sunsetAt < deprecation.sunsetAt)) this.#facts.deprecation = end;
  }

  #undecided(error: unknown): unknown {
    const { metrics, door } = this.#deps;
    metrics.undecided.inc({ code: error instanceof ScopewardenError ? error.code : "INTERNAL", door });
    return error;
  }
}

/**
 * The authorizer as each request of a door sees it: what it answers is measured, counted for the request's log line,
 * and looked through for the earliest end of a deprecated scope, which the answer's headers tell.
 */
export const watchAuthorizer =
  (deps: Deps) =>
  (facts: RequestFacts): Authorizer =>
    new WatchedAuthorizer(deps, facts);
