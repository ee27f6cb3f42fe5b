import type { Split } from "./world.ts";

/**
 * What an expression can come to: the values that are possible (null: any), and whether it can fail. An
 * over-approximation: what is not listed is impossible; what is listed need not be possible.
 */
export interface Outcomes {
  readonly values: readonly unknown[] | null;
  readonly canFail: boolean;
  /** Whether it may take all steps that are left, so that the whole condition fails. */
  readonly canExhaust: boolean;
  /** What would have to be known to say more. */
  readonly splits: readonly Split[];
}

export const FAILS: Outcomes = { values: [], canFail: true, canExhaust: false, splits: [] };
export const ANY: Outcomes = { values: null, canFail: true, canExhaust: false, splits: [] };
export const ANY_BOOLEAN: Outcomes = { values: [true, false], canFail: true, canExhaust: false, splits: [] };
export const always = (value: unknown): Outcomes => ({
  values: [value],
  canFail: false,
  canExhaust: false,
  splits: [],
});

/** Whether an outcome is possible. */
export const can = ({ values }: Outcomes, wanted: boolean): boolean => values === null || values.includes(wanted);
/** Whether it is the only one. */
export const must = (outcomes: Outcomes, wanted: boolean): boolean =>
  !outcomes.canFail && !outcomes.canExhaust && outcomes.values?.length === 1 && outcomes.values[0] === wanted;
/** Whether it fails whatever is sent. */
export const surelyFails = ({ values }: Outcomes): boolean => values?.length === 0;
/** The one value that is possible, or undefined. */
export const onlyValue = ({ values, canFail }: Outcomes): unknown =>
  values?.length === 1 && !canFail ? values[0] : undefined;

export function not(of: Outcomes): Outcomes {
  return { ...of, values: [true, false].filter((answer) => can(of, !answer)) };
}

/**
 * `||` where `absorbing` is true, `&&` where it is false: either side alone decides for it, even beside an error. Where
 * the left side decides the right is not evaluated; where the right does, the left was, and its steps count.
 */
export function both(absorbing: boolean, left: Outcomes, right: Outcomes): Outcomes {
  if (must(left, absorbing)) return always(absorbing);
  if (must(right, absorbing))
    return { ...always(absorbing), canExhaust: left.canExhaust, splits: left.canExhaust ? left.splits : [] };
  const values: boolean[] = [];
  if (can(left, absorbing) || can(right, absorbing)) values.push(absorbing);
  if (can(left, !absorbing) && can(right, !absorbing)) values.push(!absorbing);
  return {
    values,
    canFail: left.canFail || right.canFail,
    canExhaust: left.canExhaust || right.canExhaust,
    splits: [...left.splits, ...right.splits],
  };
}

/** `condition ? yes : no`; a branch that can't be taken is not looked at. */
export function choice(condition: Outcomes, yes: () => Outcomes, no: () => Outcomes): Outcomes {
  const taken = [...(can(condition, true) ? [yes()] : []), ...(can(condition, false) ? [no()] : [])];
  return {
    values: taken.some(({ values }) => values === null)
      ? null
      : [...new Set(taken.flatMap(({ values }) => values ?? []))],
    canFail: condition.canFail || taken.some(({ canFail }) => canFail),
    canExhaust: condition.canExhaust || taken.some(({ canExhaust }) => canExhaust),
    splits: [...condition.splits, ...taken.flatMap(({ splits }) => splits)],
  };
}
