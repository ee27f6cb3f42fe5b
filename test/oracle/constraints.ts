/** What constraints mean for one resource, naively: `Date` and floating point, a regular expression a form. */
import type { AccessRequest } from "../../src/domain/decisions/types.ts";

type Matches = (held: unknown, wanted: string) => boolean;

const ofNumber = (text: string, wanted: string): boolean => {
  const [, prefix = "", value = ""] = /^([a-z]{2})?(.*)$/.exec(wanted) ?? [];
  const [n, w] = [Number(text), Number(value)];
  if (prefix === "gt") return n > w;
  if (prefix === "le") return n <= w;
  const half = 0.5 * 10 ** -(value.split(".")[1]?.length ?? 0);
  return n >= w - half && n < w + half;
};

/** The first and the last millisecond of a day, month or year. */
function days(text: string): readonly [number, number] | null {
  const [year, month, day] = text.split("-").map(Number);
  if (year === undefined || !/^\d{4}(-\d{2}){0,2}$/.test(text)) return null;
  const end =
    day !== undefined ? [year, (month ?? 1) - 1, day + 1] : month !== undefined ? [year, month, 1] : [year + 1, 0, 1];
  return [Date.UTC(year, (month ?? 1) - 1, day ?? 1), Date.UTC(end[0] ?? 0, end[1], end[2]) - 1];
}

/** By parameter: those that the generators use. */
const MATCHES: Readonly<Record<string, Matches>> = {
  category: (held, wanted) => held === wanted || (typeof held === "string" && held.split("|").at(-1) === wanted),
  "value-string": (held, wanted) => typeof held === "string" && held.toLowerCase().startsWith(wanted.toLowerCase()),
  date(held, wanted) {
    const [h, w] = [typeof held === "string" ? days(held) : null, days(wanted.replace(/^[a-z]+/, ""))];
    if (h === null || w === null) return false;
    return wanted.startsWith("ge") ? h[0] >= w[0] : h[0] >= w[0] && h[1] <= w[1];
  },
  "value-quantity"(held, wanted) {
    const [number = "", ...unit] = String(held).split("|");
    const [value = "", ...wantedUnit] = wanted.split("|");
    if (typeof held !== "string" && typeof held !== "number") return false;
    return (wantedUnit.length === 0 || unit.join() === wantedUnit.join()) && ofNumber(number, value);
  },
  subject: (held, wanted) => held === wanted || (typeof held === "string" && held.split("/").at(-1) === wanted),
  _security: (held, wanted) => held === wanted,
  _id: (held, wanted) => held === wanted,
};

/** Whether the resource has, for each parameter, one of the values. */
export function meets(query: string, { resource }: AccessRequest): boolean {
  for (const part of query === "" ? [] : query.split("&")) {
    const [name = "", values = ""] = part.split("=");
    const under = { ...resource.attributes, _id: resource.id, _security: resource.labels } as Record<string, unknown>;
    const held = [under[name] ?? []].flat();
    if (!held.some((item) => values.split(",").some((wanted) => MATCHES[name]?.(item, wanted)))) return false;
  }
  return true;
}
