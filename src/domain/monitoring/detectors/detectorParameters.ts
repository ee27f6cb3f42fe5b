import { isObject, type Reader } from "../../kernel/reader.ts";
import type { Detector } from "./detector.ts";
import { parametersOf } from "./detectorSetting.ts";

/** The parameters of a detector as they were given, by name: each a number within its bounds; with every problem in `read`. */
export function readParameters(read: Reader, detector: Detector, given: unknown): { readonly [name: string]: number } {
  if (given === undefined || given === null) return {};
  const known = parametersOf(detector);
  const names = Object.keys(known).join(", ");
  const path = "input.parameters";
  if (!isObject(given)) {
    read.problem(path, `must be an object of numbers by name: ${names}`);
    return {};
  }
  const values: [string, number][] = [];
  for (const [name, value] of Object.entries(given)) {
    const parameter = Object.hasOwn(known, name) ? known[name] : undefined;
    if (parameter === undefined)
      read.problem(`${path}.${name}`, `is no parameter of ${detector.code}; it has ${names}`);
    else if (typeof value !== "number" || !(value >= parameter.minimum && value <= parameter.maximum))
      read.problem(`${path}.${name}`, `must be a number from ${parameter.minimum} to ${parameter.maximum}`);
    else values.push([name, value]);
  }
  return Object.fromEntries(values);
}

/** How many alerts a week somebody can look at. */
export function checkBudget(read: Reader, alertsPerWeek: number | null): void {
  if (alertsPerWeek !== null && !(alertsPerWeek > 0 && alertsPerWeek <= 10_000))
    read.problem("input.alertsPerWeek", "must be more than 0, and at most 10000");
}
