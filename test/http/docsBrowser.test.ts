import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { launchChromium, noBrowser } from "../support/chromium.ts";
import { type Service, startService } from "./support.ts";

describe("the documentation in a browser", { skip: noBrowser }, () => {
  let service: Service;
  let browser: Browser;
  const complaints: string[] = [];
  before(async () => {
    service = await startService({});
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await service?.stop();
  });

  async function opened(path: string, options?: BrowserContextOptions): Promise<Page> {
    const page = await browser.newPage(options);
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith(service.url) && !request.url().startsWith("data:")) complaints.push(request.url());
    });
    await page.goto(`${service.url}/docs/${path}`);
    return page;
  }

  test("is found by a search, and read from the heading on", async () => {
    const page = await opened("choices/");
    await page.getByLabel("Search the documentation").fill("scopewarden_docs");
    await page.locator("#search a").first().click();
    await page.waitForURL(/\/docs\/settings\.html#/);
    const { hash } = new URL(page.url());
    assert.equal(await page.locator(`${hash}:target`).count(), 1);
    assert.deepEqual(complaints.splice(0), []);
  });

  test("is read without script, on a phone and on a wide screen, light and dark", async () => {
    for (const [width, colorScheme] of [
      [390, "light"],
      [1440, "dark"],
    ] as const) {
      const page = await opened("", { javaScriptEnabled: false, colorScheme, viewport: { width, height: 900 } });
      const links = await page.getByRole("navigation").getByRole("link").all();
      const addresses = await Promise.all(links.map((link) => link.getAttribute("href")));
      assert.ok(addresses.length > 40, String(addresses.length));
      for (const address of addresses) {
        await page.goto(new URL(address ?? "", `${service.url}/docs/`).href);
        // As a text, as the types of these tests know no document.
        const tooWide = await page.evaluate(
          "document.documentElement.scrollWidth - document.documentElement.clientWidth",
        );
        assert.equal(tooWide, 0, `${address} at ${width}`);
      }
    }
    assert.deepEqual(complaints.splice(0), []);
  });
});
