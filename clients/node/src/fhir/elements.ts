import { isMembers, type Members } from "../answers.ts";

/** What stands at a path of a resource; null: something there can't be read. */
export type Elements = readonly unknown[] | null;

interface Step {
  readonly name: string;
  readonly where: readonly [name: string, value: string] | null;
}
export interface Path {
  readonly steps: readonly Step[];
  /** The one type that a reference must lead to; null: any. */
  readonly leadsTo: string | null;
  /** Of what stands there. */
  readonly type: string;
}

const parsed = new Map<string, Path>();

/** `telecom[system=email]:ContactPoint`, `subject->Patient:Reference`. */
export function readPath(text: string): Path {
  const before = parsed.get(text);
  if (before !== undefined) return before;
  const [, steps = "", leadsTo = null, type = ""] = /^([^:>]+?)(?:->(\w+))?:(\w+)$/.exec(text) ?? [];
  const read = {
    steps: steps.split(".").map((step) => {
      const [, name = step, member, value] = /^(\w+)\[(\w+)=([\w-]+)\]$/.exec(step) ?? [];
      return { name, where: member === undefined || value === undefined ? null : ([member, value] as const) };
    }),
    leadsTo,
    type,
  };
  parsed.set(text, read);
  return read;
}

/** All that stands there, list or not. */
export function elementsAt(resource: Members, { steps }: Path): Elements {
  let found: readonly Members[] = [resource];
  let values: unknown[] = [];
  for (const [i, { name, where }] of steps.entries()) {
    values = [];
    for (const parent of found) {
      const value = parent[name];
      // A primitive without a value has a reason for that beside it: there is one, and nobody says which.
      if (value === undefined && parent[`_${name}`] === undefined) continue;
      if (value === undefined || value === null) return null;
      values.push(...(Array.isArray(value) ? value : [value]));
    }
    if (values.includes(null)) return null;
    if (i === steps.length - 1 && where === null) break;
    if (!values.every(isMembers)) return null;
    found = values.filter((each) => where === null || each[where[0]] === where[1]);
    values = [...found];
  }
  return values;
}
