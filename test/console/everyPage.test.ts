import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Request } from "playwright-core";
import { noBrowser } from "../support/chromium.ts";
import { deadEnds } from "./hand.ts";
import { type ConsoleWorld, check, idsInAddresses, startConsoleWorld } from "./support.ts";
import { walk } from "./walk.ts";

/** What stands out of the page to the right of what can be seen, but in a box that scrolls by itself. */
const SIDEWAYS = `document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth`;

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
      wrong.push(...found.map((what) => `${path} (${role}): ${what}`));
    });
    assert.deepEqual(wrong, []);
    assert.ok(stops.length > 25, `only ${stops.length} pages: ${stops.map(({ path }) => path).join(" ")}`);
    assert.deepEqual(await idsInAddresses(world), []);
  });
});
