import { type ActKind, KINDS } from "./kinds.ts";

/** When an act was, in milliseconds since 1970, by the clock of who recorded it, from the open part of its record. */
export function actTime({ kind, record }: { readonly kind: ActKind; readonly record: string }): number {
  return Number((JSON.parse(record) as Readonly<Record<string, unknown>>)[KINDS[kind].time]);
}
