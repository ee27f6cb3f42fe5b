import { isoTime } from "../domain/kernel/time.ts";
import type { PolicyOperation } from "../domain/policy/operations.ts";

/** The members of operations that are times: milliseconds in the domain, text on the wire. */
const TIMES: ReadonlySet<string> = new Set(["validFrom", "validUntil", "sunsetAt"]);
const inCapitals = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

function wireValue(name: string, value: unknown): unknown {
  if (TIMES.has(name) && typeof value === "number") return isoTime(value);
  return name === "clear" && Array.isArray(value) ? value.map((member) => inCapitals(String(member))) : value;
}

/** An operation as a caller would write it: what is shown can be sent again. */
export function operationJson(operation: PolicyOperation): unknown {
  const inputs = Object.entries(operation).flatMap(([name, input]) =>
    input === undefined || input === null ? [] : [[name, input as object] as const],
  );
  return Object.fromEntries(
    inputs.map(([name, input]) => [
      name,
      Object.fromEntries(Object.entries(input).map(([member, value]) => [member, wireValue(member, value)])),
    ]),
  );
}
