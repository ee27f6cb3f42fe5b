import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Service, startService } from "../http/support.ts";

const folder = mkdtempSync(join(tmpdir(), "scopewarden-full-"));
let mounted = false;
try {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], { stdio: "pipe" });
  mounted = true;
} catch {
  // Told below: without the right to mount there is no small disk to fill.
}
after(() => {
  if (mounted) execFileSync("umount", [folder]);
  rmSync(folder, { recursive: true, force: true });
});

const QUERY = "query($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { id } }";
const inputs = (size: number, bytes: number) =>
  Array.from({ length: size }, (_, i) => ({
    clientId: "ehr",
    action: "read",
    resource: { type: "Observation" },
    context: { attributes: { i, ballast: "x".repeat(bytes) } },
  }));

describe("a full disk", { skip: mounted ? false : "needs the right to mount a tmpfs" }, () => {
  let service: Service;
  before(async () => {
    service = await startService({ DATABASE_URL: `sqlite:${join(folder, "full.db")}` });
  });
  after(() => service.stop());

  test("gives 503 and not-ready, then recovers by itself; what was acknowledged stands once", async () => {
    const ballast = join(folder, "ballast");
    writeFileSync(ballast, Buffer.alloc(1_500_000));
    const acknowledged: string[] = [];
    let refused = null;
    for (let i = 0; i < 2000 && refused === null; i++) {
      const answers = await Promise.all([ask(3, 9000), ask(1, 100), ask(1, 9000)]);
      for (const answer of answers) {
        if (answer.status === 200)
          acknowledged.push(...answer.body.data.authorizeBatch.map((d: { id: string }) => d.id));
        else refused ??= answer;
      }
    }
    assert.ok(refused !== null, "the disk never filled");
    assert.equal(refused.status, 503);
    assert.equal(refused.body.errors[0].extensions.code, "JOURNAL_UNAVAILABLE");
    assert.doesNotMatch(refused.text, /SQLITE|INSERT|full\.db/);

    // No decision is made while none can be recorded, and the service says so.
    assert.equal((await ask(1, 9000)).status, 503);
    assert.equal((await service.get("/readyz")).status, 503);
    assert.equal((await service.get("/livez")).status, 200);
    // A search answers with everything that was acknowledged, or not at all.
    const search = await service.ask(
      '{ decisions(filter: { clientId: "ehr" }, first: 200) { edges { node { id } } } }',
    );
    if (search.status === 200)
      assert.equal(search.body.data.decisions.edges.length, Math.min(200, acknowledged.length));
    else assert.equal(search.body.errors[0].extensions.code, "JOURNAL_UNAVAILABLE");
    const change = await service.ask(
      'mutation { createClient(input: { id: "late", name: "late" }, reason: "full disk") { revision } }',
    );
    assert.ok(change.body.errors?.length > 0, "a policy change was acknowledged on a full disk");

    rmSync(ballast);
    for (let i = 0; i < 1_200 && (await service.get("/readyz")).status !== 200; i++) await sleep(50);
    assert.equal((await service.get("/readyz")).status, 200);
    const again = await ask(5, 100);
    assert.equal(again.status, 200, again.text);
    acknowledged.push(...again.body.data.authorizeBatch.map((d: { id: string }) => d.id));

    const stored = await allIds();
    assert.equal(new Set(stored).size, stored.length, "a decision stands twice");
    assert.deepEqual(
      acknowledged.filter((id) => !stored.includes(id)),
      [],
    );
    assert.deepEqual(await allIds('filter: { clientId: "ehr" }, '), stored, "a search finds other decisions");
    const clients = await service.ask('{ client(id: "late") { id } }');
    assert.equal(clients.body.data.client, null, "a change that was refused is there");
  });

  const ask = (size: number, bytes: number) => service.ask(QUERY, { variables: { inputs: inputs(size, bytes) } });

  async function allIds(filter = ""): Promise<string[]> {
    const ids: string[] = [];
    let patience = 100;
    for (let after: string | null = null; ; ) {
      const { status, body } = await service.ask(
        `query($after: String) { decisions(${filter}first: 200, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } }`,
        { variables: { after } },
      );
      // The index may need a moment more than the journal, and says so rather than answer with less.
      if (status === 503 && --patience > 0) {
        await sleep(50);
        continue;
      }
      ids.push(...body.data.decisions.edges.map((edge: { node: { id: string } }) => edge.node.id));
      if (!body.data.decisions.pageInfo.hasNextPage) return ids;
      after = body.data.decisions.pageInfo.endCursor;
    }
  }
});
