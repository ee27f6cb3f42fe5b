import type { Page } from "playwright-core";
import type { CallerRole } from "../../src/domain/callers/types.ts";
import type { ConsoleWorld } from "./support.ts";

/** Those who see the most first: a page is looked at as the first role that has it. */
const WALKERS: readonly CallerRole[] = ["auditor", "admin", "reviewer", "consent", "service"];

/** A page of the navigation. */
export interface Stop {
  readonly role: CallerRole;
  readonly title: string;
  /** After the address's `#`. */
  readonly path: string;
}

/** Whether everything that was asked has its answer. */
export async function settled(page: Page): Promise<void> {
  await page.locator("main#main h1").waitFor();
  await page.locator("[role=status][aria-label=Loading]").first().waitFor({ state: "detached" });
}

/** Opens a page by its path after the address's `#`, as a link within the console does. */
export const goTo = (page: Page, path: string): Promise<unknown> =>
  page.evaluate(`location.hash = ${JSON.stringify(path)}`);

/** Goes to a page as people do: its group is unfolded where it is folded. Beside the name may stand how many cases wait. */
export async function goByNavigation(page: Page, name: string | RegExp, exact = false): Promise<void> {
  const pages = page.getByRole("navigation", { name: "Pages" });
  const link = pages.getByRole("link", { name, exact });
  await pages.getByRole("link").first().waitFor();
  while ((await link.count()) === 0) await pages.getByRole("button", { expanded: false }).first().click();
  await link.click();
}

/** Goes to each page of the navigation once, as the first role that has it, and does something there. */
export async function walk(
  world: ConsoleWorld,
  page: Page,
  visit: (stop: Stop, page: Page) => Promise<void>,
): Promise<readonly Stop[]> {
  const stops: Stop[] = [];
  for (const role of WALKERS) {
    await world.signIn(role, page);
    // On a phone they are behind a button: the addresses are the same.
    const links = await page.locator("nav.side a").evaluateAll((all) =>
      all.map((link) => ({
        path: (link.getAttribute("href") ?? "").replace(/^[^#]*#/, ""),
        title: link.firstChild?.textContent ?? "",
      })),
    );
    for (const { path, title } of links) {
      if (stops.some((stop) => stop.path === path)) continue;
      await goTo(page, path);
      await page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
      await settled(page);
      const stop = { role, title, path };
      stops.push(stop);
      await visit(stop, page);
    }
  }
  return stops;
}
