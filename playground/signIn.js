// Signs people in with the account of their organization: authorization code with PKCE, in a window of its own. Tokens are kept in the
// memory of this page and nowhere else; sessionStorage has state, nonce and verifier of one sign-in until it is over.
(() => {
  const { ErrorResponse, ErrorTimeout, OidcClient, WebStorageStateStore } = window.oidc;
  const RENEW_BEFORE_S = 10;
  const TIMEOUT_S = 10;
  const ENDED = 'Your sign-in has ended. Press "Sign in", and ask again: what you typed stays here.';
  const BLOCKED = 'The browser has blocked the window to sign in with. Press "Sign in", and ask again.';
  const NO_ANSWER = "Who signs people in did not answer. Ask again in a while.";

  /** Of RFC 9470: how long ago a sign-in may have been at most, in seconds; null where it is not that which was missing. */
  function askedAge(response) {
    const challenge = response.headers.get("www-authenticate") ?? "";
    if (!/error="?insufficient_user_authentication\b/.test(challenge)) return null;
    return Number(/\bmax_age="?(\d+)/.exec(challenge)?.[1] ?? 0);
  }

  /** Whether nothing was decided of a token: it may be asked for again. */
  const isPassing = (error) =>
    error instanceof TypeError || error instanceof ErrorTimeout || error.error === "temporarily_unavailable";

  /** What is wrong with an answer of the authorization endpoint (RFC 9207 section 2.4). */
  function requireIssuer(url, { issuer, issuerInResponse }) {
    const named = new URL(url).searchParams.get("iss");
    if (named === null ? issuerInResponse : named !== issuer) throw new Error("The answer came from another issuer.");
  }

  /** The library checks nonce and, of a later token, the person; by OpenID Connect Core section 3.1.3.7 there is more. */
  function requireOwn({ profile: { aud, azp, exp, iss } }, { clientId, issuer }) {
    const isOwn = iss === issuer && [aud].flat().includes(clientId) && (azp === undefined || azp === clientId);
    if (!isOwn || !(exp > Date.now() / 1000 - 60)) throw new Error("The ID token is not for this page.");
  }

  /** What a window hands over that was opened with this state, or its cancelling. */
  function answerTo(state, signal) {
    return new Promise((resolve, reject) => {
      const channel = new BroadcastChannel(`scopewarden.signed-in.${state}`);
      const end = (settle, value) => {
        channel.close();
        settle(value);
      };
      channel.addEventListener("message", ({ data }) => {
        channel.postMessage("taken");
        end(resolve, String(data?.url));
      });
      signal.addEventListener("abort", () => end(reject, new Error("The sign-in was cancelled.")));
    });
  }

  /** `config`: console/config.json. `changed`: a sign-in has begun or ended, with what was wrong; or a token was renewed, or refused. */
  window.openSignIn = (config, changed) => {
    const client = new OidcClient({
      authority: config.issuer,
      client_id: config.clientId,
      redirect_uri: new URL("playground/signed-in", location).href,
      post_logout_redirect_uri: new URL("playground", location).href,
      scope: config.scopes.join(" "),
      metadata: {
        issuer: config.issuer,
        authorization_endpoint: config.authorizationEndpoint,
        token_endpoint: config.tokenEndpoint,
        end_session_endpoint: config.endSessionEndpoint ?? undefined,
      },
      stateStore: new WebStorageStateStore({ prefix: "scopewarden.sign-in.", store: sessionStorage }),
      fetchRequestCredentials: "omit",
      requestTimeoutInSeconds: TIMEOUT_S,
    });
    let tokens = null;
    let signingIn = null;
    let renewing = null;

    function held() {
      if (tokens === null) throw new Error(ENDED);
      return tokens;
    }

    function keep(found) {
      requireOwn(found, config);
      tokens = found;
    }

    /** The window is opened before anything is waited for, or browsers block it. It has no state of ours then, either. */
    async function begin(maxAge, signal) {
      const opened = window.open("", "_blank", "popup,width=520,height=720");
      if (opened === null) throw new Error(BLOCKED);
      const asked = maxAge === null ? {} : { max_age: maxAge };
      const { state, url } = await client.createSigninRequest({ nonce: crypto.randomUUID(), ...asked });
      try {
        const answer = answerTo(state.id, signal);
        opened.location.replace(url);
        const handed = await answer;
        requireIssuer(handed, config);
        keep(await client.processSigninResponse(handed));
      } finally {
        await client.settings.stateStore.remove(state.id);
        opened.close();
      }
    }

    /** Signs in, once at a time. `maxAge`: how many seconds ago that may have been at most; null: it does not matter. */
    function signIn(maxAge = null) {
      const abort = new AbortController();
      signingIn ??= {
        cancel: () => abort.abort(),
        done: begin(maxAge, abort.signal).then(
          () => over(),
          (error) => {
            over(error.message);
            throw error;
          },
        ),
      };
      changed();
      return signingIn.done;
    }

    function over(problem) {
      signingIn = null;
      changed(problem);
    }

    async function exchange() {
      const { id_token, profile, refresh_token } = held();
      if (!refresh_token) throw new Error(ENDED);
      const found = await client.useRefreshToken({
        state: { id_token, profile, refresh_token, session_state: null },
        timeoutInSeconds: TIMEOUT_S,
      });
      found.refresh_token ??= refresh_token;
      // Nothing comes back of who has signed out meanwhile, or signed in anew.
      if (held().refresh_token === refresh_token) keep(found);
    }

    /** Another token in the place of this one, which was refused or is about to end; once at a time, as each refresh token is for one use. */
    async function renew(used) {
      const old = held();
      if (old.access_token !== used) return;
      renewing ??= exchange()
        .catch((error) => {
          if (isPassing(error)) throw new Error(NO_ANSWER);
          if (tokens === old) tokens = null;
        })
        .then(() => void changed())
        .finally(() => {
          renewing = null;
        });
      await renewing;
    }

    /** The token to send. One that is about to end is renewed; if that can't be, it is still good. */
    async function current() {
      const { access_token, expires_in } = held();
      if (expires_in !== undefined && expires_in <= RENEW_BEFORE_S)
        await renew(access_token).catch((error) => {
          if (tokens === null || expires_in <= 0) throw error;
        });
      return held().access_token;
    }

    /** Signs in again, as the same person: what they asked is not asked in another's name. */
    async function signInAgain(maxAge) {
      const before = held().profile.sub;
      await signIn(maxAge);
      if (held().profile.sub !== before) throw new Error("Somebody else has signed in, so this was not asked again.");
    }

    return {
      signIn,
      cancel: () => signingIn?.cancel(),
      get isSigningIn() {
        return signingIn !== null;
      },
      /** Who is signed in, by the issuer's id; null: nobody. */
      get person() {
        return tokens?.profile.sub ?? null;
      },
      /** Sends with the token at hand, whatever comes of it. */
      sendOnce: async (send) => send(held().access_token),
      /** Sends with a token. What is refused for its token is sent once more: with another, or after another sign-in. */
      async call(send) {
        const used = await current();
        const response = await send(used);
        if (response.status !== 401) return response;
        const maxAge = askedAge(response);
        await (maxAge === null ? renew(used) : signInAgain(maxAge));
        return send(held().access_token);
      },
      /** Forgets the tokens, and gives the address at which the issuer ends its session; null: it ends none. */
      async signOut() {
        const id_token_hint = tokens?.id_token;
        tokens = null;
        if (config.endSessionEndpoint === null) return null;
        return (await client.createSignoutRequest({ id_token_hint, client_id: config.clientId })).url;
      },
    };
  };
})();
