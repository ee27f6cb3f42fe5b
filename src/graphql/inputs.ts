import { badInput } from "../domain/kernel/errors.ts";
import { Reader } from "../domain/kernel/reader.ts";
import { textProblem } from "../domain/kernel/text.ts";

export type Given<Filter> = { -readonly [Name in keyof Filter]?: Exclude<Filter[Name], null | undefined> };

/**
 * A filter without its absent and null members, which narrow nothing.
 * @throws ScopewardenError BAD_USER_INPUT for a text that no store holds.
 */
export function givenFilter<Filter extends object>(filter: Filter | null | undefined): Given<Filter> {
  const read = new Reader();
  const given: Given<Filter> = {};
  for (const [name, value] of Object.entries<unknown>({ ...filter })) {
    if (value === null || value === undefined) continue;
    if (typeof value === "string") read.expect(`filter.${name}`, textProblem(value, 1024));
    given[name as keyof Filter] = value as Given<Filter>[keyof Filter];
  }
  read.check();
  return given;
}

/** A whole number within bounds, the default when absent or null. @throws ScopewardenError BAD_USER_INPUT */
export function boundedInt(
  value: number | null | undefined,
  bounds: { readonly path: string; readonly min: number; readonly max: number; readonly default: number },
): number {
  const number = value ?? bounds.default;
  if (number >= bounds.min && number <= bounds.max) return number;
  throw badInput([{ path: bounds.path, message: `must be from ${bounds.min} to ${bounds.max}` }]);
}
