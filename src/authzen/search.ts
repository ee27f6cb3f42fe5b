import { createHash } from "node:crypto";
import type { Caller } from "../domain/callers/types.ts";
import { type AuthorizeInput, parseAuthorizeInput } from "../domain/decisions/accessInput.ts";
import { mayAssert, type requireMayAssert } from "../domain/decisions/assertedRoles.ts";
import { decide } from "../domain/decisions/decide.ts";
import type { DecideFacts } from "../domain/decisions/facts.ts";
import type { GatherAccess, GatheredFacts } from "../domain/decisions/gather.ts";
import type { InputLimits } from "../domain/decisions/inputReader.ts";
import type { AccessRequest, Verdict } from "../domain/decisions/types.ts";
import { workOf } from "../domain/decisions/workOf.ts";
import type { Entity } from "../domain/directory/entity.ts";
import { after } from "../domain/kernel/after.ts";
import { canonicalJson, type Json } from "../domain/kernel/canonical.ts";
import { badInput } from "../domain/kernel/errors.ts";
import type { Breathe } from "../domain/kernel/ports.ts";
import { type Members, Reader, readBody } from "../domain/kernel/reader.ts";
import type { Turns } from "../domain/kernel/turns.ts";
import { walk } from "../domain/simulation/search/walk.ts";
import { encodeCursor, readCursor } from "../doors/cursors.ts";
import { obligationList } from "./decision.ts";
import type { Api } from "./deps.ts";
import { badInputInCallersWords, INPUT, inCallersWords, NoSuchName } from "./question.ts";

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1000;

/** What a search has beyond its question: who asks, and the policy it is asked of. */
export interface SearchDeps {
  readonly breathe: Breathe;
  readonly turns: Turns;
  readonly caller: Caller;
  readonly facts: DecideFacts;
  readonly gather: GatherAccess;
  readonly inputLimits: InputLimits;
  readonly scanned: number;
}

/** A search, ready to be walked. */
export interface Search<Candidate> {
  /** What tells it from any other search; all that its answers depend on but the policy and the time. */
  readonly identity: Json;
  /** Those after a place, in code-unit order of their names, each once. */
  readonly candidates: (place: string | null) => Promise<Iterable<Candidate> | AsyncIterable<Candidate>>;
  readonly nameOf: (candidate: Candidate) => string;
  /** What it takes to look at one, in the units of `Turns`. */
  readonly workOf: (candidate: Candidate) => number;
  /** The answer to the question whether this candidate is a result; null: it can't be one. */
  readonly verdictOf: (candidate: Candidate) => Verdict | null;
  /** The result as an entity of the standard. */
  readonly entity: (candidate: Candidate) => object;
}

/** A candidate by its name, with the request that it makes; null: it makes none. */
export interface Named {
  readonly name: string;
  readonly request: AccessRequest | null;
  readonly gathered: GatheredFacts | undefined;
}

/** Candidates for whom what decisions rest on is read in one statement. */
const GATHERED_TOGETHER = 100;

/** Each name with its request, and with what is known for it beside the policy. */
async function* named(
  { facts, gather }: Pick<SearchDeps, "facts" | "gather">,
  names: Iterable<string>,
  requestFor: (name: string) => AccessRequest | null,
): AsyncGenerator<Named> {
  let part: { readonly name: string; readonly request: AccessRequest | null }[] = [];
  async function* ready(): AsyncGenerator<Named> {
    const requests = part.flatMap(({ request }) => request ?? []);
    const known = await gather(facts, requests);
    for (const { name, request } of part)
      yield { name, request, gathered: request === null ? undefined : known.get(request) };
    part = [];
  }
  for (const name of names) {
    part.push({ name, request: requestFor(name) });
    if (part.length === GATHERED_TOGETHER) yield* ready();
  }
  if (part.length > 0) yield* ready();
}

/** Candidates by their names, each of which makes another request; null: it makes none. */
export function decidingEach(
  deps: Pick<SearchDeps, "caller" | "facts" | "gather">,
  names: () => Promise<readonly string[]>,
  requestFor: (name: string) => AccessRequest | null,
): Pick<Search<Named>, "candidates" | "nameOf" | "verdictOf" | "workOf"> {
  const { caller, facts } = deps;
  return {
    candidates: async (place) => named(deps, after(await names(), place), requestFor),
    nameOf: ({ name }) => name,
    workOf: ({ request }) => (request === null ? 1 : workOf(facts.snapshot, request)),
    verdictOf({ gathered, request }) {
      // An evaluation with roles that may not be asserted there would be refused.
      const may = request !== null && mayAssert({ caller, snapshot: facts.snapshot }, request);
      return may ? decide(gathered === undefined ? facts : { ...facts, gathered }, request) : null;
    },
  };
}

/** A question for searches to vary. @throws ScopewardenError BAD_USER_INPUT, with the paths that the caller knows. */
export function templateOf(input: AuthorizeInput, limits: InputLimits): AccessRequest {
  const parsed = parseAuthorizeInput(input, INPUT, limits);
  if (!parsed.ok) throw badInputInCallersWords(parsed.problems);
  return parsed.request;
}

/** @throws ScopewardenError of one of the checks of asserted roles, with the paths that the caller knows. */
export function checkAsserted(
  template: AccessRequest,
  { caller, facts }: Pick<SearchDeps, "caller" | "facts">,
  check: typeof requireMayAssert,
): void {
  try {
    check({ caller, snapshot: facts.snapshot, path: INPUT }, template);
  } catch (error) {
    throw inCallersWords(error);
  }
}

/** A result: with the properties that it was found by, so that an evaluation of it is the same question. */
export function entityOf(type: string, id: string, registered: Entity | undefined): object {
  const properties = registered?.properties ?? null;
  return { type, id, ...(properties === null ? {} : { properties }) };
}

/** Where a page ended: after which candidate, at which revision of the policy, and how long its pages are. */
interface Place {
  readonly after: string;
  readonly revision: number;
  readonly limit: number;
}

/** What tells searches apart: it guards against mistakes; whoever makes up a token gets what its search would have given. */
const fingerprint = (search: Json): string =>
  createHash("sha256").update(canonicalJson(search)).digest("base64url").slice(0, 11);

function tokenOf(search: string, { after, revision, limit }: Place): string {
  return encodeCursor(`search ${search}`, JSON.stringify([revision, limit, after]));
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** @throws ScopewardenError BAD_USER_INPUT for what no page of this search gave. */
function placeOf(search: string, token: string): Place {
  try {
    const parts: unknown = JSON.parse(readCursor(`search ${search}`, token) ?? "null");
    if (Array.isArray(parts) && parts.length === 3) {
      const [revision, limit, after] = parts as unknown[];
      if (isCount(revision) && isCount(limit) && typeof after === "string") return { after, revision, limit };
    }
  } catch {}
  throw badInput([{ path: "page.token", message: "must be the next_token of an earlier page of this same search" }]);
}

interface Page {
  readonly place: Place | null;
  readonly limit: number;
}

/** The members of `page`, null where they are not there. */
interface AskedPage {
  readonly token: string | null;
  readonly limit: number | null;
}

/**
 * `page` (section 8, "Pagination"). More than the most is taken for the most, since a page may always be shorter.
 * @throws ScopewardenError BAD_USER_INPUT
 */
function readPage(value: unknown): AskedPage {
  const json = new Reader();
  const page = json.optionalObject(value, "page");
  const token = json.optionalString(page?.token, "page.token");
  if (page?.limit !== undefined && !isCount(page.limit))
    json.problem("page.limit", `must be a whole number from 0 to ${MAX_LIMIT}`);
  json.check();
  return { token, limit: isCount(page?.limit) ? Math.min(page.limit, MAX_LIMIT) : null };
}

/** A later page is as long as the first was, whether or not that is said again. @throws ScopewardenError BAD_USER_INPUT */
function pageOf({ token, limit }: AskedPage, identity: string): Page {
  // The empty token is what the last page gives; it stands for the beginning, as if there were none.
  const place = token === null || token === "" ? null : placeOf(identity, token);
  if (place !== null && limit !== null && limit !== place.limit)
    throw badInput([{ path: "page.limit", message: `must stay the same from page to page: ${place.limit}` }]);
  return { place, limit: place?.limit ?? limit ?? DEFAULT_LIMIT };
}

/** What a search for what nothing can be called finds. */
const NOTHING = JSON.stringify({ page: { next_token: "" }, results: [] });

/**
 * One page of a search (section 8): each result evaluates to true, by the decision function itself, and every candidate
 * that does is on one of the pages while the policy stays the same. A page is filled up to its limit, in turns with all else
 * that the process does; only one that has looked at `scanned` candidates ends before, and has a next one. Where the policy
 * changed since the page before, the walk goes on in the new one, and the answer says so in its `context`.
 */
async function searchPage<Candidate>(
  search: Search<Candidate>,
  asked: AskedPage,
  { facts, turns, scanned }: Pick<SearchDeps, "facts" | "turns" | "scanned">,
): Promise<string> {
  const identity = fingerprint(search.identity);
  const { place, limit } = pageOf(asked, identity);
  const { revision } = facts.snapshot;
  const look = (candidate: Candidate): object | null => {
    const verdict = search.verdictOf(candidate);
    if (verdict?.outcome !== "ALLOW") return null;
    const { obligations } = verdict;
    // A result is a permission with its obligations, as an evaluation of it would be.
    const more = obligations.length === 0 ? {} : { context: { obligations: obligationList(obligations) } };
    return { ...search.entity(candidate), ...more };
  };
  const candidates = await search.candidates(place?.after ?? null);
  const page = await walk({ candidates, look, workOf: search.workOf }, { limit, scanned }, turns);
  const last = page.last === null ? (place?.after ?? "") : search.nameOf(page.last);
  const next_token = page.isLast ? "" : tokenOf(identity, { after: last, revision, limit });
  const changed = place !== null && place.revision !== revision;
  return JSON.stringify({
    page: { next_token },
    ...(changed ? { context: { policy_changed: { from: place.revision, to: revision } } } : {}),
    results: page.results,
  });
}

/** The API of a search, by the reader of its questions. */
export const searchApi =
  <Candidate>(read: (members: Members, deps: SearchDeps) => Search<Candidate>): Api =>
  async ({ facts, gather, inputLimits, breathe, turns, scanned }, caller, body) => {
    const members = readBody(body);
    const page = readPage(members.page);
    const deps = { caller, facts: facts(), gather, inputLimits, breathe, turns, scanned };
    try {
      return await searchPage(read(members, deps), page, deps);
    } catch (error) {
      if (error instanceof NoSuchName) return NOTHING;
      throw error;
    }
  };
