import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { type ConsoleWorld, check, startConsoleWorld } from "../console/support.ts";
import { goTo, settled, walk } from "../console/walk.ts";
import { followed } from "../support/archives.ts";
import { noBrowser } from "../support/chromium.ts";
import { eventually } from "../support/eventually.ts";

const SIDEWAYS = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth";

describe("the console in every width and look", { skip: noBrowser }, () => {
  let world: ConsoleWorld;
  before(async () => {
    world = await startConsoleWorld();
  });
  after(() => world.close());

  test("nothing stands out of a page, and axe finds nothing, from 390 to 2,560 px, light, dark, forced colours, large text", {
    timeout: 900_000,
  }, async () => {
    const wrong: string[] = [];
    await walk(world, world.page, async ({ role, path }, page) => {
      for (const [width, media] of [
        [390, { colorScheme: "dark" }],
        [768, { colorScheme: "light" }],
        // Twice the size of everything at 1,440: what is left is 720.
        [720, { colorScheme: "dark" }],
        [1024, { colorScheme: "light", forcedColors: "active" }],
        [2560, { colorScheme: "light" }],
      ] as const) {
        await page.setViewportSize({ width, height: 900 });
        // Colours that are on their way to others have any contrast.
        await page.emulateMedia({ forcedColors: null, ...media, reducedMotion: "reduce" });
        const violations = await check(page);
        const sideways = Number(await page.evaluate(SIDEWAYS));
        const found = violations.map(({ id, at }) => `${id} at ${at.slice(0, 3).join(", ")}`);
        if (found.length > 0 || sideways > 0)
          wrong.push(
            `${path} (${role}, ${width}, ${JSON.stringify(media)}): ${found.join("; ")}, ${sideways} px stand out`,
          );
      }
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.emulateMedia({ colorScheme: null, forcedColors: null, reducedMotion: null });
    });
    assert.deepEqual(wrong, []);
    assert.deepEqual(world.complaints.splice(0), []);
  });

  test("every page is reached and read by keyboard alone", { timeout: 600_000 }, async () => {
    const page = await world.newPage();
    const wrong: string[] = [];
    const focused = (): Promise<string> =>
      page.evaluate(`(() => {
        const at = document.activeElement;
        if (at === null || at === document.body) return "";
        const box = at.getBoundingClientRect();
        const style = getComputedStyle(at);
        return JSON.stringify({ tag: at.tagName, seen: box.width > 0 && box.height > 0 && style.visibility !== "hidden", text: (at.getAttribute("aria-label") ?? at.textContent ?? "").slice(0, 40) });
      })()`);
    await walk(world, page, async ({ path }) => {
      await page.locator("main#main").focus();
      const seen = new Set<string>();
      // To the end of the page and round: whatever has the focus can be seen, and nothing keeps it.
      for (let i = 0; i < 400; i++) {
        await page.keyboard.press("Tab");
        const at = await focused();
        if (at === "") break;
        const { seen: isSeen } = JSON.parse(at) as { readonly seen: boolean };
        if (!isSeen && !/To the page/.test(at)) wrong.push(`${path}: the focus can't be seen at ${at}`);
        seen.add(at);
        if (i === 399 && seen.size < 20) wrong.push(`${path}: the focus does not leave ${[...seen].join(" ")}`);
      }
    });
    assert.deepEqual(wrong, []);
    await page.context().close();
  });
});

const CLIENTS = 10_000;
const DECISIONS = 100_000;
const ITEMS = 2_000;

describe("the console over large data", { skip: noBrowser }, () => {
  let world: ConsoleWorld;
  let page: Page;
  before(
    async () => {
      world = await startConsoleWorld({ env: { SCOPEWARDEN_MAX_REQUEST_BYTES: String(2 * 2 ** 20) } });
      const apply = async (operations: readonly unknown[]): Promise<void> => {
        const change = "mutation ($input: ApplyPolicyInput!) { applyPolicy(input: $input) { revision } }";
        const { body } = await world.ask("admin", change, { input: { operations, reason: "Large data" } });
        assert.equal(body.errors, undefined, JSON.stringify(body.errors));
      };
      for (let begin = 0; begin < CLIENTS; begin += 500)
        await apply(
          Array.from({ length: 500 }, (_, i) => ({
            putClient: { id: `large-${String(begin + i).padStart(5, "0")}`, name: `Large client ${begin + i}` },
          })),
        );
      for (let begin = 0; begin < ITEMS; begin += 500)
        await apply(
          Array.from({ length: 500 }, (_, i) => ({
            grantScope: { clientId: `large-${String(begin + i).padStart(5, "0")}`, scope: "view_vital_signs" },
          })),
        );
      const batch = (begin: number) =>
        Array.from({ length: 100 }, (_, i) => ({
          clientId: `large-${String((begin + i) % CLIENTS).padStart(5, "0")}`,
          ...{ subject: { id: "paul" }, action: "read", purposeOfUse: "TREAT" },
          resource: { type: "Observation", id: `large-${begin + i}`, patient: "ada", organization: "general-hospital" },
        }));
      const question = "query ($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { outcome } }";
      for (let begin = 0; begin < DECISIONS; begin += 400)
        await Promise.all(
          [0, 100, 200, 300].map((more) => world.ask("service", question, { inputs: batch(begin + more) })),
        );
      // Lists answer once all of it is in the index.
      for (let isThere = false; !isThere; )
        isThere = await followed(world.service.app.storage).then(
          () => true,
          (error) => {
            if (error.code !== "JOURNAL_UNAVAILABLE") throw error;
            return false;
          },
        );
      page = world.page;
    },
    { timeout: 600_000 },
  );
  after(() => world.close());

  /** Loads more rows until there are so many, and says how many stand in the page. */
  async function loadRows(wanted: number): Promise<{ readonly inPage: number; readonly shown: number }> {
    for (;;) {
      const said = await page
        .getByText(/[\d,]+ shown$/)
        .last()
        .textContent();
      const shown = Number((said ?? "0").replace(/\D/g, ""));
      if (shown >= wanted) return { shown, inPage: await page.locator("table.list tbody tr[data-row]").count() };
      await page.getByRole("button", { name: "Show more" }).last().click();
      await page.getByRole("button", { name: "Show more" }).last().waitFor();
    }
  }

  for (const [path, wanted] of [
    ["/clients", 600],
    ["/decisions", 600],
  ] as const)
    test(`${path} scrolls: only what is near the window is in the page`, { timeout: 300_000 }, async () => {
      await world.signIn("auditor", page);
      await goTo(page, path);
      await settled(page);
      const { inPage, shown } = await loadRows(wanted);
      assert.ok(shown >= wanted && inPage < 200, `${inPage} of ${shown} rows are in the page`);
      await page.evaluate("scrollTo(0, document.body.scrollHeight)");
      const last = page.locator("table.list tbody tr[data-row]").last();
      const height = page.viewportSize()?.height ?? 0;
      await eventually("the last row is in the window", async () => ((await last.boundingBox())?.y ?? height) < height);
      assert.deepEqual(world.complaints.splice(0), []);
    });

  test("a picker finds one of ten thousand clients at the service", { timeout: 300_000 }, async () => {
    await world.signIn("auditor", page);
    await goTo(page, "/client-access");
    await settled(page);
    await page.getByLabel("Client", { exact: true }).first().fill("Large client 9876");
    await page.getByRole("option", { name: /Large client 9876/ }).waitFor();
  });
});
