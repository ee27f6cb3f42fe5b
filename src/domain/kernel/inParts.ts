import type { Breathe } from "./ports.ts";

/** Work that may be long: where it yields, others may go on. */
export type InParts<Result> = Generator<void, Result, void>;

/** Does it without a break. */
export function atOnce<Result>(work: InParts<Result>): Result {
  for (let step = work.next(); ; step = work.next()) if (step.done === true) return step.value;
}

/** Does it with a breath between its parts. */
export async function breathing<Result>(work: InParts<Result>, breathe: Breathe): Promise<Result> {
  for (let step = work.next(); ; step = work.next()) {
    if (step.done === true) return step.value;
    await breathe();
  }
}

/** For each item, with a place to breathe after so many. */
export function* eachInParts<Item>(items: Iterable<Item>, size: number, each: (item: Item) => void): InParts<void> {
  let left = size;
  for (const item of items) {
    each(item);
    if (--left > 0) continue;
    yield;
    left = size;
  }
}
