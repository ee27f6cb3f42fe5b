import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildScopewardenSchema } from "../../src/graphql/door/schema.ts";
import { TOKENS_OF } from "./caseKinds.ts";
import { DOORS, DOORS_ENTITIES, DOORS_POLICY } from "./mutationDoors.ts";
import { type Service, startService } from "./support.ts";

describe("under four eyes", () => {
  let folder: string;
  let service: Service;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scopewarden-four-eyes-"));
    const DATABASE_URL = `sqlite:${join(folder, "test.db")}`;
    const open = await startService({ DATABASE_URL });
    for (const operations of DOORS_POLICY) {
      const { body } = await open.ask(
        `mutation { applyPolicy(input: { operations: [${operations}], reason: "r" }) { revision } }`,
      );
      assert.equal(body.errors, undefined, JSON.stringify(body));
    }
    await open.ask(DOORS_ENTITIES);
    await open.app.close();
    service = await startService({ ...TOKENS_OF, DATABASE_URL, SCOPEWARDEN_FOUR_EYES: "on" });
  });
  after(async () => {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const ask = async (call: string) => {
    const { body, status } = await service.ask(`mutation { done: ${call} }`);
    return { body, status };
  };
  const standing = async () => {
    const { domain, storage } = service.app;
    return [
      domain.policy.current().revision,
      await storage.directory.headRevision(),
      (await domain.apiKeys.list()).length,
    ];
  };

  test("every mutation has an answer in the table, and no other", () => {
    const mutations = Object.keys(buildScopewardenSchema().getMutationType()?.getFields() ?? {});
    assert.deepEqual(Object.keys(DOORS).sort(), mutations.sort());
  });

  for (const [name, door] of Object.entries(DOORS)) {
    if ("refused" in door)
      test(`${name} is refused where it may allow more, with nothing changed, and says to propose it`, async () => {
        const was = await standing();
        const { body, status } = await ask(door.refused);
        const [error] = body?.errors ?? [];
        assert.equal(error?.extensions?.code, "FOUR_EYES_REQUIRED", JSON.stringify(body));
        assert.equal(status, 403);
        assert.match(error.message, /^Under four eyes .* must be proposed \(proposePolicy\)/);
        assert.deepEqual(await standing(), was);
      });
    else assert.ok(door.exempt !== "", name);
    if (door.passes === undefined) continue;
    const call = door.passes;
    test(`${name} passes where it may not`, async () => {
      const { body } = await ask(call);
      assert.equal(body.errors, undefined, JSON.stringify(body));
    });
  }

  test("a widening change can be tried, and tells what it may allow", async () => {
    const { body } = await ask(
      'grantScope(input: { clientId: "app", scope: "view_labs" }, reason: "r", dryRun: true) { dryRun findings { code } }',
    );
    assert.deepEqual(body.data.done, { dryRun: true, findings: [{ code: "WIDENS_ALLOW" }] });
  });
});
