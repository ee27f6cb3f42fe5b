import { badUsage } from "./exit.ts";

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A span of time such as `90s`, `10m`, `2h` or `1d`, in milliseconds. @throws CliError that names the option */
export function durationOf(text: string, option: string): number {
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (number === undefined)
    throw badUsage(`${option} must be a time such as 90s, 10m, 2h or 1d: a number, and s, m, h or d.`);
  return Number(number) * UNITS[unit as keyof typeof UNITS];
}
