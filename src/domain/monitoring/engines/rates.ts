/** Weeks that are closed and say how often something happens here. */
const WEEKS = 8;
/** Of a code and a week so many are kept, the strangest. */
const MOST = 500;

/** What one week has come to. */
interface ClosedWeek {
  readonly week: number;
  /** By code how strange the strangest of each group was, in bits, the strangest first. */
  readonly bits: Map<string, readonly number[]>;
  /** Of each group the least rate, the least first. */
  readonly rates: readonly number[];
  /** People and clients that were there. */
  readonly size: number;
}

/** How often something so strange happens here. A group is a person, a client, a patient or a network: the same one counts once a week. */
export interface Rates {
  week: number;
  readonly bits: Map<string, Map<string, number>>;
  readonly rates: Map<string, number>;
  readonly closed: ClosedWeek[];
}

export const newRates = (week: number): Rates => ({ week, bits: new Map(), rates: new Map(), closed: [] });

/** Ends the week that runs. `size`: people and clients that were there. */
export function closeWeek(rates: Rates, week: number, size: number): void {
  const strangest = (of: Iterable<number>): readonly number[] => [...of].sort((a, b) => b - a).slice(0, MOST);
  const bits = new Map([...rates.bits].map(([code, groups]) => [code, strangest(groups.values())]));
  const least = [...rates.rates.values()].sort((a, b) => a - b).slice(0, MOST);
  rates.closed.push({ week: rates.week, bits, rates: least, size });
  while (rates.closed.length > WEEKS) rates.closed.shift();
  rates.bits.clear();
  rates.rates.clear();
  rates.week = week;
}

/** How many of a list that falls are at least so much. */
function atLeast(falling: readonly number[], value: number): number {
  let [low, high] = [0, falling.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((falling[middle] ?? 0) >= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function atMost(rising: readonly number[], value: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A house that is as bits say would have this many a week: half of what they say, as signs that come together are not by chance alone. */
const expected = (bits: number, size: number): number => size * 2 ** (-bits / 2);
/** How many kinds of signs a group may show in a week, each at its rate. */
const KINDS = 6;

const sizeOf = ({ closed }: Rates, now: number): number => Math.max(1, closed.at(-1)?.size ?? now);

/** How many groups a week were so strange or stranger by this code, in the weeks that are closed; a week of what bits say counts with them. */
export function rateOf(
  rates: Rates,
  code: string,
  { bits, size }: { readonly bits: number; readonly size: number },
): number {
  let found = expected(bits, sizeOf(rates, size));
  for (const week of rates.closed) found += atLeast(week.bits.get(code) ?? [], bits);
  return found / (rates.closed.length + 1);
}

/** How many groups a week had something so rare or rarer, whatever it was. */
export function questionsAt(rates: Rates, rate: number): number {
  let found = rate * KINDS;
  for (const week of rates.closed) found += atMost(week.rates, rate);
  return found / (rates.closed.length + 1);
}

/** Keeps what was seen in the week that runs. */
export function note(
  rates: Rates,
  {
    bits,
    code,
    group,
    rate,
  }: { readonly code: string; readonly group: string; readonly bits: number; readonly rate: number },
): void {
  const groups = rates.bits.get(code) ?? new Map<string, number>();
  rates.bits.set(code, groups);
  if ((groups.get(group) ?? 0) < bits) groups.set(group, bits);
  const least = rates.rates.get(group);
  if (least === undefined || rate < least) rates.rates.set(group, rate);
}
