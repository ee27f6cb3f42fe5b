import type { HeldRoles } from "../../decisions/holds/roles.ts";
import { mergeFacts } from "../../decisions/mergeFacts.ts";
import type { Verdict } from "../../decisions/types.ts";
import type { Obligation, Rule } from "../../policy/types.ts";
import type { Access, AccessCondition } from "../possible/conditions.ts";
import { type Chance, couldBe, couldBeCovered } from "../possible/couldBe.ts";
import { type Asker, type Askers, readsSubject } from "./askers.ts";

/** What one may do who asks, if anything. */
export interface Answer {
  readonly access: Access;
  readonly scope: string;
  /** From the one that is held itself to the one that the rule names; empty: a rule for every role. */
  readonly roles: readonly string[];
  readonly conditions: readonly AccessCondition[];
  readonly obligations: readonly Obligation[];
}

/** How much dearer it is to look for a chance than to decide. */
const CHANCE = 8;

/** The roles by which one holds those that rules name, each once, those that are held themselves first. */
function rolesBy(held: HeldRoles, rules: readonly Rule[]): readonly string[] {
  const roles = new Set<string>();
  for (const { role } of rules) {
    const path: string[] = [];
    for (let at: string | null | undefined = role === "*" ? null : role; at; at = held.get(at)) path.unshift(at);
    for (const each of path) roles.add(each);
  }
  return [...roles];
}

/** What was found for a subject, and whether it counts for every one who holds the same roles. */
interface Remembered {
  readonly chance: Chance | null;
  readonly counts: boolean;
}

/** What each asker may do: allowed as the question stands, or if more were said. */
export class Answers {
  readonly #askers: Askers;
  #client: string | null = null;
  #byRoles = new Map<HeldRoles, Remembered>();
  #isClosed = false;

  constructor(askers: Askers) {
    this.#askers = askers;
  }

  /** Whether no subject can do it by way of this client, as far as was seen. */
  isClosed(clientId: string): boolean {
    return this.#client === clientId && this.#isClosed;
  }

  /** In the units of `Turns`. */
  workOf(asker: Asker): number {
    const work = this.#askers.workOf(asker);
    const isSettled = this.#askers.outcomeOf(asker) === "ALLOW" || this.#known(asker)?.counts === true;
    return isSettled ? work : this.#askers.decisionWork(asker) * CHANCE + work;
  }

  answerOf(asker: Asker): Answer | null {
    const verdict = this.#askers.verdictOf(asker);
    return verdict.outcome === "ALLOW" ? this.#allowed(asker, verdict) : this.#conditional(asker);
  }

  #allowed({ held }: Asker, { obligations, reasons, scope }: Verdict): Answer {
    const { rules } = this.#askers.facts.snapshot;
    const by = reasons.flatMap(({ code, ruleId }) =>
      code === "ALLOWED_BY_RULE" && ruleId !== null ? (rules.get(ruleId) ?? []) : [],
    );
    return { access: "ALLOW", scope: scope ?? "", roles: rolesBy(held, by), conditions: [], obligations };
  }

  #conditional(asker: Asker): Answer | null {
    const chance = this.#chanceOf(asker);
    if (chance === null) return null;
    const { allowing, conditions, scope } = chance;
    return { access: "CONDITIONAL", scope, roles: rolesBy(asker.held, allowing), conditions, obligations: [] };
  }

  #known({ clientId, held, subject }: Asker): Remembered | null {
    return subject === null || this.#client !== clientId ? null : (this.#byRoles.get(held) ?? null);
  }

  #chanceOf(asker: Asker): Chance | null {
    if (asker.subject === null) return this.#lookFor(asker, false);
    const known = this.#known(asker) ?? this.#remember(asker);
    return known.counts ? known.chance : this.#lookFor(asker, false);
  }

  /** Of anybody with these roles: where there is no chance there is none for each, and where no rule sees who asks all have the same. */
  #remember(asker: Asker): Remembered {
    if (this.#client !== asker.clientId) {
      this.#client = asker.clientId;
      this.#byRoles = new Map();
      this.#isClosed = this.#askers.isClosed(asker.clientId) && !this.#couldBeCovered(asker);
    }
    const chance = this.#lookFor(asker, true);
    const remembered = { chance, counts: chance === null || !chance.rules.some(readsSubject) };
    this.#byRoles.set(asker.held, remembered);
    return remembered;
  }

  #couldBeCovered(asker: Asker): boolean {
    const { facts } = this.#askers;
    const { request } = mergeFacts(facts.directory, this.#askers.requestOf(asker));
    return couldBeCovered({ facts, request, held: asker.held, anybody: true });
  }

  #lookFor(asker: Asker, anybody: boolean): Chance | null {
    const { facts } = this.#askers;
    const { known, request } = mergeFacts(facts.directory, this.#askers.requestOf(asker));
    if (known !== null && known.disagree !== null) return null;
    return couldBe({ facts, request, held: asker.held, anybody });
  }
}
