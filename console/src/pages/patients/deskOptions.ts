import { ask } from "../../session/session.ts";
import type { Option } from "../../ui/fields.tsx";
import { Find } from "../../ui/find.graphql.ts";
import { findOptions } from "../../ui/findOptions.ts";
import { maybePatientId } from "../../ui/maybePatientId.ts";
import { personText } from "./consentDraft.ts";

/** So many letters the service asks for before it shows staff to a desk. */
const LETTERS = 3;
const isTooShort = (text: string): boolean => (text.match(/[\p{L}\p{N}]/gu)?.length ?? 0) < LETTERS;

/** Staff by name for a consent desk; each search is an act on record. */
export async function staffOptions(text: string, signal: AbortSignal): Promise<readonly Option[]> {
  if (isTooShort(text) || maybePatientId(text)) return [];
  const { find } = await ask(Find, { text, kinds: ["STAFF"], first: 20 }, signal);
  return find.matches.map(({ id, name, type, unit }) => ({
    id: personText(id, type),
    name: name ?? id,
    hint: unit === null ? id : `${id}, ${unit}`,
  }));
}

/** Clients, scopes, organizations and roles by name. */
export const clientOptions = findOptions("CLIENT");
export const organizationOptions = findOptions("ORGANIZATION");
export const roleOptions = findOptions("ROLE");
export const scopeOptions = findOptions("SCOPE");

export const noOptions = async (): Promise<readonly Option[]> => [];

export const STAFF_HINT = "Three letters of the name, or the whole id. Each search is put on record.";
