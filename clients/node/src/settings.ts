import type { Answer, GrantAnswer } from "./answers.ts";
import type { AuthorizeInput, DecideGrantInput } from "./schema.ts";

/** What was answered, for a log or metrics. */
export type DecisionEvent = { /** From the call until its answer. */ readonly ms: number } & (
  | { readonly call: "authorize"; readonly question: AuthorizeInput; readonly answer: Answer }
  | { readonly call: "decideGrant"; readonly question: DecideGrantInput; readonly answer: GrantAnswer }
);

interface Common {
  /** Of the service: `https://pdp.example.org`, with its path if it has one. */
  readonly url: string | URL;
  /** For one attempt, whatever it does, in ms: 1 to 600,000. */
  readonly timeoutMs?: number | undefined;
  /** How often a question is sent again that did not arrive or was not answered: 0 to 10. */
  readonly retries?: number | undefined;
  /** In place of the global one. */
  readonly fetch?: typeof fetch | undefined;
  /** Is called with each answer. What it throws is dropped. */
  readonly onDecision?: ((event: DecisionEvent) => unknown) | undefined;
}

/** Who asks: an API key of the service, or whoever gives the access token to send, asked at each attempt. */
export type ClientSettings = Common &
  (
    | { readonly key: string; readonly token?: undefined }
    | { readonly key?: undefined; readonly token: () => Promise<string> }
  );

export interface Settings {
  /** Without a slash at its end. */
  readonly url: string;
  readonly credential: () => Promise<string>;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly fetch: typeof fetch;
  readonly onDecision: ((event: DecisionEvent) => unknown) | null;
}

const KNOWN = {
  url: true,
  key: true,
  token: true,
  timeoutMs: true,
  retries: true,
  fetch: true,
  onDecision: true,
} satisfies Record<keyof ClientSettings, true>;

/** What can stand in a header: an error of `fetch` would quote anything else. */
const CREDENTIAL = /^[!-~]+$/;
export const isCredential = (value: unknown): value is string => typeof value === "string" && CREDENTIAL.test(value);

function readUrl(value: unknown): string {
  let url: URL;
  try {
    url = new URL(value instanceof URL ? value.href : String(value));
  } catch {
    throw new TypeError("url must be the service's address, such as https://pdp.example.org");
  }
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new TypeError("url must begin with https:// or http://");
  if (url.username !== "" || url.password !== "")
    throw new TypeError("url must have no user and password in it: give a key");
  if (url.search !== "" || url.hash !== "") throw new TypeError("url must have no query and no fragment");
  return url.href.replace(/\/+$/, "");
}

function whole(
  value: unknown,
  name: string,
  { least, most, unset }: Record<"least" | "most" | "unset", number>,
): number {
  if (value === undefined) return unset;
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most)
    throw new TypeError(`${name} must be a whole number from ${least} to ${most}`);
  return value as number;
}

/** @throws TypeError that names the setting; it never quotes the key. */
export function readSettings(settings: ClientSettings): Settings {
  if (typeof settings !== "object" || settings === null)
    throw new TypeError("createClient needs settings: { url, key }");
  const unknown = Object.keys(settings).find((name) => !Object.hasOwn(KNOWN, name));
  if (unknown !== undefined)
    throw new TypeError(`${unknown} is no setting; there are ${Object.keys(KNOWN).join(", ")}`);
  const { key, token, fetch = globalThis.fetch, onDecision } = settings;
  if ((key === undefined) === (token === undefined)) throw new TypeError("key or token must be given, and not both");
  if (key !== undefined && !isCredential(key))
    throw new TypeError("key must be a text of visible ASCII characters, without spaces");
  if (token !== undefined && typeof token !== "function")
    throw new TypeError("token must be a function that gives a promise of the access token");
  if (typeof fetch !== "function") throw new TypeError("fetch must be a function: there is no global one here");
  if (onDecision !== undefined && typeof onDecision !== "function")
    throw new TypeError("onDecision must be a function");
  return {
    url: readUrl(settings.url),
    credential: token ?? (async () => key as string),
    timeoutMs: whole(settings.timeoutMs, "timeoutMs", { least: 1, most: 600_000, unset: 1000 }),
    retries: whole(settings.retries, "retries", { least: 0, most: 10, unset: 1 }),
    // Called as a method of anything else, a browser's own refuses.
    fetch: (...request) => fetch(...request),
    onDecision: onDecision ?? null,
  };
}
