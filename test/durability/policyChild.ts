/** Writes revisions of so many rows, one after the other, and prints the number of each once it was acknowledged. */
import { writeSync } from "node:fs";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import type { Role } from "../../src/domain/policy/types.ts";
import { openStorage } from "../../src/storage/storage.ts";

const [url = "", rows = "0"] = process.argv.slice(2);
const { policy } = await openStorage({ url, clock: Date.now, goneAfterMs: 0 });
const loaded = await policy.load();
let { revision } = loaded;
let roles: Pick<ReadonlyMap<string, Role>, "get" | "keys"> = loaded.roles;
writeSync(1, "ready\n");
for (;;) {
  revision++;
  const next = new Map<string, Role>();
  for (let i = 0; i < Number(rows); i++) {
    // A third of them ends with every second revision.
    if (i % 3 === 0 && revision % 2 === 0) continue;
    next.set(`r-${i}`, { name: `r-${i}`, inherits: [], description: `as of ${revision}` });
  }
  const names = [...new Set([...roles.keys(), ...next.keys()])].sort();
  const changes = names.map((name) => changeOf("role", roles.get(name) ?? null, next.get(name) ?? null));
  await policy.commit({ revision, author: "child", reason: "a test", committedAt: revision, changes });
  roles = next;
  // Synchronous: what was written here is what the parent may rely on.
  writeSync(1, `${revision}\n`);
}
