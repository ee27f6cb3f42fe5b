import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { exportLine, readExportLine } from "../../src/domain/record/exportLine.ts";
import { leafEntry } from "../../src/domain/record/tree/leafEntry.ts";
import { leafHash } from "../../src/domain/record/tree/merkleTree.ts";
import { findingText } from "../../src/domain/record/verify/finding.ts";
import { lineFindingText } from "../../src/domain/record/verify/lineOrder.ts";
import { verifyExport } from "../../src/domain/record/verify/verifyExport.ts";
import { newNoteKey, noteSigner, noteVerifier } from "../../src/process/noteKeys.ts";
import { recordHash } from "../../src/process/recordHash.ts";
import { cli, temporaryFolder } from "../cli/support.ts";
import { type Service, startService } from "./support.ts";

const AUTHORIZE = "query($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { id } }";
const PAGE = `query($kinds: [ActKind!], $after: String) { exportPage(format: NDJSON, kinds: $kinds, first: 200, after: $after) {
  lines closing hasNextPage endCursor } }`;

describe("an export of the whole record", () => {
  let folder: string;
  let service: Service;
  let auditor: string;
  let publicKey: string;
  /** The first key's, before another took over. */
  let oldKey: string;
  /** A checkpoint that was kept before most was put on record. */
  let kept: string;
  let lines: readonly string[];
  const env = () => ({ SCOPEWARDEN_URL: service.url, SCOPEWARDEN_KEY: auditor });
  const file = (name: string) => join(folder, name);
  const exported = async (name: string, ...more: readonly string[]) => {
    const done = await cli(["record", "export", "--format", "ndjson", "--output", file(name), ...more], { env: env() });
    assert.equal(done.code, 0, done.stderr);
    return done.stdout;
  };
  /** A line break that is no line feed is a character like others. */
  const decide = async (count: number) => {
    const inputs = Array.from({ length: count }, (_, i) => ({
      clientId: "ehr",
      subject: { id: `nina${i}` },
      action: "read",
      resource: { type: "Observation", id: `o${i}`, patient: "ada", attributes: { note: "one\u2028two" } },
    }));
    const { body, text } = await service.ask(AUTHORIZE, { variables: { inputs } });
    assert.equal(body.errors, undefined, text);
  };
  const found = async (changed: readonly string[], more: { elsewhere?: string[]; keys?: string[] } = {}) => {
    const trusted = (more.keys ?? [oldKey]).map((key) => {
      const verifier = noteVerifier(key);
      assert.ok(verifier);
      return { verifier, publicKey: key, untilSize: null };
    });
    const verification = await verifyExport({
      lines: async function* () {
        for (let at = 0; at < changed.length; at += 100) yield changed.slice(at, at + 100);
      },
      hash: recordHash,
      keys: trusted,
      readKey: noteVerifier,
      elsewhere: more.elsewhere ?? [],
    });
    if (typeof verification === "string") return [verification];
    return verification.findings.map((each) =>
      "finding" in each ? `${each.line}: ${findingText(each.finding)}` : lineFindingText(each),
    );
  };
  const edited = (at: number, ...put: readonly string[]) => [...lines.slice(0, at), ...put, ...lines.slice(at + 1)];
  const line = (at: number) => lines.at(at) ?? "";

  before(async () => {
    folder = await temporaryFolder();
    service = await startService({ DATABASE_URL: `sqlite:${file("test.db")}`, SCOPEWARDEN_CHECKPOINT_MS: "100" });
    auditor = (await service.createKey("AUDITOR")).key;
    await decide(60);
    // The first page has it signed.
    await service.ask(PAGE);
    kept = (await service.ask("{ checkpoint { note } }")).body.data.checkpoint.note;
    oldKey = (await service.ask("{ checkpointKeys { publicKey } }")).body.data.checkpointKeys[0].publicKey;
    const rotated = await cli(["record", "rotate-checkpoint-key", "--reason", "Once a year"], {
      env: { DATABASE_URL: `sqlite:${file("test.db")}` },
    });
    assert.equal(rotated.code, 0, rotated.stderr);
    publicKey = rotated.stdout.trim();
    for (let round = 0; round < 4; round++) await decide(60);
    await exported("whole.ndjson");
    lines = (await readFile(file("whole.ndjson"), "utf8")).slice(0, -1).split("\n");
    assert.ok(lines.length > 300);
  });
  after(() => service.stop());

  test("proves itself from its file and a public key, and by a checkpoint that was kept elsewhere", async () => {
    await writeFile(file("kept.txt"), kept);
    const args = ["record", "verify", "--file", file("whole.ndjson"), "--public-key"];
    const both = await cli([...args, oldKey, "--checkpoint", file("kept.txt")]);
    assert.equal(both.code, 0, both.stdout + both.stderr);
    assert.match(
      both.stdout,
      new RegExp(`^The file has the record as it was signed: ${lines.length - 1} acts, 2 checkpoints, root \\S+\\.\n$`),
    );
    const { checkpoints, part, size } = JSON.parse(line(-1));
    assert.deepEqual([checkpoints.length, part, size], [2, null, lines.length - 1], "all of it is signed");
    // The new key alone says nothing of what the old one signed.
    const fresh = await cli([...args, publicKey, "--json"]);
    assert.equal(fresh.code, 1);
    assert.deepEqual(
      JSON.parse(fresh.stdout).findings.map(({ finding }: { finding: { kind: string } }) => finding.kind),
      ["FORGED_SIGNATURE"],
    );
    const none = await cli(["record", "verify", "--file", file("whole.ndjson")]);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /--public-key is needed/);
  });

  test("names the first line that is wrong, and what was done there", async () => {
    assert.deepEqual(await found(lines), []);
    const outcome = line(99).replace('"outcome":"DENY"', '"outcome":"ALLOW"');
    const person = line(99).replace("nina", "nino");
    const spaced = line(99).replace('{"format"', '{ "format"');
    const twice = line(99).replace('"position":', '"position":1,"position":');
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [edited(99, outcome), /^100: changed: the act \S+ at position \d+ is not what was put on record$/],
      [edited(99, person), /^100: changed: the act/],
      [edited(99, spaced), /^line 100: changed: it is not as an export writes it$/],
      [edited(99, twice), /^line 100: changed: it is not/],
      [edited(99, ""), /^line 100: changed: it is not/],
      [edited(99), /^line 100: removed: act number 100, which stood before it, is gone$/],
      [[...lines.slice(0, 99), ...lines.slice(102)], /^line 100: removed: acts number 100 to 102, .* are gone$/],
      [lines.slice(1), /^line 1: removed: act number 1,/],
      [edited(99, line(99), line(99)), /^line 101: inserted: it was put there later$/],
      [edited(99, line(50)), /^line 100: inserted: /],
      [[...edited(99, line(100)).slice(0, 100), line(99), ...lines.slice(101)], /^line 100: reordered: its act stood/],
      [[...lines, line(0)], new RegExp(`^line ${lines.length + 1}: inserted: `)],
      [[...lines.slice(0, -2), line(-1)], /^null: cut tail: the tree ends at \d+ acts; a checkpoint was signed over/],
      [lines.slice(0, -1), /^CUT$/],
      [["{}"], /^NO_EXPORT$/],
      [[], /^NO_EXPORT$/],
    ];
    for (const [changed, wanted] of cases) assert.match((await found(changed))[0] ?? "nothing", wanted, String(wanted));
    // A changed act before lines that are out of order is the first.
    const [first, second] = await found([
      ...edited(19, line(19).replace('"DENY"', '"ALLOW"')).slice(0, 99),
      ...lines.slice(100),
    ]);
    assert.match(`${first}\n${second}`, /^20: changed: .*\nline 100: removed/);
  });

  test("does not hold where the hashes were made anew over what was changed", async () => {
    const read = readExportLine(line(99).replace('"outcome":"DENY"', '"outcome":"ALLOW"'));
    assert.ok(read?.leaf);
    const digest = leafHash(leafEntry(read.act, recordHash), recordHash);
    const forged = edited(99, exportLine({ act: read.act, leaf: { ...read.leaf, digest } }));
    const [finding] = await found(forged);
    assert.match(finding ?? "", /^null: rewritten: an act among those from number \d+ to \d+ was changed/);
    // Nor under a key of the forger's own, or without a checkpoint; the one that was kept refutes a shorter record.
    const end = JSON.parse(line(-1));
    const forger = noteSigner(noteVerifier(oldKey)?.name ?? "", newNoteKey());
    const notes = end.checkpoints.map((note: string) => {
      const text = note.slice(0, note.indexOf("\n\n") + 1);
      return `${text}\n\u2014 ${forger.name} ${forger.sign(text)}\n`;
    });
    const closed = (change: object) => [...lines.slice(0, -1), JSON.stringify({ ...end, ...change })];
    assert.match((await found(closed({ checkpoints: notes })))[0] ?? "", /^null: forged signature/);
    const few = [...lines.slice(0, 10), JSON.stringify({ ...end, checkpoints: [], size: 10 })];
    assert.match((await found(few, { elsewhere: [kept] }))[0] ?? "", /^null: cut tail/);
    await writeFile(file("few.ndjson"), `${few.join("\n")}\n`);
    await writeFile(file("kept.txt"), kept);
    const early = await cli([
      ...["record", "verify", "--file", file("few.ndjson"), "--checkpoint", file("kept.txt")],
      ...["--public-key", oldKey, "--public-key", publicKey],
    ]);
    assert.equal(early.code, 1);
    assert.match(early.stdout, /cut tail: .*\nA file that was made before a checkpoint was signed has no more: .*\n$/);
    await writeFile(file("unsigned.ndjson"), `${closed({ checkpoints: [] }).join("\n")}\n`);
    const unsigned = await cli(["record", "verify", "--file", file("unsigned.ndjson"), "--public-key", oldKey]);
    assert.equal(unsigned.code, 1, unsigned.stdout);
    assert.match(unsigned.stdout, /^No checkpoint was signed over what the file has: it proves nothing yet\.\n$/);
  });

  test("is what proves itself: a part of it says that it is one, and is refused", async () => {
    await exported("part.ndjson", "--kind", "DECISION");
    const part = (await readFile(file("part.ndjson"), "utf8")).split("\n").at(-2);
    assert.deepEqual(JSON.parse(part ?? "").part, { kinds: ["DECISION"] });
    const refused = await cli(["record", "verify", "--file", file("part.ndjson"), "--public-key", oldKey]);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /has a part of the record.*Verify an export without --kind/s);
    const both = ["record", "verify", "--file", file("part.ndjson"), "--tree-only", "--public-key", oldKey];
    assert.equal((await cli(both)).code, 2);
    assert.equal((await cli(["record", "verify", "--file", file("absent"), "--public-key", oldKey])).code, 2);
  });

  test("ends on its last page alone with the closing line, which its digest on record has in it", async () => {
    const ask = async (after: string | null) =>
      (await service.ask(PAGE, { key: auditor, variables: { after } })).body.data.exportPage;
    const first = await ask(null);
    assert.equal(first.closing, null);
    const last = await ask(first.endCursor);
    assert.deepEqual([last.hasNextPage, JSON.parse(last.closing).kind], [false, "EXPORT_END"]);
    assert.deepEqual(await ask(first.endCursor), last);
    const all = [...first.lines, ...last.lines, last.closing];
    assert.deepEqual(await found(all), []);
    const sha256 = createHash("sha256")
      .update([...last.lines, last.closing].map((each) => `${each}\n`).join(""))
      .digest("hex");
    await exported("again.ndjson");
    assert.ok((await readFile(file("again.ndjson"), "utf8")).includes(`"sha256":"${sha256}"`));
  });
});
