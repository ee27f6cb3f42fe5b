import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { satisfies } from "semver";

const root = resolve();
interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly engines?: { readonly node?: string } }>
  >;
}
/** The first of each line with long-term support, and the last that is known. */
const versions = ["20.19.0", "22.13.0", "24.0.0", "26.0.0"];

test("no package that `npm ci` brings warns of Node 20.19 to 26", () => {
  const { packages } = JSON.parse(readFileSync(resolve(root, "package-lock.json"), "utf8")) as Lock;
  const ranges = Object.entries(packages).flatMap(([path, { version, engines }]) =>
    engines?.node === undefined ? [] : [{ path, version, range: engines.node }],
  );
  assert.ok(ranges.length > 200, "the lock file names few engines");
  const warned = ranges.filter(({ range }) => versions.some((version) => !satisfies(version, range)));
  assert.deepEqual(warned, []);
});
