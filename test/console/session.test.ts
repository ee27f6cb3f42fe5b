import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { Page } from "playwright-core";
import type { CallerRole } from "../../src/domain/callers/types.ts";
import { noBrowser } from "../support/chromium.ts";
import { eventually } from "../support/eventually.ts";
import { type ConsoleWorld, check, idsInAddresses, startConsoleWorld } from "./support.ts";
import { goByNavigation } from "./walk.ts";

const STORES = "JSON.stringify([localStorage.length, sessionStorage.length, document.cookie])";
const NOTHING = '[0,0,""]';

describe("a sign-in at the console", { skip: noBrowser }, () => {
  let world: ConsoleWorld;
  before(async () => {
    world = await startConsoleWorld();
  });
  after(() => world.close());
  let page: Page;
  beforeEach(async () => {
    page = await world.newPage();
  });
  afterEach(async () => {
    await page.context().close();
    assert.deepEqual(world.complaints.splice(0), []);
  });

  /** A key of the person of this role that ends when the test says so. */
  async function keyOf(role: CallerRole): Promise<{ readonly id: string; readonly key: string }> {
    const { apiKey, key } = await world.service.app.domain.apiKeys.createOnMachine({
      ...{ name: `second ${role}`, roles: [role], subject: { type: "user", id: `demo-${role}` } },
      ...{ defaultClientId: null, expiresAt: null, by: "demo", reason: "a test" },
    });
    return { id: apiKey.id, key };
  }

  const revoke = async (id: string): Promise<void> => {
    const by = { id: "demo", roles: new Set(["admin", "auditor"] as const) };
    await world.service.app.domain.apiKeys.revoke({ id, by, reason: "a test" });
  };

  async function enter(key: string): Promise<void> {
    await page.getByLabel("Key", { exact: true }).fill(key);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
  }

  const toDo = () => page.getByRole("heading", { name: "To do", exact: true });
  const masked = () => page.getByRole("heading", { name: "Your sign-in has ended" });
  const takeComplaint = (pattern: RegExp): void => {
    const at = world.complaints.findIndex((complaint) => pattern.test(complaint));
    assert.notEqual(at, -1, `expected a complaint like ${pattern}, had ${world.complaints.join("; ")}`);
    // Of all that was under way.
    const others = world.complaints.filter((complaint) => !pattern.test(complaint));
    world.complaints.splice(0, world.complaints.length, ...others);
  };

  /** Signed in with a key that is then revoked, with the finder open and something typed into it. */
  async function endWhileTyping(): Promise<void> {
    const { id, key } = await keyOf("auditor");
    await page.goto(`${world.url}/console/`);
    await enter(key);
    await toDo().waitFor();
    await world.quiet(page);
    await page.keyboard.press("Control+k");
    await page.getByRole("searchbox").fill("p-207");
    await revoke(id);
    await page.keyboard.press("Enter");
    await masked().waitFor();
    takeComplaint(/401/);
  }

  test("a key that is not one is refused, and nothing of it is kept", { timeout: 300_000 }, async () => {
    await page.goto(`${world.url}/console/`);
    assert.deepEqual(await check(page), []);
    await enter("swk_nothing");
    await page.getByRole("alert").getByText("You are not signed in").waitFor();
    takeComplaint(/401/);
    assert.equal(await page.evaluate(STORES), NOTHING);
    await enter(world.keys.reviewer);
    await toDo().waitFor();
    assert.equal(await page.evaluate(STORES), NOTHING);
    assert.equal(await page.evaluate("document.body.innerHTML.includes('swk_')"), false);
  });

  test("signing out leaves nothing, and a reload asks anew", { timeout: 300_000 }, async () => {
    await world.signIn("auditor", page);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in to Scopewarden" }).waitFor();
    assert.equal(await page.evaluate("document.body.textContent.includes('p-207')"), false);
    assert.equal(await page.evaluate(STORES), NOTHING);
    await world.signIn("auditor", page);
    await page.reload();
    await page.getByRole("heading", { name: "Sign in to Scopewarden" }).waitFor();
  });

  test("one that has ended masks the page, and the same person goes on where they were", {
    timeout: 300_000,
  }, async () => {
    await endWhileTyping();
    assert.equal(await page.evaluate("document.querySelector('.shell').inert"), true);
    assert.equal(await page.getByRole("searchbox").isVisible(), false);
    assert.deepEqual(await check(page), []);
    await enter(world.keys.auditor);
    await masked().waitFor({ state: "detached" });
    assert.equal(await page.getByRole("searchbox").inputValue(), "p-207");
    assert.equal(await page.evaluate(STORES), NOTHING);
  });

  test("after one that has ended somebody else begins anew", { timeout: 300_000 }, async () => {
    await endWhileTyping();
    await enter(world.keys.reviewer);
    await toDo().waitFor();
    await page.getByText("demo reviewer").waitFor();
    assert.equal(await page.getByRole("searchbox").count(), 0);
    assert.equal(await page.evaluate("document.documentElement.textContent.includes('p-207')"), false);
  });

  test("after ten minutes nobody goes on: what was there is gone", { timeout: 300_000 }, async () => {
    await page.clock.install();
    await endWhileTyping();
    await page.clock.fastForward("10:01");
    await page.getByRole("heading", { name: "Sign in to Scopewarden" }).waitFor();
    assert.equal(await page.evaluate("document.documentElement.textContent.includes('p-207')"), false);
  });

  test("a patient is found on Enter alone, by one look on record and by no address", { timeout: 300_000 }, async () => {
    await world.signIn("auditor", page);
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST") asked.push(request.postDataJSON().operationName);
    });
    await page.keyboard.press("Control+k");
    // At once: after a pause in its middle, as on a busy machine, what is no id yet is looked for among names.
    await page.getByRole("searchbox").fill("p-207");
    await page.getByText("This may be an id. Press Enter to look for it.").waitFor();
    await page.waitForTimeout(400);
    assert.deepEqual(
      asked.filter((name) => name === "Find"),
      [],
    );
    await page.keyboard.press("Enter");
    await page.waitForURL(/#\/patient\?patient=/);
    assert.deepEqual(
      asked.filter((name) => name === "Find"),
      ["Find"],
    );
    assert.deepEqual(await idsInAddresses(world), []);
  });

  test("Ctrl-K finds pages and things by name while one types, and opens them", { timeout: 300_000 }, async () => {
    await world.signIn("admin", page);
    await page.keyboard.press("Control+k");
    await page.getByRole("searchbox").pressSequentially("tory portal", { delay: 20 });
    await page.getByRole("menuitem", { name: /Laboratory portal/ }).click();
    await page.waitForURL(/#\/clients\?id=lab-portal/);
    await page.keyboard.press("Control+k");
    await page.getByRole("searchbox").pressSequentially("revis", { delay: 20 });
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Revisions", exact: true }).waitFor();
  });

  test("a Refresh that fails says so in sight, and what was there stays until the service answers again", {
    timeout: 300_000,
  }, async () => {
    await world.signIn("auditor", page);
    await goByNavigation(page, "Decisions", true);
    const rows = page.locator("table.list tbody tr");
    await rows.first().waitFor();
    await page.locator(".row-open").nth(40).click();
    const panel = page.getByRole("region", { name: "Why", exact: true });
    await panel.getByText(/^As of /).waitFor();
    await world.quiet(page);
    const before = await rows.count();
    await page.route("**/graphql", (route) =>
      route.fulfill({ status: 503, headers: { "retry-after": "1" }, body: "" }),
    );
    await page.keyboard.press("r");
    const said = page.getByRole("alert").filter({ hasText: "It could not be asked again" });
    await said.waitFor();
    takeComplaint(/503/);
    const { y } = (await said.boundingBox()) ?? { y: -1 };
    assert.ok(y > 0 && y < 600, `it stands at ${y}`);
    assert.equal(await rows.count(), before);
    assert.equal(await panel.getByRole("alert").count(), 0);
    assert.deepEqual(await check(page), []);
    await page.unroute("**/graphql");
    await said.getByRole("button", { name: "Ask again" }).click();
    await said.waitFor({ state: "detached" });
    assert.equal(await rows.count(), before);
    world.complaints.splice(0);
  });

  test("what is answered with 503 and Retry-After is asked again after that time, and a slow answer is waited for", {
    timeout: 300_000,
  }, async () => {
    // Time passes by the page's own clock, and an answer comes when the test lets it.
    await page.clock.install();
    await world.signIn("auditor", page);
    await world.quiet(page);
    let asked = 0;
    const held: (() => void)[] = [];
    await page.route("**/graphql", async (route) => {
      if (route.request().postDataJSON().operationName !== "Alerts") return route.continue();
      if (++asked === 1) return route.fulfill({ status: 503, headers: { "retry-after": "10" }, body: "" });
      await new Promise<void>((resolve) => held.push(resolve));
      return route.continue();
    });
    const letCome = () => held.shift()?.();
    await page.getByRole("link", { name: /^Alerts \d+ waiting/ }).click();
    await page.getByRole("heading", { level: 1, name: "Alerts" }).waitFor();
    const loading = page.getByRole("status", { name: "Loading" }).first();
    await loading.waitFor();
    await eventually("the first answer", () => asked === 1);
    await page.clock.fastForward(4_000);
    await world.quiet(page);
    assert.equal(asked, 1, "asked again before the time that the service named");
    await page.clock.fastForward(6_000);
    await eventually("asked again", () => held.length === 1);
    await page.clock.fastForward(6_000);
    await loading.waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
    letCome();
    await page.locator("table.list .row-open").first().waitFor();
    assert.equal(asked, 2);
    // While it is asked once more what is there can be worked with.
    await page.keyboard.press("r");
    await page.getByRole("button", { name: "Asking…" }).waitFor();
    await page.clock.fastForward(6_000);
    await page.locator("table.list .row-open").first().click();
    await page.getByRole("region", { name: "Alert", exact: true }).waitFor();
    await eventually("asked by Refresh", () => held.length === 1);
    letCome();
    await page.getByRole("button", { name: /^Refresh/ }).waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
    takeComplaint(/503/);
  });

  test("a page that does not come is asked for again, then said; a new version is told, and nothing is reloaded", {
    timeout: 300_000,
  }, async () => {
    await world.signIn("auditor", page);
    await world.quiet(page);
    // The page, and what others need too.
    const chunk = /\/assets\/(AlertsPage|WhyPanel)-[^/]*\.js$/;
    let tries = 0;
    await page.route(chunk, (route) => {
      tries++;
      return route.abort();
    });
    await page.getByRole("link", { name: /^Alerts \d+ waiting/ }).click();
    await page.getByText("This part of the console did not come.").waitFor();
    assert.ok(tries > 1, `asked for ${tries} times`);
    // After a deployment: the old name is gone, and the page names another script.
    await page.unroute(chunk);
    await page.route(chunk, (route) => route.fulfill({ status: 404, body: "" }));
    const start = `${world.url}/console/`;
    await page.route(start, (route) =>
      route.fulfill({
        contentType: "text/html",
        body: '<script type="module" src="./assets/index-other.js"></script>',
      }),
    );
    await page.getByRole("button", { name: "Ask again" }).click();
    await page.getByText("A new version of the console is there").waitFor();
    assert.deepEqual(await check(page), []);
    await page.unroute(chunk);
    await page.unroute(start);
    await page.getByRole("button", { name: "Ask again" }).click();
    await page.locator("table.list .row-open").first().waitFor();
    await page.getByText("demo auditor").first().waitFor();
    world.complaints.splice(0);
  });

  test("Back undoes what was opened: the panel, on a phone too, then the filter", { timeout: 300_000 }, async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await world.signIn("auditor", page);
    await page.evaluate('location.hash = "#/decisions"');
    await page.locator(".row-open").first().waitFor();
    const list = page.url();
    await page.evaluate('location.hash = "#/decisions?outcome=DENY"');
    await page.getByRole("button", { name: "Filter (1)" }).waitFor();
    const filtered = page.url();
    await page.locator(".row-open").first().click();
    const panel = page.getByRole("region", { name: "Why", exact: true });
    await panel.waitFor();
    assert.notEqual(page.url(), filtered);
    await page.goBack();
    await panel.waitFor({ state: "detached" });
    assert.equal(page.url(), filtered);
    // What closes a panel goes back, too, and leaves no step behind it.
    await page.locator(".row-open").first().click();
    await panel.getByRole("button", { name: "Close" }).click();
    await panel.waitFor({ state: "detached" });
    await page.goBack();
    await page.waitForURL(list);
    assert.equal(await page.evaluate("JSON.stringify(history.state).includes('p-')"), false);
  });

  test("a form is closed by Back, on a phone too; half-filled it asks before it is left", {
    timeout: 300_000,
  }, async () => {
    await world.signIn("admin", page);
    await goByNavigation(page, "Scopes", true);
    await page.setViewportSize({ width: 390, height: 844 });
    const rows = page.locator(".row-open");
    await rows.first().waitFor();
    const list = page.url();
    const begin = page.getByRole("button", { name: /^New scope/ });
    const form = page.getByRole("region", { name: "New scope" });
    const name = form.getByLabel("Name", { exact: true });
    const asks = page.getByRole("dialog", { name: "Leave without sending?" });
    const stays = async (address = opened) => {
      await asks.getByRole("button", { name: "Stay here" }).click();
      await asks.waitFor({ state: "detached" });
      await page.waitForURL(address);
      assert.equal(await name.inputValue(), "view_half");
    };
    await begin.click();
    await form.waitFor();
    const opened = page.url();
    await page.goBack();
    await form.waitFor({ state: "detached" });
    assert.equal(page.url(), list);

    await begin.click();
    await name.fill("view_half");
    await page.goBack();
    await asks.waitFor();
    assert.deepEqual(await check(page), []);
    await stays();
    // Twice, before it was answered once.
    await page.goBack();
    await asks.waitFor();
    await page.goBack();
    await stays();
    // An address that is typed is one step on.
    const type = (address: string) => page.evaluate(`location.hash = ${JSON.stringify(address)}`);
    await type("#/clients");
    await stays();
    await page.goBack();
    await stays();
    await page.setViewportSize({ width: 1440, height: 900 });
    await goByNavigation(page, "Clients", true);
    await stays();
    await page.getByRole("heading", { level: 1, name: "Scopes" }).click();
    await page.keyboard.press("Escape");
    await stays();
    // What the service did not take is not sent.
    await page.route("**/graphql", (route) =>
      route.request().postDataJSON().operationName === "ApplyNow" ? route.abort() : route.continue(),
    );
    await form.getByLabel("Type of data").fill("Goal");
    await form.getByText("read", { exact: true }).click();
    await form.getByLabel("Reason").fill("For the clinic's app.");
    await form.getByText(/^What changes/).waitFor();
    await form.getByRole("button", { name: "Create the draft" }).click();
    await form.getByRole("alert").getByText("No answer").waitFor();
    await page.unroute("**/graphql");
    world.complaints.splice(0);
    await page.goBack();
    await stays();
    await rows.first().click();
    await asks.getByRole("button", { name: "Leave", exact: true }).click();
    await page.getByRole("region", { name: /^Scope/ }).waitFor();
    assert.equal(await form.count(), 0);

    // Nobody is asked for what is untouched, empty again, or sent.
    const cancel = () => form.getByRole("button", { name: "Cancel" }).click();
    await begin.click();
    await cancel();
    await form.waitFor({ state: "detached" });
    await begin.click();
    await name.fill("view_half");
    await name.fill("");
    await page.goBack();
    await form.waitFor({ state: "detached" });
    await begin.click();
    await name.fill("view_half");
    await cancel();
    await stays(page.url());
    await cancel();
    await asks.getByRole("button", { name: "Leave", exact: true }).click();
    await form.waitFor({ state: "detached" });
    await begin.click();
    await name.fill("view_half");
    await form.getByLabel("Type of data").fill("Goal");
    await form.getByText("read", { exact: true }).click();
    await form.getByLabel("Reason").fill("For the clinic's app.");
    const closing = new Promise((resolve) =>
      page.once("dialog", (dialog) => {
        resolve(dialog.type());
        void dialog.dismiss();
      }),
    );
    await page.close({ runBeforeUnload: true });
    assert.equal(await closing, "beforeunload");
    await form.getByText(/^What changes/).waitFor();
    await form.getByRole("button", { name: "Create the draft" }).click();
    await page.getByText("Done: it is in force").waitFor();
    await page.goBack();
    await form.waitFor({ state: "detached" });
    assert.equal(await asks.count(), 0);
  });

  test("the page asks nothing twice by itself", { timeout: 300_000 }, async () => {
    await world.signIn("auditor", page);
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST") asked.push(request.postDataJSON().operationName);
    });
    await world.quiet(page);
    asked.length = 0;
    await page.evaluate(
      "window.dispatchEvent(new Event('blur')); window.dispatchEvent(new Event('focus')); window.dispatchEvent(new Event('offline')); window.dispatchEvent(new Event('online')); document.dispatchEvent(new Event('visibilitychange'))",
    );
    for (const link of await page.locator("nav.side a").filter({ visible: true }).all()) await link.hover();
    await page.waitForTimeout(500);
    assert.deepEqual(asked, []);
    await Promise.all([
      page.waitForResponse((response) => response.url().endsWith("/graphql")),
      page.keyboard.press("r"),
    ]);
    await world.quiet(page);
    // All that is in sight, and how much waits, each once.
    const names: readonly string[] = asked;
    for (const name of ["Waiting", "ToDoCounts"]) assert.ok(names.includes(name), names.join(" "));
    assert.deepEqual(names, [...new Set(names)]);
  });
});
