import { type Json, sameJson } from "../../kernel/canonical.ts";
import { isoTime } from "../../kernel/time.ts";
import type { ExpectedDecision, ExpectedGrant, ExpectedObligation } from "./caseShapes.ts";

/** What was answered, as far as cases look at it. */
export interface CaseAnswer {
  readonly outcome: string;
  readonly scope: string | null;
  readonly reasons: readonly { readonly code: string; readonly message: string; readonly ruleId: string | null }[];
  readonly obligations: readonly { readonly type: string; readonly parameters: Json }[];
}
export interface GrantAnswer extends CaseAnswer {
  readonly scopes: readonly {
    readonly outcome: string;
    readonly successor: string | null;
    readonly sunsetAt: number | null;
  }[];
  readonly newScopes: readonly string[];
}

const listText = (items: readonly string[]): string => (items.length === 0 ? "none" : items.join(", "));
const differs = (what: string, expected: string, got: string): string => `${what}: expected ${expected}, got ${got}`;

type ReasonsExpected = Pick<ExpectedDecision, "reasons" | "reasons_include" | "message">;

function reasonProblems({ reasons, reasons_include, message }: ReasonsExpected, answer: CaseAnswer): readonly string[] {
  const codes = [...new Set(answer.reasons.map(({ code }) => code))].sort();
  const wanted = reasons === undefined ? codes : [...new Set(reasons)].sort();
  const lacking = (reasons_include ?? []).filter((code) => !codes.includes(code));
  const isSaid = message === undefined || answer.reasons.some((r) => `${r.code}: ${r.message}`.includes(message));
  return [
    ...(sameJson(codes, wanted) ? [] : [differs("reasons", listText(wanted), listText(codes))]),
    ...(lacking.length === 0 ? [] : [differs("reasons", `${listText(lacking)} among them`, listText(codes))]),
    ...(isSaid ? [] : [`message: no reason has the text ${JSON.stringify(message)}`]),
  ];
}

function obligationProblems(expected: readonly ExpectedObligation[], answer: CaseAnswer): readonly string[] {
  const types = (of: readonly { readonly type: string }[]): readonly string[] => of.map(({ type }) => type).sort();
  const [wanted, got] = [types(expected), types(answer.obligations)];
  if (!sameJson(wanted, got)) return [differs("obligations", listText(wanted), listText(got))];
  return expected.flatMap(({ type, parameters }) => {
    if (parameters === undefined) return [];
    const given = answer.obligations.filter((one) => one.type === type).map((one) => one.parameters);
    if (given.some((one) => sameJson(one, parameters))) return [];
    return [differs(`obligation ${type}`, JSON.stringify(parameters), JSON.stringify(given))];
  });
}

/** What of a decision is not as expected, a line each; none: it is. */
export function compareDecision(expected: ExpectedDecision, answer: CaseAnswer): readonly string[] {
  const { outcome, scope, rule, obligations = [] } = expected;
  const rules = [...new Set(answer.reasons.flatMap(({ ruleId }) => ruleId ?? []))];
  return [
    ...(answer.outcome === outcome ? [] : [differs("outcome", outcome, answer.outcome)]),
    ...(scope === undefined || answer.scope === scope ? [] : [differs("scope", scope, answer.scope ?? "none")]),
    ...(rule === undefined || rules.includes(rule) ? [] : [differs("rule", rule, listText(rules))]),
    ...reasonProblems(expected, answer),
    ...obligationProblems(obligations, answer),
  ];
}

/** The same of a token that was asked for. */
export function compareGrant(expected: ExpectedGrant, answer: GrantAnswer): readonly string[] {
  const { scope, outcomes, newScopes, successor, sunsetAt } = expected;
  const [first] = answer.scopes;
  const got = answer.scopes.map((each) => each.outcome);
  const timeText = (time: number | null | undefined): string =>
    time === null || time === undefined ? "none" : isoTime(time);
  return [
    ...(answer.scope === scope ? [] : [differs("scope", scope ?? "none", answer.scope ?? "none")]),
    ...(outcomes === undefined || sameJson(outcomes, got)
      ? []
      : [differs("outcomes", listText(outcomes), listText(got))]),
    ...(newScopes === undefined || sameJson(newScopes, answer.newScopes)
      ? []
      : [differs("newScopes", listText(newScopes), listText(answer.newScopes))]),
    ...(successor === undefined || first?.successor === successor
      ? []
      : [differs("successor", successor, first?.successor ?? "none")]),
    ...(sunsetAt === undefined || first?.sunsetAt === sunsetAt
      ? []
      : [differs("sunsetAt", timeText(sunsetAt), timeText(first?.sunsetAt))]),
    ...reasonProblems(expected, answer),
  ];
}
