import { withoutPrefix } from "./compare/comparison.ts";
import { readDecimal } from "./compare/decimal.ts";
import { spanOfDate } from "./compare/instants.ts";
import type { ParameterKind } from "./fhir.ts";

interface Shape {
  readonly pattern: RegExp;
  readonly expected: string;
  /** Whether what looks like one is one. */
  readonly isOne?: (value: string) => boolean;
}

const isNumber = (value: string): boolean => readDecimal(withoutPrefix(value).rest.split("|")[0] ?? "") !== null;

/** What a value of each kind looks like; the character set has been checked before. */
const SHAPES: Readonly<Record<ParameterKind, Shape>> = {
  token: { pattern: /^(?:[^|]+|[^|]*\|[^|]+|[^|]+\|)$/, expected: "code, system|code, system| or |code" },
  reference: { pattern: /^[^|]+$/, expected: "an id or Type/id, without |" },
  string: { pattern: /^[^|]+$/, expected: "a text without |" },
  uri: { pattern: /^[^|]+$/, expected: "a URI without |" },
  date: { pattern: /./, expected: "a date", isOne: (value) => spanOfDate(withoutPrefix(value).rest) !== null },
  number: { pattern: /^[^|]+$/, expected: "a number", isOne: isNumber },
  quantity: { pattern: /^[^|]+(?:\|[^|]*\|[^|]+)?$/, expected: "number or number|system|code", isOne: isNumber },
  composite: { pattern: /^[^$]+(?:\$[^$]+)+$/, expected: "values joined by $" },
};

/**
 * Characters of RFC 6749 section 3.3 less those with a second meaning in a query: `%` and `+` stand for
 * other characters there, `?`, `=`, `&` and `,` separate. Nothing is decoded, so none of them is let in;
 * `+` is, in a date or a number, where no space could be meant.
 */
const PLAIN = /^[!#$'()*\-./0-9:;<>@A-Z[\]^_`a-z{|}~]+$/;
const PLAIN_OR_PLUS = /^[!#$'()*+\-./0-9:;<>@A-Z[\]^_`a-z{|}~]+$/;

/** Why this text is no constraint value of that kind, or null if it is one. */
export function valueProblem(value: string, kind: ParameterKind): string | null {
  if (value === "") return "has an empty value";
  const plain = kind === "date" || kind === "number" || kind === "quantity" ? PLAIN_OR_PLUS : PLAIN;
  if (!plain.test(value))
    return "has a value with a character that is not permitted (write it as it is, nothing is decoded)";
  const shape = SHAPES[kind];
  return shape.pattern.test(value) && shape.isOne?.(value) !== false
    ? null
    : `has a value that is no ${kind}; expected ${shape.expected}`;
}

/**
 * The other values that take in all that this one selects (tokens of FHIR R4, section 3.1.1.4.10):
 * `sys|code` is within `code` and within `sys|`; `|code` (a code of no system) is within `code`. A bare
 * code, a whole system, and whatever is no single token are within nothing but themselves.
 */
export function widerValues(value: string): readonly string[] {
  // `$` joins the parts of a composite value, whose parts are no tokens to compare.
  if (value.includes("$")) return [];
  const bar = value.indexOf("|");
  const code = value.slice(bar + 1);
  if (bar < 0 || code === "" || code.includes("|")) return [];
  return bar === 0 ? [code] : [code, value.slice(0, bar + 1)];
}

/** Whether every resource that the narrow value selects is selected by the wide one. */
export function valueWithin(narrow: string, wide: string): boolean {
  return narrow === wide || widerValues(narrow).includes(wide);
}
