import { isEmergencyUse } from "../../decisions/emergency.ts";
import { UNKNOWN, Unknown } from "../../decisions/partial.ts";
import type { PartialFacts, RuleEngine } from "../../decisions/ruleEngine.ts";
import type { ReadCondition } from "../../policy/conditions.ts";
import type { Rule } from "../../policy/types.ts";
import { type Purpose, purposeOf } from "../../scopes/purposes.ts";
import type { AccessCondition } from "../access/accessCell.ts";
import type { AllowedAccess } from "../access/accessDifference.ts";
import { EMERGENCY_OPEN, isConsentTo, PURPOSE_GIVEN } from "../access/accessWords.ts";
import { conditionsOf } from "../possible/conditions.ts";
import type { Possibility } from "../possible/possibilities.ts";

/** What an allow rule comes to, for one purpose. */
export interface Outcome {
  /** Null: any but those in `except`, or none. */
  readonly purposeOfUse: string | null;
  readonly except: readonly string[];
  readonly rule: Rule;
  readonly access: AllowedAccess;
  readonly conditions: readonly AccessCondition[];
}

/** One question to the rules, whose purpose is open. */
export interface Asked {
  readonly possibility: Possibility;
  readonly action: string;
  readonly facts: PartialFacts;
  /** The allow rules that count. */
  readonly counts: (rule: Rule) => boolean;
}

/** What a condition may see that differs among the questions about one patient. A condition that looks members up by a name that it makes may see all. */
const DIFFERING = ["action", "client", "organization", "scope", "subject", "type", "["] as const;

function seenBy(rules: readonly Rule[]): ReadonlySet<string> {
  const text = rules.map(({ when }) => when ?? "").join("\n");
  const seen = DIFFERING.filter((name) => text.includes(name));
  return new Set(seen.includes("[") ? DIFFERING : seen);
}

const printed = (value: unknown): unknown => (value instanceof Unknown ? { not: value.not } : value);

/** Asks rules by purpose. The same rules about the same facts are asked once: clients, scopes and types share most of them. */
export class Evaluations {
  readonly #engine: RuleEngine;
  readonly #read: ReadCondition;
  readonly #purposes = new Map<string, readonly Purpose[]>();
  readonly #known = new Map<string, readonly Outcome[]>();

  constructor(engine: RuleEngine, read: ReadCondition) {
    this.#engine = engine;
    this.#read = read;
  }

  outcomes(asked: Asked): readonly Outcome[] {
    const key = this.#keyOf(asked);
    let found = this.#known.get(key);
    if (found === undefined) {
      found = this.#evaluate(asked);
      this.#known.set(key, found);
    }
    return found;
  }

  #keyOf({ action, counts, facts, possibility }: Asked): string {
    const { asksConsent, asksPurpose, rules, scope, use } = possibility;
    const seen = seenBy(rules);
    const { resource, subject } = facts.request;
    const values: Readonly<Record<(typeof DIFFERING)[number], unknown>> = {
      action,
      client: facts.client.id,
      organization: printed(resource.organization),
      scope,
      subject: subject === null,
      type: printed(resource.type),
      "[": null,
    };
    return JSON.stringify([
      rules.map((rule) => [rule.id, rule.effect === "ALLOW" && counts(rule)]),
      [...seen].map((name) => values[name as keyof typeof values]),
      // What is known of the patient's own resource is known of no other.
      resource.id instanceof Unknown ? null : resource.id,
      resource.patient === null,
      // The consent is to the scope.
      asksConsent ? scope : null,
      asksPurpose,
      action === "search",
      action === "search" ? null : [scope, use.constraints, values.type],
    ]);
  }

  #purposesIn(rules: readonly Rule[]): readonly Purpose[] {
    const found = new Set<Purpose>();
    for (const { when } of rules) {
      if (when === null) continue;
      let purposes = this.#purposes.get(when);
      if (purposes === undefined) {
        const { compared } = this.#read(when);
        purposes = compared.flatMap(({ member, text }) => (member === "purposeOfUse" ? [purposeOf(text)] : []));
        this.#purposes.set(when, purposes);
      }
      for (const purpose of purposes) found.add(purpose);
    }
    return [...found].sort();
  }

  #evaluate(asked: Asked): readonly Outcome[] {
    const purposes = this.#purposesIn(asked.possibility.rules);
    const others = this.#under(asked, purposes.length === 0 ? UNKNOWN : new Unknown(purposes), null);
    const each = purposes.map((purpose) => ({ purpose, found: this.#under(asked, purpose, purpose) }));
    // A purpose that is named is given.
    const rest = ({ conditions }: Outcome) => JSON.stringify(conditions.filter(({ cel }) => cel !== PURPOSE_GIVEN.cel));
    const same = (a: Outcome, b: Outcome): boolean => a.rule === b.rule && rest(a) === rest(b);
    const general = others.map((outcome) => ({
      ...outcome,
      except: each.filter(({ found }) => !found.some((other) => same(other, outcome))).map(({ purpose }) => purpose),
    }));
    const special = each.flatMap(({ found }) =>
      found.filter((outcome) => !others.some((other) => same(other, outcome))),
    );
    return [...general, ...special];
  }

  #under(
    { action, counts, facts, possibility }: Asked,
    purposeOfUse: Purpose | Unknown,
    told: Purpose | null,
  ): Outcome[] {
    const { rules, scope } = possibility;
    const { type } = facts.request.resource;
    const resourceType = typeof type === "string" ? type : "*";
    const known = { ...facts, request: { ...facts.request, purposeOfUse } };
    const { allowing } = this.#engine.evaluatePartial({ rules, scope, action, facts: known });
    return allowing.filter(counts).map((rule) => {
      const asked = conditionsOf(possibility, [rule], { engine: this.#engine, facts: known, action, resourceType });
      // An emergency satisfies what asks for consent.
      const conditions = isEmergencyUse({ purposeOfUse: told })
        ? [...asked.filter((each) => !isConsentTo(each)), EMERGENCY_OPEN]
        : asked;
      return {
        purposeOfUse: told,
        except: [],
        rule,
        access: conditions.length === 0 ? "ALLOW" : "CONDITIONAL",
        conditions,
      };
    });
  }
}
