import type { Allowed, AuthorizeInput } from "@scopewarden/client";
import { attributesOf } from "@scopewarden/client/fhir";
import type { Holder } from "./holder.ts";
import { asResource, type Resource, writeJson } from "./json.ts";
import { type GuardAnswer, notThere, Refused, refuse, unavailable, upstreamFailed } from "./outcome.ts";
import { askInVain, versionOf } from "./read.ts";
import { isSubsetted, type Lead, leadOf, readAll, referencesIn } from "./references.ts";
import { isAskable, isUnderstood, rehomed, release, requireSignIn, resourceInput } from "./release.ts";
import type { Searching } from "./search.ts";
import { isId } from "./upstream.ts";

const denied = (): Refused =>
  new Refused(
    refuse(
      403,
      "forbidden",
      "This token may not write this, or it refers to what is not there, or to what this token may not read.",
    ),
  );
const conflict = (text: string): Refused => new Refused(refuse(409, "conflict", text));

/**
 * The answers where each of these may be done to a resource as it is, or would be; else null. Obligations of a write are none that can be met here, but
 * that the person signs in again, which is for who calls to ask (`requireSignIn`). @throws Refused
 */
async function allowedToDo(
  what: readonly { readonly action: string; readonly resource: Resource }[],
  holder: Holder,
  { client, options, organization }: Searching,
): Promise<readonly Allowed[] | null> {
  const questions: AuthorizeInput[] = [];
  for (const { action, resource } of what) {
    const input = resourceInput(attributesOf(resource.plain, options), organization);
    if (input === null) return null;
    questions.push({ ...holder.asker, action, resource: input });
  }
  const answers = await client.authorizeBatch(questions);
  if (answers.some((answer) => answer.outcome === "error" && answer.kind !== "refused"))
    throw new Refused(unavailable());
  const allowed = answers.filter(
    (answer): answer is Allowed =>
      answer.outcome === "allowed" &&
      isUnderstood(answer) &&
      answer.obligations.every(({ type }) => ["stepUp", "breakGlass", "noRedisclosure"].includes(type)),
  );
  return allowed.length === questions.length ? allowed : null;
}

/** So many other resources may a write refer to. */
const MOST_REFERENCES = 200;

/**
 * Whether all that a write would newly refer to is there and may be read: a server that takes references to what it has alone would tell by its refusal
 * what is there. Whose a resource is was decided with it, and is only to be there. @throws Refused
 */
async function refersToKnown(
  next: Resource,
  before: Resource | null,
  holder: Holder,
  searching: Searching,
): Promise<boolean> {
  const { options, upstream } = searching;
  const known = before === null ? null : referencesIn(before.plain);
  const leads = [...referencesIn(next.plain)]
    .filter((text) => known?.has(text) !== true)
    .map((text) => leadOf(text, upstream.base));
  if (leads.length > MOST_REFERENCES)
    throw new Refused(refuse(422, "invalid", `A resource may refer to at most ${MOST_REFERENCES} others.`));
  const here = leads.filter((lead): lead is Extract<Lead, { is: "HERE" }> => lead.is === "HERE");
  const found = await readAll(here, upstream);
  const patients = attributesOf(next.plain, options).patients ?? [];
  const isOwn = (name: string): boolean => patients.some((id) => name === `Patient/${id}`);
  const isThere = (resource: Resource | null | undefined): resource is Resource =>
    resource !== null && resource !== undefined && isAskable(resource, searching);
  const others = here.filter(({ name }) => !isOwn(name));
  const there = others.map(({ name }) => found.get(name)).filter(isThere);
  const missing = others.filter(({ name }) => !isThere(found.get(name)));
  const seen = there.length === 0 ? [] : await release(there, holder, searching);
  if (missing.length > 0) await askInVain(missing, holder, searching);
  return (
    leads.every(({ is }) => is !== "UNREADABLE") &&
    missing.length === 0 &&
    [...found.values()].every((resource) => resource !== null) &&
    seen.every((one) => one !== null)
  );
}

/** A resource from a client, with addresses as the upstream knows them. @throws Refused */
function given(body: unknown, type: string, { base, options }: Searching): Resource {
  const resource = asResource(rehomed(body, base, options.base ?? base));
  if (resource === null || resource.plain.resourceType !== type)
    throw new Refused(refuse(400, "invalid", `The body must be one resource of type ${type}, as JSON.`));
  // What was taken out of it would be lost.
  if (isSubsetted(resource.plain))
    throw new Refused(refuse(422, "invalid", "The body says that it is not whole (SUBSETTED), and can't be written."));
  return resource;
}

/** The answer to a write: the resource where this token may read it, else that it was done. */
async function written(
  status: 200 | 201,
  resource: Resource | null,
  place: { readonly type: string; readonly id: string },
  holder: Holder,
  searching: Searching,
): Promise<GuardAnswer> {
  const now = resource ?? (await searching.upstream.read(place.type, place.id));
  const version = now === null ? null : versionOf(now);
  const path = `${searching.base}/${place.type}/${place.id}`;
  const headers = {
    ...(status === 201 && { location: version === null ? path : `${path}/_history/${version}` }),
    ...(version !== null && { etag: `W/"${version}"` }),
  };
  // What is answered to a write is read: it was allowed already, so that a refusal to show it undoes nothing.
  const [shown = null] = now === null ? [] : await release([now], holder, searching).catch(() => [null]);
  return shown === null ? { status, headers } : { status, headers, body: shown.resource };
}

/** @throws Refused */
export async function create(type: string, body: unknown, holder: Holder, searching: Searching): Promise<GuardAnswer> {
  const resource = given(body, type, searching);
  // The server gives the id (R4, section 3.1.0.8).
  const { id: _sent, ...sent } = resource.sent;
  const { id: _plain, ...plain } = resource.plain;
  const may = await allowedToDo([{ action: "create", resource: { sent, plain } }], holder, searching);
  const isKnown = await refersToKnown({ sent, plain }, null, holder, searching);
  if (may === null || !isKnown) throw denied();
  requireSignIn(may, holder);
  const answered = await searching.upstream.write("POST", type, { body: writeJson(sent) });
  if (answered.status >= 300)
    throw new Refused(refuse(422, "invalid", "The FHIR server behind this guard does not take this resource."));
  const [, id = String(answered.resource?.plain.id ?? "")] = (answered.location ?? "").split("/");
  if (!isId(id)) throw new Refused(upstreamFailed());
  const made =
    answered.resource?.plain.id === id && answered.resource.plain.resourceType === type ? answered.resource : null;
  return written(201, made, { type, id }, holder, searching);
}

/** What is there, with its version: a write is made of exactly what was decided on. @throws Refused where the client meant another version */
async function there(type: string, id: string, ifMatch: string | undefined, { upstream }: Searching) {
  const resource = await upstream.read(type, id);
  if (resource === null) return null;
  const version = versionOf(resource);
  return { resource, version, isMeant: ifMatch === undefined || ifMatch === `W/"${version}"` };
}

/** An update decides on what is there and on what would be there. A PUT makes nothing new: its id would tell what is there. @throws Refused */
export async function update(
  {
    body,
    id,
    ifMatch,
    type,
  }: { readonly type: string; readonly id: string; readonly body: unknown; readonly ifMatch: string | undefined },
  holder: Holder,
  searching: Searching,
): Promise<GuardAnswer> {
  const next = given(body, type, searching);
  if (next.plain.id !== id) throw new Refused(refuse(400, "invalid", "The body's id must be the one of the address."));
  const now = await there(type, id, ifMatch, searching);
  const both = now === null ? [next] : [now.resource, next];
  const may = await allowedToDo(
    both.map((resource) => ({ action: "update", resource })),
    holder,
    searching,
  );
  if (now === null || may === null) return notThere();
  requireSignIn(may, holder);
  // Who may write and not read learns of no version.
  if (now.version === null)
    throw conflict("The FHIR server behind this guard has no versions, so that nothing can be changed through it.");
  if (!now.isMeant) throw new Refused(refuse(412, "conflict", "There is another version by now."));
  if (!(await refersToKnown(next, now.resource, holder, searching))) throw denied();
  const answered = await searching.upstream.write("PUT", `${type}/${id}`, {
    body: writeJson(next.sent),
    version: now.version,
  });
  if (answered.status === 412 || answered.status === 409) throw conflict("There is another version by now.");
  if (answered.status >= 300)
    throw new Refused(refuse(422, "invalid", "The FHIR server behind this guard does not take this resource."));
  const made =
    answered.resource?.plain.id === id && answered.resource.plain.resourceType === type ? answered.resource : null;
  return written(200, made, { type, id }, holder, searching);
}

/** @throws Refused */
export async function remove(
  { id, ifMatch, type }: { readonly type: string; readonly id: string; readonly ifMatch: string | undefined },
  holder: Holder,
  searching: Searching,
): Promise<GuardAnswer> {
  const now = await there(type, id, ifMatch, searching);
  const nobodys: Resource = { sent: {}, plain: { resourceType: type, id } };
  const may = await allowedToDo([{ action: "delete", resource: now?.resource ?? nobodys }], holder, searching);
  if (now === null || may === null) return notThere();
  requireSignIn(may, holder);
  if (now.version === null)
    throw conflict("The FHIR server behind this guard has no versions, so that nothing can be changed through it.");
  if (!now.isMeant) throw new Refused(refuse(412, "conflict", "There is another version by now."));
  const answered = await searching.upstream.delete(`${type}/${id}`, now.version);
  if (answered.status === 412 || answered.status === 409)
    throw conflict("It can't be deleted: there is another version by now, or something refers to it.");
  if (answered.status >= 300 && answered.status !== 404 && answered.status !== 410)
    throw new Refused(refuse(422, "invalid", "The FHIR server behind this guard does not delete this resource."));
  return { status: 204 };
}
