import assert from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { cli, type Ended, temporaryFolder } from "../cli/support.ts";
import { sqliteRaw } from "../storage/backends.ts";
import { eventually } from "../support/eventually.ts";
import { ADMIN_KEY, type Service, startService } from "./support.ts";

const PROOF = `query ($id: ID!) { inclusionProof(decisionId: $id) { index entry hashes openings { path salt value }
  checkpoint { origin size rootHash note } tlogProof } }`;
const DECIDE = `mutation { decide(input: { clientId: "nobody", subject: { id: "ada" }, action: "read",
  resource: { type: "Observation", id: "o-1", patient: "carl" } }) { id outcome } }`;
const CHECKPOINT = "{ checkpoint { origin size rootHash note } }";

describe("proofs of the record", () => {
  let folder: string;
  let url: string;
  let service: Service;
  let publicKey: string;
  let decisionId: string;
  const copy = () => join(folder, "kept", "..", "checkpoints.txt");
  const start = (env: Record<string, string> = {}) =>
    startService({
      DATABASE_URL: url,
      SCOPEWARDEN_CHECKPOINT_MS: "100",
      SCOPEWARDEN_CHECKPOINT_COPY: join(folder, "checkpoints.txt"),
      ...env,
    });
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const decide = async () => (await service.ask(DECIDE)).body.data.decide.id as string;
  const signedSize = async () => (await service.ask(CHECKPOINT)).body.data.checkpoint?.size ?? 0;
  const verify = (...args: readonly string[]): Promise<Ended> => cli(["record", "verify", "--database", url, ...args]);

  before(async () => {
    folder = await temporaryFolder();
    url = `sqlite:${join(folder, "record.db")}`;
    service = await start({ SCOPEWARDEN_CHECKPOINT_ORIGIN: "pdp.example.org/record" });
    decisionId = await decide();
    await eventually("the decision is signed", async () => (await signedSize()) > 0);
    publicKey = (await service.ask("{ checkpointKeys { publicKey sinceSize untilSize } }")).body.data.checkpointKeys[0]
      .publicKey;
  });
  after(() => service.stop());

  test("the key is made at the first start, in a file that only its user can read", async () => {
    const file = join(folder, "record.db.checkpoint-key");
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.match(await readFile(file, "utf8"), /^-----BEGIN PRIVATE KEY-----\n/);
    assert.match(publicKey, /^pdp\.example\.org\/record\+[0-9a-f]{8}\+/);
  });

  test("an auditor with a file, a public key and one old checkpoint proves and refutes a decision", async () => {
    const key = await write("record.pub", `${publicKey}\n`);
    const old = await write("old.txt", (await service.ask(CHECKPOINT)).body.data.checkpoint.note);
    const answer = await service.ask(PROOF, { variables: { id: decisionId } });
    const file = await write("decision.json", answer.text);
    const proved = await cli(["record", "verify-proof", file, "--public-key", key]);
    assert.equal(proved.code, 0, proved.stderr);
    assert.match(
      proved.stdout,
      /^Proved: decision \S+ is on record as the file says: DENY, read of Observation by client nobody for ada, on \S+Z\.\nIt is act number \d+ of the \d+ that pdp\.example\.org\/record had signed:\n/,
    );
    assert.match(proved.stdout, /"outcome":"DENY"/);
    assert.match(proved.stdout, /request\.subject\.id: "ada"\n/);
    const { entry, tlogProof } = answer.body.data.inclusionProof;
    assert.doesNotMatch(entry, /"(ada|carl)"/);
    const alone = await write("decision.tlog-proof", tlogProof);
    assert.equal((await cli(["record", "verify-proof", alone, "--public-key", publicKey, "--json"])).code, 0);

    // Somebody says that it was allowed, or that it was about somebody else.
    for (const [from, to, why] of [
      ["DENY", "ALLOW", /not in the record that was signed/],
      ['"ada"', '"bob"', /not the one that is on record: request\.subject\.id\./],
    ] as const) {
      const forged = await write("forged.json", answer.text.replaceAll(from, to));
      const refuted = await cli(["record", "verify-proof", forged, "--public-key", key]);
      assert.equal(refuted.code, 1, refuted.stderr);
      assert.match(refuted.stdout, why);
    }
    // What stands there twice, or beside the note, would be read by people, and is not what is proved.
    const { openings, checkpoint } = answer.body.data.inclusionProof;
    for (const [name, change] of [
      ["twice", { openings: [{ ...openings[0], value: "mallory" }, ...openings] }],
      [
        "root",
        {
          checkpoint: {
            ...checkpoint,
            rootHash: checkpoint.rootHash.replace(/^./, (first: string) => (first === "A" ? "B" : "A")),
          },
        },
      ],
      ["member", { openings: undefined, openingz: openings }],
      ["size", { checkpoint: { ...checkpoint, size: checkpoint.size + 1 } }],
      ["origin", { checkpoint: { ...checkpoint, origin: "other" } }],
    ] as const) {
      const odd = await write(`${name}.json`, JSON.stringify({ ...answer.body.data.inclusionProof, ...change }));
      assert.equal((await cli(["record", "verify-proof", odd, "--public-key", key])).code, 2, name);
    }
    for (const other of [
      "x",
      tlogProof.replace(/^index (.)/m, (_: string, at: string) => `index ${(Number(at) + 1) % 10}`),
      tlogProof.replace(/^extra ./m, (first: string) => (first.endsWith("A") ? "extra B" : "extra A")),
    ]) {
      const odd = await write("other.json", JSON.stringify({ ...answer.body.data.inclusionProof, tlogProof: other }));
      const refuted = await cli(["record", "verify-proof", odd, "--public-key", key]);
      assert.equal(refuted.code, 1, refuted.stderr);
      assert.match(refuted.stdout, /^Not proved: the tlogProof in the file is not the proof that stands beside it/);
    }
    // A key is given to be trusted: where there is none, no other is taken.
    const none = await verify("--public-key", await write("none.pub", "\n \n"));
    assert.deepEqual([none.code, none.stdout], [2, ""]);
    assert.match(none.stderr, /--public-key: .*none\.pub has no public key in it/);
    for (const [given, why] of [
      [
        publicKey.replace(/.$/, (last) => (last === "A" ? "B" : "A")),
        /--public-key: .* is no public key, or a character of it is wrong/,
      ],
      [join(folder, "absent.pub"), /--public-key: .*absent\.pub can't be read: there is no such file/],
      [await write("half.pub", publicKey.slice(0, -5)), /--public-key: .*half\.pub has a line that is no public key/],
    ] as const) {
      const wrong = await verify("--public-key", given);
      assert.equal(wrong.code, 2, given);
      assert.match(wrong.stderr, why);
    }
    const absent = await verify("--public-key", key, "--checkpoint", join(folder, "absent.txt"));
    assert.equal(absent.code, 2);
    assert.match(absent.stderr, /--checkpoint: .*absent\.txt can't be read: there is no such file/);
    const sound = await verify("--public-key", key, "--checkpoint", old);
    assert.equal(sound.code, 0, sound.stdout + sound.stderr);
    assert.match(sound.stdout, /^The record is what was signed: \d+ acts?, \d+ checkpoints?, root /);
  });

  test("a proof is asked for by auditors alone, and of a decision that is not signed yet it signs", async () => {
    const fresh = await decide();
    const { body } = await service.ask(PROOF, { variables: { id: fresh } });
    assert.ok(body.data.inclusionProof.checkpoint.size > body.data.inclusionProof.index);
    const read = "SELECT record FROM journal WHERE kind = 'AUDIT' AND record LIKE '%inclusionProof%'";
    const { field, filter, shown } = JSON.parse(String((await sqliteRaw(url, read)).at(-1)?.record));
    assert.deepEqual([field, filter, shown], ["inclusionProof", { decisionId: fresh }, 1]);
    const { key } = await service.createKey("REVIEWER");
    assert.equal(
      (await service.ask(PROOF, { variables: { id: fresh }, key })).body.errors[0].extensions.code,
      "FORBIDDEN",
    );
    assert.equal(
      (await service.ask(PROOF, { variables: { id: "absent" } })).body.errors[0].extensions.code,
      "NOT_FOUND",
    );
    const { from, to, hashes } = (
      await service.ask(`{ consistencyProof(from: 1, to: ${await signedSize()}) { from to hashes } }`)
    ).body.data.consistencyProof;
    assert.ok(from === 1 && to > 1 && hashes.length > 0);
    const wrong = await service.ask("{ consistencyProof(from: 5, to: 2) { hashes } }");
    assert.equal(wrong.body.errors[0].extensions.code, "BAD_USER_INPUT");
  });

  test("checkpoints are copied to a file, which verifies what the database no longer tells", async () => {
    const size = await signedSize();
    // That very one is not copied where a newer one, which speaks for it, was signed before the copy was made.
    await eventually("it is copied, or a newer one", async () =>
      [...(await readFile(copy(), "utf8").catch(() => "")).matchAll(/^pdp\.example\.org\/record\n(\d+)\n/gm)].some(
        ([, copied]) => Number(copied) >= size,
      ),
    );
    const kept = await verify("--public-key", publicKey, "--checkpoint", copy());
    assert.equal(kept.code, 0, kept.stdout);
    // A copy that broke off stands before the next.
    const broken = await write("broken.txt", `pdp.example.org/record\n7\nAbC\n${await readFile(copy(), "utf8")}`);
    assert.equal((await verify("--public-key", publicKey, "--checkpoint", broken)).code, 0);
    const cut = await write("cut.txt", `${await readFile(copy(), "utf8")}pdp.example.org/record\n7\n`);
    const passed = await verify("--public-key", publicKey, "--checkpoint", cut);
    assert.equal(passed.code, 0, passed.stdout);
    assert.match(passed.stderr, /^1 of \d+ notes in .*cut\.txt broke off, or are none, and prove nothing\.\n$/);
    const other = await verify("--checkpoint", await write("none.txt", "nothing\n"));
    assert.equal(other.code, 2);
    assert.equal((await cli(["record", "verify", "--database", `sqlite:${join(folder, "absent.db")}`])).code, 3);
    assert.equal((await cli(["record", "verify-proof", copy(), "--public-key", publicKey])).code, 2);
    assert.equal((await cli(["record", "verify-proof", copy()])).code, 2);
  });

  test("another key takes over while the service runs, and who has the old public key follows it", async () => {
    const before = await signedSize();
    const env = { DATABASE_URL: url };
    assert.equal((await cli(["record", "rotate-checkpoint-key", "--reason", " "], { env })).code, 2);
    const rotated = await cli(["record", "rotate-checkpoint-key", "--reason", "Once a year"], { env });
    assert.equal(rotated.code, 0, rotated.stderr);
    const fresh = rotated.stdout.trim();
    const keys = (await service.ask("{ checkpointKeys { publicKey sinceSize untilSize } }")).body.data.checkpointKeys;
    const end = keys[0].untilSize;
    assert.ok(end > before);
    assert.deepEqual(keys, [
      { publicKey, sinceSize: 0, untilSize: end },
      { publicKey: fresh, sinceSize: end, untilSize: null },
    ]);
    const [row] = await sqliteRaw(url, "SELECT record, personal FROM journal WHERE kind = 'CHECKPOINT_KEY'");
    const { at: _, author, ...act } = JSON.parse(String(row?.record));
    assert.deepEqual(act, { event: "ROTATED", before: publicKey, publicKey: fresh });
    assert.match(author, /^machine:/);
    assert.deepEqual(JSON.parse(String(row?.personal)), { text: "Once a year" });
    await decide();
    await eventually("the new key signs", async () => (await signedSize()) > end);
    for (const key of [publicKey, fresh].map((each) => ["--public-key", each])) {
      const { code, stdout } = await verify(...key);
      // The new key alone says nothing of what the old one signed.
      assert.equal(code, key[1] === publicKey ? 0 : 1, stdout);
    }
    assert.equal((await verify()).code, 0);
    assert.equal((await verify("--public-key", publicKey, "--public-key", fresh, "--tree-only")).code, 0);
  });

  test("at a shutdown all that is on record is signed; a private key of another record signs nothing", async () => {
    for (let n = 0; n < 5; n++) await decide();
    await service.app.close();
    const [{ n: acts } = { n: 0 }] = await sqliteRaw(url, "SELECT COUNT(*) AS n FROM journal");
    const done = await verify("--public-key", publicKey, "--json");
    const { findings, pending, signedSize: signed, size } = JSON.parse(done.stdout);
    assert.deepEqual([findings, pending, signed, size], [[], 0, acts, acts]);
    const key = join(folder, "record.db.checkpoint-key");
    const own = await readFile(key, "utf8");
    const foreign = await startService({
      SCOPEWARDEN_CHECKPOINT_MS: "100",
      SCOPEWARDEN_CHECKPOINT_KEY: join(folder, "foreign"),
    });
    await eventually(
      "it has a key",
      async () => (await readFile(join(folder, "foreign"), "utf8").catch(() => "")) !== "",
    );
    await foreign.stop();
    await writeFile(key, await readFile(join(folder, "foreign"), "utf8"));
    service = await start();
    await decide();
    await eventually("it is told", () => service.lines.some((line) => line.includes("is not that of the record")));
    assert.equal(await signedSize(), acts);
    const failures = /scopewarden_checkpoint_failures_total\{step="sign"\} [1-9]/;
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    await eventually("failures are counted", async () =>
      failures.test((await service.get("/metrics", { headers })).text),
    );
    await writeFile(key, own);
    await eventually("it signs again", async () => (await signedSize()) > Number(acts));
  });

  test("a row that was changed is named, and the service does not start over it", async () => {
    await service.stop();
    await sqliteRaw(url, "DROP TRIGGER journal_no_update");
    const [row] = await sqliteRaw(url, `SELECT seq, record FROM journal WHERE id = '${decisionId}'`);
    assert.match(String(row?.record), /DENY/);
    const change = (from: string, to: string) =>
      sqliteRaw(url, `UPDATE journal SET record = replace(record, '"${from}"', '"${to}"') WHERE seq = ${row?.seq}`);
    await change("DENY", "ALLOW");
    const { code, stdout } = await verify("--public-key", publicKey);
    assert.equal(code, 1);
    const told = `the act ${decisionId} at position ${row?.seq} is not what was put on record`;
    assert.equal(stdout.split("\n")[0], `changed: ${told}`);
    await assert.rejects(start(), new RegExp(`the act at position ${row?.seq} is not what was put on record`));
    await change("ALLOW", "DENY");
    await sqliteRaw(url, "DROP TRIGGER record_checkpoint_is_kept");
    await sqliteRaw(url, "DELETE FROM record_checkpoint");
    const unsigned = await verify("--public-key", publicKey);
    assert.deepEqual([unsigned.code, /^nothing is signed: /.test(unsigned.stdout)], [1, true], unsigned.stdout);
  });
});

describe("checkpoints that are posted", () => {
  test("arrive at an address outside, again after it was down, and keep nobody waiting", async () => {
    const bodies: string[] = [];
    let status = 500;
    const receiver = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => {
        body += part;
      });
      request.on("end", () => {
        if (status === 200) bodies.push(body);
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const { port } = receiver.address() as AddressInfo;
    const service = await startService({
      SCOPEWARDEN_CHECKPOINT_MS: "100",
      SCOPEWARDEN_CHECKPOINT_COPY: `http://127.0.0.1:${port}/`,
    });
    try {
      const { id } = (await service.ask(DECIDE)).body.data.decide;
      assert.ok(id);
      const headers = { authorization: `Bearer ${ADMIN_KEY}` };
      const failures = /scopewarden_checkpoint_failures_total\{step="copy"\} [1-9]/;
      await eventually("failures are counted", async () =>
        failures.test((await service.get("/metrics", { headers })).text),
      );
      status = 200;
      await eventually("one arrives", () => bodies.length > 0);
      const { note } = (await service.ask(CHECKPOINT)).body.data.checkpoint;
      await eventually("the newest has arrived", () => bodies.at(-1) === note);
    } finally {
      await service.stop();
      await new Promise((resolve) => receiver.close(resolve));
    }
  });
});
