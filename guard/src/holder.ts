import { createHash } from "node:crypto";
import type { AuthorizeInput, Client } from "@scopewarden/client";
import { isMembers } from "./json.ts";
import { Refused, refuse, unavailable } from "./outcome.ts";

/** The part of a question that a token says. */
type Asker = Omit<AuthorizeInput, "action" | "resource" | "requestId">;

/** Whose token a request has. */
export interface Holder {
  /** What every question about this request says. */
  readonly asker: Asker;
  readonly scopes: readonly string[];
  /** In milliseconds since 1970; null: the token does not say when its person signed in. */
  readonly authTime: number | null;
  /** Tells this holder from others, for links that are theirs alone. */
  readonly key: string;
}

export interface HolderSettings {
  /** The purpose of use of clients whose tokens say none, by client id. */
  readonly purposes: ReadonlyMap<string, string>;
}

/** How long an active answer is believed: a revocation counts after that at the latest. */
const KEPT_MS = 1000;
const MOST_KEPT = 10_000;

const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;
const challenge = (more = ""): Readonly<Record<string, string>> => ({
  "www-authenticate": `Bearer realm="fhir"${more}`,
});

const noToken = (): Refused =>
  new Refused(refuse(401, "login", "Send an access token: Authorization: Bearer <token>.", challenge()));
const inactive = (): Refused =>
  new Refused(refuse(401, "login", "The access token is not active.", challenge(', error="invalid_token"')));

const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/**
 * For whom the client acts. A client that asks for itself: nobody. A person whom the directory does not know is somebody all the same, under a name that
 * is no entry's: without a person the question would be the client's own.
 */
function subjectOf(claims: Readonly<Record<string, unknown>>): AuthorizeInput["subject"] {
  if (claims.holder === "program") return undefined;
  const fhirUser = text(claims.fhirUser);
  const attributes = fhirUser === null ? {} : { attributes: { fhirUser: [fhirUser] } };
  const { subject } = claims;
  if (isMembers(subject) && typeof subject.type === "string" && typeof subject.id === "string")
    return { type: subject.type, id: subject.id, ...attributes };
  return { type: "user", id: `${String(claims.iss)}#${String(claims.sub)}`, ...attributes };
}

/** @throws Refused where a token names several purposes: which of them an access is for, nobody can tell. */
function purposeOf(claims: Readonly<Record<string, unknown>>, { purposes }: HolderSettings): string | undefined {
  const said = Array.isArray(claims.purpose_of_use) ? (claims.purpose_of_use as readonly unknown[]) : [];
  if (said.length > 1)
    throw new Refused(
      refuse(403, "forbidden", "The access token names several purposes of use; get one with one purpose."),
    );
  const [purpose = purposes.get(String(claims.client_id))] = said;
  return typeof purpose === "string" ? purpose : undefined;
}

function holderOf(claims: Readonly<Record<string, unknown>>, settings: HolderSettings): Holder {
  const clientId = text(claims.client_id);
  if (clientId === null || typeof claims.scope !== "string") throw new Refused(unavailable());
  const scopes = claims.scope.split(" ").filter((scope) => scope !== "");
  const subject = subjectOf(claims);
  const patient = text(claims.patient);
  const purposeOfUse = purposeOf(claims, settings);
  const tokenId = text(claims.jti);
  return {
    scopes,
    authTime: typeof claims.auth_time === "number" ? claims.auth_time * 1000 : null,
    key: JSON.stringify([claims.iss, claims.sub, clientId, subject?.type, subject?.id, patient]),
    asker: {
      clientId,
      scopes,
      ...(subject !== undefined && { subject }),
      ...(purposeOfUse !== undefined && { purposeOfUse }),
      context: { ...(patient !== null && { patient }), ...(tokenId !== null && { tokenId }) },
    },
  };
}

/** Finds out whose token a request has, by the service. @returns what rejects with Refused */
export function createHolders(
  client: Pick<Client, "introspect">,
  settings: HolderSettings,
): (authorization: string | undefined) => Promise<Holder> {
  const kept = new Map<string, { readonly until: number; readonly claims: Readonly<Record<string, unknown>> }>();
  return async (authorization) => {
    if (authorization === undefined) throw noToken();
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) throw inactive();
    const name = createHash("sha256").update(token).digest("base64");
    const before = kept.get(name);
    if (before !== undefined && performance.now() < before.until) return holderOf(before.claims, settings);
    kept.delete(name);
    const asked = performance.now();
    const answer = await client.introspect(token);
    if (answer.outcome === "error") throw new Refused(unavailable());
    if (answer.outcome === "inactive") throw inactive();
    // The oldest goes: maps keep the order in which they were filled.
    if (kept.size >= MOST_KEPT) for (const oldest of kept.keys()) if (kept.delete(oldest)) break;
    kept.set(name, { until: asked + KEPT_MS, claims: answer.claims });
    return holderOf(answer.claims, settings);
  };
}

/** That a person must sign in again (RFC 9470, section 3). */
export const signInAgain = (maxAge: number): Refused =>
  new Refused(
    refuse(401, "login", "The person must sign in again for this.", {
      "www-authenticate": `Bearer realm="fhir", error="insufficient_user_authentication", max_age="${maxAge}"`,
    }),
  );
