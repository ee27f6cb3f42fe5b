import type { Allowed, AuthorizeInput, Client } from "@scopewarden/client";
import { toFhirSearch } from "@scopewarden/client/fhir";
import type { Holder } from "./holder.ts";
import type { Members } from "./json.ts";
import type { Continuation, Seal } from "./links.ts";
import { type GuardAnswer, outcome, Refused, refuse, unavailable } from "./outcome.ts";
import { type Deciding, isUnderstood, type Released, release } from "./release.ts";
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
  if (answer.outcome === "allowed" && isUnderstood(answer, holder)) return answer;
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

/** Looks through the upstream's pages until one of ours is full, there are no more, or enough were looked at. */
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
  for (let looked = 0; next !== null && matches.length < query.count && looked < mostLookedAt; ) {
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
    for (const entry of found) {
      if (matches.length === query.count) break;
      taken += 1;
      const one = lookup.get(entry) ?? null;
      if (one !== null) matches.push(one);
    }
    for (const one of await releaseIncluded(bundle, matches, allowed, holder, deciding, query))
      included.set(`${String(one.resource.resourceType)}/${String(one.resource.id)}`, one);
    looked += Math.max(1, bundle.entries.length);
    if (taken < found.length) next = { page: here.page, skip: here.skip + taken };
    else next = bundle.next === null ? null : { page: bundle.next, skip: 0 };
  }
  return { matches, included: [...included.values()], next };
}

/** What was brought by includes that go with a match that goes out: what a withheld one refers to would tell of it. */
async function releaseIncluded(
  bundle: Bundle,
  matches: readonly Released[],
  allowed: ReadonlyMap<string, Allowed>,
  holder: Holder,
  deciding: Searching,
  query: SearchQuery,
): Promise<readonly Released[]> {
  const out = matches.map(({ resource }) => resource);
  const named = new Set(out.map((each) => `${String(each.resourceType)}/${String(each.id)}`));
  const referred = new Set(out.flatMap((each) => [...referencesIn(each, deciding.options.base ?? "")]));
  const wanted = new Set([...query.includes.flatMap(({ target }) => target ?? [])]);
  const anyTarget = query.includes.some(({ target }) => target === null);
  const candidates = bundle.entries.filter(({ isMatch, resource }) => {
    if (isMatch) return false;
    const { id, resourceType } = resource.plain;
    const name = `${String(resourceType)}/${String(id)}`;
    const isIncluded = referred.has(name) && (anyTarget || wanted.has(String(resourceType)));
    const isReverse =
      query.revIncludes.some(({ type }) => type === resourceType) &&
      allowed.has(String(resourceType)) &&
      [...referencesIn(resource.plain, deciding.options.base ?? "")].some((each) => named.has(each));
    return isIncluded || isReverse;
  });
  const released: Released[] = [];
  const types = new Set(candidates.map(({ resource }) => String(resource.plain.resourceType)));
  for (const type of types) {
    const some = candidates
      .filter(({ resource }) => resource.plain.resourceType === type)
      .map(({ resource }) => resource);
    const isReverse = query.revIncludes.some((each) => each.type === type);
    const beside = isReverse ? (allowed.get(type)?.obligations ?? []) : [];
    for (const one of await release(some, holder, deciding, { beside, partOf: allowed.get(query.type)?.id }))
      if (one !== null) released.push(one);
  }
  return released;
}

/** All references of a resource, relative where they are this server's. */
function* referencesIn(value: unknown, base: string): Generator<string> {
  if (Array.isArray(value)) for (const each of value) yield* referencesIn(each, base);
  else if (typeof value === "object" && value !== null)
    for (const [name, each] of Object.entries(value))
      if (name === "reference" && typeof each === "string") {
        const text = each.startsWith(`${base}/`) ? each.slice(base.length + 1) : each;
        yield text.replace(/\/_history\/.*$/, "");
      } else yield* referencesIn(each, base);
}

const textOf = (parameters: Parameters): string =>
  parameters.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");

const nothing = (query: SearchQuery, base: string): GuardAnswer =>
  bundleOf(query, base, { matches: [], included: [], next: null }, null);

function bundleOf(query: SearchQuery, base: string, { included, matches }: Page, next: string | null): GuardAnswer {
  const entry =
    (mode: "match" | "include") =>
    ({ resource }: { readonly resource: Members }) => ({
      fullUrl: `${base}/${String(resource.resourceType)}/${String(resource.id)}`,
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
  if (own === null) return nothing(query, base);
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
  if (added === null) return nothing(query, base);
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
