import { changeOf } from "../../../src/domain/policy/snapshot.ts";
import type { Noun, PolicyRows, RowChange } from "../../../src/domain/policy/types.ts";
import { openStorage } from "../../../src/storage/storage.ts";
import { policyRows, type Size } from "../policies.ts";

/** Rows of one revision: what a large import would send at a time. */
const CHUNK = 20_000;

/** Writes a policy into a new database through the storage layer, in as many revisions as it takes. */
export async function writePolicy(
  url: string,
  size: Size,
): Promise<{ readonly rows: number; readonly revisions: number }> {
  const storage = await openStorage({ url, clock: Date.now });
  let [rows, revision] = [0, 0];
  let changes: RowChange[] = [];
  const commit = async (): Promise<void> => {
    revision++;
    await storage.policy.commit({
      revision,
      author: "bench",
      reason: "A part of a large policy.",
      committedAt: Date.now(),
      changes,
    });
    rows += changes.length;
    changes = [];
  };
  for (const item of policyRows(size)) {
    changes.push(changeOf(item.noun, null, item.row as PolicyRows[Noun]));
    if (changes.length === CHUNK) await commit();
  }
  if (changes.length > 0) await commit();
  await storage.close();
  return { rows, revisions: revision };
}
