// Signs people in with the account of their organization: authorization code with PKCE, in a window of its own, so that the masked page
// stays. Tokens are in the memory of this page and nowhere else; sessionStorage has state, nonce and verifier of one sign-in until it is over.
import { OidcClient, type SigninResponse, WebStorageStateStore } from "oidc-client-ts";
import { ApiError } from "../transport/apiError.ts";
import { askedAge, type Credentials } from "../transport/client.ts";
import type { SignInConfig } from "./signInConfig.ts";

const RENEW_BEFORE_S = 10;
const TIMEOUT_S = 10;

const ended = () => new ApiError("UNAUTHENTICATED", "Your sign-in has ended.");

/** What is wrong with an answer of the authorization endpoint (RFC 9207 section 2.4). */
function requireIssuer(url: string, { issuer, issuerInResponse }: SignInConfig): void {
  const named = new URL(url).searchParams.get("iss");
  if (named === null ? issuerInResponse : named !== issuer) throw new Error("The answer came from another issuer.");
}

/** The library checks nonce and, of a later token, the person; by OpenID Connect Core section 3.1.3.7 there is more. */
function requireOwn({ profile: { aud, azp, exp, iss } }: SigninResponse, { clientId, issuer }: SignInConfig): void {
  const isOwn = iss === issuer && [aud].flat().includes(clientId) && (azp === undefined || azp === clientId);
  if (!isOwn || !(exp > Date.now() / 1000 - 60)) throw new Error("The ID token is not for this page.");
}

/** What a window hands over that was opened with this state, or its cancelling. */
function answerTo(state: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const channel = new BroadcastChannel(`scopewarden.signed-in.${state}`);
    channel.addEventListener("message", ({ data }) => {
      channel.postMessage("taken");
      channel.close();
      resolve(String(data?.url));
    });
    signal.addEventListener("abort", () => {
      channel.close();
      reject(new Error("The sign-in was cancelled."));
    });
  });
}

export interface Account extends Credentials {
  /** Who signed in, by the issuer's id; null: the sign-in is over. */
  readonly person: string | null;
  /** Sends with the token at hand, whatever comes of it. */
  sendOnce(request: (authorization: string) => Promise<Response>): Promise<Response>;
  /** Forgets the tokens, and gives the address at which the issuer ends its session; null: it ends none. */
  signOut(): Promise<string | null>;
}

/** Beside this console, whichever page of the service it is that signs somebody in. */
const SIGNED_IN = "signed-in";

const clientOf = (config: SignInConfig, { console, page }: Pick<SignInWindow, "console" | "page">): OidcClient =>
  new OidcClient({
    authority: config.issuer,
    client_id: config.clientId,
    redirect_uri: new URL(SIGNED_IN, console).href,
    post_logout_redirect_uri: page,
    scope: config.scopes.join(" "),
    metadata: {
      issuer: config.issuer,
      authorization_endpoint: config.authorizationEndpoint,
      token_endpoint: config.tokenEndpoint,
      ...(config.endSessionEndpoint !== null && { end_session_endpoint: config.endSessionEndpoint }),
    },
    stateStore: new WebStorageStateStore({ prefix: "scopewarden.sign-in.", store: sessionStorage }),
    fetchRequestCredentials: "omit",
    requestTimeoutInSeconds: TIMEOUT_S,
  });

/** How to sign in with: the window is opened by the press of a button, before anything is waited for, or browsers block it. */
export interface SignInWindow {
  readonly opened: Window;
  readonly signal: AbortSignal;
  /** How many seconds ago the person may have signed in at most; null: it does not matter. */
  readonly maxAge: number | null;
  /** Where the console is, with a slash at its end. */
  readonly console: string;
  /** The page to come back to after signing out. */
  readonly page: string;
  /** A token was renewed, or will not be any more. */
  readonly onChange?: () => void;
}

/** Signs in; the window is closed when it is over. */
export async function signInWithAccount(config: SignInConfig, way: SignInWindow): Promise<Account> {
  const { opened, signal, maxAge, onChange = () => undefined } = way;
  const client = clientOf(config, way);
  const { state, url } = await client.createSigninRequest({
    nonce: crypto.randomUUID(),
    ...(maxAge !== null && { max_age: maxAge }),
  });
  let tokens: SigninResponse | null;
  try {
    const answer = answerTo(state.id, signal);
    opened.location.replace(url);
    const handed = await answer;
    requireIssuer(handed, config);
    tokens = await client.processSigninResponse(handed);
    requireOwn(tokens, config);
  } finally {
    await client.settings.stateStore.remove(state.id);
    opened.close();
  }

  let renewing: Promise<void> | null = null;
  const held = (): SigninResponse => {
    if (tokens === null) throw ended();
    return tokens;
  };

  async function exchange(): Promise<void> {
    const { id_token, profile, refresh_token } = held();
    if (!refresh_token) throw ended();
    const state = { id_token, profile, refresh_token, session_state: null, data: undefined };
    // biome-ignore lint/correctness/useHookAtTopLevel: it only is called like a hook of React
    const found = await client.useRefreshToken({ state: state as never, timeoutInSeconds: TIMEOUT_S });
    found.refresh_token ??= refresh_token;
    requireOwn(found, config);
    // Nothing comes back of who has signed out meanwhile.
    if (tokens?.refresh_token !== refresh_token) return;
    tokens = found;
    onChange();
  }

  /** Another token in the place of this one, once at a time, as each refresh token is for one use. */
  async function renew(used: string): Promise<void> {
    const old = held();
    if (old.access_token !== used) return;
    renewing ??= exchange()
      .catch((error) => {
        const passes =
          error instanceof TypeError || error?.name === "ErrorTimeout" || error?.error === "temporarily_unavailable";
        if (passes) throw new ApiError("NETWORK", "Who signs people in did not answer. Ask again in a while.");
        if (tokens === old) tokens = null;
        onChange();
        throw ended();
      })
      .finally(() => {
        renewing = null;
      });
    await renewing;
  }

  return {
    get person() {
      return tokens?.profile.sub ?? null;
    },
    sendOnce: async (request) => request(`Bearer ${held().access_token}`),
    async send(request) {
      const { access_token, expires_in } = held();
      // One that is about to end is renewed; if that can't be, it is still good.
      if (expires_in !== undefined && expires_in <= RENEW_BEFORE_S)
        await renew(access_token).catch((error) => {
          if (tokens === null || expires_in <= 0) throw error;
        });
      const used = held().access_token;
      const response = await request(`Bearer ${used}`);
      if (response.status !== 401 || askedAge(response) !== null) return response;
      await renew(used);
      return request(`Bearer ${held().access_token}`);
    },
    async signOut() {
      const id_token_hint = tokens?.id_token;
      tokens = null;
      if (config.endSessionEndpoint === null || id_token_hint === undefined) return null;
      return (await client.createSignoutRequest({ id_token_hint, client_id: config.clientId })).url;
    },
  };
}
