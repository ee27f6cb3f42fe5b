import type { Consent, ConsentRef } from "./types.ts";

export const NO_REFS: readonly ConsentRef[] = [];

const byId = (a: ConsentRef, b: ConsentRef): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** The versions by which consents are named, each once, by id. */
export function refsOf(consents: readonly Pick<Consent, "id" | "version">[]): readonly ConsentRef[] {
  const refs: ConsentRef[] = [];
  for (const { id, version } of consents) if (!refs.some((ref) => ref.id === id)) refs.push({ id, version });
  return refs.length > 1 ? refs.sort(byId) : refs;
}
