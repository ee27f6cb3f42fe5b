import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openStorage } from "../../src/storage/storage.ts";
import { storedKey } from "../support/keys.ts";
import { cli, temporaryFolder } from "./support.ts";

const ADA = "a".repeat(12);

test("status says whether two people can approve, and whom each key stands for", async () => {
  const url = `sqlite:${join(await temporaryFolder(), "test.db")}`;
  const storage = await openStorage({ url, clock: Date.now });
  try {
    const add = (id: string, type: string, name: string, createdBy: string, role: "admin" | "reviewer") =>
      storage.apiKeys.add(
        storedKey(id, { name: `Key of ${name}`, subject: { type, id: name }, createdBy, roles: [role] }),
      );
    await add(ADA, "user", "ada", "machine:root@host", "admin");
    await add("b".repeat(12), "service", "bot", `key:${ADA}`, "reviewer");
    await add("c".repeat(12), "employee", "ADA", `key:${ADA}`, "reviewer");
    const env = { DATABASE_URL: url, SCOPEWARDEN_FOUR_EYES: "on" };
    const alone = await cli(["key", "status"], { env });
    assert.equal(alone.code, 1, alone.stderr);
    assert.match(alone.stdout, /^No two people can approve changes/);
    assert.match(alone.stdout, /Key of bot \(reviewer\) stands for service\/bot, user\/ada\n/);
    assert.match(alone.stdout, /Key of ada \(admin\) stands for user\/ada\n/);
    assert.match(alone.stdout, /^People who signed in and are linked to nobody: 0\.$/m);
    const issuer = "https://id.example";
    const account = (id: string, type: string | null = null) => ({
      callerId: `jwt:${issuer}#${id}`,
      subject: { type, id, issuer },
    });
    const by = [account("known"), account("stranger"), account("program", "client")];
    for (const [i, placedBy] of by.entries())
      await storage.tokenRevocations.place({
        ...{
          id: `r${i}`,
          issuer,
          person: "p",
          clientId: null,
          tokenId: null,
          until: null,
          reason: "r",
          placedAt: 1,
          lifted: null,
          placedBy,
        },
      });
    const properties = { accounts: [{ issuer, id: "known" }] };
    await storage.directory.commit({
      ...{ author: "key:admin", reason: "r", committedAt: 1, remove: [] },
      put: [{ type: "user", id: "kim", properties }],
    });
    const unlinked = await cli(["key", "status"], { env });
    assert.match(
      unlinked.stdout,
      /linked to nobody: 1 \(docs\/sign-in\.md\)\.\n {2}stranger of https:\/\/id\.example\n$/,
    );
    await add("d".repeat(12), "user", "rita", `key:${ADA}`, "reviewer");
    const both = await cli(["key", "status"], { env });
    assert.equal(both.code, 0, both.stderr);
    assert.match(both.stdout, /^Two people can approve changes: user\/ada and user\/rita\./);
  } finally {
    await storage.close();
  }
});
