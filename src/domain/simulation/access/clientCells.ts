import type { DecideFacts } from "../../decisions/facts.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { byText } from "../../kernel/sortedInParts.ts";
import type { AccessOf } from "./accessInput.ts";
import { AT_ONCE, type Found } from "./accessPages.ts";
import type { AskedOf } from "./asked.ts";
import { cellsOf, type FoundCell } from "./clientAccess.ts";

/** Cells of one client that are found; of more, not all are told. */
const MOST_FOUND = 5_000;

/** All cells of one client by one policy, and what was asked. */
export interface FoundOfClient extends Found {
  readonly facts: DecideFacts;
  readonly of: AskedOf;
  /** The scope at which it was cut, by their number; null: it was not. */
  readonly cutAt: string | null;
}

/** What is asked of one client: the scopes are named. */
export type AskedOfClient = Omit<AccessOf, "after" | "first" | "scopes"> & Pick<AskedOf, "clientId" | "scopes">;

/** All cells of one client in the order of their keys. */
export async function foundOf(facts: DecideFacts, asked: AskedOfClient, breathe: Breathe): Promise<FoundOfClient> {
  const { clientId, context, organization, purposeOfUse, scopes, subject } = asked;
  const of = { clientId, context, organization, purposeOfUse, scopes, subject };
  const found: FoundCell[] = [];
  let isCut = false;
  const cut = (): void => {
    isCut = true;
  };
  let cutAt: string | null = null;
  let work = 0;
  for (const cell of cellsOf(facts, of, cut)) {
    if (++work % AT_ONCE === 0) await breathe();
    if (cell !== null) found.push(cell);
    if (found.length < MOST_FOUND) continue;
    cut();
    cutAt = found.at(-1)?.scope ?? null;
    break;
  }
  return { found: found.sort((a, b) => byText(a.key, b.key)), isCut, facts, of, cutAt };
}
