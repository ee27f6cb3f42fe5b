import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Request } from "playwright-core";
import { noBrowser } from "../support/chromium.ts";
import { deadEnds } from "./hand.ts";
import { type ConsoleWorld, check, idsInAddresses, startConsoleWorld } from "./support.ts";
import { settled, walk } from "./walk.ts";

/** What stands out of the page to the right of what can be seen, but in a box that scrolls by itself. */
const SIDEWAYS = `document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth`;

/** Cells of a list that are more lines than people read in one, with a panel beside it. */
const TALL = `[...document.querySelectorAll("table.list tbody tr")].flatMap((row) =>
  [...row.cells].flatMap((cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    const lines = [...range.getClientRects()].map(({ bottom }) => bottom).sort((a, b) => a - b).filter((at, i, all) => i === 0 || at - all[i - 1] > 9);
    return lines.length > 3 ? [cell.dataset.label + ": " + cell.textContent] : [];
  }))`;

describe("every page of the console", { skip: noBrowser }, () => {
  let world: ConsoleWorld;
  before(async () => {
    world = await startConsoleWorld();
  });
  after(() => world.close());

  test("is reached by a first load of at most 250 kB, compressed, to the page To do", {
    timeout: 300_000,
  }, async () => {
    const page = await world.newPage();
    const finished: Request[] = [];
    page.on("requestfinished", (request) => finished.push(request));
    await world.signIn("auditor", page);
    await world.quiet(page);
    const sizes: { readonly url: string; readonly bytes: number }[] = [];
    for (const request of finished)
      if (!request.url().endsWith("/graphql"))
        sizes.push({ url: request.url(), bytes: (await request.sizes()).responseBodySize });
    const bytes = sizes.reduce((sum, one) => sum + one.bytes, 0);
    assert.ok(bytes > 50_000 && bytes <= 250_000, `${bytes} bytes: ${JSON.stringify(sizes)}`);
    await page.context().close();
  });

  test("leads by few entries to what its reader uses, and by groups to the rest", { timeout: 300_000 }, async () => {
    const page = await world.newPage();
    const pages = page.getByRole("navigation", { name: "Pages" });
    const shown = async (role: "admin" | "auditor" | "consent" | "service") => {
      await world.signIn(role, page);
      return {
        links: (await pages.getByRole("link").allTextContents()).map((text) => text.replace(/\d.*/, "")),
        folded: (await pages.getByRole("button", { expanded: false }).allTextContents()).map((text) =>
          text.replace(/ pages.*/, ""),
        ),
      };
    };
    const desk = await shown("consent");
    assert.ok(desk.links.length <= 6 && desk.links.includes("Consents"), desk.links.join(", "));
    assert.deepEqual(desk.folded, []);
    assert.deepEqual((await shown("service")).folded, []);
    const admin = await shown("admin");
    assert.ok(admin.links.includes("Scopes") && !admin.links.includes("Settings"), admin.links.join(", "));
    assert.deepEqual(admin.folded, ["Watch", "Ask", "People", "House"]);
    assert.deepEqual((await shown("auditor")).folded, ["Ask", "Policy", "People", "Record", "House"]);

    // What waits in a folded group is counted at its name; it unfolds by a press, and where one goes.
    await pages.getByRole("button", { name: /^People pages *\d+ waiting/ }).waitFor();
    await pages.getByRole("button", { name: /^People/ }).click();
    await pages.getByRole("link", { name: /^Emergencies/ }).click();
    await page.getByRole("heading", { level: 1, name: "Emergencies" }).waitFor();
    await pages.getByRole("button", { name: "Record" }).click();
    await pages.getByRole("link", { name: "Proof of a decision" }).click();
    await pages.getByRole("button", { name: "Record", expanded: true }).waitFor();

    // Help opens beside it, at what belongs to this page.
    const [help] = await Promise.all([page.waitForEvent("popup"), page.getByRole("link", { name: /^Help/ }).click()]);
    await help.getByRole("heading", { name: "Somebody shows you a decision" }).waitFor();
    assert.match(help.url(), /\/docs\/audit\.html#/);
    await help.close();
    assert.deepEqual(await check(page), []);
    await page.context().close();
  });

  test("keeps to WCAG 2.2 AA and to the page's policy, fits a phone, and has no id of a person in an address", {
    timeout: 300_000,
  }, async () => {
    const wrong: string[] = [];
    const stops = await walk(world, world.page, async ({ role, path }, page) => {
      const violations = await check(page);
      await page.setViewportSize({ width: 390, height: 844 });
      const sideways = Number(await page.evaluate(SIDEWAYS));
      await page.setViewportSize({ width: 1440, height: 900 });
      const found = [
        ...violations.map(({ id, at }) => `${id} at ${at.slice(0, 5).join(", ")}`),
        ...world.complaints.splice(0),
        ...(await deadEnds(page)),
        ...(sideways > 0 ? [`${sideways} px stand out at 390`] : []),
      ];
      const titles = page.locator("table.list .row-open");
      if ((await titles.count()) > 0) {
        await titles.first().click();
        await page.getByRole("button", { name: "Close", exact: true }).first().waitFor();
        await settled(page);
        found.push(...((await page.evaluate(TALL)) as string[]).map((cell) => `more than 3 lines in ${cell}`));
        const href = await titles.first().getAttribute("href");
        if (href === null || !page.url().includes(href.replace(/^.*#/, "#")))
          found.push(`a title leads to ${href}, not to what it opens`);
      }
      wrong.push(...found.map((what) => `${path} (${role}): ${what}`));
    });
    assert.deepEqual(wrong, []);
    assert.ok(stops.length > 25, `only ${stops.length} pages: ${stops.map(({ path }) => path).join(" ")}`);
    assert.deepEqual(await idsInAddresses(world), []);
  });
});
