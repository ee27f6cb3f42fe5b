import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { cli, temporaryFolder } from "../cli/support.ts";
import { noBrowser } from "../support/chromium.ts";
import { type ConsoleWorld, check, idsInAddresses, startConsoleWorld } from "./support.ts";
import { goByNavigation } from "./walk.ts";

describe("the record and the house, at the console", { skip: noBrowser }, () => {
  let world: ConsoleWorld;
  let folder: string;
  before(async () => {
    [world, folder] = await Promise.all([startConsoleWorld(), temporaryFolder()]);
  });
  after(() => world.close());
  afterEach(() => assert.deepEqual(world.complaints.splice(0), []));

  /** What a button of the page hands out, as a file. */
  async function taken(page: Page, button: string | RegExp): Promise<string> {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: button }).click(),
    ]);
    const path = join(folder, download.suggestedFilename());
    await download.saveAs(path);
    return path;
  }

  test("an export that proves itself, left and found again; a proof that verifies, and does not when it was changed", {
    timeout: 300_000,
  }, async () => {
    const page = await world.signIn("auditor");
    await goByNavigation(page, "Export");
    // Slow, so that it is still running when another page is opened.
    let pages = 0;
    await page.route("**/graphql", async (route) => {
      if (route.request().postDataJSON().operationName === "ExportPart" && pages++ === 1)
        await new Promise((done) => setTimeout(done, 600));
      await route.continue();
    });
    await page.getByRole("button", { name: "Take it away" }).click();
    await goByNavigation(page, "Checkpoints");
    await page.getByRole("heading", { name: /^Signed/ }).waitFor();
    const key = await taken(page, "Download record.pub");
    await page.getByRole("complementary", { name: "Long work" }).getByRole("link", { name: "Export" }).click();
    await page.getByRole("heading", { name: "The whole record" }).waitFor();
    await page.unrouteAll({ behavior: "wait" });
    const file = await taken(page, /^Download the file/);
    const text = await readFile(file);
    await page.getByText(createHash("sha256").update(text).digest("hex")).waitFor();
    const lines = text.toString().trimEnd().split("\n");
    await page.getByText((lines.length - 1).toLocaleString("en-US"), { exact: true }).waitFor();
    assert.deepEqual(await check(page), []);
    const verified = await cli(["record", "verify", "--file", file, "--public-key", key]);
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);

    // Of a period is said what it proves, and its file is told apart.
    await goByNavigation(page, "Export");
    await page.evaluate("location.hash = '#/export?from=2026-11-24&to=2026-11-24'");
    await page.getByRole("button", { name: "Take it away" }).click();
    await page.getByRole("heading", { name: "A part of the record, all of it" }).waitFor();
    await page.getByText(/To prove a period, take the whole record/).waitFor();
    const part = await taken(page, /^Download the file/);
    assert.match(part, /record-2026-11-24-to-2026-11-24-/);
    assert.notEqual(part, file);

    // The proof of one decision of it.
    const { id } = JSON.parse(lines.find((line) => JSON.parse(line).kind === "DECISION") ?? "{}");
    await goByNavigation(page, "Proof of a decision");
    await page.getByLabel("Decision's id").fill(id);
    await page.getByRole("button", { name: "Make the proof" }).click();
    const proof = await taken(page, /^Download the proof/);
    assert.deepEqual(await check(page), []);
    const command =
      (await page.getByText(/^scopewarden record verify-proof \S+ --public-key record\.pub$/).textContent()) ?? "";
    const [, name, ...args] = command.split(" ").slice(2);
    assert.equal(join(folder, name ?? ""), proof);
    const run = (path: string) =>
      cli(["record", "verify-proof", path, ...args.map((arg) => (arg === "record.pub" ? key : arg))]);
    const proved = await run(proof);
    assert.equal(proved.code, 0, proved.stdout + proved.stderr);
    assert.match(proved.stdout, new RegExp(`Proved: decision ${id}`));
    const changed = (await readFile(proof, "utf8")).replace(
      /\\"outcome\\":\\"(ALLOW|DENY)\\"/,
      (_, was) => `\\"outcome\\":\\"${was === "ALLOW" ? "DENY" : "ALLOW"}\\"`,
    );
    await writeFile(proof, changed);
    assert.equal((await run(proof)).code, 1);
    assert.deepEqual(await idsInAddresses(world), []);
  });

  test("a legal hold is placed and lifted", { timeout: 300_000 }, async () => {
    const page = await world.newPage();
    await world.signIn("auditor", page);
    const holds = async () =>
      (await world.ask("auditor", "{ legalHolds { edges { node { patient reason liftReason } } } }")).body.data
        .legalHolds.edges;
    await goByNavigation(page, "Holds");
    await page.getByText("No hold is in force").waitFor();
    await page.getByRole("button", { name: /^Place a hold/ }).click();
    const form = page.getByRole("form", { name: "Place a legal hold" });
    // Escape in a picker takes nothing, and does not leave the form.
    const client = form.getByRole("combobox", { name: "Acts that name this client" });
    await client.fill("research");
    await page.getByRole("option", { name: /research-export/ }).waitFor();
    await client.press("Escape");
    assert.equal(await client.inputValue(), "");
    await form.getByLabel("Reason").fill("Case 17/2026");
    await form.getByRole("button", { name: "Place the hold" }).click();
    await form.getByRole("alert").waitFor();
    world.complaints.splice(0);
    await form.getByLabel("Acts that name this patient (whole id)").fill("p-303");
    await form.getByRole("button", { name: "Place the hold" }).click();
    const panel = page.getByRole("region", { name: "Legal hold" });
    await panel.waitFor();
    assert.deepEqual(
      (await holds()).map(({ node }: { node: object }) => node),
      [{ patient: "p-303", reason: "Case 17/2026", liftReason: null }],
    );
    assert.deepEqual(await check(page), []);
    await panel.getByRole("button", { name: /^Lift the hold/ }).click();
    await panel.getByLabel("Reason").fill("The case is closed");
    await panel.getByRole("button", { name: "Lift the hold" }).click();
    await page.getByText("No hold is in force").waitFor();
    assert.equal((await holds())[0].node.liftReason, "The case is closed");
    assert.deepEqual(await idsInAddresses(world), []);
  });

  test("a form says at each field what is missing and what the service refuses, once", {
    timeout: 300_000,
  }, async () => {
    const page = await world.newPage();
    await world.signIn("auditor", page);
    await goByNavigation(page, "Holds");
    await page.getByText("Suspended accountings", { exact: true }).click();
    await page.getByRole("button", { name: /^Suspend accountings/ }).click();
    const form = page.getByRole("form", { name: "Suspend accountings" });
    const send = form.getByRole("button", { name: "Suspend it" });
    const patient = form.getByLabel("Patient's whole id");
    const until = form.getByLabel("To the end of");
    /** The field of this name has the focus, and its description says so. */
    const isSaid = async (name: string, words: string) => {
      await form.getByText(words).first().waitFor();
      const field = form.locator(":focus");
      assert.equal(await field.getAttribute("name"), name);
      const ids = (await field.getAttribute("aria-describedby"))?.split(" ") ?? [];
      assert.deepEqual(await Promise.all(ids.map((id) => page.locator(`[id="${id}"]`).allTextContents())), [[words]]);
    };
    await send.click();
    await isSaid("patient", "Fill this in.");
    assert.equal(await form.getByText("Fill this in.").count(), 5);
    assert.equal(await form.getByText("Choose one.").count(), 1);
    assert.deepEqual(await check(page), []);
    await patient.fill("p-303");
    assert.equal(await form.getByText("Fill this in.").count(), 4);
    await form.getByLabel("Its id").fill("state-police");
    await form.getByText("In writing").click();
    await form.getByLabel("Who asked").fill("The state's police");
    await until.fill("2020-01-01");
    await form.getByLabel("Why would an accounting impede them?").fill("An inquiry is under way");
    await send.click();
    await isSaid("until", "Must be in the future.");
    assert.equal(await form.getByText(/in the future|BAD_USER_INPUT|input[.]/).count(), 1);
    assert.equal(await form.getByRole("alert").count(), 0);
    await until.fill("2027-01-01");
    await send.click();
    await page.getByRole("region", { name: "Suspended accounting" }).waitFor();
    assert.deepEqual(await idsInAddresses(world), []);
  });

  test("a key is made, shown once, and blocked", { timeout: 300_000 }, async () => {
    const page = await world.newPage();
    await world.signIn("admin", page);
    await goByNavigation(page, "Keys");
    await page.getByRole("button", { name: /^Make a key/ }).click();
    const form = page.getByRole("form", { name: "Make the key" });
    await form.getByRole("textbox", { name: "Name" }).fill("the laboratory's portal");
    await form
      .locator("label")
      .filter({ hasText: /^Service/ })
      .click();
    await form.getByLabel("Reason").fill("A new portal");
    await form.getByRole("button", { name: "Make the key" }).click();
    const key = (await page.getByText(/^swk_/).textContent()) ?? "";
    assert.deepEqual(await check(page), []);
    const me = async () => (await world.service.ask("{ me { name roles } }", { key })).body;
    assert.deepEqual((await me()).data.me, { name: "the laboratory's portal", roles: ["SERVICE"] });
    await page.getByRole("button", { name: "I have it" }).click();
    assert.equal(await page.getByText(key).count(), 0);
    const panel = page.getByRole("region", { name: "Key", exact: true });
    await panel.getByRole("button", { name: /^Block it now/ }).click();
    await panel.getByLabel("Why is it blocked?").fill("It stood in a public repository");
    await panel.getByRole("button", { name: "Block it now" }).click();
    await panel.getByText(/by demo admin.*: It stood in a public repository/).waitFor();
    assert.equal((await me()).errors[0].extensions.code, "UNAUTHENTICATED");
    assert.deepEqual(await check(page), []);
  });
});
