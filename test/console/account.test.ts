import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { start } from "../examples/oauthWorld.ts";
import { noBrowser } from "../support/chromium.ts";
import { freePorts } from "../support/freePorts.ts";
import { type ConsoleWorld, check, startConsoleWorld } from "./support.ts";
import { settled } from "./walk.ts";

const STORES = "JSON.stringify([localStorage.length, sessionStorage.length, document.cookie])";
const NOTHING = '[0,0,""]';
const BUTTON = "Sign in with your organization's account";

describe("signing in to the console with an account of examples/authorization-server", { skip: noBrowser }, () => {
  let folder: string;
  let issuer: string;
  let world: ConsoleWorld;
  let server: Awaited<ReturnType<typeof start>>;
  /** By how much Scopewarden's clock is ahead, in milliseconds. */
  let ahead = 0;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scopewarden-console-account-"));
    const port = await freePorts();
    issuer = `http://127.0.0.1:${port}`;
    const issuers = join(folder, "issuers.yaml");
    const example = await readFile("examples/authorization-server/issuers.yaml", "utf8");
    await writeFile(issuers, example.replaceAll("http://127.0.0.1:4002", issuer));
    world = await startConsoleWorld({
      clock: () => Date.now() + ahead,
      origins: [issuer],
      env: {
        SCOPEWARDEN_JWT_ISSUERS: issuers,
        SCOPEWARDEN_CONSOLE_CLIENT_ID: "scopewarden-console",
        SCOPEWARDEN_STEP_UP_MINUTES: "1",
      },
    });
    server = await start(
      "examples/authorization-server/main.ts",
      {
        ...{ PORT: String(port), SCOPEWARDEN_URL: world.url, SCOPEWARDEN_KEY: world.keys.service },
        ...{ CONSENT_KEY: world.keys.consent, STAFF_FILE: "examples/authorization-server/staff.json" },
      },
      /^authorization server: /m,
    );
  });
  after(async () => {
    await server?.stop();
    await world?.close();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(() => {
    ahead = 0;
    assert.deepEqual(world.complaints.splice(0), []);
  });

  /** The window of a sign-in, which closes by itself. */
  async function signInAs(page: Page, who: string | null, press: string = BUTTON): Promise<void> {
    const [opened] = await Promise.all([
      page.waitForEvent("popup"),
      page.getByRole("button", { name: press, exact: true }).click(),
    ]);
    if (who !== null) await opened.getByRole("button", { name: who }).click();
    if (!opened.isClosed()) await opened.waitForEvent("close");
  }

  const toDo = (page: Page) => page.getByRole("heading", { name: "To do", exact: true }).waitFor();

  test("by a window of its own; nothing is kept, and signing out ends the session there", {
    timeout: 300_000,
  }, async () => {
    const page = await world.newPage();
    await page.goto(`${world.url}/console/`);
    await page.getByText(`A window of ${new URL(issuer).host} opens`).waitFor();
    assert.deepEqual(await check(page), []);
    await signInAs(page, "Rita, a reviewer");
    await toDo(page);
    assert.equal(await page.evaluate(STORES), NOTHING);
    assert.equal(await page.evaluate("document.documentElement.innerHTML.includes('eyJ')"), false);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign out?" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in to Scopewarden" }).waitFor();
    assert.equal(new URL(page.url()).pathname, "/console/");
    await page.context().close();
  });

  test("a step that asks for a new sign-in waits for it, and is done; what was typed stays", {
    timeout: 300_000,
  }, async () => {
    const page = await world.newPage();
    await page.goto(`${world.url}/console/`);
    await signInAs(page, "Anna, an admin who reviews, too");
    await toDo(page);
    await page.evaluate("location.hash = '/keys'");
    await page.getByRole("button", { name: "Make a key" }).first().click();
    const dialog = page.getByRole("dialog").or(page.locator(".panel")).last();
    await dialog.getByLabel("Name", { exact: true }).fill("typed before");
    await dialog.locator("label", { hasText: /^Service/ }).click();
    await dialog.getByLabel(/Reason/).fill("a test");
    ahead = 70_000;
    await dialog.getByRole("button", { name: "Make the key" }).click();
    await page.getByRole("heading", { name: "Sign in again for this step" }).waitFor();
    world.complaints.splice(0);
    ahead = 0;
    await signInAs(page, null, "Sign in again");
    await page.getByText(/swk_/).first().waitFor();
    const { body } = await world.ask("admin", "{ apiKeys(first: 5) { edges { node { name by { name } } } } }");
    const names: readonly { readonly name: string; readonly by: { readonly name: string } }[] =
      body.data.apiKeys.edges.map(({ node }: { node: unknown }) => node);
    assert.deepEqual(
      names.filter(({ name }) => name === "typed before").map(({ by }) => by.name),
      ["anna"],
    );
    // Of one issuer alone that one is chosen.
    await page.evaluate("location.hash = '/keys?kind=TOKENS'");
    await page.getByRole("button", { name: /^Refuse tokens/ }).click();
    await page
      .getByRole("region", { name: "Refuse tokens" })
      .getByRole("button", { name: /^http.* Issued by$/ })
      .waitFor();
    await page.context().close();
  });

  test("a token that is refused is renewed, and nobody notices", { timeout: 300_000 }, async () => {
    const page = await world.newPage();
    await page.goto(`${world.url}/console/`);
    await signInAs(page, "Rita, a reviewer");
    await toDo(page);
    await settled(page);
    await world.quiet(page);
    // Held until the service's clock is right again, which else might find the new token ended, too.
    await page.route(`${issuer}/token`, async (route) => {
      ahead = 0;
      await route.continue();
    });
    ahead = 400_000;
    const asked = page.waitForResponse((response) => response.url().endsWith("/graphql") && response.status() === 200);
    await page.getByRole("button", { name: "Refresh" }).click();
    await asked;
    await page.getByText(/^As of/).waitFor();
    assert.equal(await page.getByText("Your sign-in has ended").count(), 0);
    world.complaints.splice(0);
    await page.context().close();
  });
});
