/**
 * Pictures of each page at 1440 and 390, light and dark, into build/pictures: `npm run pictures`, or with the beginnings of paths
 * `npm run pictures -- /alerts`. With `--docs` those of README and docs instead, into docs/pictures.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { CallerRole } from "../../src/domain/callers/types.ts";
import { type ConsoleWorld, startConsoleWorld } from "./support.ts";
import { goTo, settled, walk } from "./walk.ts";

const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
] as const;
const [DESK] = SIZES;
const LOOKS = ["light", "dark"] as const;
/** The first row of a list is opened, so that its panel is seen. */
const ROW = "table.list .row-open";

const openFirst = (page: Page): Promise<void> => page.locator(ROW).first().click();

interface Shown {
  readonly name: string;
  readonly role: CallerRole;
  readonly path: string;
  /** What is done there before the picture. */
  readonly act?: (page: Page, world: ConsoleWorld) => Promise<unknown>;
}

const PATIENT = async (page: Page): Promise<void> => {
  await page.getByLabel("Patient's whole id").fill("ada");
  await page.keyboard.press("Enter");
};

/** A change that nobody has approved yet, with its report. */
async function propose(world: ConsoleWorld): Promise<void> {
  await world.ask("admin", "mutation ($input: ProposePolicyInput!) { proposePolicy(input: $input) { id } }", {
    input: {
      title: "Technicians read what their supervisors release",
      reason: "Results are read before they are final.",
      change: { operations: [{ deleteRule: { id: "lab-tech-view-labs" } }] },
    },
  });
}

const IN_DOCS: readonly Shown[] = [
  { name: "to-do", role: "auditor", path: "/" },
  { name: "alert", role: "auditor", path: "/alerts", act: openFirst },
  { name: "decision", role: "auditor", path: "/decisions?outcome=DENY", act: openFirst },
  {
    name: "client-access",
    role: "reviewer",
    path: "/client-access?client=lab-portal",
    act: (page) => page.locator("table button").first().click(),
  },
  { name: "who-saw", role: "auditor", path: "/who-saw", act: PATIENT },
  {
    name: "scope-end",
    role: "admin",
    path: "/scopes?id=view_lab_results",
    act: (page) => page.getByRole("button", { name: "Retire" }).click(),
  },
  { name: "emergency", role: "auditor", path: "/emergencies", act: openFirst },
  {
    name: "proposal",
    role: "reviewer",
    path: "/proposals",
    act: async (page, world) => {
      await propose(world);
      await page.getByRole("button", { name: "Refresh" }).click();
      await openFirst(page);
    },
  },
];

/** Everything that was asked has its answer, and stands still. */
async function still(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle");
  await settled(page);
}

async function picturesOfDocs(world: ConsoleWorld): Promise<void> {
  const out = "docs/pictures";
  await mkdir(out, { recursive: true });
  const { page } = world;
  await page.setViewportSize(DESK);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  for (const { name, role, path, act } of IN_DOCS) {
    await world.signIn(role, page);
    await goTo(page, path);
    await still(page);
    await act?.(page, world);
    await still(page);
    await page.screenshot({ path: join(out, `${name}.png`) });
  }
}

async function picturesOfAll(world: ConsoleWorld, wanted: readonly string[]): Promise<void> {
  const out = "build/pictures";
  await mkdir(out, { recursive: true });
  await walk(world, world.page, async ({ path, role }, page) => {
    if (wanted.length > 0 && !wanted.some((begin) => path.startsWith(begin))) return;
    const name = `${role}${path === "/" ? "-to-do" : path.replaceAll("/", "-")}`;
    const picture = async (suffix: string): Promise<void> => {
      for (const size of SIZES)
        for (const colorScheme of LOOKS) {
          await page.setViewportSize(size);
          await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
          await page.screenshot({ path: join(out, `${name}${suffix}-${size.width}-${colorScheme}.png`) });
        }
      await page.setViewportSize(DESK);
      await page.emulateMedia({ colorScheme: "light" });
    };
    await picture("");
    if ((await page.locator(ROW).count()) === 0) return;
    await openFirst(page);
    await still(page);
    await picture("-open");
  });
}

const [first, ...others] = process.argv.slice(2);
const world = await startConsoleWorld();
try {
  if (first === "--docs") await picturesOfDocs(world);
  else await picturesOfAll(world, first === undefined ? [] : [first, ...others]);
} finally {
  await world.close();
}
