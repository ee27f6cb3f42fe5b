/** Pictures of each page at 1440 and 390, light and dark, into build/pictures: `npm run pictures`, or with the beginning of paths: `npm run pictures -- /alerts`. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startConsoleWorld } from "./support.ts";
import { settled, type Stop, walk } from "./walk.ts";

const OUT = "build/pictures";
const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
] as const;
const LOOKS = ["light", "dark"] as const;
/** The first row of a list is opened, so that its panel is seen. */
const ROW = "table.list .row-open";

const wanted = process.argv.slice(2);
const world = await startConsoleWorld();
try {
  await mkdir(OUT, { recursive: true });
  const stops = await walk(world, world.page, async ({ path, role }: Stop, page) => {
    if (wanted.length > 0 && !wanted.some((begin) => path.startsWith(begin))) return;
    const name = `${role}${path === "/" ? "-to-do" : path.replaceAll("/", "-")}`;
    const picture = async (suffix: string): Promise<void> => {
      for (const size of SIZES)
        for (const colorScheme of LOOKS) {
          await page.setViewportSize(size);
          await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
          await page.screenshot({ path: join(OUT, `${name}${suffix}-${size.width}-${colorScheme}.png`) });
        }
      await page.setViewportSize(SIZES[0]);
      await page.emulateMedia({ colorScheme: "light" });
    };
    await picture("");
    if ((await page.locator(ROW).count()) > 0) {
      await page.locator(ROW).first().click();
      await settled(page);
      await page.waitForLoadState("networkidle");
      await picture("-open");
    }
  });
  process.stdout.write(`${stops.length} pages, pictures in ${OUT}\n`);
} finally {
  await world.close();
}
