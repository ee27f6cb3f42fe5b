import type { Breathe } from "./ports.ts";

/** What is found in something that never changes: found once, when it is first asked for, and kept as long as that thing is. */
export function walkedOnce<Thing extends object, Found>(
  walk: (thing: Thing, breathe: Breathe) => Promise<Found>,
): (thing: Thing, breathe: Breathe) => Promise<Found> {
  const found = new WeakMap<Thing, Promise<Found>>();
  return (thing, breathe) => {
    const known = found.get(thing);
    if (known !== undefined) return known;
    const made = walk(thing, breathe);
    found.set(thing, made);
    made.catch(() => found.delete(thing));
    return made;
  };
}
