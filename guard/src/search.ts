import type { Allowed, AuthorizeInput, Client } from "@scopewarden/client";
import { attributesOf, toFhirSearch } from "@scopewarden/client/fhir";
import type { Holder } from "./holder.ts";
import type { Members, Resource } from "./json.ts";
import type { Continuation, Seal } from "./links.ts";
import { type GuardAnswer, outcome, Refused, refuse, unavailable } from "./outcome.ts";
import { type Deciding, isUnderstood, type Released, release, requireSignIn } from "./release.ts";
import { ownParameters, readSearch, type SearchQuery, toUpstream } from "./searchQuery.ts";
import type { Bundle, Parameters, Upstream } from "./upstream.ts";

export interface Searching extends Deciding {
  readonly client: Pick<Client, "authorize" | "authorizeBatch">;
  readonly upstream: Upstream;
  readonly seal: Seal;
  /** Entries of the upstream that one page looks at, at most. */
  readonly mostLookedAt: number;
}

/** How long a link to a next page is good for. */
const LINK_MS = 10 * 60 * 1000;

/** In each search's answer, whatever was left out of it: that nothing was says nothing, then. */
const LEFT_OUT = {
  resource: outcome("informational", "What this token may not have is left out. A page may be short.", "information"),
  search: { mode: "outcome" },
};

/** Reasons that a token's scopes are, whatever is on record of anybody: who hears them learns nothing of a patient. */
const OF_SCOPES: ReadonlySet<string> = new Set([
  ...["NO_SCOPES", "UNKNOWN_SCOPE", "SCOPE_NOT_ACTIVE", "SCOPE_RETIRED", "SCOPE_NOT_GRANTED", "SCOPE_DOES_NOT_COVER"],
  ...["UNKNOWN_CLIENT", "CLIENT_SUSPENDED"],
]);

const question = (
  { asker }: Holder,
  type: string,
  patient: string | null,
  organization: string | null,
): AuthorizeInput => ({
  ...asker,
  action: "search",
  resource: { type, ...(patient !== null && { patient }), ...(organization !== null && { organization }) },
});

/**
 * Whether a type may be searched; null: not this patient's. What stands between may be what that patient said, so that the answer is the one of who has
 * nothing. @throws Refused where it can't be decided, or the type may not be searched at all
 */
async function decideSearch(
  query: SearchQuery,
  type: string,
  holder: Holder,
  deciding: Searching,
): Promise<Allowed | null> {
  const patient = query.patient ?? null;
  const answer = await deciding.client.authorize(question(holder, type, patient, deciding.organization));
  if (answer.outcome === "error") {
    if (answer.kind === "refused")
      throw new Refused(refuse(400, "invalid", "This can't be asked: a part of the search is not permitted."));
    throw new Refused(unavailable());
  }
  if (answer.outcome === "allowed" && isUnderstood(answer)) {
    requireSignIn([answer], holder);
    return answer;
  }
  const isOfScopes = answer.outcome === "denied" && answer.reasons.every(({ code }) => OF_SCOPES.has(code));
  if (patient !== null && !isOfScopes) return null;
  throw new Refused(
    refuse(
      403,
      "forbidden",
      answer.summary,
      scopeChallenge(answer.outcome === "denied" ? answer.sufficientScopes : []),
    ),
  );
}

/** RFC 6750, section 3. */
function scopeChallenge(scopes: readonly string[]): Readonly<Record<string, string>> {
  const scope = scopes.filter((each) => /^[!#-[\]-~]+$/.test(each)).join(" ");
  return scope === ""
    ? {}
    : { "www-authenticate": `Bearer realm="fhir", error="insufficient_scope", scope="${scope}"` };
}

/** What every search of an allowed one must confine itself to, as far as a search can say it; null: nobody knows what it means. */
function confinedBy({ obligations }: Allowed, type: string): Parameters | null {
  const added: (readonly [string, string])[] = [];
  for (const { parameters, type: obligation } of obligations)
    if (obligation === "filter") {
      const search = toFhirSearch(parameters, type);
      if (search === null) return null;
      added.push(...search.parameters);
    }
  return added;
}

interface Page {
  readonly matches: readonly Released[];
  readonly included: readonly Released[];
  /** Null: there is no more. */
  readonly next: Pick<Continuation, "page" | "skip"> | null;
}

const nameOf = ({ id, resourceType }: Members): string => `${String(resourceType)}/${String(id)}`;

/**
 * Looks through the upstream's pages until one more was found than goes on a page of ours, there are no more, or enough were looked at: a link to a page
 * on which nothing would be tells of what is withheld.
 */
async function fill(
  from: Pick<Continuation, "page" | "skip">,
  query: SearchQuery,
  allowed: ReadonlyMap<string, Allowed>,
  holder: Holder,
  deciding: Searching,
): Promise<Page> {
  const { mostLookedAt, upstream } = deciding;
  const matches: Released[] = [];
  const included = new Map<string, Released>();
  let next: Page["next"] = from;
  let isFull = false;
  for (let looked = 0; next !== null && !isFull && looked < mostLookedAt; ) {
    const here: Pick<Continuation, "page" | "skip"> = next;
    const bundle: Bundle = await upstream.search(here.page);
    const found = bundle.entries.filter(({ isMatch }) => isMatch).slice(here.skip);
    const beside = allowed.get(query.type)?.obligations ?? [];
    // A match of another type is none of this search's.
    const ours = found.filter(({ resource }) => resource.plain.resourceType === query.type);
    const released = await release(
      ours.map(({ resource }) => resource),
      holder,
      deciding,
      { beside, partOf: allowed.get(query.type)?.id },
    );
    let taken = 0;
    const lookup = new Map(ours.map((entry, i) => [entry, released[i] ?? null]));
    const going: Resource[] = [];
    for (const entry of found) {
      const one = lookup.get(entry) ?? null;
      if (one !== null) {
        isFull = matches.length === query.count;
        if (isFull) break;
        matches.push(one);
        going.push(entry.resource);
      }
      taken += 1;
    }
    for (const one of await releaseIncluded(bundle, going, allowed, holder, deciding, query))
      included.set(nameOf(one.resource), one);
    looked += Math.max(1, bundle.entries.length);
    if (isFull) next = { page: here.page, skip: here.skip + taken };
    else next = bundle.next === null ? null : { page: bundle.next, skip: 0 };
  }
  for (const { resource } of matches) included.delete(nameOf(resource));
  // In an order of their own: the upstream's would tell where its pages ended, and so how many were withheld.
  const names = [...included.keys()].sort();
  return { matches, included: names.flatMap((name) => included.get(name) ?? []), next };
}

/**
 * What an include brings for a match that goes out, and by the parameter that it names: what a withheld one refers to would tell of it. Other matches of
 * the upstream's page are among it: which of them share one depends on what is withheld.
 */
async function releaseIncluded(
  { entries }: Bundle,
  going: readonly Resource[],
  allowed: ReadonlyMap<string, Allowed>,
  holder: Holder,
  deciding: Searching,
  { includes, revIncludes, type: searched }: SearchQuery,
): Promise<readonly Released[]> {
  if (going.length === 0 || includes.length + revIncludes.length === 0) return [];
  const referred = ({ plain }: Resource, parameter: string): readonly string[] =>
    attributesOf(plain, deciding.options).attributes[parameter] ?? [];
  const named = new Set(going.map(({ plain }) => nameOf(plain)));
  const wanted = new Set(
    includes.flatMap(({ parameter, target }) =>
      going
        .flatMap((each) => referred(each, parameter))
        .filter((name) => target === null || name.startsWith(`${target}/`)),
    ),
  );
  const isReverse = (resource: Resource): boolean =>
    revIncludes.some(
      ({ parameter, type }) =>
        type === resource.plain.resourceType &&
        allowed.has(type) &&
        referred(resource, parameter).some((name) => named.has(name)),
    );
  const partOf = allowed.get(searched)?.id;
  const released: Released[] = [];
  const forward = entries.filter(({ resource }) => wanted.has(nameOf(resource.plain))).map(({ resource }) => resource);
  for (const one of await release(forward, holder, deciding, { partOf })) if (one !== null) released.push(one);
  for (const type of new Set(revIncludes.map((each) => each.type))) {
    const some = entries
      .map(({ resource }) => resource)
      .filter((resource) => resource.plain.resourceType === type && isReverse(resource));
    const beside = allowed.get(type)?.obligations ?? [];
    for (const one of await release(some, holder, deciding, { beside, partOf })) if (one !== null) released.push(one);
  }
  return released;
}

const textOf = (parameters: Parameters): string =>
  parameters.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");

/** No resource has it. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

/** As of who has nothing, whom the upstream is asked about, too: how long it takes would tell the two from each other. @throws Refused */
async function nothing(query: SearchQuery, { base, upstream }: Searching): Promise<GuardAnswer> {
  await upstream.search(upstream.searchPath(query.type, toUpstream(query, [["_id", NOBODY]])));
  return bundleOf(query, base, { matches: [], included: [], next: null }, null);
}

function bundleOf(query: SearchQuery, base: string, { included, matches }: Page, next: string | null): GuardAnswer {
  const entry =
    (mode: "match" | "include") =>
    ({ resource }: { readonly resource: Members }) => ({
      fullUrl: `${base}/${nameOf(resource)}`,
      resource,
      search: { mode },
    });
  const notices = new Set([...matches, ...included].flatMap((each) => each.notices));
  return {
    status: 200,
    ...(notices.size > 0 && { headers: { "scopewarden-notice": [...notices].join(" ") } }),
    body: {
      resourceType: "Bundle",
      type: "searchset",
      link: [
        { relation: "self", url: `${base}/${query.type}?${textOf(ownParameters(query))}` },
        ...(next === null ? [] : [{ relation: "next", url: `${base}/${query.type}?_page=${next}` }]),
      ],
      entry: [...matches.map(entry("match")), ...included.map(entry("include")), LEFT_OUT],
    },
  };
}

/**
 * Answers a search: what is asked by is decided first, then each resource that goes out. @throws Refused
 */
export async function search(
  type: string,
  given: Parameters,
  holder: Holder,
  deciding: Searching,
): Promise<GuardAnswer> {
  const { base, seal, upstream } = deciding;
  const link = given.find(([name]) => name === "_page")?.[1];
  const continued = link === undefined ? null : seal.open(link);
  if (link !== undefined) {
    const isTheirs =
      continued !== null && continued.holder === holder.key && continued.type === type && given.length === 1;
    if (!isTheirs || continued.until < Date.now())
      throw new Refused(refuse(410, "not-found", "This page is no longer there. Begin the search anew."));
  }
  const query = readSearch(type, continued === null ? given : [...new URLSearchParams(continued.query)]);
  const own = await decideSearch(query, type, holder, deciding);
  if (own === null) return nothing(query, deciding);
  const allowed = new Map([[type, own]]);
  for (const other of new Set(query.revIncludes.map((each) => each.type))) {
    if (allowed.has(other)) continue;
    // A search for the included type must be allowed by itself: what refers to somebody is found by it.
    const answer = await decideSearch(query, other, holder, deciding).catch((error: unknown) => {
      if (error instanceof Refused && error.answer.status === 403) return null;
      throw error;
    });
    if (answer !== null) allowed.set(other, answer);
  }
  const added = confinedBy(own, type);
  if (added === null) return nothing(query, deciding);
  const first = { page: upstream.searchPath(type, toUpstream(query, added)), skip: 0 };
  const page = await fill(continued ?? first, query, allowed, holder, deciding);
  const next =
    page.next === null
      ? null
      : seal.seal({
          ...page.next,
          query: textOf(ownParameters(query)),
          type,
          holder: holder.key,
          until: Date.now() + LINK_MS,
        });
  return bundleOf(query, base, page, next);
}
