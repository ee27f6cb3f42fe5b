import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { signCheckpoint } from "../../../src/domain/record/tree/checkpoint.ts";
import { readCheckpoints } from "../../../src/domain/record/tree/checkpointFile.ts";
import { newNoteKey, noteSigner } from "../../../src/process/noteKeys.ts";

const signer = noteSigner("test.example/record", newNoteKey());
const [one = "", two = ""] = [12, 345].map((size) => signCheckpoint({ size, root: `${"A".repeat(43)}=` }, signer));

describe("checkpoints in a file", () => {
  test("stand one after the other, with or without an empty line between them", () => {
    for (const text of [`${one}\n${two}`, one + two, `\n\n${one}\n\n${two}\n`])
      assert.deepEqual(readCheckpoints(text), { notes: [one, two], broken: 0 });
    assert.deepEqual(readCheckpoints(""), { notes: [], broken: 0 });
    assert.deepEqual(readCheckpoints("no note\n"), { notes: [], broken: 1 });
  });

  test("one with a line of somebody's own stays whole", () => {
    const text = `${one.slice(0, one.indexOf("\n\n"))}\nwitnessed\n`;
    const extended = `${text}\n\u2014 ${signer.name} ${signer.sign(text)}\n`;
    assert.deepEqual(readCheckpoints(`${extended}\n${two}`), { notes: [extended, two], broken: 0 });
  });

  test("half of one is counted and passed over, wherever it broke off: before another, and at the end", () => {
    const bytes = Buffer.from(one);
    // Without its last line end it is whole.
    for (let at = 1; at < bytes.length - 1; at++) {
      const half = bytes.subarray(0, at).toString("utf8");
      assert.deepEqual(readCheckpoints(`${half}\n${two}`), { notes: [two], broken: 1 }, `${at}: ${half}`);
      assert.deepEqual(readCheckpoints(`${two}\n${half}`), { notes: [two], broken: 1 }, `${at}: ${half}`);
    }
  });
});
