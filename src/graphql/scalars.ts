import { GraphQLError, GraphQLScalarType, Kind } from "graphql";
import { GraphQLDateTime, GraphQLJSON, GraphQLPositiveInt } from "graphql-scalars";
import { decodeCursor, encodeCursor } from "./cursors.ts";

const dateTime = GraphQLDateTime.toConfig();
const millisecondsOf = (value: unknown): number => (value instanceof Date ? value.getTime() : Number.NaN);

/** A point in time: RFC 3339 text on the wire, milliseconds since 1970 (the domain's form) in the resolvers. */
export const DateTime = new GraphQLScalarType<number, string>({
  ...dateTime,
  description:
    "A point in time as RFC 3339 text with an offset, such as 2026-03-01T08:30:00Z. Kept to the millisecond; answers are always in UTC.",
  serialize: (value) => new Date(Number(value)).toISOString(),
  parseValue: (value) => millisecondsOf(dateTime.parseValue(value)),
  parseLiteral: (node, variables) => millisecondsOf(dateTime.parseLiteral(node, variables)),
});

/** Any JSON value, as it is. */
export const Json = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  description: "Any JSON value (RFC 8259): an object, a list, a text, a number, true, false or null.",
});

/**
 * A whole number from 1. For fields under the answer of a mutation: what is wrong with it is said before anything runs, and
 * not when the change is made and only its answer fails.
 */
export const PositiveInt = new GraphQLScalarType({
  ...GraphQLPositiveInt.toConfig(),
  description: "A whole number from 1.",
});

/** As `PositiveInt`, judged before anything runs. In the resolvers it is what the cursor stands for. */
function cursorOf(list: string, what: string, options: { readonly name: string; readonly description: string }) {
  function keyOf(value: unknown): string {
    try {
      return decodeCursor(list, String(value));
    } catch {
      throw new GraphQLError(`must be the cursor of ${what}, as an earlier answer gave it`);
    }
  }
  return new GraphQLScalarType<string, string>({
    ...options,
    serialize: (key) => encodeCursor(list, String(key)),
    parseValue: keyOf,
    parseLiteral: (node) => keyOf(node.kind === Kind.STRING ? node.value : null),
  });
}

export const ChangeCursor = cursorOf("changes", "a change", {
  name: "ChangeCursor",
  description: "The position of a change among those of its revision, as opaque text.",
});

/** The list of items in which these cursors are. */
export const REVIEW_ITEMS = "reviewItems";
export const ReviewItemCursor = cursorOf(REVIEW_ITEMS, "an item of an access review", {
  name: "ReviewItemCursor",
  description: "The position of an item among those of its access review, as opaque text: the `cursor` of an edge.",
});
