import { readActs } from "../../src/storage/journal/acts.ts";
import type { Consumer } from "../../src/storage/journal/consumer.ts";

/** A consumer for tests: counts the acts on record by kind. */
export const actsByKind: Consumer = {
  name: "acts_by_kind",
  async write({ run, dialect, after, until }) {
    await run("CREATE TABLE IF NOT EXISTS acts_by_kind (kind TEXT PRIMARY KEY, acts BIGINT NOT NULL)");
    for (const { kind } of await readActs({ run, dialect }, { after, until, first: until - after }))
      await run(
        `INSERT INTO acts_by_kind VALUES ('${kind}', 1) ON CONFLICT (kind) DO UPDATE SET acts = acts_by_kind.acts + 1`,
      );
  },
};
