const ASCII = /^[\t\n\r\x20-\x7e]*$/;
const NOT_PRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/**
 * What an identifier may be: 1 to 256 characters with no control, format, surrogate or separator characters but
 * the plain space, no space at either end, and not the lone `*`, which rules use for "any". Identifiers are compared
 * by their code units and never normalized: two texts that look alike are two identifiers.
 */
export function identifierProblem(value: string): string | null {
  // Most are plain ASCII, and every decision has some ten of them.
  if (value.length <= 256 && value !== "*" && PLAIN.test(value)) return null;
  if (value.length === 0) return "must not be empty";
  if (value.length > 256) return "must have at most 256 characters";
  if (NOT_PRINTABLE.test(value)) return "must not contain control, format or unpaired surrogate characters";
  if (value.trim() !== value) return "must not begin or end with white space";
  if (value === "*") return "must not be *, which stands for any";
  return null;
}

/** A name that people type and rules refer to: a letter, then letters, digits, `_`, `.` or `-`; 128 at most. */
export function nameProblem(value: string): string | null {
  return /^[A-Za-z][A-Za-z0-9_.-]{0,127}$/.test(value)
    ? null
    : "must be a letter followed by letters, digits, _ . or - (at most 128 characters)";
}

/** Half of a character, which no text in UTF-8 can have. */
export const hasUnpairedSurrogate = (value: string): boolean => !ASCII.test(value) && /\p{Cs}/u.test(value);

/** Free text: at most `max` characters, no NUL and no unpaired surrogate, which no store keeps alike. */
export function textProblem(value: string, max: number): string | null {
  if (value.length > max) return `must have at most ${max} characters`;
  if (ASCII.test(value)) return null;
  return /[\0\p{Cs}]/u.test(value) ? "must not contain NUL or unpaired surrogates" : null;
}

/** The beginning of a text that is longer than `max` characters, with a sign that there was more. */
export function clipped(text: string, max: number): string {
  if (text.length <= max) return text;
  // Half a character is none: stores refuse it.
  return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** A language tag of BCP 47 (RFC 5646), as far as its form goes: `de`, `pt-BR`, `zh-Hans`. */
export function languageProblem(value: string): string | null {
  return value.length <= 35 && /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/.test(value)
    ? null
    : "must be a language tag such as de or pt-BR (BCP 47), at most 35 characters";
}

/**
 * What an action or a resource type in a request may be: 1 to 256 printable characters (no control, format, surrogate or
 * separator characters but the plain space). Whether anybody has a use for the name is no question of its form.
 */
export function printableProblem(value: string): string | null {
  if (value.length <= 256 && PLAIN.test(value)) return null;
  if (value.length === 0) return "must not be empty";
  if (value.length > 256) return "must have at most 256 characters";
  return NOT_PRINTABLE.test(value) ? "must not contain control, format or unpaired surrogate characters" : null;
}
