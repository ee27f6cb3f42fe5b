import type { DecideFacts } from "../../decisions/facts.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { byText, sortedInParts } from "../../kernel/sortedInParts.ts";
import type { AccessOf } from "./accessInput.ts";
import { type AccessPage, AT_ONCE, type Found, notDenied, pageOfParts, tellAll } from "./accessPages.ts";
import { cellsOf, type FoundCell, scopesOf } from "./clientAccess.ts";

/** Cells of one client that are found; of more, not all are told. */
const MOST_FOUND = 5_000;
/** Clients that are looked at for one page. */
const MOST_CLIENTS = 1_000;

/** All cells of one client in the order of their keys. */
export async function foundOf(
  facts: DecideFacts,
  clientId: string,
  of: Omit<AccessOf, "after" | "first">,
  breathe: Breathe,
): Promise<Found> {
  const { context, organization, purposeOfUse, subject } = of;
  const scopes = scopesOf(facts, clientId, of.scopes);
  const found: FoundCell[] = [];
  let isCut = false;
  const cut = (): void => {
    isCut = true;
  };
  let work = 0;
  for (const cell of cellsOf(facts, { clientId, context, organization, purposeOfUse, scopes, subject }, cut)) {
    if (++work % AT_ONCE === 0) await breathe();
    if (cell !== null) found.push(cell);
    if (found.length < MOST_FOUND) continue;
    cut();
    break;
  }
  return { found: found.sort((a, b) => byText(a.key, b.key)), isCut };
}

/** One page of what a client can reach: DENY too, for what it presents and no rule allows. */
export async function clientAccess(
  facts: DecideFacts,
  clientId: string,
  { of, breathe }: { readonly of: AccessOf; readonly breathe: Breathe },
): Promise<AccessPage> {
  const { after, first } = of;
  const { found, isCut } = await foundOf(facts, clientId, of, breathe);
  const left = after === null ? found : found.filter(({ key }) => key > after);
  const shown = left.slice(0, first);
  const isMore = left.length > shown.length;
  return {
    policyRevision: facts.snapshot.revision,
    complete: !isCut && !isMore,
    cells: await tellAll(shown, breathe),
    endCursor: isMore ? (shown.at(-1)?.key ?? null) : null,
  };
}

/** One page of what a subject can reach over all clients, client by client: what is not DENY. */
export async function subjectAccess(
  facts: DecideFacts,
  { of, breathe }: { readonly of: AccessOf; readonly breathe: Breathe },
): Promise<AccessPage> {
  const { snapshot } = facts;
  const parts = await sortedInParts([...snapshot.clients.keys()], breathe, byText);
  const foundFor = async (clientId: string): Promise<Found | null> => {
    if (snapshot.clients.get(clientId)?.status !== "ACTIVE") return null;
    if (scopesOf(facts, clientId, of.scopes).length === 0) return null;
    const { found, isCut } = await foundOf(facts, clientId, of, breathe);
    return { found: notDenied(found), isCut };
  };
  return pageOfParts({ of, breathe, most: MOST_CLIENTS, parts, foundFor, policyRevision: snapshot.revision });
}
