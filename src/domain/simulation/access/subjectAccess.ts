import type { DecideFacts } from "../../decisions/facts.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { byText, sortedInParts } from "../../kernel/sortedInParts.ts";
import type { AccessOf } from "./accessInput.ts";
import { type AccessPage, type Found, notDenied, pageOfParts, tellAll } from "./accessPages.ts";
import { besideEachOther } from "./changedCells.ts";
import { type FoundCell, scopesOf } from "./clientAccess.ts";
import { foundOf } from "./clientCells.ts";

/** Clients that are looked at for one page. */
const MOST_CLIENTS = 1_000;

/** How a question is asked, beside the policy that answers it. */
export interface Asking {
  readonly of: AccessOf;
  readonly breathe: Breathe;
  /** The facts without the change that is asked about; absent or null: none is. */
  readonly before?: DecideFacts | null;
}

/** The cells of one client that are told, with how they were before where a change is asked about. */
async function toldOf(
  facts: DecideFacts,
  clientId: string,
  { before = null, breathe, of }: Asking,
  listed: (found: readonly FoundCell[]) => readonly FoundCell[],
): Promise<Found> {
  const asked = { ...of, clientId, scopes: scopesOf(before === null ? [facts] : [facts, before], clientId, of.scopes) };
  const is = await foundOf(facts, asked, breathe);
  if (before === null) return { found: listed(is.found), isCut: is.isCut };
  const was = await foundOf(before, asked, breathe);
  return besideEachOther(is, was, [...listed(was.found), ...listed(is.found)]);
}

/** One page of what a client can reach: DENY too, for what it presents and no rule allows. */
export async function clientAccess(facts: DecideFacts, clientId: string, asking: Asking): Promise<AccessPage> {
  const { before, breathe, of } = asking;
  const { after, first } = of;
  const { found, isCut } = await toldOf(facts, clientId, asking, (cells) => cells);
  const left = after === null ? found : found.filter(({ key }) => key > after);
  const shown = left.slice(0, first);
  const isMore = left.length > shown.length;
  return {
    policyRevision: (before ?? facts).snapshot.revision,
    complete: !isCut && !isMore,
    cells: await tellAll(shown, breathe),
    endCursor: isMore ? (shown.at(-1)?.key ?? null) : null,
  };
}

/** One page of what a subject can reach over all clients, client by client: what is not DENY, or was not before a change. */
export async function subjectAccess(facts: DecideFacts, asking: Asking): Promise<AccessPage> {
  const { before = null, breathe, of } = asking;
  const policies = before === null ? [facts] : [facts, before];
  const ids = new Set(policies.flatMap(({ snapshot }) => [...snapshot.clients.keys()]));
  const parts = await sortedInParts(ids, breathe, byText);
  const foundFor = async (clientId: string): Promise<Found | null> => {
    if (!policies.some(({ snapshot }) => snapshot.clients.get(clientId)?.status === "ACTIVE")) return null;
    if (scopesOf(policies, clientId, of.scopes).length === 0) return null;
    return toldOf(facts, clientId, asking, notDenied);
  };
  const { revision } = (before ?? facts).snapshot;
  return pageOfParts({ of, breathe, most: MOST_CLIENTS, parts, foundFor, policyRevision: revision });
}
