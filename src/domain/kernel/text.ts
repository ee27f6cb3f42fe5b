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

/**
 * What shows nothing, or shows what follows otherwise than it is stored: marks and overrides of the direction of writing, zero width space,
 * word joiner, byte order mark (Unicode Technical Report 36, section 2.5). The joiners U+200C and U+200D are letters' own in Persian and Hindi.
 */
const HIDDEN = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/;

/** The first character of a text that makes it look otherwise than it is, as `U+202E`; null: there is none. */
export function hiddenCharacter(value: string): string | null {
  const found = ASCII.test(value) ? null : HIDDEN.exec(value);
  return found === null ? null : `U+${found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Text that somebody decides by as they see it, a title, a name or a condition: as `textProblem`, and nothing hidden in it. */
export function seenTextProblem(value: string, max: number): string | null {
  const hidden = hiddenCharacter(value);
  if (hidden === null) return textProblem(value, max);
  return `must not contain ${hidden}, which is invisible or changes how the text is shown: leave it out`;
}

/** What a reason for a change must be: it is for the auditor who reads it years later, so it must be there. */
export const reasonProblem = (reason: string): string | null =>
  reason.trim() === "" ? "must say why: it is kept with the change" : textProblem(reason, 2000);

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
