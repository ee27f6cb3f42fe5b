import { hashOf } from "../../kernel/persistentMap.ts";

/**
 * Counts different texts in little space: up to a third of `size` characters the codes of the texts, exact but for codes that are
 * alike (1 in 262,144); with more the registers of HyperLogLog (P. Flajolet and others, 2007), right to about a tenth at 64, a fifth at 32.
 */
type Distinct = string;
export type DistinctSize = 32 | 64;

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";
/** The number that each digit stands for, by its character code; this runs dozens of times for each decision. */
const VALUES = new Uint8Array(128);
for (let value = 0; value < DIGITS.length; value++) VALUES[DIGITS.charCodeAt(value)] = value;
const PAIRS: readonly string[] = Array.from({ length: 4_096 }, (_, i) => DIGITS.charAt(i >> 6) + DIGITS.charAt(i & 63));
const CODE_LENGTH = 3;

/** A digit for a number from 0 to 63. */
export const digitOf = (value: number): string => DIGITS.charAt(value & 63);
/** The number that the digit at a place stands for; 0 beyond the end. */
export const valueAt = (digits: string, at: number): number => VALUES[digits.charCodeAt(at)] ?? 0;

/** 18 bits as three digits. */
export const threeDigits = (value: number): string => (PAIRS[(value >>> 6) & 4_095] ?? "") + digitOf(value);
/** Three digits that stand for a text, the same in every process. */
export const codeOf = (text: string): string => threeDigits(hashOf(text));

/** Where a code stands among items of a length that begin with their codes; -1: nowhere. */
export function indexOfCode(items: string, code: string, length: number): number {
  const [first, second, third] = [code.charCodeAt(0), code.charCodeAt(1), code.charCodeAt(2)];
  for (let at = 0; at < items.length; at += length)
    if (items.charCodeAt(at) === first && items.charCodeAt(at + 1) === second && items.charCodeAt(at + 2) === third)
      return at;
  return -1;
}

function withCode(registers: string, code: string): string {
  const at = valueAt(code, 0) % registers.length;
  const rest = (valueAt(code, 1) << 6) | valueAt(code, 2);
  const rank = Math.clz32(rest) - 19;
  if (valueAt(registers, at) >= rank) return registers;
  return registers.slice(0, at) + digitOf(rank) + registers.slice(at + 1);
}

/** With one more text; the same if it was counted already. */
export function addDistinct(counted: Distinct, text: string, size: DistinctSize): Distinct {
  const code = codeOf(text);
  if (counted.length === size) return withCode(counted, code);
  if (indexOfCode(counted, code, CODE_LENGTH) >= 0) return counted;
  if (counted.length + CODE_LENGTH < size) return counted + code;
  let registers = "0".repeat(size);
  for (let at = 0; at < counted.length; at += CODE_LENGTH)
    registers = withCode(registers, counted.slice(at, at + CODE_LENGTH));
  return withCode(registers, code);
}

/** How many different texts were counted, about. */
export function countDistinct(counted: Distinct, size: DistinctSize): number {
  if (counted.length < size) return counted.length / CODE_LENGTH;
  let sum = 0;
  let empty = 0;
  for (let at = 0; at < size; at++) {
    const rank = valueAt(counted, at);
    sum += 2 ** -rank;
    if (rank === 0) empty++;
  }
  const bias = size === 64 ? 0.709 : 0.697;
  const estimate = (bias * size * size) / sum;
  return Math.round(estimate <= 2.5 * size && empty > 0 ? size * Math.log(size / empty) : estimate);
}
