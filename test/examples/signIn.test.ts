import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { decodeJwt, decodeProtectedHeader } from "jose";
import type { Browser, BrowserContext, Page, Request } from "playwright-core";
import { type Service, startService } from "../http/support.ts";
import { launchChromium, noBrowser } from "../support/chromium.ts";
import { eventually } from "../support/eventually.ts";
import { freePorts } from "../support/freePorts.ts";
import { start } from "./oauthWorld.ts";

const ENDED = /Your sign-in has ended/;
const NOTHING_IN_STORES = `JSON.stringify({ local: localStorage.length, session: { ...sessionStorage } })`;
/** Once the page has it in hand. */
const EDITOR = ".graphiql-query-editor .CodeMirror-wrap";
const TYPED = "{ me { name roles } } # typed";

let folder: string;
let issuer: string;
let staffFile: string;
let service: Service;
let server: Awaited<ReturnType<typeof start>>;
let browser: Browser;
/** By how much Scopewarden's clock is ahead, in milliseconds: so a token has ended for it that the page still holds for good. */
let ahead = 0;

type Staff = readonly { readonly id: string; readonly roles: readonly string[] }[];

/** Changes who works there, as whoever administers accounts would. */
async function changeStaff(change: (staff: Staff) => Staff): Promise<void> {
  const staff = JSON.parse(await readFile("examples/authorization-server/staff.json", "utf8")) as Staff;
  await writeFile(staffFile, JSON.stringify(change(staff)));
}

/** Somebody at a browser of their own, at the playground. */
class Person {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly requests: Request[] = [];
  /** What the browser complains of, but for answers that are no 200: those a test expects. */
  readonly complaints: string[] = [];

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    context.on("request", (request) => this.requests.push(request));
    context.on("console", (message) => {
      if (message.type() === "error" && !/status of 40[01]/.test(message.text())) this.complaints.push(message.text());
    });
    context.on("weberror", (error) => this.complaints.push(error.error().message));
  }

  static async open(): Promise<Person> {
    const context = await browser.newContext();
    context.setDefaultTimeout(45_000);
    await context.addInitScript(
      `addEventListener("securitypolicyviolation", ({ blockedURI, violatedDirective }) => console.error("CSP", violatedDirective, blockedURI))`,
    );
    const person = new Person(context, await context.newPage());
    await person.page.goto(`${service.url}/playground`);
    await person.says(/Nobody has signed in/);
    await person.page.locator(EDITOR).waitFor();
    return person;
  }

  says(words: RegExp): Promise<void> {
    return this.page.locator("#key-state", { hasText: words }).waitFor();
  }

  button(name: string) {
    return this.page.getByRole("button", { name, exact: true });
  }

  /** Opens the window to sign in with. */
  async window(press: () => Promise<unknown> = () => this.button("Sign in").click()): Promise<Page> {
    const [opened] = await Promise.all([this.page.waitForEvent("popup"), press()]);
    return opened;
  }

  /** With a window that asks who it is. */
  async signInAs(who: string, says: RegExp): Promise<void> {
    const opened = await this.window();
    await opened.getByRole("button", { name: who }).click();
    if (!opened.isClosed()) await opened.waitForEvent("close");
    await this.says(says);
  }

  /** The same at a page that had no answer yet: it makes its editor anew, which knows the schema then. */
  async signIn(who: string, says: RegExp): Promise<void> {
    await this.page.locator(EDITOR).evaluate("(element) => (element.dataset.before = 'true')");
    await this.signInAs(who, says);
    await this.page.locator(`${EDITOR}:not([data-before])`).waitFor();
  }

  type(text: string): Promise<unknown> {
    return this.page.evaluate(
      `document.querySelector(".graphiql-query-editor .CodeMirror").CodeMirror.setValue(${JSON.stringify(text)})`,
    );
  }
  typed(): Promise<unknown> {
    return this.page.evaluate(`document.querySelector(".graphiql-query-editor .CodeMirror").CodeMirror.getValue()`);
  }
  run(): Promise<void> {
    return this.page.getByRole("button", { name: /Execute query/ }).click();
  }
  result(words: RegExp): Promise<void> {
    return this.page.locator(".result-window", { hasText: words }).waitFor();
  }

  /** Requests to the token endpoint, by what they asked with. */
  tokenRequests(grant: string): readonly Request[] {
    return this.requests.filter(
      (request) =>
        request.url() === `${issuer}/token` &&
        new URLSearchParams(request.postData() ?? "").get("grant_type") === grant,
    );
  }

  /** The end, at which nothing may be left in a store, nor anything have been blocked or complained of. */
  async leave(): Promise<void> {
    const stores = String(await this.page.evaluate(NOTHING_IN_STORES));
    await this.page.unrouteAll({ behavior: "wait" });
    assert.match(stores, /^\{"local":0,/);
    assert.doesNotMatch(stores, /eyJ|sign-in|verifier/);
    assert.deepEqual(this.complaints, []);
    const origins = new Set(this.requests.map((request) => new URL(request.url()).origin));
    origins.delete("null"); // Pictures in the style sheet.
    assert.deepEqual([...origins].sort(), [new URL(issuer).origin, new URL(service.url).origin].sort());
    await this.context.close();
  }
}

/** Lets the token in hand be over for Scopewarden, until the page asks for another, which is held until its clock is right again. */
async function endToken({ page }: Person): Promise<void> {
  await page.route(
    `${issuer}/token`,
    async (route) => {
      ahead = 0;
      await route.continue();
    },
    { times: 1 },
  );
  ahead = 400_000;
}

const browserTest = { skip: noBrowser, timeout: 300_000 };

describe("signing in to the playground at examples/authorization-server", { skip: noBrowser }, () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scopewarden-sign-in-"));
    staffFile = join(folder, "staff.json");
    await changeStaff((staff) => staff);
    const port = await freePorts();
    issuer = `http://127.0.0.1:${port}`;
    const issuersFile = join(folder, "issuers.yaml");
    const example = await readFile("examples/authorization-server/issuers.yaml", "utf8");
    await writeFile(issuersFile, example.replaceAll("http://127.0.0.1:4002", issuer));
    service = await startService(
      { SCOPEWARDEN_JWT_ISSUERS: issuersFile, SCOPEWARDEN_CONSOLE_CLIENT_ID: "scopewarden-console" },
      { clock: () => Date.now() + ahead },
    );
    const [{ key }, { key: consentKey }] = [await service.createKey("SERVICE"), await service.createKey("CONSENT")];
    server = await start(
      "examples/authorization-server/main.ts",
      {
        ...{ PORT: String(port), SCOPEWARDEN_URL: service.url, SCOPEWARDEN_KEY: key, CONSENT_KEY: consentKey },
        STAFF_FILE: staffFile,
      },
      /^authorization server: /m,
    );
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    await service?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("a reviewer signs in with code and PKCE in a window of its own, and asks", browserTest, async () => {
    const rita = await Person.open();
    await rita.type(TYPED);
    await rita.signIn("Rita, a reviewer", /Signed in: Rita \(reviewer\)/);
    assert.equal(await rita.typed(), TYPED);
    await rita.run();
    await rita.result(/"REVIEWER"/);
    const asked = rita.requests.map((request) => new URL(request.url())).find(({ pathname }) => pathname === "/auth");
    const { state, nonce, code_challenge: challenge, ...others } = Object.fromEntries(asked?.searchParams ?? []);
    assert.ok([state, nonce, challenge].every((text) => (text?.length ?? 0) >= 32));
    assert.deepEqual(others, {
      client_id: "scopewarden-console",
      redirect_uri: `${service.url}/console/signed-in`,
      response_type: "code",
      scope: "openid profile",
      code_challenge_method: "S256",
    });
    const { access_token } = await tokensOf(rita);
    const { typ } = decodeProtectedHeader(access_token);
    const { aud, auth_time, client_id, exp = 0, iat = 0, iss, name, roles, sub } = decodeJwt(access_token);
    assert.deepEqual(
      { typ, aud, client_id, iss, lifetime: exp - iat, name, roles, sub },
      {
        ...{ typ: "at+jwt", aud: "urn:scopewarden:demo", client_id: "scopewarden-console", iss: issuer },
        ...{ lifetime: 300, name: "Rita", roles: ["reviewer"], sub: "rita" },
      },
    );
    assert.ok(Math.abs(iat - Number(auth_time)) < 30);
    // A page that is loaded anew has no token.
    await rita.page.reload();
    await rita.says(/Nobody has signed in/);
    await rita.leave();
  });

  test("an auditor's role is taken away meanwhile, and the next token has it no more", browserTest, async () => {
    const otto = await Person.open();
    await otto.signIn("Otto, an auditor", /Signed in: Otto \(auditor\)/);
    await changeStaff((staff) =>
      staff.map((employee) => (employee.id === "otto" ? { ...employee, roles: ["reviewer"] } : employee)),
    );
    await otto.type(TYPED);
    await otto.run();
    await otto.result(/"AUDITOR"/);
    await endToken(otto);
    await otto.run();
    await otto.result(/"REVIEWER"/);
    await otto.says(/Signed in: Otto \(reviewer\)/);
    await changeStaff((staff) => staff);
    await otto.leave();
  });

  test(
    "a token ends in the middle of an edit: one refresh for all that is asked then, and all is answered",
    browserTest,
    async () => {
      const rita = await Person.open();
      await rita.signIn("Rita", /Signed in: Rita/);
      await rita.type(TYPED);
      ahead = 400_000;
      const refused: string[] = [];
      rita.page.on("response", (response) => response.status() === 401 && refused.push(response.url()));
      await rita.page.route(`${issuer}/token`, async (route) => {
        await eventually("both are refused", () => refused.length >= 2);
        ahead = 0;
        await route.continue();
      });
      await rita.page.getByRole("button", { name: "Re-fetch GraphQL schema" }).click();
      await rita.run();
      await rita.result(/"REVIEWER"/);
      await rita.page.unroute(`${issuer}/token`);
      assert.equal(await rita.typed(), TYPED);
      assert.equal(rita.tokenRequests("refresh_token").length, 1);

      // Shortly before its end it is renewed before anything is asked with it.
      await rita.page.evaluate("const now = Date.now; Date.now = () => now() + 292_000; undefined");
      const before = rita.requests.length;
      await rita.run();
      await eventually("it was renewed", () => rita.tokenRequests("refresh_token").length === 2);
      assert.equal(rita.requests[before]?.url(), `${issuer}/token`);
      const used = rita.tokenRequests("refresh_token").map((request) => new URLSearchParams(request.postData() ?? ""));
      assert.equal(new Set(used.map((form) => form.get("refresh_token"))).size, 2, "each is for one use");
      await rita.leave();
    },
  );

  test(
    "a refresh is refused: signed out, though a key is there, and who signs in again goes on",
    browserTest,
    async () => {
      const anna = await Person.open();
      const { key } = await service.createKey("SERVICE");
      await anna.page.getByLabel("API key or access token").fill(key);
      await anna.button("Use this key").click();
      await anna.says(/Key accepted: test \(service\)/);
      await anna.signInAs("Anna", /Signed in: Anna \(admin, reviewer\)/);
      await changeStaff((staff) => staff.filter(({ id }) => id !== "anna"));
      await anna.type(TYPED);
      await endToken(anna);
      await anna.run();
      await anna.result(ENDED);
      await anna.says(ENDED);
      ahead = 0;
      await anna.run();
      await anna.result(ENDED);
      assert.equal(await anna.typed(), TYPED);
      await changeStaff((staff) => staff);
      // The issuer still knows her, so its window asks nothing.
      const opened = await anna.window();
      if (!opened.isClosed()) await opened.waitForEvent("close");
      await anna.says(/Signed in: Anna/);
      await anna.run();
      await anna.result(/"ADMIN"/);
      await anna.leave();
    },
  );

  test("an issuer that does not answer signs nobody out: a token that is still good is used", browserTest, async () => {
    const rita = await Person.open();
    await rita.signIn("Rita", /Signed in: Rita/);
    await rita.type(TYPED);
    await rita.page.route(`${issuer}/token`, (route) => route.abort());
    await rita.page.evaluate("const now = Date.now; Date.now = () => now() + 292_000; undefined");
    await rita.run();
    await rita.result(/"REVIEWER"/);
    ahead = 400_000;
    await rita.run();
    await rita.result(/did not answer/);
    assert.ok(await rita.button("Sign out").isVisible());
    assert.equal(rita.tokenRequests("refresh_token").length, 3, "once for the first, and before and after the second");
    await rita.page.unroute(`${issuer}/token`);
    await endToken(rita);
    await rita.run();
    await rita.result(/"REVIEWER"/);
    assert.ok(rita.complaints.length > 0 && rita.complaints.every((text) => text.includes("net::ERR_FAILED")));
    rita.complaints.length = 0;
    await rita.leave();
  });

  test("signing out ends the session at the issuer, and forgets all that the tab had", browserTest, async () => {
    const rita = await Person.open();
    await rita.signIn("Rita", /Signed in: Rita/);
    await rita.type(TYPED);
    await rita.run();
    await rita.result(/"REVIEWER"/);
    const { refresh_token } = await tokensOf(rita);
    await rita.button("Sign out").click();
    await rita.page.getByRole("heading", { name: "Sign out?" }).waitFor();
    await rita.button("Sign out").click();
    await rita.says(/Nobody has signed in/);
    assert.notEqual(await rita.typed(), TYPED);
    assert.doesNotMatch(String(await rita.page.evaluate(NOTHING_IN_STORES)), /typed/);
    // Nor does the issuer take what the page had.
    const again = await rita.context.request.post(`${issuer}/token`, {
      form: { grant_type: "refresh_token", refresh_token, client_id: "scopewarden-console" },
    });
    assert.deepEqual([again.status(), (await again.json()).error], [400, "invalid_grant"]);
    const opened = await rita.window();
    await opened.getByRole("heading", { name: "Who are you?" }).waitFor();
    await rita.button("Cancel").click();
    await rita.says(/was cancelled/);
    assert.ok(opened.isClosed());
    await rita.leave();
  });

  test(
    "what wants a fresh sign-in is asked again after one, once, and never in another's name",
    browserTest,
    async () => {
      const rita = await Person.open();
      await rita.signIn("Rita", /Signed in: Rita/);
      await rita.type("mutation Once { __typename }");
      // As a service answers whose admins have set an age for what is asked (RFC 9470).
      const wanted = `Bearer realm="scopewarden", error="insufficient_user_authentication", max_age="0"`;
      let refusals = 0;
      let left = 1;
      await rita.page.route("**/graphql", (route) => {
        if (!route.request().postData()?.includes("Once") || left-- <= 0) return route.continue();
        refusals += 1;
        return route.fulfill({
          status: 401,
          headers: { "www-authenticate": wanted },
          json: { errors: [{ message: "Sign in again.", extensions: { code: "UNAUTHENTICATED" } }] },
        });
      });
      const opened = await rita.window(() => rita.run());
      await opened.getByRole("button", { name: "Rita" }).click();
      await rita.result(/"Mutation"/);
      assert.equal(refusals, 1);
      const asked = rita.requests.filter((request) => request.url().startsWith(`${issuer}/auth?`));
      assert.match(asked.at(-1)?.url() ?? "", /[?&]max_age=0(&|$)/);

      left = 9;
      const second = await rita.window(() => rita.run());
      await second.getByRole("button", { name: "Rita" }).click();
      await rita.result(/Sign in again/);
      assert.equal(refusals, 3);

      left = 1;
      const third = await rita.window(() => rita.run());
      await third.getByRole("button", { name: "Otto" }).click();
      await rita.says(/Signed in: Otto/);
      const sent = rita.requests.filter((request) => request.postData()?.includes("Once"));
      assert.equal(sent.length, 5, "two, two, and one that was not asked as Otto");
      await rita.leave();
    },
  );

  test(
    "an answer that was not asked for, or is another issuer's or another's, signs nobody in",
    browserTest,
    async () => {
      const rita = await Person.open();
      const stateOf = async (opened: Page): Promise<string> => {
        await opened.getByRole("heading", { name: "Who are you?" }).waitFor();
        const asked = rita.requests.findLast((request) => request.url().startsWith(`${issuer}/auth?`));
        return new URL(asked?.url() ?? "").searchParams.get("state") ?? "";
      };
      const evil = encodeURIComponent("https://evil.example");
      for (const from of ["", `&iss=${evil}`, `&iss=${evil}&error=access_denied`]) {
        const opened = await rita.window();
        const state = await stateOf(opened);
        await opened.goto(`${service.url}/console/signed-in?code=c&state=${state}${from}`).catch(() => undefined);
        await rita.says(/came from another issuer/);
      }
      const opened = await rita.window();
      await stateOf(opened);
      await opened.goto(`${service.url}/console/signed-in?code=c&state=guessed&iss=${encodeURIComponent(issuer)}`);
      await opened.getByText("The page that asked for this sign-in is gone").waitFor();
      assert.equal(new URL(opened.url()).search, "");
      await rita.button("Cancel").click();
      assert.deepEqual(rita.tokenRequests("authorization_code"), [], "no code was exchanged");
      // Nor may the page of another origin read what the token endpoint answers.
      for (const [origin, status] of [
        [service.url, "invalid_grant"],
        ["https://evil.example", "invalid_request"],
      ] as const) {
        const form = { grant_type: "refresh_token", refresh_token: "r", client_id: "scopewarden-console" };
        const response = await rita.context.request.post(`${issuer}/token`, { headers: { origin }, form });
        assert.equal((await response.json()).error, status, origin);
      }

      // ID tokens that are not the answer to what was asked, or not for this page.
      for (const claims of [{ nonce: "other" }, { iss: "https://evil.example" }, { aud: "other" }, { exp: 1 }]) {
        await rita.page.route(`${issuer}/token`, async (route) => {
          const response = await route.fetch();
          const body = await response.json();
          const [header, payload, signature] = body.id_token.split(".");
          const changed = { ...JSON.parse(Buffer.from(payload, "base64url").toString()), ...claims };
          body.id_token = [header, Buffer.from(JSON.stringify(changed)).toString("base64url"), signature].join(".");
          await route.fulfill({ response, json: body });
        });
        const window = await rita.window();
        await window
          .getByRole("button", { name: "Rita" })
          .click()
          .catch(() => undefined);
        await rita.says(/nonce in id_token does not match|The ID token is not for this page/);
        await rita.page.unroute(`${issuer}/token`);
        await rita.context.clearCookies();
        assert.equal(await rita.button("Sign out").isVisible(), false);
        await rita.page.reload();
        await rita.says(/Nobody has signed in/);
      }
      await rita.leave();
    },
  );
});

/** What the issuer answered last. */
async function tokensOf({
  requests,
}: Person): Promise<{ readonly access_token: string; readonly refresh_token: string }> {
  const response = await requests.findLast((each) => each.url() === `${issuer}/token`)?.response();
  assert.ok(response);
  return response.json();
}
