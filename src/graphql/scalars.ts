import { GraphQLError, GraphQLScalarType, Kind } from "graphql";
import { GraphQLDateTime, GraphQLJSON, GraphQLPositiveInt } from "graphql-scalars";
import { decodeCursor, encodeCursor } from "../doors/cursors.ts";

const dateTime = GraphQLDateTime.toConfig();

/** A text that is no time by itself: its place says whether it can be a date (`door/givenTimes.ts`), and names it where it can't. */
export class UnreadTime {
  constructor(readonly text: string) {}
}

function millisecondsOf(value: unknown): number | UnreadTime {
  try {
    const time = dateTime.parseValue(value);
    return time instanceof Date ? time.getTime() : Number.NaN;
  } catch (error) {
    if (typeof value === "string") return new UnreadTime(value);
    throw error;
  }
}

/** A point in time: RFC 3339 text on the wire, milliseconds since 1970 (the domain's form) in the resolvers. */
export const DateTime = new GraphQLScalarType<number | UnreadTime, string>({
  ...dateTime,
  description:
    "A point in time as RFC 3339 text with an offset, such as 2026-03-01T08:30:00Z. Kept to the millisecond; answers are always in UTC. Where it is the `from` or the `to` of a window it may be a date such as 2026-11-30: all of that day in the service's time zone, `to` included; by UTC in what is counted by the UTC day (`stats` of EXPLAINED and BLIND_SPOTS).",
  serialize: (value) => new Date(Number(value)).toISOString(),
  parseValue: millisecondsOf,
  parseLiteral: (node, variables) =>
    node.kind === Kind.STRING ? millisecondsOf(node.value) : Number(dateTime.parseLiteral(node, variables)),
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
