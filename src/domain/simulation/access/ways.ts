import type { AccessCondition } from "./accessCell.ts";
import type { Access } from "./accessDifference.ts";

/** One way in which an access is allowed: all of it must hold; empty: always. */
export type Way = readonly AccessCondition[];

/** Each condition once. */
const withoutRepeats = (way: Way): Way => [...new Map(way.map((each) => [each.cel, each])).values()];
const takesIn = (wide: Way, narrow: Way): boolean => wide.every(({ cel }) => narrow.some((each) => each.cel === cel));

/** The same without ways that others take in, in an order of their own. */
export function simplified(ways: readonly Way[]): readonly Way[] {
  const each = ways.map(withoutRepeats);
  const unique = [...new Map(each.map((way) => [keyOf([way]), way])).values()];
  return unique.filter((way) => !unique.some((other) => other !== way && takesIn(other, way)));
}

/** One text for ways that are the same. */
export const keyOf = (ways: readonly Way[]): string =>
  JSON.stringify(ways.map((way) => way.map(({ cel }) => cel).sort()).sort());

/** All of a way as one condition. */
function together(way: Way): AccessCondition {
  const [only] = way;
  if (way.length === 1 && only !== undefined) return only;
  return { cel: `(${way.map(({ cel }) => cel).join(" && ")})`, text: way.map(({ text }) => text).join(", ") };
}

/** One of several: what all have in common stands by itself. */
export function accessBy(ways: readonly Way[]): { readonly access: Access; readonly conditions: Way } {
  const [first, ...others] = simplified(ways);
  if (first === undefined) return { access: "DENY", conditions: [] };
  const common = first.filter((each) => others.every((way) => takesIn([each], way)));
  const rests = [first, ...others].map((way) => way.filter((each) => !common.some(({ cel }) => cel === each.cel)));
  const isOpen = rests.some((rest) => rest.length === 0);
  const parts = rests.map(together);
  const either = isOpen
    ? []
    : rests.length === 1
      ? (rests[0] ?? [])
      : [{ cel: `(${parts.map(({ cel }) => cel).join(" || ")})`, text: parts.map(({ text }) => text).join("; or ") }];
  const conditions = [...common, ...either];
  return { access: conditions.length === 0 ? "ALLOW" : "CONDITIONAL", conditions };
}
