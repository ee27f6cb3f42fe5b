import { ApiError, errorOf } from "../transport/apiError.ts";
import { ask as askService, type Credentials } from "../transport/client.ts";
import type { Operation } from "../transport/operation.ts";
import { part } from "../transport/part.ts";
import type { Account } from "./accountSignIn.ts";
import { forgetHidden } from "./hidden.ts";
import { Me, type MeResult } from "./me.graphql.ts";
import type { SignInConfig } from "./signInConfig.ts";

export type Viewer = MeResult["me"];
export type ServiceFacts = MeResult["service"];

/** A step that asks for a sign-in of a short time ago, and waits for one. */
interface FreshSignIn {
  readonly maxAge: number;
  readonly done: (signedIn: boolean) => void;
}

export interface Session {
  /** `ended`: the page stays, masked, for whoever was there. */
  readonly state: "signedOut" | "signedIn" | "ended";
  readonly viewer: Viewer | null;
  readonly service: ServiceFacts | null;
  /** Another number is another visit: nothing of the one before stays on the page. */
  readonly visit: number;
  readonly fresh: FreshSignIn | null;
  /** By how much the service's clock is ahead of this one, in milliseconds. */
  readonly ahead: number;
}

/** For so long a masked page waits for the same person. */
const MASKED_MS = 10 * 60_000;

const NOBODY = { viewer: null, service: null, fresh: null, ahead: 0 };
let session: Session = { state: "signedOut", visit: 0, ...NOBODY };
let credentials: Credentials | null = null;
let account: { readonly config: SignInConfig; readonly account: Account } | null = null;
let forget: ReturnType<typeof setTimeout> | undefined;
let atEnd: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();
const beforeNewVisit = new Set<() => void>();

function become(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}

export const currentSession = (): Session => session;
export function onSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Called before somebody else, or nobody, is at the page: forget what is yours. */
export function onNewVisit(clear: () => void): void {
  beforeNewVisit.add(clear);
}

function newVisit(): number {
  clearTimeout(forget);
  forgetHidden();
  for (const clear of beforeNewVisit) clear();
  return session.visit + 1;
}

const idsOf = ({ id, subject, linked }: Viewer): readonly string[] => [
  id,
  ...[...(subject === null ? [] : [subject]), ...linked].map((s) => `${s.type}/${s.id}`),
];

/** Whether both are one person, as far as this page can tell: by the key or account, or by whom the service says they are. */
function isSame(one: Viewer | null, other: Viewer): boolean {
  if (one === null) return false;
  const known = new Set(idsOf(one));
  return idsOf(other).some((id) => known.has(id));
}

/** The sign-in is over: by its time, or as the service refused it. */
function end(): void {
  if (session.state !== "signedIn") return;
  credentials = null;
  session.fresh?.done(false);
  become({ ...session, state: "ended", fresh: null });
  forget = setTimeout(signOut, MASKED_MS);
}

function endInTime({ until }: Viewer, ahead: number): void {
  clearTimeout(atEnd);
  // An account's token is renewed; when it can't be, the next question says so.
  if (until === null || account !== null) return;
  const left = Date.parse(until) - Date.now() - ahead;
  if (left < 2 ** 31) atEnd = setTimeout(end, Math.max(left, 0));
}

async function enter(next: Credentials, found: typeof account): Promise<void> {
  const { me, service } = await askService(next, { operation: Me, variables: {} });
  const same = session.state !== "signedOut" && isSame(session.viewer, me);
  // A visit that goes on keeps its page, with what was typed; any other begins anew.
  const visit = same ? session.visit : newVisit();
  clearTimeout(forget);
  credentials = next;
  account = found;
  const ahead = Date.parse(service.now) - Date.now();
  endInTime(me, ahead);
  become({ state: "signedIn", viewer: me, service, visit, fresh: null, ahead });
}

/** @throws ApiError of the service, such as UNAUTHENTICATED */
export const signInWithKey = (key: string): Promise<void> =>
  enter({ send: (request) => request(`Bearer ${key}`) }, null);

/** Opens the window to sign in with, so this must be called by the press of a button. */
export async function signInWithAccount(
  config: SignInConfig,
  signal: AbortSignal,
  maxAge: number | null = null,
): Promise<void> {
  const opened = window.open("", "_blank", "popup,width=520,height=720");
  if (opened === null)
    throw new Error("The browser has blocked the window to sign in with. Allow it, and press the button again.");
  const { signInWithAccount: signIn } = await part(() => import("./accountSignIn.ts"));
  const page = new URL("./", document.baseURI).href;
  const found = await signIn(config, { opened, signal, maxAge, console: page, page });
  await enter(found, { config, account: found });
}

/** Signs in again for a step that asks for it. Somebody else who signs in is somebody else, and the step is not taken. */
export async function signInFreshly(signal: AbortSignal): Promise<void> {
  const { fresh, visit } = session;
  if (account === null || fresh === null) return;
  await signInWithAccount(account.config, signal, fresh.maxAge);
  fresh.done(session.visit === visit);
}

export function refuseFreshSignIn(): void {
  session.fresh?.done(false);
  become({ ...session, fresh: null });
}

/** Nothing stays: neither key nor tokens nor anything that was shown. */
export function signOut(): void {
  const left = account;
  credentials = null;
  account = null;
  clearTimeout(atEnd);
  session.fresh?.done(false);
  become({ state: "signedOut", visit: newVisit(), ...NOBODY });
  location.hash = "#/";
  void left?.account.signOut().then((url) => {
    if (url !== null) location.assign(url);
  });
}

const freshSignIn = (maxAge: number): Promise<boolean> =>
  new Promise((done) => become({ ...session, fresh: { maxAge, done } }));

/** Asks as who is signed in. Where that is over the page is masked, and the question fails. */
export async function ask<R, V>(operation: Operation<R, V>, variables: V, signal?: AbortSignal): Promise<R> {
  const used = credentials;
  if (used === null) throw new ApiError("UNAUTHENTICATED", "Nobody is signed in.");
  const once = (by: Credentials) => askService(by, { operation, variables, ...(signal && { signal }) });
  try {
    return await once(used);
  } catch (error) {
    const { code, maxAge } = errorOf(error);
    if (maxAge !== null && account !== null && session.state === "signedIn") {
      if ((await freshSignIn(maxAge)) && credentials !== null) return once(credentials);
      throw new ApiError(code, "It was not done: it asks for a new sign-in.");
    }
    if (code === "UNAUTHENTICATED" && credentials === used) end();
    throw error;
  }
}

/** The service's clock. */
export const serviceNow = (): Date => new Date(Date.now() + session.ahead);
