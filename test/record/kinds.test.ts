import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { webhookAct } from "../../src/domain/record/acts.ts";
import { actTime } from "../../src/domain/record/actTime.ts";
import { KINDS } from "../../src/domain/record/kinds.ts";
import type { Judged } from "../../src/domain/record/onRecord.ts";
import { partsOf, wholeRecord } from "../../src/domain/record/personal.ts";
import { MARK, SAMPLE_ACTS } from "./sampleActs.ts";

const acts = Object.values(SAMPLE_ACTS).flat();

/** What acts were stored as when their format was new: they are hashed, so these lines never change, and a new format adds its own. */
interface Pinned {
  readonly kind: keyof typeof KINDS;
  readonly format: number;
  readonly record: string;
  readonly personal: string;
}
const PINNED = readFileSync(new URL("../vectors/acts.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => ({ line, ...(JSON.parse(line) as Pinned) }));

test("acts of each kind are stored as they always were, to the byte", () => {
  const lines = acts.map((act) =>
    JSON.stringify({ kind: act.kind, format: KINDS[act.kind].format, id: act.id, ...partsOf(act) }),
  );
  const current = PINNED.filter(({ format, kind }) => format === KINDS[kind].format);
  assert.deepEqual(
    lines,
    current.map(({ line }) => line),
  );
  // One of an older format is read, and would be stored as it stands.
  for (const { format, kind, personal, record } of PINNED) {
    if (format === KINDS[kind].format) continue;
    const again = partsOf({ kind, record: wholeRecord(record, personal) } as Parameters<typeof partsOf>[0]);
    assert.deepEqual(again, { personal, record }, `${kind}, format ${format}`);
  }
});

test("of each kind what identifies people stands apart, and nothing else does", () => {
  for (const act of acts) {
    const { personal, record } = partsOf(act);
    assert.ok(!record.includes(MARK), record);
    assert.deepEqual(wholeRecord(record, personal), act.record);
    assert.ok(Number.isSafeInteger(actTime({ kind: act.kind, record })));
    assert.ok(act.id.length > 0);
  }
});

/** Whether a judgement of members compiles for a record. */
type Compiles<Judgement, Of> = Judgement extends Judged<Of> ? true : false;
interface Note {
  readonly at: number;
  readonly text: string;
  readonly of: { readonly id: string; readonly type?: string } | null;
  readonly lines: readonly { readonly author: string; readonly tags: readonly string[] }[];
}
interface Open {
  readonly at: "OPEN";
  readonly text: "PERSONAL";
  readonly of: { readonly id: "PERSONAL"; readonly type: "OPEN" };
  readonly lines: readonly [{ readonly author: "OPEN"; readonly tags: "OPEN" }];
}

test("a member that nobody has judged does not compile, however deep it is", () => {
  const whole: Compiles<Open, Note> = true;
  const apart: Compiles<Omit<Open, "of"> & { readonly of: "PERSONAL" }, Note> = true;
  const forgotten: Compiles<Omit<Open, "text">, Note> = false;
  const within: Compiles<Omit<Open, "of"> & { readonly of: { readonly id: "PERSONAL" } }, Note> = false;
  const inList: Compiles<Omit<Open, "lines"> & { readonly lines: readonly [{ readonly tags: "OPEN" }] }, Note> = false;
  // Who judges a whole object must look into it, or keep it apart.
  const asWhole: Compiles<Omit<Open, "of"> & { readonly of: "OPEN" }, Note> = false;
  const listAsWhole: Compiles<Omit<Open, "lines"> & { readonly lines: "OPEN" }, Note> = false;
  assert.deepEqual([whole, apart], [true, true]);
  assert.deepEqual([forgotten, within, inList, asWhole, listAsWhole], [false, false, false, false, false]);
});

test("what comes with a record and nobody has judged stands apart", () => {
  const { record } = webhookAct("1", { event: "RETRIED", deliveryId: "w", at: 1, author: "key:ada", text: "Why" });
  const parts = partsOf({ kind: "WEBHOOK", record: Object.assign({}, record, { note: MARK }) as typeof record });
  assert.ok(!parts.record.includes(MARK));
  assert.deepEqual(JSON.parse(parts.personal), { note: MARK, text: "Why" });
});
