import type { DecideFacts } from "../../decisions/facts.ts";
import { badInput } from "../../kernel/errors.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { byText, sortedInParts } from "../../kernel/sortedInParts.ts";
import type { AccessCell } from "./accessCell.ts";
import type { AccessOf } from "./accessInput.ts";
import { cellsOf, type FoundCell, scopesOf } from "./clientAccess.ts";

/** Cells of one client that are found; of more, not all are told. */
const MOST_FOUND = 5_000;
/** Clients that are looked at for one page. */
const MOST_CLIENTS = 1_000;
/** Cells that are found without a break. */
const AT_ONCE = 16;

export interface AccessPage {
  readonly policyRevision: number;
  /** False: something was cut, by the length of the page or by a bound. */
  readonly complete: boolean;
  readonly cells: readonly AccessCell[];
  /** Where the next page begins; null: there is none. */
  readonly endCursor: string | null;
}

/** All cells of one client in the order of their keys. */
async function foundOf(facts: DecideFacts, clientId: string, of: AccessOf, breathe: Breathe) {
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

async function tellAll(found: readonly FoundCell[], breathe: Breathe): Promise<readonly AccessCell[]> {
  const cells: AccessCell[] = [];
  for (const cell of found) {
    if (cells.length % AT_ONCE === 0) await breathe();
    cells.push(cell.tell());
  }
  return cells;
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

type PagePlace = readonly [clientId: string, key: string | null];

function isPlace(value: unknown): value is PagePlace {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [clientId, key] = value as readonly unknown[];
  return typeof clientId === "string" && (key === null || typeof key === "string");
}

/** The client and the cell after which a page begins; null: it is the first. @throws ScopewardenError BAD_USER_INPUT */
function placeOf(after: string | null): PagePlace | null {
  if (after === null) return null;
  try {
    const place: unknown = JSON.parse(after);
    if (isPlace(place)) return place;
  } catch {
    // What is no JSON is no place either.
  }
  throw badInput([
    { path: "input.after", message: "must be an endCursor of subjectAccess, as an earlier page gave it" },
  ]);
}

/** One page of what a subject can reach over all clients, client by client: what is not DENY. */
export async function subjectAccess(
  facts: DecideFacts,
  { of, breathe }: { readonly of: AccessOf; readonly breathe: Breathe },
): Promise<AccessPage> {
  const { snapshot } = facts;
  const place = placeOf(of.after);
  const clients = await sortedInParts([...snapshot.clients.keys()], breathe, byText);
  const from = place === null ? 0 : clients.findIndex((id) => id >= place[0]);
  const cells: AccessCell[] = [];
  let isCut = false;
  let looked = 0;
  const page = (endCursor: string | null): AccessPage => ({
    policyRevision: snapshot.revision,
    complete: !isCut && endCursor === null,
    cells,
    endCursor,
  });
  for (const clientId of from < 0 ? [] : clients.slice(from)) {
    const isSame = place !== null && place[0] === clientId;
    // The whole client was looked at.
    if (isSame && place[1] === null) continue;
    if (looked === MOST_CLIENTS) return page(JSON.stringify([clients[from + looked - 1] ?? "", null]));
    looked++;
    const client = snapshot.clients.get(clientId);
    if (client?.status !== "ACTIVE" || scopesOf(facts, clientId, of.scopes).length === 0) {
      if (looked % AT_ONCE === 0) await breathe();
      continue;
    }
    const found = await foundOf(facts, clientId, of, breathe);
    isCut ||= found.isCut;
    const left = found.found.filter(({ isDenied, key }) => !isDenied && !(isSame && key <= (place[1] ?? "")));
    const shown = left.slice(0, of.first - cells.length);
    cells.push(...(await tellAll(shown, breathe)));
    if (left.length > shown.length) return page(JSON.stringify([clientId, shown.at(-1)?.key ?? ""]));
    if (cells.length === of.first) return page(JSON.stringify([clientId, null]));
  }
  return page(null);
}
