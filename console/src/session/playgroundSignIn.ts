// The playground signs people in as the console does; this is what it loads for that.
import { askedAge } from "../transport/client.ts";
import { type Account, signInWithAccount } from "./accountSignIn.ts";
import type { SignInConfig } from "./signInConfig.ts";

const ENDED = 'Your sign-in has ended. Press "Sign in", and ask again: what you typed stays here.';
const BLOCKED = 'The browser has blocked the window to sign in with. Press "Sign in", and ask again.';

type Send = (token: string) => Promise<Response>;

/** `config`: config.json. `changed`: a sign-in has begun or ended, with what was wrong; or a token was renewed, or refused. */
export function openSignIn(config: SignInConfig, changed: (problem?: string) => void) {
  const page = location.href.replace(/[#?].*$/, "");
  let account: Account | null = null;
  let signingIn: { readonly cancel: () => void; readonly done: Promise<void> } | null = null;

  function held(): Account {
    if (account === null || account.person === null) throw new Error(ENDED);
    return account;
  }

  async function begin(maxAge: number | null, signal: AbortSignal): Promise<void> {
    const opened = window.open("", "_blank", "popup,width=520,height=720");
    if (opened === null) throw new Error(BLOCKED);
    const console = new URL("console/", document.baseURI).href;
    account = await signInWithAccount(config, { opened, signal, maxAge, console, page, onChange: () => changed() });
  }

  function over(problem?: string): void {
    signingIn = null;
    changed(problem);
  }

  /** Signs in, once at a time. */
  function signIn(maxAge: number | null = null): Promise<void> {
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

  /** Signs in again, as the same person: what they asked is not asked in another's name. */
  async function signInAgain(maxAge: number): Promise<void> {
    const before = held().person;
    await signIn(maxAge);
    if (held().person !== before) throw new Error("Somebody else has signed in, so this was not asked again.");
  }

  const withToken = (send: Send) => (authorization: string) => send(authorization.replace(/^Bearer /, ""));
  return {
    signIn,
    cancel: () => signingIn?.cancel(),
    get isSigningIn() {
      return signingIn !== null;
    },
    get person() {
      return account?.person ?? null;
    },
    sendOnce: async (send: Send) => held().sendOnce(withToken(send)),
    /** Sends with a token. What is refused for its token is sent once more: with another, or after another sign-in. */
    async call(send: Send): Promise<Response> {
      const sendAs = () =>
        held()
          .send(withToken(send))
          .catch((error) => {
            throw error.code === "UNAUTHENTICATED" ? new Error(ENDED) : error;
          });
      const response = await sendAs();
      const maxAge = response.status === 401 ? askedAge(response) : null;
      if (maxAge === null) return response;
      await signInAgain(maxAge);
      return sendAs();
    },
    /** Forgets the tokens, and gives the address at which the issuer ends its session; null: it ends none. */
    signOut: async () => (account === null ? null : account.signOut()),
  };
}
