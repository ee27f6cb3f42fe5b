import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { noBrowser } from "../support/chromium.ts";
import { documentedClicks, FIRST_STEPS, handOf } from "./hand.ts";
import { type ConsoleWorld, check, startConsoleWorld } from "./support.ts";
import { goByNavigation } from "./walk.ts";

describe("the first steps on an empty service", { skip: noBrowser }, () => {
  let world: ConsoleWorld;
  before(async () => {
    world = await startConsoleWorld({ isEmpty: true });
  });
  after(() => world.close());

  test("lead from nothing to a first access that is allowed", { timeout: 300_000 }, async (t) => {
    const page = await world.signIn("admin");
    const hand = handOf(world, page);
    await hand.press("link", "Take the first steps");
    await hand.press("button", "Begin");
    await hand.sees("role visit_nurse: created");
    assert.deepEqual(await check(page), []);
    await hand.type("Reason", "The first policy.");
    await hand.press("button", "Put it in force");
    await hand.sees("Done: it is in force");
    await hand.press("button", "Make its key");
    await hand.sees("This key is shown once");
    await hand.press("button", /^Ask$/);
    await hand.sees("view_goals allows it");
    t.diagnostic(`${hand.clicks()}  ${FIRST_STEPS}`);
    assert.deepEqual([await hand.faults(), hand.clicks()], [[], documentedClicks().get(FIRST_STEPS)]);
    assert.equal(await page.getByText("does what it must").count(), 0, "a first program can't meet an obligation");
    assert.deepEqual(await check(page), []);
    // What the steps end with, as one copies it, in a terminal.
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("listitem").last().getByRole("button", { name: "Copy the command" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    const command = String(await page.evaluate("navigator.clipboard.readText()"));
    assert.equal(command, await page.locator("pre").last().textContent());
    const { stdout } = await promisify(execFile)("sh", ["-c", command], { cwd: "/" });
    const { authorize } = JSON.parse(stdout).data;
    assert.deepEqual([authorize.outcome, authorize.obligations], ["ALLOW", []]);
    await page.getByLabel("May this person").fill("fred");
    await page.getByRole("button", { name: "Ask", exact: true }).click();
    await page.getByText("Denied").waitFor();
    const { decisions } = (await world.ask("auditor", "{ decisions { edges { node { outcome } } } }")).body.data;
    assert.deepEqual(
      decisions.edges.map(({ node }: { node: { outcome: string } }) => node.outcome),
      ["DENY", "ALLOW", "ALLOW"],
    );
    assert.deepEqual(world.complaints, []);
  });
});

describe("the first steps under four eyes", { skip: noBrowser }, () => {
  let world: ConsoleWorld;
  before(async () => {
    world = await startConsoleWorld({ isEmpty: true, env: { SCOPEWARDEN_FOUR_EYES: "on" } });
  });
  after(() => world.close());

  test("what may allow more is proposed, and what allows less is not", { timeout: 300_000 }, async () => {
    const page = await world.signIn("admin");
    await page.getByRole("link", { name: "Take the first steps" }).click();
    await page.getByRole("button", { name: "Begin" }).click();
    await page.getByLabel("Reason").fill("The first policy.");
    await page.getByText("Emergency: another admin approves").click();
    await page.getByLabel("Title of the proposal").fill("To begin with");
    await page.getByRole("button", { name: "Propose: put it in force" }).click();
    await page.getByText("Nothing has changed yet").waitFor();
    const held = async () =>
      (await world.ask("admin", "{ service { revision } proposals { edges { node { state title emergency } } } }")).body
        .data;
    assert.deepEqual(await held(), {
      service: { revision: 0 },
      proposals: { edges: [{ node: { state: "OPEN", title: "To begin with", emergency: true } }] },
    });
    await goByNavigation(page, "Clients", true);
    await page.getByRole("button", { name: "Register a client" }).click();
    await page.getByLabel("Id", { exact: true }).fill("an-app");
    await page.getByLabel("Name", { exact: true }).fill("An app");
    await page.getByLabel("Reason").fill("A client that holds nothing.");
    await page.getByRole("button", { name: "Register the client" }).click();
    await page.getByText("Done: it is in force").waitFor();
    assert.equal((await held()).service.revision, 1);
    assert.deepEqual(world.complaints, []);
  });
});
