import { type GraphQLField, type GraphQLInputType, getNamedType, isInputObjectType } from "graphql";
import { Reader } from "../../domain/kernel/reader.ts";
import { COUNTED_BY, type StatsMeasure } from "../../domain/monitoring/stats/stats.ts";
import { DateTime, UnreadTime } from "../scalars.ts";

/** Of a measure that is counted by the day in UTC a date is that day. Elsewhere it is a day where the service is. */
const isByUtcDay = (field: GraphQLField<unknown, unknown>, { measure }: Arguments): boolean =>
  field.name === "stats" && COUNTED_BY[measure as StatsMeasure] === "day";

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME_EXAMPLE = "a time with its offset such as 2026-11-30T08:30:00Z";
const WANTED = `must be ${TIME_EXAMPLE}`;
const WANTED_OF_WINDOWS = `must be a date such as 2026-11-30, or ${TIME_EXAMPLE}`;

/** When a day begins, or ends, in milliseconds since 1970; null: there is no such day. Where the clock changes at midnight it begins later. */
function dayAt(text: string, end: "from" | "to", inUtc: boolean): number | null {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return null;
  const utc = new Date(Date.UTC(year, month - 1, day));
  // Date takes 30 February for 2 March, and the year 50 for 1950.
  if (utc.toISOString().slice(0, 10) !== text) return null;
  const next = end === "to" ? 1 : 0;
  return inUtc ? Date.UTC(year, month - 1, day + next) : new Date(year, month - 1, day + next).getTime();
}

/** Whether arguments of this type can have a time in them. */
function hasTimes(type: GraphQLInputType, seen = new Set<object>()): boolean {
  const named = getNamedType(type);
  if (named === DateTime) return true;
  if (!isInputObjectType(named) || seen.has(named)) return false;
  seen.add(named);
  return Object.values(named.getFields()).some((field) => hasTimes(field.type, seen));
}

type Arguments = Readonly<Record<string, unknown>>;

/**
 * From the arguments of a field to the same with its dates as times: `from` is when the day begins, `to` when it ends. Null: the
 * field can have no times.
 * @throws ScopewardenError BAD_USER_INPUT for what is no time, with its path
 */
export function givenTimesOf(field: GraphQLField<unknown, unknown>): ((args: Arguments) => Arguments) | null {
  if (!field.args.some(({ type }) => hasTimes(type))) return null;

  return (args) => {
    const reader = new Reader();
    const inUtc = isByUtcDay(field, args);

    function timeAt(text: string, path: string, name: string): number {
      const isWindow = name === "from" || name === "to";
      const time = isWindow ? dayAt(text, name, inUtc) : null;
      if (time === null) reader.problem(path, isWindow ? WANTED_OF_WINDOWS : WANTED);
      return time ?? 0;
    }
    function read(value: unknown, path: string, name: string): unknown {
      if (value instanceof UnreadTime) return timeAt(value.text, path, name);
      if (typeof value !== "object" || value === null) return value;
      if (Array.isArray(value)) return value.map((item, i) => read(item, `${path}[${i}]`, name));
      const members = Object.entries(value);
      return Object.fromEntries(
        members.map(([key, member]) => [key, read(member, path === "" ? key : `${path}.${key}`, key)]),
      );
    }
    const given = read(args, "", "") as Arguments;
    reader.check();
    return given;
  };
}
