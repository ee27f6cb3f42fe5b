import { type Found, failure, isMembers, type Members, readObligations } from "./answers.ts";
import type { Asked, Transport } from "./ask.ts";
import { write } from "./decide.ts";
import { type Obligation, ScopesSupported, WhoCan, type WhoCanMatch } from "./operations.graphql.ts";
import type { AuthorizeInput, RequestContextInput, ResourceInput, SubjectInput, WhoCanInput } from "./schema.ts";

type Common = Pick<AuthorizeInput, "clientId" | "scopes" | "purposeOfUse"> & {
  readonly context?: Pick<RequestContextInput, "patient" | "ipAddress" | "attributes"> | null;
};
type Who = { /** Absent: the client itself. */ readonly subject?: SubjectInput | null };
type What = { readonly resource: ResourceInput & { readonly id: string } };
type How = Pick<AuthorizeInput, "action">;

/** Who of this type may do that? */
export type SubjectSearch = Common & How & What & { readonly subject: { readonly type: string } };
/** On which resources of this type may it be done? Those that the directory has. */
export type ResourceSearch = Common & How & Who & { readonly resource: Omit<ResourceInput, "id"> };
/** What may be done with it? */
export type ActionSearch = Common & Who & What;

/** Somebody or something that was found: what is done with it is decided first. */
export interface FoundEntity {
  readonly type: string;
  readonly id: string;
  /** As the directory has them. */
  readonly properties: Members | null;
  readonly obligations: readonly Obligation[];
}
export interface FoundAction {
  readonly name: string;
  readonly obligations: readonly Obligation[];
}

export interface ListOptions {
  readonly signal?: AbortSignal | undefined;
  /** How many are enough; absent: 1000. */
  readonly limit?: number | undefined;
}

/** What AuthZEN has a place for, of what a question may say of each. */
const SUBJECT = {
  id: true,
  type: true,
  organization: true,
  roles: true,
  attributes: true,
} satisfies Named<SubjectInput>;
const RESOURCE = {
  type: true,
  id: true,
  patient: true,
  patients: true,
  organization: true,
  labels: true,
  attributes: true,
} satisfies Named<ResourceInput>;
const CONTEXT = { patient: true, ipAddress: true, attributes: true } satisfies Named<NonNullable<Common["context"]>>;
type Named<Of> = Record<keyof Of, true>;

/** Without what is not said: null is a mistake there. */
const said = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => (value ?? null) !== null));
const membersOf = (value: unknown): Members => (isMembers(value) ? value : {});

function entity(value: unknown, path: string, known: Readonly<Record<string, true>>): Members {
  const { attributes, id, type, ...more } = membersOf(value);
  const lost = Object.keys(more).find((name) => !Object.hasOwn(known, name));
  if (lost !== undefined) throw new TypeError(`${path}.${lost} is not known to searches`);
  const properties = said({ ...membersOf(attributes), ...more });
  return said({ type, id, ...(Object.keys(properties).length > 0 && { properties }) });
}

/** A question in AuthZEN's words. @throws TypeError for what searches have no place for */
function inAuthzen(question: Members): Members {
  const { action, clientId, context, purposeOfUse, resource, scopes, subject, ...more } = question;
  const [unknown] = Object.keys(more);
  if (unknown !== undefined) throw new TypeError(`${unknown} is not known to searches`);
  const { attributes, ipAddress, patient, ...others } = membersOf(context);
  const lost = Object.keys(others).find((name) => !Object.hasOwn(CONTEXT, name));
  if (lost !== undefined) throw new TypeError(`context.${lost} is not known to searches`);
  const who = subject ?? { type: "client", id: clientId };
  return said({
    subject: { type: "user", ...entity(who, "subject", SUBJECT) },
    ...((action ?? null) !== null && { action: { name: action } }),
    resource: entity(resource, "resource", RESOURCE),
    context: said({
      ...membersOf(attributes),
      client_id: clientId,
      scopes,
      purpose_of_use: purposeOfUse,
      patient,
      ip_address: ipAddress,
    }),
  });
}

const isLimit = (limit: unknown): boolean => Number.isSafeInteger(limit) && (limit as number) > 0;

/** A page, and what asks for the next one; null: there is none. `isWhole`: nothing was missed between pages. */
interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
  readonly isWhole: boolean;
}

/** Page after page, until there are enough or no more. */
async function collect<Item>(
  limit: number,
  page: (after: string | null, size: number) => Promise<Asked<Page<Item>>>,
): Promise<Found<Item>> {
  const items: Item[] = [];
  let after: string | null = null;
  let isWhole = true;
  do {
    const asked: Asked<Page<Item>> = await page(after, limit);
    if (!asked.ok) return { items, complete: false, error: asked.failure };
    isWhole &&= asked.value.isWhole;
    items.push(...asked.value.items);
    after = asked.value.next;
  } while (after !== null && items.length < limit);
  const complete = after === null && items.length <= limit && isWhole;
  return { items: items.slice(0, limit), complete, error: null };
}

const notAsked = <Item>(message: string): Found<Item> => ({
  items: [],
  complete: false,
  error: failure("refused", message),
});
const NO_LIMIT = "limit must be a whole number, 1 at least";

export type SearchOf = "subject" | "resource" | "action";

function readResult(of: SearchOf, result: unknown): FoundEntity | FoundAction | null {
  if (!isMembers(result)) return null;
  const { context, id, name, properties, type } = result;
  const obligations = readObligations(isMembers(context) ? context.obligations : undefined);
  if (obligations === null) return null;
  if (of === "action") return typeof name === "string" ? { name, obligations } : null;
  if (typeof type !== "string" || typeof id !== "string") return null;
  return { type, id, properties: isMembers(properties) ? properties : null, obligations };
}

/** One of AuthZEN's searches: what evaluates to true, with the obligations of each. Nothing is decided. */
export async function search<Item extends FoundEntity | FoundAction>(
  transport: Transport,
  of: SearchOf,
  question: unknown,
  { limit = 1000, signal }: ListOptions,
): Promise<Found<Item>> {
  const written = write(question, null);
  if (!written.ok) return { items: [], complete: false, error: written.failure };
  if (!isLimit(limit)) return notAsked(NO_LIMIT);
  let body: Members;
  try {
    body = inAuthzen(question as Members);
  } catch (error) {
    return notAsked((error as Error).message);
  }
  return collect(limit, async (token, size) => {
    const page = { limit: Math.min(size, 1000), ...(token !== null && { token }) };
    const request = {
      path: `/access/v1/search/${of}`,
      type: "application/json",
      body: JSON.stringify({ ...body, page }),
    };
    const asked = await transport.post(request, signal);
    if (!asked.ok) return asked;
    const { context, page: told, results } = asked.value;
    const items = Array.isArray(results) ? results.map((result) => readResult(of, result)) : [null];
    const next = isMembers(told) ? told.next_token : null;
    if (typeof next !== "string" || items.includes(null)) return { ok: false, failure: transport.notOurs() };
    const isWhole = !(isMembers(context) && "policy_changed" in context);
    return { ok: true, value: { items: items as Item[], next: next === "" ? null : next, isWhole } };
  });
}

/** Who can do this, by way of which client. Nothing is decided. */
export async function whoCan(
  transport: Transport,
  input: WhoCanInput,
  { limit = 1000, signal }: ListOptions,
): Promise<Found<WhoCanMatch>> {
  const written = write(input, null);
  if (!written.ok) return { items: [], complete: false, error: written.failure };
  if (!isLimit(limit)) return notAsked(NO_LIMIT);
  return collect(limit, async (after, size) => {
    const page = JSON.stringify({ first: Math.min(size, 200), after }).slice(1);
    const asked = await transport.graphql(WhoCan, `{"input":${written.value},${page}`, signal);
    if (!asked.ok) return asked;
    const { whoCan: found } = asked.value;
    if (!isMembers(found) || !Array.isArray(found.matches) || typeof found.complete !== "boolean")
      return { ok: false, failure: transport.notOurs() };
    const { endCursor = null } = membersOf(found.pageInfo);
    const next = found.complete ? null : endCursor;
    if (!found.complete && typeof next !== "string") return { ok: false, failure: transport.notOurs() };
    return { ok: true, value: { items: found.matches as WhoCanMatch[], next: next as string | null, isWhole: true } };
  });
}

/** What an authorization server puts into its metadata as `scopes_supported`. */
export async function scopesSupported(
  transport: Transport,
  { limit = 1000, signal }: ListOptions,
): Promise<Found<string>> {
  if (!isLimit(limit)) return notAsked(NO_LIMIT);
  const first = Math.min(limit, 1000);
  return collect(limit, async (after) => {
    const asked = await transport.graphql(ScopesSupported, JSON.stringify({ first, after }), signal);
    if (!asked.ok) return asked;
    const { scopesSupported: names } = asked.value;
    if (!Array.isArray(names) || !names.every((name) => typeof name === "string"))
      return { ok: false, failure: transport.notOurs() };
    const next = names.length < first ? null : (names.at(-1) as string);
    return { ok: true, value: { items: names as string[], next, isWhole: true } };
  });
}
