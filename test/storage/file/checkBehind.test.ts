import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { checkBehind } from "../../../src/storage/database/file/checkBehind.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "scopewarden-behind-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Runs a module in place of the check, until it has come to a word. */
async function checkedBy(name: string, code: string, during: (check: ReturnType<typeof checkBehind>) => void) {
  const module = join(folder, `${name}.mjs`);
  await writeFile(module, code);
  const alive = setInterval(() => {}, 1000);
  const said = await new Promise<string>((resolve) => {
    const check = checkBehind({
      path: "/data/x.db",
      module,
      ...{ isDue: true, everyMs: 3_600_000 },
      log: ({ message, detail }) => resolve(`${message} ${detail ?? ""}`),
      onDamage: (text) => resolve(`damage: ${text}`),
      onIndexDamage: (findings) => resolve(`of the index: ${findings.map(({ table }) => table).join()}`),
    });
    during(check);
  });
  clearInterval(alive);
  return said;
}

test("a check that is put off ends at once, and says so", async () => {
  const said = await checkedBy("endless", "setInterval(() => {}, 1000)", (check) => {
    assert.equal(check.running, true);
    check.putOff();
  });
  assert.match(said, /was put off\. its process ended with SIGKILL/);
});

test("one that can't be made is no finding", async () => {
  const said = await checkedBy("broken", "throw new Error('no')", () => undefined);
  assert.match(said, /was put off\. its process ended with 1/);
});

test("damage is told; what only a start can judge is not", async () => {
  const tell = (findings: unknown) =>
    `process.send({ findings: ${JSON.stringify(findings)} }, () => process.disconnect())`;
  const missing = { kind: "ACTS_MISSING", expected: 2, found: 1 };
  const damage = { kind: "DAMAGED", detail: "a page" };
  const nothing = () => undefined;
  assert.match(await checkedBy("missing", tell([missing]), nothing), /is sound/);
  assert.equal(await checkedBy("damage", tell([missing, damage]), nothing), "damage: /data/x.db is damaged: a page");
  const ofIndex = { kind: "INDEX_DAMAGED", table: "search_1", detail: "a row" };
  assert.equal(await checkedBy("index", tell([ofIndex]), nothing), "of the index: search_1");
  assert.match(await checkedBy("both", tell([ofIndex, damage]), nothing), /^damage: .*: a page$/);
});

test("it is made again and again, the first time when it is due", async () => {
  const module = join(folder, "sound.mjs");
  await writeFile(module, "process.send({ findings: [] }, () => process.disconnect())");
  const alive = setInterval(() => {}, 1000);
  let checked = 0;
  await new Promise<void>((resolve) => {
    const check = checkBehind({
      ...{ path: "/data/x.db", module, isDue: false, everyMs: 1 },
      log: () => {
        if (++checked < 3) return;
        check.stop();
        resolve();
      },
      onDamage: (text) => assert.fail(text),
      onIndexDamage: () => assert.fail("damage of the index"),
    });
    assert.equal(check.running, false);
  });
  clearInterval(alive);
});
