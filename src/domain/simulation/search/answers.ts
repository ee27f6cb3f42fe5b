import type { HeldRoles } from "../../decisions/holds/roles.ts";
import { mergeFacts } from "../../decisions/mergeFacts.ts";
import type { Verdict } from "../../decisions/types.ts";
import type { Obligation, Rule } from "../../policy/types.ts";
import type { AccessCondition } from "../access/accessCell.ts";
import type { AllowedAccess } from "../access/accessDifference.ts";
import { type Chance, couldAllow, couldBe, couldBeCovered, type OpenRequest } from "../possible/couldBe.ts";
import { type CountedEngine, countPartial } from "../possible/countPartial.ts";
import { type Asker, type Askers, readsSubject } from "./askers.ts";

/** What one may do who asks, if anything. */
export interface Answer {
  readonly access: AllowedAccess;
  readonly scope: string;
  /** From the one that is held itself to the one that the rule names; empty: a rule for every role. */
  readonly roles: readonly string[];
  readonly conditions: readonly AccessCondition[];
  readonly obligations: readonly Obligation[];
}

/** What it takes to ask the rules while nothing is known but the resource, in the units of `Turns`. */
const PARTIAL = 64;

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

/** What was found for anybody who holds the same roles. */
interface Remembered {
  readonly chance: Chance | null;
  /** Whether it is the same for each of them. */
  readonly counts: boolean;
  /** By scope and rules: of each what must hold, whoever it is. */
  readonly conditions: Map<string, readonly AccessCondition[]>;
}

/** Which answers are looked for. */
type LookedFor = Pick<OpenRequest, "counts" | "open">;

/** What each asker may do: allowed as the question stands, or if more were said. */
export class Answers {
  readonly #askers: Askers;
  readonly #lookedFor: LookedFor;
  readonly #counted: CountedEngine;
  #client: string | null = null;
  #byRoles = new Map<HeldRoles, Remembered>();
  #isClosed = false;

  constructor(askers: Askers, lookedFor: LookedFor = {}) {
    this.#askers = askers;
    this.#lookedFor = lookedFor;
    this.#counted = countPartial(askers.facts.engine, PARTIAL);
  }

  /** Whether no subject can do it by way of this client, as far as was seen. */
  isClosed(clientId: string): boolean {
    return this.#client === clientId && this.#isClosed;
  }

  /** In the units of `Turns`, but for what `workBeyond` tells. */
  workOf(asker: Asker): number {
    return this.#askers.workOf(asker);
  }

  /** What was asked since the last time while something was not known, in the units of `Turns`. */
  workBeyond(): number {
    return this.#counted.work();
  }

  answerOf(asker: Asker): Answer | null {
    return this.allowedTo(asker) ?? this.possibleFor(asker);
  }

  /** As the question stands. */
  allowedTo(asker: Asker): Answer | null {
    const verdict = this.#askers.verdictOf(asker);
    return verdict.outcome === "ALLOW" ? this.#allowed(asker, verdict) : null;
  }

  #allowed({ held }: Asker, { obligations, reasons, scope }: Verdict): Answer | null {
    const { rules } = this.#askers.facts.snapshot;
    const by = reasons.flatMap(({ code, ruleId }) =>
      code === "ALLOWED_BY_RULE" && ruleId !== null ? (rules.get(ruleId) ?? []) : [],
    );
    const { counts } = this.#lookedFor;
    if (counts !== undefined && !by.some(counts)) return null;
    return { access: "ALLOW", scope: scope ?? "", roles: rolesBy(held, by), conditions: [], obligations };
  }

  /** Whether one rule could allow it to this one, whatever the resource is and whatever else there is to it. */
  couldBy(rule: Rule, asker: Asker): boolean {
    const open = this.#open(asker, false);
    return open !== null && couldAllow(rule, open);
  }

  /** If more were said. */
  possibleFor(asker: Asker): Answer | null {
    const { chance, conditions } = this.#chanceOf(asker);
    if (chance === null) return null;
    const { allowing, scope } = chance;
    const roles = rolesBy(asker.held, allowing);
    const key = JSON.stringify([scope, ...allowing.map(({ id }) => id)]);
    let found = conditions.get(key);
    if (found === undefined) {
      found = chance.conditions();
      conditions.set(key, found);
    }
    return { access: "CONDITIONAL", scope, roles, conditions: found, obligations: [] };
  }

  #chanceOf(asker: Asker): Pick<Remembered, "chance" | "conditions"> {
    if (asker.subject === null) return { chance: this.#lookFor(asker, false), conditions: new Map() };
    const known = this.#known(asker) ?? this.#remember(asker);
    return known.counts ? known : { ...known, chance: this.#lookFor(asker, false) };
  }

  #known({ clientId, held }: Asker): Remembered | null {
    return this.#client !== clientId ? null : (this.#byRoles.get(held) ?? null);
  }

  /** Of anybody with these roles: where there is no chance there is none for each, and where no rule sees who asks all have the same. */
  #remember(asker: Asker): Remembered {
    if (this.#client !== asker.clientId) {
      this.#client = asker.clientId;
      this.#byRoles = new Map();
      const open = this.#open(asker, true);
      this.#isClosed = this.#askers.isClosed(asker.clientId) && (open === null || !couldBeCovered(open));
    }
    const chance = this.#lookFor(asker, true);
    const counts = chance === null || !chance.rules.some(readsSubject);
    const remembered = { chance, counts, conditions: new Map() };
    this.#byRoles.set(asker.held, remembered);
    return remembered;
  }

  #lookFor(asker: Asker, anybody: boolean): Chance | null {
    const open = this.#open(asker, anybody);
    return open === null ? null : couldBe(open);
  }

  /** Null: the directory says otherwise of the resource, and nothing can be allowed on it. */
  #open(asker: Asker, anybody: boolean): OpenRequest | null {
    const facts = { ...this.#askers.facts, engine: this.#counted.engine };
    const { known, request } = mergeFacts(facts.directory, this.#askers.requestOf(asker));
    if (known !== null && known.disagree !== null) return null;
    return { facts, request, held: asker.held, anybody, ...this.#lookedFor };
  }
}
