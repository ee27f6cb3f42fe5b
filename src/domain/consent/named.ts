import type { DataMatch } from "./dataMatch.ts";
import { isAllData, matchData } from "./dataMatch.ts";
import { ACCESS } from "./hl7Codes.ts";
import { isNamedByLabels, isRefusedByLabel, wholeRefused } from "./labels.ts";
import { matchScope } from "./scopeMatch.ts";
import type { Consent, ConsentException, ConsentQuestion, ConsentTerms, DataTerms } from "./types.ts";

/** Which data words of a patient name: what they refuse or permit, but for whom and for which purposes. */
export type Named = Pick<ConsentTerms, "actions" | "data" | "scopes">;

/** Lists of which one value is enough. */
const LISTS = ["resourceTypes", "categories", "codes", "authors"] as const;

/** Whether what is said later is limited in whatever an earlier word is limited in, and in nothing else where that is to be named whole. */
const isWithinLists = (later: readonly string[] | null, refused: readonly string[] | null): boolean =>
  refused === null ? later === null : later !== null && refused.every((each) => later.includes(each));

function namesPeriod(later: DataTerms, refused: DataTerms): boolean {
  if (refused.from === null && refused.until === null) return later.from === null && later.until === null;
  if (later.from === null && later.until === null) return false;
  const starts = later.from === null || (refused.from !== null && later.from <= refused.from);
  return starts && (later.until === null || (refused.until !== null && later.until >= refused.until));
}

const textsOf = (references: DataTerms["references"]): readonly string[] | null =>
  references === null ? null : references.map(({ meaning, reference }) => `${meaning} ${reference}`);

function namesData(later: DataTerms, refused: DataTerms): boolean {
  const { labels } = later;
  return (
    LISTS.every((list) => isWithinLists(later[list], refused[list])) &&
    isWithinLists(textsOf(later.references), textsOf(refused.references)) &&
    namesPeriod(later, refused) &&
    (refused.labels === null
      ? labels === null
      : labels !== null && wholeRefused(refused.labels).every((label) => isNamedByLabels(labels, label, "WHOLE")))
  );
}

/** Whether what is said later names all that a refusal is of: each limit of it, and no other. */
export const namesWhole = (later: Named, refused: Named): boolean =>
  namesData(later.data, refused.data) &&
  isWithinLists(later.actions, refused.actions) &&
  (refused.scopes === null
    ? later.scopes === null
    : later.scopes !== null &&
      refused.scopes.every((scope) => matchScope(later.scopes, { scope }, "PERMIT") === "ALL"));

/** Whether the later word says something of each member in which the refusal is limited. */
const speaksOf = (later: Named, { actions, data, scopes }: Named): boolean =>
  (scopes === null || later.scopes !== null) &&
  (actions === null || later.actions !== null) &&
  (Object.keys(data) as (keyof DataTerms)[]).every(
    (member) =>
      data[member] === null ||
      later.data[member] !== null ||
      ((member === "from" || member === "until") && (later.data.from !== null || later.data.until !== null)),
  );

/** Whether two lists have a value in common, where the earlier word has one. */
const meet = (later: readonly string[] | null, refused: readonly string[] | null): boolean =>
  refused === null || later === null || refused.some((each) => later.includes(each));

/** Whether the later word names something of what is refused: it speaks of each limit, and of a value of each. */
export const namesSome = (later: Named, refused: Named): boolean =>
  speaksOf(later, refused) &&
  meet(later.actions, refused.actions) &&
  LISTS.every((list) => meet(later.data[list], refused.data[list])) &&
  meet(textsOf(later.data.references), textsOf(refused.data.references)) &&
  (refused.data.labels === null ||
    wholeRefused(refused.data.labels).some((label) => isNamedByLabels(later.data.labels ?? [], label, "BORNE")));

/** The data that is asked about, as far as a refusal is of it and a later word names it. */
export function endedBy(later: Named, refused: Named, question: ConsentQuestion): DataMatch {
  const { action, data } = question;
  if (!speaksOf(later, refused)) return "NONE";
  if (matchScope(later.scopes, question, "PERMIT") !== "ALL") return "NONE";
  if (later.actions !== null && !later.actions.includes(action ?? ACCESS)) return "NONE";
  const reached = matchData(later.data, data, "PERMIT");
  if (data.kind === "SET") return reached === "ALL" || isAllData(refused.data) ? reached : "NONE";
  if (reached !== "ALL" || refused.data.labels === null) return reached;
  const [wanted, named] = [refused.data.labels, later.data.labels ?? []];
  const isLeft = (data.labels ?? []).some(
    (label) => isRefusedByLabel(wanted, [label]) === "YES" && !isNamedByLabels(named, label, "BORNE"),
  );
  return isLeft ? "NONE" : "ALL";
}

/** What is left of a refusal's data: without each value that later words name whole. Null: nothing. */
export function leftOf(refused: Named, later: readonly Named[]): DataTerms | null {
  let data = refused.data;
  for (const list of ["labels", ...LISTS] as const) {
    const values = data[list];
    if (values === null) continue;
    const left = values.filter(
      (value) => !later.some((each) => namesWhole(each, { ...refused, data: { ...refused.data, [list]: [value] } })),
    );
    if (left.length === 0) return null;
    if (left.length < values.length) data = { ...data, [list]: left };
  }
  return data;
}

/** The refusals in a consent; null of one: it is of some recipients or purposes in particular, which nothing names that is of all. */
export function refusalsIn(consent: Consent): readonly (Named | null)[] {
  const of = ({ actions, data, effect, purposes, recipients, scopes }: ConsentException): readonly (Named | null)[] => {
    if (effect !== "DENY") return [];
    if (purposes !== null || recipients !== null) return [null];
    return [{ data, actions: actions ?? consent.actions, scopes: scopes ?? consent.scopes }];
  };
  const { actions, data, effect, exceptions, scopes } = consent;
  const own = effect === "DENY" ? [{ actions, data, scopes }] : [];
  return [...own, ...exceptions.flatMap(of)];
}
