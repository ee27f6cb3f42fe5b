import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { PAGES } from "../src/pages/groups.ts";
import { HELP, helpOf } from "../src/ui/help.ts";

/** What the service serves at /docs/: `npm run build` makes it. */
const BUILT = new URL("../../docs/dist/", import.meta.url);

test("every page has its page of the documentation, and nothing else has one", () => {
  assert.deepEqual(Object.keys(HELP).sort(), PAGES.map(({ path }) => path).sort());
});

test("the page and the heading to which help leads are there", () => {
  const wrong = Object.entries(HELP).filter(([, target]) => {
    const [page = "", anchor] = target.split("#");
    const file = new URL(page, BUILT);
    return !existsSync(file) || (anchor !== undefined && !readFileSync(file, "utf8").includes(`id="${anchor}"`));
  });
  assert.deepEqual(wrong, []);
});

test("help is found beside the console under any prefix, also of a path that has no page", () => {
  const at = (path: string) => new URL(helpOf(path), "https://gate.example/scopewarden/console/").href;
  assert.equal(at("/consents"), "https://gate.example/scopewarden/docs/consent.html");
  assert.equal(at("/nothing"), "https://gate.example/scopewarden/docs/console.html");
});
