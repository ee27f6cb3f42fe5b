import { Memo } from "../kernel/memo.ts";
import type { RuleTerms } from "../policy/ruleGroup.ts";
import type { Rule } from "../policy/types.ts";
import { UNKNOWN, Unknown } from "./partial.ts";
import { NOTHING_KNOWN } from "./partialFacts.ts";
import type { ConditionFacts, PartialFacts, RuleEngine } from "./ruleEngine.ts";

/** A rule that would allow it but for its condition. */
export interface UnmetWay {
  readonly rule: Rule;
  /** What the condition looks at and the request lacks. */
  readonly missing: readonly string[];
}

/** Any purpose but to break glass. */
const ORDINARY = new Unknown(["BTG"], true);
const ANYTHING: PartialFacts = {
  ...NOTHING_KNOWN,
  request: { ...NOTHING_KNOWN.request, purposeOfUse: ORDINARY },
};

/** Texts of conditions that were looked at lately. */
const MOST_CONDITIONS = 10_000;
const remembered = new Memo<boolean>(MOST_CONDITIONS);

/** Whether a rule allows to break glass and nothing else: its condition can be met for no other purpose than BTG. */
export function takesEmergency(engine: Pick<RuleEngine, "couldBe">, terms: RuleTerms): boolean {
  const { when } = terms;
  if (when === null) return false;
  let takes = remembered.get(when);
  if (takes === undefined) {
    const rule = { ...terms, description: null, id: "", justification: null, obligations: [] };
    const wishes = [{ rule, matches: true }];
    takes = !engine.couldBe({ wishes, scope: UNKNOWN, action: UNKNOWN, facts: ANYTHING });
    remembered.set(when, takes);
  }
  return takes;
}

/** How many ways are compared to tell which is nearest. */
const MOST_COMPARED = 8;

/** How far a way is: something is missing that can be sent; another purpose would do; anything else. */
function distanceOf(
  { missing, rule }: UnmetWay,
  { engine, facts, scope, action }: Asked & { readonly facts: ConditionFacts },
): number {
  if (missing.length > 0) return 0;
  const { client, now, request } = facts;
  const others = { client, now, request: { ...request, purposeOfUse: ORDINARY } };
  return engine.couldBe({ wishes: [{ rule, matches: true }], scope, action, facts: others }) ? 1 : 2;
}

interface Asked {
  readonly engine: Pick<RuleEngine, "couldBe">;
  readonly scope: string;
  /** Canonical. */
  readonly action: string;
}

/** The ways that are left to an access, the nearest first; what takes the same is by id. */
export function nearestWays(
  ways: readonly UnmetWay[],
  asked: Asked & { readonly facts: ConditionFacts },
): readonly UnmetWay[] {
  if (ways.length < 2) return ways;
  const byId = [...ways].sort((a, b) => (a.rule.id < b.rule.id ? -1 : 1));
  const compared = byId.slice(0, MOST_COMPARED).map((way) => ({ way, distance: distanceOf(way, asked) }));
  compared.sort((a, b) => a.distance - b.distance || a.way.missing.length - b.way.missing.length);
  return [...compared.map(({ way }) => way), ...byId.slice(MOST_COMPARED)];
}

/** The ways by which it could be allowed, and apart from them those of an emergency, which nobody takes as the ordinary one. */
export function apartFromEmergencies<Way extends { readonly rule: Rule }>(
  ways: readonly Way[],
  engine: Pick<RuleEngine, "couldBe">,
): { readonly ordinary: readonly Way[]; readonly emergency: readonly Way[] } {
  const ordinary: Way[] = [];
  const emergency: Way[] = [];
  for (const way of ways) (takesEmergency(engine, way.rule) ? emergency : ordinary).push(way);
  return { ordinary, emergency };
}
