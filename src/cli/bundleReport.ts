import type { ReasonCode } from "../domain/decisions/reason.ts";
import { isNotice } from "../domain/decisions/reasonKinds.ts";
import { groupBy } from "../domain/kernel/groupBy.ts";
import type { Answered } from "./bundleDecisions.ts";
import { count, table } from "./terminal.ts";

interface Tally {
  readonly allowed: number;
  readonly denied: number;
}
interface TypeRow extends Tally {
  readonly type: string;
  /** By category, where a type is allowed in part; otherwise empty. */
  readonly categories: readonly (Tally & { readonly category: string })[];
}
interface WhyNot {
  readonly code: ReasonCode;
  readonly count: number;
  /** The same explanation for several resources, the most frequent first. A resource may have more than one. */
  readonly explanations: readonly { readonly text: string; readonly types: Readonly<Record<string, number>> }[];
}
export interface Report extends Tally {
  readonly types: readonly TypeRow[];
  readonly whyNot: readonly WhyNot[];
  /** Of what is allowed, by type of obligation. */
  readonly obligations: Readonly<Record<string, number>>;
}

const tallied = <T>(items: readonly T[], keyOf: (item: T) => string): [string, T[]][] =>
  [...groupBy(items, keyOf)].sort(([a], [b]) => (a < b ? -1 : 1));

const tallyOf = (items: readonly Answered[]): Tally => {
  const allowed = items.filter(({ answer }) => answer.outcome === "ALLOW").length;
  return { allowed, denied: items.length - allowed };
};

function categoryOf({ facts }: Answered): string {
  const { category } = facts.attributes;
  const tokens = category === undefined ? [] : typeof category === "string" ? [category] : category;
  return tokens.length === 0
    ? "no category"
    : tokens.map((token) => token.slice(token.lastIndexOf("|") + 1)).join(", ");
}

/** Why one resource was denied: the reasons of the kind that the service tells first, and as few texts as say it. */
function whyNot({ answer }: Answered): { readonly code: ReasonCode; readonly texts: readonly string[] } {
  const nearest = answer.reasons.find(({ code }) => !isNotice(code)) ?? answer.reasons[0];
  const code = nearest?.code ?? "NO_MATCHING_RULE";
  const reasons = answer.reasons.filter((reason) => reason.code === code);
  // That a scope is for another type or action explains nothing unless it is the only scope there is.
  const telling =
    code === "SCOPE_DOES_NOT_COVER"
      ? reasons.filter(({ message }) => !/: it (is for|permits) /.test(message))
      : reasons;
  // With those that the service counts and does not list.
  const all = reasons.length + answer.reasonCount - answer.reasons.length;
  if (telling.length > 0) return { code, texts: [...new Set(telling.map(({ message }) => message))] };
  return {
    code,
    texts: all > 1 ? [`none of the ${all} scopes covers it`] : reasons.map(({ message }) => message),
  };
}

function whyNots(denied: readonly Answered[]): WhyNot[] {
  const causes = denied.map((item) => ({ item, ...whyNot(item) }));
  return tallied(causes, ({ code }) => code)
    .map(([, group]): WhyNot => {
      const texts = group.flatMap(({ item, texts }) => texts.map((text) => ({ text, type: item.facts.type })));
      const explanations = tallied(texts, ({ text }) => text)
        .sort(([, a], [, b]) => b.length - a.length)
        .map(([text, items]) => ({ text, types: counts(items.map(({ type }) => type)) }));
      return { code: group[0]?.code ?? "NO_MATCHING_RULE", count: group.length, explanations };
    })
    .sort((a, b) => b.count - a.count);
}

const counts = (names: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries(tallied(names, (name) => name).map(([name, items]) => [name, items.length]));

export function reportOf(answered: readonly Answered[]): Report {
  const types = tallied(answered, ({ facts }) => facts.type).map(([type, items]): TypeRow => {
    const tally = tallyOf(items);
    const mixed = tally.allowed > 0 && tally.denied > 0;
    const categories = mixed
      ? tallied(items, categoryOf).map(([category, some]) => ({ category, ...tallyOf(some) }))
      : [];
    return { type, ...tally, categories };
  });
  const allowed = answered.filter(({ answer }) => answer.outcome === "ALLOW");
  const obligations = counts(allowed.flatMap(({ answer }) => [...new Set(answer.obligations.map(({ type }) => type))]));
  return {
    ...tallyOf(answered),
    types,
    whyNot: whyNots(answered.filter(({ answer }) => answer.outcome === "DENY")),
    obligations,
  };
}

const MAX_EXPLANATIONS = 8;
const dot = (n: number): string => (n === 0 ? "." : String(n));

/** The report in plain words. */
export function printReport(report: Report): string[] {
  const rows = report.types.flatMap(({ type, categories, ...tally }) => [
    [`  ${type}`, dot(tally.allowed), dot(tally.denied)],
    ...categories.map(({ category, allowed, denied }) => [`    ${category}`, dot(allowed), dot(denied)]),
  ]);
  const lines = table([["  type", "allowed", "denied"], ...rows, ["  all", dot(report.allowed), dot(report.denied)]]);
  const obligations = Object.entries(report.obligations);
  if (obligations.length > 0)
    lines.push("", "What comes with obligations (a caller who can't meet them must treat it as denied)", "");
  for (const [type, n] of obligations) lines.push(`  ${type}: ${count(n, "resource")}`);
  if (report.whyNot.length > 0) lines.push("", "Why not the rest", "");
  for (const { code, count: n, explanations } of report.whyNot) {
    lines.push(`  ${code}: ${count(n, "resource")}`);
    for (const { text, types } of explanations.slice(0, MAX_EXPLANATIONS)) {
      lines.push(
        `    ${Object.entries(types)
          .map(([type, some]) => `${some} ${type}`)
          .join(", ")}: ${text}`,
      );
    }
    const more = explanations.length - MAX_EXPLANATIONS;
    if (more > 0) lines.push(`    and ${count(more, "more explanation")}; --json has them all`);
  }
  return lines;
}
