import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What the build of a console as small as can be makes, by name. */
export const BUILT = {
  "index.html":
    '<!doctype html><link rel="icon" href="./favicon.svg" /><script type="module" src="./assets/index-Ab12_.js"></script>',
  "signed-in.html": "<!doctype html>signing in",
  "favicon.svg": "<svg/>",
  "playground-sign-in.js": "export const openSignIn = () => undefined;",
  "assets/index-Ab12_.js": `console.log("${"x".repeat(5000)}");`,
  "assets/index-Cd34.css": "body {}",
} as const;

export async function buildConsole(folder: string): Promise<void> {
  await mkdir(join(folder, "assets"), { recursive: true });
  for (const [name, text] of Object.entries(BUILT)) await writeFile(join(folder, name), text);
}
