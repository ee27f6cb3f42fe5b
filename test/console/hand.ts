/**
 * Does a task as a person does: presses and types, by roles and labels alone, and counts both. What a person would stumble over on the way is a
 * fault: a press after which nothing is seen to change, a page from which nothing leads on, an error of the page.
 */
import { readFileSync } from "node:fs";
import type { Locator, Page } from "playwright-core";
import type { ConsoleWorld } from "./support.ts";
import { settled } from "./walk.ts";

type Pressable = "button" | "checkbox" | "link" | "menuitem" | "option" | "radio";
type Name = string | RegExp;
type Within = Page | Locator;

export interface Hand {
  readonly page: Page;
  /** Presses and things typed so far; what is typed into one field counts one, as a key does. */
  readonly clicks: () => number;
  /** What a person would have stumbled over, when all that was asked has its answer. */
  faults(): Promise<readonly string[]>;
  press(role: Pressable, name: Name, within?: Within): Promise<void>;
  /** The first or the last of several that are alike, such as the rows of a list, or what opens a form and what sends it. */
  pressFirst(role: Pressable, name: Name, within?: Within): Promise<void>;
  pressLast(role: Pressable, name: Name, within?: Within): Promise<void>;
  type(label: Name, text: string, within?: Within): Promise<void>;
  key(key: string): Promise<void>;
  /** Opens a page by the navigation, where the number that waits may stand beside its title. */
  go(title: string): Promise<void>;
  /** Waits for it; no press. */
  sees(text: Name, within?: Within): Promise<void>;
  region(name: Name): Locator;
}

/** All that can be seen to change: texts, what fields hold, and what is open, chosen, wrong or can't be pressed. */
const SEEN = `[
  document.body.innerText,
  ...[...document.querySelectorAll("input, textarea")].map(({ checked, value }) => value + checked),
  ...[...document.querySelectorAll("[aria-expanded], [aria-pressed], [aria-selected], [aria-current], [aria-invalid], [disabled]")].map((one) =>
    ["expanded", "pressed", "selected", "current", "invalid"].map((state) => one.getAttribute("aria-" + state)) + one.hasAttribute("disabled")),
].join("\\n")`;

/** So long a person waits for something to change after a press; a page that is kept from its work is looked at as often. */
const SILENT_MS = 2000;
const LOOKS = 20;
const CHANGES = (before: string): string => `new Promise((resolve) => {
  const begun = performance.now();
  let looks = 0;
  const look = () => {
    if (${SEEN} !== ${JSON.stringify(before)}) return resolve(true);
    if (++looks >= ${LOOKS} && performance.now() - begun >= ${SILENT_MS}) return resolve(false);
    setTimeout(look, 50);
  };
  look();
})`;

/** What stands on every page, and leads nowhere. */
const LEADS_NOWHERE = "/^(Refresh|Asking|Ask this yourself|Help|Close|Back$)/";
/** Where nothing leads on: the page, or what failed and says nothing of what can be done. */
const DEAD_ENDS = `(() => {
  const leads = (one) => [...one.querySelectorAll("a[href], button:not([disabled]), input:not([disabled]), textarea:not([disabled]), summary")]
    .some((way) => way.checkVisibility() && !${LEADS_NOWHERE}.test(way.innerText.trim()));
  const failed = [...document.querySelectorAll(".failed")].filter((one) => one.checkVisibility() && !leads(one.closest("form, section, [role=dialog], main") ?? one));
  const main = document.querySelector("[role=dialog]") ?? document.querySelector("main") ?? document.body;
  return [...(leads(main) ? [] : [main]), ...failed].map((one) => one.innerText.slice(0, 200));
})()`;

/** The texts from which nothing leads on, on a page as it is now. */
export const deadEnds = async (page: Page): Promise<readonly string[]> =>
  ((await page.evaluate(DEAD_ENDS)) as readonly string[]).map((text) => `nothing leads on from: ${text}`);

export function handOf(world: ConsoleWorld, page: Page): Hand {
  let clicks = 0;
  let hasLeft = false;
  let last = "the beginning";
  const faults: string[] = [];
  page.on("download", () => {
    hasLeft = true;
  });
  page.on("popup", () => {
    hasLeft = true;
  });
  const quiet = () => world.quiet(page, 60);

  /** Looks at what the last press has led to. */
  async function look(): Promise<void> {
    await quiet();
    await settled(page);
    faults.push(...(await deadEnds(page)).map((text) => `after ${last}, ${text}`));
    faults.push(...world.complaints.splice(0).map((text) => `after ${last}: ${text}`));
  }

  /** Does it, and sees whether anything came of it. */
  async function act(words: string, done: () => Promise<void>): Promise<void> {
    await look();
    last = words;
    const before = (await page.evaluate(SEEN)) as string;
    hasLeft = false;
    clicks++;
    await done();
    let changed = await page.evaluate(CHANGES(before));
    if (changed !== true) {
      await quiet();
      changed = before !== (await page.evaluate(SEEN));
    }
    if (changed !== true && !hasLeft) faults.push(`nothing was seen to change after: ${words}`);
  }

  const pressOn = (role: Pressable, name: Name, thing: Locator) =>
    act(`${role} ${name}`, async () => {
      // A choice is pressed where it is seen, which is its label.
      const label = thing.locator("xpath=ancestor::label[1]");
      await (role === "radio" || role === "checkbox" ? label : thing).click();
    });
  return {
    page,
    async faults() {
      await look();
      return faults;
    },
    clicks: () => clicks,
    press: (role, name, within = page) => pressOn(role, name, within.getByRole(role, { name })),
    pressFirst: (role, name, within = page) => pressOn(role, name, within.getByRole(role, { name }).first()),
    pressLast: (role, name, within = page) => pressOn(role, name, within.getByRole(role, { name }).last()),
    async type(label, text, within = page) {
      clicks++;
      await within.getByLabel(label).and(page.locator("input, textarea")).fill(text);
    },
    key: (key) => act(`the key ${key}`, () => page.keyboard.press(key)),
    async go(title) {
      const pages = page.getByRole("navigation", { name: "Pages" });
      const link = pages.getByRole("link", { name: new RegExp(`^${title}( \\d+ waiting.*)?$`) });
      await pages.getByRole("link").first().waitFor();
      // Of pages that are not one's daily work the group is unfolded first, which is a press too.
      const folded = pages.locator("div", { has: page.locator("ul[hidden] a", { hasText: title }) });
      if ((await link.count()) === 0) await pressOn("button", `the group of ${title}`, folded.getByRole("button"));
      await pressOn("link", title, link);
    },
    sees: (text, within = page) => within.getByText(text).first().waitFor(),
    region: (name) => page.getByRole("region", { name }),
  };
}

const DOCS = "docs/console.md";
/** The task on an empty service, which has a test of its own. */
export const FIRST_STEPS = "From an empty policy to a first ALLOW";
/** What the docs say that tasks take: each with its number. */
export const documentedClicks = (): ReadonlyMap<string, number> =>
  new Map(
    [...readFileSync(DOCS, "utf8").matchAll(/^\| ([^|]+?) \| [^|]+ \| (\d+) \|$/gm)].map(([, task = "", clicks]) => [
      task,
      Number(clicks),
    ]),
  );
