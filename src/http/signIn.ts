import { CALLER_ROLES } from "../domain/callers/types.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { MonotonicClock } from "../domain/kernel/ports.ts";
import { isObject } from "../domain/kernel/reader.ts";
import { errorFacts, type Log } from "../process/log.ts";
import { fetchJson } from "./fetchJson.ts";
import { isLoopback, type TokenIssuer } from "./tokens/tokenIssuer.ts";

/** The issuer with which people sign in, and what the page is to it: a public client (RFC 6749 section 2.1). */
export interface SignInSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
}

/** What a page needs to sign people in. */
interface SignInConfig extends SignInSettings {
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** Null: the issuer ends no sessions for clients. */
  readonly endSessionEndpoint: string | null;
  /** Whether each answer of the authorization endpoint names its issuer (RFC 9207). */
  readonly issuerInResponse: boolean;
}

export interface SignIn {
  /** @throws ScopewardenError AUTHENTICATION_UNAVAILABLE while the issuer does not say where its endpoints are */
  find(): Promise<SignInConfig>;
}

/** Metadata are some kilobytes. */
const MAX_BYTES = 256 * 1024;
const TIMEOUT_MS = 3000;
/** For so long what was found counts, and an issuer that could not be asked is left alone: anybody may ask this service. */
const KEEP_MS = 600_000;
const RETRY_MS = 5000;

/** The two well-known places: OpenID Connect Discovery section 4, RFC 8414 section 3.1. */
function placesOf(issuer: string): readonly URL[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, "");
  return [
    new URL(`${origin}${path}/.well-known/openid-configuration`),
    new URL(`${origin}/.well-known/oauth-authorization-server${path}`),
  ];
}

/** Whether nobody on the way can read or change it, and its origin can stand in a header as it is. */
function isSafeEndpoint(text: unknown): text is string {
  if (typeof text !== "string" || !URL.canParse(text)) return false;
  const url = new URL(text);
  const { hostname, password, protocol, username } = url;
  return (
    (protocol === "https:" || (protocol === "http:" && isLoopback(url))) &&
    /^([a-z0-9_.-]+|\[[0-9a-f:]+\])$/.test(hostname) &&
    username === "" &&
    password === ""
  );
}

/** What is wrong with metadata, in words that quote nothing of them. */
class MetadataProblem extends Error {}

function readMetadata(data: unknown, settings: SignInSettings): SignInConfig {
  const told = isObject(data) ? data : {};
  if (told.issuer !== settings.issuer) throw new MetadataProblem("issuer is another");
  const endpoint = (name: string): string => {
    const url = told[name];
    if (!isSafeEndpoint(url)) throw new MetadataProblem(`${name} must be an https URL (http is for loopback only)`);
    return url;
  };
  const methods = told.code_challenge_methods_supported;
  if (methods !== undefined && !(Array.isArray(methods) && methods.includes("S256")))
    throw new MetadataProblem("code_challenge_methods_supported must have S256");
  return {
    ...settings,
    authorizationEndpoint: endpoint("authorization_endpoint"),
    tokenEndpoint: endpoint("token_endpoint"),
    endSessionEndpoint: told.end_session_endpoint === undefined ? null : endpoint("end_session_endpoint"),
    issuerInResponse: told.authorization_response_iss_parameter_supported === true,
  };
}

/** Why a well-known place does not help; `problem` is null where nothing could be read. */
export interface FailedLook {
  readonly place: string;
  readonly problem: string | null;
  readonly error: unknown;
}

/** Finds the issuer's endpoints when they are first asked for, and again after a while; one look at a time. */
export function createSignIn(
  deps: { readonly monotonic: MonotonicClock; readonly onFailure: (looks: readonly FailedLook[]) => void } & {
    readonly settings: SignInSettings;
    readonly timeoutMs?: number;
    readonly keepMs?: number;
    readonly retryMs?: number;
  },
): SignIn {
  const { keepMs = KEEP_MS, monotonic, retryMs = RETRY_MS, settings, timeoutMs = TIMEOUT_MS } = deps;
  let last: { readonly at: number; readonly found: SignInConfig | null } | null = null;
  let underWay: Promise<SignInConfig | null> | null = null;

  async function look(): Promise<SignInConfig | null> {
    const failed: FailedLook[] = [];
    for (const place of placesOf(settings.issuer))
      try {
        const data = await fetchJson(place, { accept: "application/json", maxBytes: MAX_BYTES, timeoutMs });
        return readMetadata(data, settings);
      } catch (error) {
        const problem = error instanceof MetadataProblem ? error.message : null;
        failed.push({ place: place.href, problem, error });
      }
    deps.onFailure(failed);
    return null;
  }

  async function known(): Promise<SignInConfig | null> {
    if (last !== null && monotonic() - last.at < (last.found === null ? retryMs : keepMs)) return last.found;
    underWay ??= look()
      .then((found) => {
        last = { at: monotonic(), found };
        return found;
      })
      .finally(() => {
        underWay = null;
      });
    return underWay;
  }

  return {
    async find() {
      const found = await known();
      if (found !== null) return found;
      throw new ScopewardenError(
        "AUTHENTICATION_UNAVAILABLE",
        "Nobody can sign in at the moment, as the issuer does not say where to; API keys are accepted. Try again in a while.",
      );
    },
  };
}

/** How people sign in to the pages: at the first issuer; null where they do not. */
export function openSignIn(
  settings: { readonly clientId: string; readonly scopes: readonly string[] | null } | null,
  {
    issuers: [first],
    log,
    monotonic,
  }: { readonly issuers: readonly TokenIssuer[]; readonly log: Log; readonly monotonic: MonotonicClock },
): SignIn | null {
  if (settings === null || first === undefined) return null;
  const { clientId, scopes } = settings;
  const { issuer, roles } = first;
  const byRoles = roles === null ? CALLER_ROLES.map((role) => `scopewarden:${role}`) : ["profile"];
  return createSignIn({
    settings: { issuer, clientId, scopes: scopes ?? ["openid", ...byRoles] },
    monotonic,
    onFailure: (looks) =>
      log.warn(
        { issuer, looks: looks.map(({ error, ...look }) => ({ ...look, error: errorFacts(error) })) },
        "the issuer's endpoints could not be found, so nobody can sign in",
      ),
  });
}
