import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { cli, temporaryFolder } from "./support.ts";

const POLICY = `operations:
  - putScope: { name: read_todos, atoms: [{ resourceType: todo, actions: [read] }] }
  - activateScope: { name: read_todos }
  - putClient: { id: app, name: App }
`;
const GRANT = "operations:\n  - grantScope: { clientId: app, scope: read_todos }\n";
const ROLE = "operations:\n  - putRole: { name: reader }\n";

test("under four eyes seed and directory load set up an empty database, and then allow no more", async () => {
  const folder = await temporaryFolder();
  const dir = join(folder, "policy");
  await mkdir(dir);
  await writeFile(join(dir, "1.yaml"), POLICY);
  await writeFile(join(dir, "people.ndjson"), '{"type":"user","id":"tess","properties":{"vip":true}}\n');
  const env = { DATABASE_URL: `sqlite:${join(folder, "test.db")}`, SCOPEWARDEN_FOUR_EYES: "on" };
  const first = await cli(["policy", "seed", dir], { env });
  assert.deepEqual([first.code, first.stderr], [0, ""]);
  assert.match(first.stdout, /the policy is now at revision 1\.\n1 entity changed/);

  // What is there already is no change, as a deployment that seeds each time relies on.
  const again = await cli(["policy", "seed", dir], { env });
  assert.deepEqual([again.code, again.stderr], [0, ""]);
  assert.match(again.stdout, /^Nothing to change/);

  await writeFile(join(dir, "2.yaml"), ROLE);
  const narrow = await cli(["policy", "seed", dir], { env });
  assert.deepEqual([narrow.code, narrow.stderr], [0, ""]);

  await writeFile(join(dir, "3.yaml"), GRANT);
  const tried = await cli(["policy", "seed", dir, "--dry-run"], { env });
  assert.deepEqual([tried.code, tried.stderr], [0, ""]);
  const refused = await cli(["policy", "seed", dir], { env });
  assert.equal(refused.code, 2);
  assert.match(
    refused.stderr,
    /Under four eyes a change that may allow more \(the grant of read_todos to app is new\) must be proposed/,
  );

  const file = join(folder, "more.ndjson");
  await writeFile(file, '{"type":"user","id":"uma"}\n');
  const load = await cli(["directory", "load", file, "--reason", "r"], { env });
  assert.equal(load.code, 2);
  assert.match(load.stderr, /Under four eyes a change of what the directory knows must be proposed/);
  const without = { DATABASE_URL: env.DATABASE_URL };
  assert.match((await cli(["policy", "seed", dir], { env: without })).stdout, /now at revision 3/);
});
