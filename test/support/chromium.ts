import { existsSync } from "node:fs";
import type { Browser } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
/** Why tests in a browser are left out; false: they are not. On CI they must run. */
export const noBrowser =
  existsSync(CHROMIUM) || process.env.CI === "true"
    ? false
    : `there is no browser at ${CHROMIUM}, so the page was not opened`;
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function launchChromium(): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}
