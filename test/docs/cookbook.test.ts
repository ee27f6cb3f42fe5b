import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { parse } from "yaml";
import { cli, temporaryFolder } from "../cli/support.ts";

interface Recipe {
  readonly title: string;
  readonly policy: string;
  readonly cases: string;
}

const [, base, ...pieces] = readFileSync("docs/cookbook.md", "utf8").split(/^## /m);
const blocksOf = (text = "") => [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
const [basePolicy = ""] = blocksOf(base);
const recipes: readonly Recipe[] = pieces.map((piece) => {
  const [policy = "", cases = ""] = blocksOf(piece);
  return { title: piece.slice(0, piece.indexOf("\n")), policy, cases };
});

/** A folder with the base and these recipes, and one with their requests, as a reader pastes them. */
async function pasted(
  chosen: readonly Recipe[],
): Promise<{ readonly policy: string; readonly cases: readonly string[] }> {
  const folder = await temporaryFolder();
  const [policy, cases] = [join(folder, "policy"), join(folder, "cases")];
  await mkdir(policy);
  await mkdir(cases);
  await writeFile(join(policy, "00-base.yaml"), basePolicy);
  const files: string[] = [];
  for (const [n, recipe] of chosen.entries()) {
    await writeFile(join(policy, `${n + 10}.yaml`), recipe.policy);
    files.push(join(cases, `${n + 10}.yaml`));
    await writeFile(files[n] ?? "", recipe.cases);
  }
  return { policy, cases: files };
}

describe("the cookbook", () => {
  let all: Awaited<ReturnType<typeof pasted>>;
  before(async () => {
    all = await pasted(recipes);
  });

  test("has twelve recipes, each with something allowed and something denied", () => {
    assert.equal(recipes.length, 12);
    for (const { title, cases } of recipes) {
      const { requests } = parse(cases) as { requests: readonly { expect: { outcome: string } }[] };
      assert.deepEqual([...new Set(requests.map(({ expect }) => expect.outcome))].sort(), ["ALLOW", "DENY"], title);
    }
  });

  for (const recipe of recipes)
    test(`${recipe.title}: answers as it says`, async () => {
      const { policy, cases } = await pasted([recipe]);
      const { code, stdout, stderr } = await cli(["policy", "test", "--policy", policy, ...cases]);
      assert.equal(code, 0, `${stdout}${stderr}`);
    });

  test("all of them in one policy answer so too", async () => {
    const { code, stdout, stderr } = await cli(["policy", "test", "--policy", all.policy, ...all.cases]);
    assert.equal(code, 0, `${stdout}${stderr}`);
  });

  test("the lint refuses nothing", async () => {
    const files = recipes.map((_, n) => join(all.policy, `${n + 10}.yaml`));
    const { code, stdout, stderr } = await cli(["policy", "lint", ...files]);
    assert.equal(code, 0, `${stdout}${stderr}`);
  });
});
