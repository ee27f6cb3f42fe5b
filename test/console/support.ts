/**
 * What the tests of the console in a browser stand on. A test file of this folder has one `describe`, with its world opened and closed in it, as all
 * files of the folder run in one process, one after the other:
 *
 *     describe("who can see a patient", { skip: noBrowser }, () => {
 *       let world: ConsoleWorld;
 *       before(async () => {
 *         world = await startConsoleWorld();
 *       });
 *       after(() => world.close());
 *       afterEach(() => assert.deepEqual(world.complaints.splice(0), []));
 *
 *       test("now and on a day", { timeout: 300_000 }, async () => {
 *         const page = await world.signIn("reviewer");
 *         await page.getByRole("link", { name: "Who can see a patient" }).click();
 *         ...
 *         assert.deepEqual(await check(page), []);
 *         assert.deepEqual(await idsInAddresses(world), []);
 *       });
 *     });
 *
 * Each world is a service of its own over a copy of the demo's month, which is made once a process; it is noon of Wednesday, 25 November 2026, for
 * the service and for the browser. Its keys are the demo's: a person each, one role each. A second person is a second browser context:
 * `world.signIn("admin", await world.newPage())`. `world.ask` arranges by GraphQL what a test begins with, and `world.page.route` refuses or delays answers.
 *
 * One file: `npx tsx --test test/console/x.test.ts`, after `npm --workspace console run build`. `TEST_CONSOLE_DATABASE=/tmp/month.db` before it keeps the
 * month there for the next time; delete it when seeds or the schema change.
 */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import axe from "axe-core";
import type { Browser, BrowserContextOptions, Page, Request } from "playwright-core";
import { freshKeys, makeHospital } from "../../src/cli/demoCommand.ts";
import { loadConfig } from "../../src/config.ts";
import type { CallerRole } from "../../src/domain/callers/types.ts";
import { createLog } from "../../src/process/log.ts";
import { type Answer, type Service, startService } from "../http/support.ts";
import { followed } from "../support/archives.ts";
import { launchChromium } from "../support/chromium.ts";
import { copyDatabase, databaseToCopy } from "../support/databaseCopy.ts";

const MONTH_ENDS = Date.parse("2026-11-25T12:00:00Z");
const WAIT_MS = 45_000;
/** After an answer, the page asks what follows from it much sooner. */
const QUIET_MS = 700;
/** A browser does not tell the end of each request, such as of one that a page left behind. */
const SURELY_QUIET_MS = 15_000;

export interface ConsoleWorld {
  /** Of the service, without a slash at its end; the console is at `/console/`. */
  readonly url: string;
  readonly keys: Readonly<Record<CallerRole, string>>;
  /** A tab, in which nobody has signed in. */
  readonly page: Page;
  /** The service: its log (`lines`) and, by `app.domain` and `app.storage`, what is in it. */
  readonly service: Service;
  /**
   * What went wrong in any tab: console errors, which are also how a browser tells of answers that failed, violations of the policy,
   * exceptions, and requests to another origin. A test that wants a refusal takes its complaint out (`splice`).
   */
  readonly complaints: string[];
  /** Every address that a tab has asked for, been at, or told as its referrer. */
  readonly addresses: ReadonlySet<string>;
  /** A tab of somebody else: with its own storage. */
  newPage(options?: BrowserContextOptions): Promise<Page>;
  /** Opens the console and signs in with the role's key, in `page` unless told otherwise; ends at "To do". */
  signIn(role: CallerRole, page?: Page): Promise<Page>;
  /** Waits until nothing that the page has asked for is under way, nor anything new asked, as `settled` does not: an answer may lead to more. */
  quiet(page: Page, ms?: number): Promise<void>;
  /** Asks GraphQL with the role's key; what came back. */
  ask(role: CallerRole, query: string, variables?: unknown): Promise<Answer>;
  close(): Promise<void>;
}

/** A clock that goes on from a moment. */
function clockFrom(moment: number): () => number {
  const begun = Date.now();
  return () => moment + Date.now() - begun;
}

/** The demo's month in a database that all that follows the record has gone through. */
async function makeMonth(path: string): Promise<void> {
  const url = `sqlite:${path}`;
  const log = createLog({ level: "silent" });
  const io = { stdin: process.stdin, stdout: { write: () => true }, stderr: process.stderr };
  await makeHospital(loadConfig({ DATABASE_URL: url }), { io, log, until: MONTH_ENDS });
  const service = await startService({ DATABASE_URL: url }, { clock: clockFrom(MONTH_ENDS) });
  await followed(service.app.storage);
  await service.stop();
}

async function monthAt(): Promise<string> {
  const kept = process.env.TEST_CONSOLE_DATABASE;
  if (kept === undefined) return databaseToCopy("console", makeMonth);
  if (!existsSync(kept)) await makeMonth(kept);
  return kept;
}

/** Lets the clock of each page be ahead by so many milliseconds; what sets `Date` itself goes through it. */
const aheadScript = (ms: number): string => `{
  const Real = Date;
  const now = () => Real.now() + ${ms};
  globalThis.Date = new Proxy(Real, {
    construct: (_, args, target) => Reflect.construct(Real, args.length === 0 ? [now()] : args, target),
    apply: () => new Real(now()).toString(),
    get: (_, name) => (name === "now" ? now : Real[name]),
  });
  addEventListener("securitypolicyviolation", ({ blockedURI, violatedDirective }) =>
    console.error("CSP", violatedDirective, blockedURI));
}`;

export interface WorldOptions {
  /** Of the service, beside what a test's service has. */
  readonly env?: Readonly<Record<string, string>>;
  /** Absent: noon of the day at which the month ends, and on from there. */
  readonly clock?: () => number;
  /** Origins that a page may ask beside the service's, such as an issuer's. */
  readonly origins?: readonly string[];
  /** A service in which nothing is yet, in the place of the demo's month. */
  readonly isEmpty?: boolean;
  /** Of `page`. */
  readonly context?: BrowserContextOptions;
}

export async function startConsoleWorld(options: WorldOptions = {}): Promise<ConsoleWorld> {
  const { env = {}, clock = clockFrom(MONTH_ENDS + 60_000), isEmpty = false, origins = [] } = options;
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-console-"));
  const database = join(folder, "console.db");
  const original = isEmpty ? null : await monthAt();
  if (original !== null) await copyDatabase(original, database);
  let browser: Browser | null = null;
  let service: Service | null = null;
  const close = async (): Promise<void> => {
    await browser?.close();
    await service?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    [browser, service] = await Promise.all([
      launchChromium(),
      startService({ DATABASE_URL: `sqlite:${database}`, ...env }, { clock }),
    ]);
    return await openWorld({ ...options, browser, service, clock, origins, close });
  } catch (error) {
    await close();
    throw error;
  }
}

async function openWorld(
  deps: Pick<ConsoleWorld, "close" | "service"> &
    Required<Pick<WorldOptions, "clock" | "origins">> &
    Pick<WorldOptions, "context"> & { readonly browser: Browser },
): Promise<ConsoleWorld> {
  const { browser, clock, close, service } = deps;
  const { url } = service;
  const keys = Object.fromEntries(await freshKeys(service.app.domain.apiKeys, clock())) as Record<CallerRole, string>;
  const complaints: string[] = [];
  const addresses = new Set<string>();
  const own = [url, ...deps.origins].map((each) => new URL(each).origin);
  const underWay = new Map<Page, Set<Request>>();

  const newPage: ConsoleWorld["newPage"] = async (options = {}) => {
    // A colour on its way to another is neither.
    const context = await browser.newContext({ reducedMotion: "reduce", ...options });
    context.setDefaultTimeout(WAIT_MS);
    await context.addInitScript(aheadScript(clock() - Date.now()));
    context.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (/^https?:$/.test(protocol) && !own.includes(origin))
        complaints.push(`asked another origin: ${request.url()}`);
      addresses.add(request.url()).add(request.headers().referer ?? "");
    });
    context.on("console", (message) => {
      if (message.type() === "error") complaints.push(`${message.text()} (${message.location().url})`);
    });
    context.on("weberror", (error) => complaints.push(error.error().message));
    context.on("page", (page) => {
      const requests = new Set<Request>();
      underWay.set(page, requests);
      page.on("request", (request) => requests.add(request));
      page.on("requestfinished", (request) => requests.delete(request));
      page.on("requestfailed", (request) => requests.delete(request));
      page.on("framenavigated", (frame) => addresses.add(frame.url()));
    });
    return context.newPage();
  };
  const page = await newPage(deps.context);
  return {
    ...{ url, keys, page, service, complaints, addresses, newPage, close },
    async signIn(role, tab = page) {
      await tab.goto(`${url}/console/`);
      await tab.getByLabel("Key", { exact: true }).fill(keys[role]);
      await tab.getByRole("button", { name: "Sign in", exact: true }).click();
      await tab.getByRole("heading", { name: "To do", exact: true }).waitFor();
      return tab;
    },
    async quiet(tab, ms = QUIET_MS) {
      const requests = underWay.get(tab);
      const asked = performance.now();
      for (let since = asked; performance.now() - since < ms; await delay(20))
        if (requests?.size !== 0 && performance.now() - asked < SURELY_QUIET_MS) since = performance.now();
    },
    ask: (role, query, variables) => service.ask(query, { key: keys[role], variables }),
  };
}

export interface Violation {
  /** Of the rule, as axe calls it: `color-contrast`. */
  readonly id: string;
  readonly help: string;
  /** The elements, by selector. */
  readonly at: readonly string[];
}

const WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/** From the top of the page: what is half beneath the head that stays is too small a target only there. */
const AXE_RUN = `scrollTo({ top: 0, behavior: "instant" }), axe.run(document, { runOnly: ${JSON.stringify(WCAG_22_AA)}, resultTypes: ["violations"] }).then(({ violations }) =>
  violations.map(({ id, help, nodes }) => ({ id, help, at: nodes.map(({ target }) => target.flat().join(" ")) })))`;

/** What axe finds against WCAG 2.2 AA in a page as it is now. It comes in by the debugger, where no policy of the page stops it. */
export async function check(page: Page): Promise<readonly Violation[]> {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send("Runtime.evaluate", { expression: axe.source });
    const { exceptionDetails, result } = await session.send("Runtime.evaluate", {
      ...{ expression: AXE_RUN, awaitPromise: true, returnByValue: true },
    });
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  } finally {
    await session.detach();
  }
}

/** The words of a text that could be ids, where letters, digits, `.`, `_` and `-` are part of one. */
const wordsOf = (text: string): readonly string[] => text.split(/[^\p{L}\p{N}._-]+/u);

function decoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

/**
 * Where an id of a person, patient or resource of the directory (and of `more`) stands though it must not: in an address that a tab has used, in an
 * address on record, or anywhere in the service's log.
 */
export async function idsInAddresses(
  { addresses, service }: Pick<ConsoleWorld, "addresses" | "service">,
  more: readonly string[] = [],
): Promise<readonly string[]> {
  const { domain, storage } = service.app;
  const { file } = storage;
  if (file === null) throw new Error("The record is looked through in a file.");
  const ids = new Set(more);
  for (const ofType of domain.directory.current().entities.values()) for (const id of ofType.keys()) ids.add(id);
  const holds = (text: string): boolean => wordsOf(text).some((word) => ids.has(word));
  await followed(storage);
  const parts = [file, `${file}-wal`].filter(existsSync).map((path) => readFile(path, "latin1"));
  const onRecord =
    (await Promise.all(parts)).join("\n").match(/(?:https?:\/\/|\/(?:console|playground|graphql)\b)[^\s"'\\<>\0]*/g) ??
    [];
  return [
    ...[...addresses].map(decoded).filter(holds),
    ...onRecord
      .map(decoded)
      .filter(holds)
      .map((address) => `on record: ${address}`),
    ...service.lines.filter(holds).map((line) => `in the log: ${line}`),
  ];
}
