import type { Allowed, Answer, AuthorizeInput, Client, Obligation } from "@scopewarden/client";
import {
  attributesOf,
  containedFacts,
  isOfPatients,
  isWithheld,
  matches,
  type ReadOptions,
  type ResourceFacts,
  redact,
  toResource,
  withoutContained,
} from "@scopewarden/client/fhir";
import { type Holder, signInAgain } from "./holder.ts";
import { isMembers, type Members, type Resource } from "./json.ts";
import { Refused, unavailable } from "./outcome.ts";
import { type Lead, leadOf, readAll, referencesIn, withoutOthers } from "./references.ts";
import { isServed } from "./searchQuery.ts";
import type { Upstream } from "./upstream.ts";

export interface Deciding {
  readonly client: Pick<Client, "authorizeBatch">;
  /** The guard's own address, without a slash at its end. */
  readonly base: string;
  /** `base`: the upstream's. */
  readonly options: ReadOptions;
  /** Whose the data of this server is; null: the question names nobody. */
  readonly organization: string | null;
  /** Asked whose something is that says it by another resource. */
  readonly upstream: Pick<Upstream, "read">;
}

/** What is given out, and what comes with it. */
export interface Released {
  readonly resource: Members;
  readonly decisionId: string;
  /** Whether nothing was taken out of it. */
  readonly isWhole: boolean;
  /** Notices of `noRedisclosure`. */
  readonly notices: readonly string[];
}

/**
 * What is asked about a resource; null: nobody can tell whose it is, so that nobody gets it. A resource of a patient's type that names neither
 * a patient nor another resource whose it is, or a group, is such a one; and one of a type that is not served, by whatever road it came.
 */
export function resourceInput(facts: ResourceFacts, organization: string | null): AuthorizeInput["resource"] | null {
  const { attributes, patients, type } = facts;
  if (!isServed(type)) return null;
  if (patients !== null && patients.length === 0 && isOfPatients(type)) {
    const others = [
      "subject",
      "actor",
      "individual",
      "participant",
      "entity",
      "agent",
      "beneficiary",
      "target",
    ].flatMap((name) => attributes[name] ?? []);
    if (others.length === 0 || others.some((each) => /(^|\/)Group\//.test(each))) return null;
  }
  return toResource(facts, organization);
}

/** Whether a question can be asked about a resource. */
export const isAskable = ({ plain }: Resource, { options, organization }: Deciding): boolean =>
  isReadable(plain) && resourceInput(attributesOf(plain, options), organization) !== null;

/** Two of one id could not be told apart once one is taken out; and what is no list is not looked into. */
const isReadable = (plain: Members): boolean =>
  (plain.contained === undefined || Array.isArray(plain.contained)) &&
  new Set(idsOf(plain)).size === containedIn(plain).length;

/** So many other resources may one be about that names no patient. */
const MOST_ABOUT = 20;

/**
 * What a resource of a patient's type is about that names no patient itself, such as the targets of a Provenance: who may not have that may not have it.
 * Null: that can't be told.
 */
function aboutOf(
  { plain }: Resource,
  { patients, type }: ResourceFacts,
  base: string,
): readonly Extract<Lead, { is: "HERE" }>[] | null {
  if (patients === null || patients.length > 0 || !isOfPatients(type)) return [];
  const about: Extract<Lead, { is: "HERE" }>[] = [];
  for (const text of referencesIn(plain)) {
    const lead = leadOf(text, base);
    if (lead.is === "UNREADABLE") return null;
    if (lead.type === null || !(lead.type === "Patient" || isOfPatients(lead.type))) continue;
    if (lead.is === "ELSEWHERE") return null;
    about.push(lead);
  }
  return about.length > MOST_ABOUT ? null : about;
}

/** Seconds within which the person must have signed in, of a `stepUp`; null: they have. */
function staleFor({ parameters }: Obligation, { authTime }: Holder): number | null {
  const since =
    isMembers(parameters) && typeof parameters.since === "string" ? Date.parse(parameters.since) : Number.NaN;
  if (authTime !== null && authTime >= since) return null;
  return Number.isNaN(since) ? 0 : Math.max(0, Math.floor((Date.now() - since) / 1000));
}

const noticeOf = ({ parameters }: Obligation): string =>
  isMembers(parameters) && typeof parameters.notice === "string" ? parameters.notice : "No redisclosure.";

const KNOWN: ReadonlySet<string> = new Set([
  "filter",
  "redact",
  "label",
  "askEachPatient",
  "noRedisclosure",
  "breakGlass",
  "stepUp",
]);

/** Whether all that an answer obliges to is known here. */
export const isUnderstood = ({ obligations }: Allowed): boolean => obligations.every(({ type }) => KNOWN.has(type));

/**
 * To be asked last, of what would go out or be done: to have to sign in again tells that there is something.
 * @throws Refused where the person must
 */
export function requireSignIn(answers: readonly Allowed[], holder: Holder): void {
  for (const obligation of answers.flatMap(({ obligations }) => obligations))
    if (obligation.type === "stepUp") {
      const maxAge = staleFor(obligation, holder);
      if (maxAge !== null) throw signInAgain(maxAge);
    }
}

/** A resource as it may go out under the obligations of a search or a read; null: it may not. */
function obliged(
  resource: Resource,
  sent: Members,
  obligations: readonly Obligation[],
  options: ReadOptions,
): Members | null {
  let left: Members = sent;
  for (const obligation of obligations) {
    if (obligation.type === "filter" && matches(obligation.parameters, resource.plain, options) !== true) return null;
    if (obligation.type === "label" && attributesOf(resource.plain, options).labels === undefined) return null;
    if (obligation.type === "redact") {
      // Looked at whole, and what is left of it is taken from what is left.
      if (isWithheld(obligation.parameters, resource.plain, options) !== false) return null;
      const redacted = redact(resource.sent, obligation, options, resource.plain);
      if (redacted === null) return null;
      if (redacted !== resource.sent) {
        const stay = new Set(idsOf(redacted));
        left = without(left, (each) => !stay.has(idOf(each)));
      }
    }
  }
  return left;
}

const idOf = (contained: unknown): unknown => (isMembers(contained) ? contained.id : undefined);
const containedIn = (resource: Members): readonly unknown[] =>
  Array.isArray(resource.contained) ? (resource.contained as readonly unknown[]) : [];
const idsOf = (resource: Members): readonly unknown[] => containedIn(resource).map(idOf);

function without(resource: Members, isTaken: (contained: unknown) => boolean): Members {
  const taken = new Set(containedIn(resource).filter(isTaken));
  return taken.size === 0 ? resource : withoutContained(resource, taken);
}

const isAllowed = (answer: Answer | undefined): answer is Allowed =>
  answer?.outcome === "allowed" && isUnderstood(answer);

/** With one address in place of another, wherever a text has it: the upstream's is nobody's outside, and ours is none that it knows. */
export function rehomed(value: unknown, from: string, to: string): unknown {
  if (typeof value === "string") return value.includes(from) ? value.replaceAll(from, to) : value;
  if (Array.isArray(value)) return value.map((each) => rehomed(each, from, to));
  if (!isMembers(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, rehomed(each, from, to)]));
}

/**
 * What of these resources goes out, each decided by itself as it is, with what is contained in it; in their order, null for what does not.
 * `beside`: the obligations of the search that found them. @throws Refused where one could not be decided, or the person must sign in again
 */
export async function release(
  resources: readonly Resource[],
  holder: Holder,
  deciding: Deciding,
  {
    action = "read",
    beside = [],
    isAbout = false,
    partOf,
  }: {
    readonly action?: string;
    readonly beside?: readonly Obligation[];
    /** They are looked at since another one is about them. */
    readonly isAbout?: boolean;
    /** The decision of the search that found them. */
    readonly partOf?: string | undefined;
  } = {},
): Promise<readonly (Released | null)[]> {
  const { base, client, options, organization, upstream } = deciding;
  const home = options.base ?? base;
  const questions: AuthorizeInput[] = [];
  const ask = (facts: ResourceFacts): number | null => {
    const resource = resourceInput(facts, organization);
    return resource === null
      ? null
      : questions.push({ ...holder.asker, action, ...(partOf !== undefined && { partOf }), resource }) - 1;
  };
  const facts = resources.map(({ plain }) => attributesOf(plain, options));
  const about = resources.map((resource, i) => {
    const own = facts[i];
    const leads = own === undefined ? null : aboutOf(resource, own, home);
    return isAbout && leads?.length !== 0 ? null : leads;
  });
  const others = await readAll(
    about.flatMap((leads) => leads ?? []),
    upstream,
  );
  const there = [...others].filter((entry): entry is [string, Resource] => entry[1] !== null);
  const seen =
    there.length === 0
      ? []
      : await release(
          there.map(([, resource]) => resource),
          ...([holder, deciding, { isAbout: true, partOf }] as const),
        );
  const visible = new Set(there.filter((_, i) => (seen[i] ?? null) !== null).map(([name]) => name));
  const asked = resources.map(({ plain }, i) => {
    const own = facts[i];
    return own !== undefined && isReadable(plain) && about[i]?.every(({ name }) => visible.has(name)) === true
      ? { own: ask(own), contained: containedFacts(plain, options).map(ask) }
      : { own: null, contained: [] };
  });
  const answers = questions.length === 0 ? [] : await client.authorizeBatch(questions);
  const failed = answers.find((answer) => answer.outcome === "error" && answer.kind !== "refused");
  if (failed !== undefined || answers.length !== questions.length) throw new Refused(unavailable());
  return resources.map((resource, i) => {
    const { contained = [], own = null } = asked[i] ?? {};
    const answer = own === null ? undefined : answers[own];
    if (!isAllowed(answer)) return null;
    const inside = contained.map((index) => (index === null ? undefined : answers[index]));
    const held = new Set(
      containedIn(resource.plain)
        .filter((_, k) => !isAllowed(inside[k]))
        .map(idOf),
    );
    const whole = without(resource.sent, (each) => held.has(idOf(each)));
    const left = obliged(resource, whole, [...beside, ...answer.obligations], options);
    if (left === null) return null;
    requireSignIn([answer, ...inside.filter(isAllowed)], holder);
    const notices = [...beside, ...answer.obligations].filter(({ type }) => type === "noRedisclosure").map(noticeOf);
    const shown = withoutOthers(left, facts[i]?.patients ?? [], home);
    return {
      resource: rehomed(shown, home, base) as Members,
      isWhole: shown === resource.sent,
      decisionId: answer.id,
      notices: [...new Set(notices)],
    };
  });
}
