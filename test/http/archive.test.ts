import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { encodeCursor } from "../../src/doors/cursors.ts";
import { cleanEnv, cli, MAIN, temporaryFolder } from "../cli/support.ts";
import { eventually } from "../support/eventually.ts";
import { type Service, startService } from "./support.ts";

const AUTHORIZE = "query($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { id } }";
const PERIOD = { from: "2024-01-01T00:00:00Z", to: "2024-12-31T00:00:00Z" };
const HISTORY = `query($from: DateTime!, $to: DateTime!) {
  accessHistory(patient: "ada", from: $from, to: $to, outcome: DENY) { denied archived { month } }
  accountingOfDisclosures(patient: "ada", from: $from, to: $to) { archived { month file sha256 acts } }
  decisions(filter: { patient: "ada", from: $from, to: $to }) { edges { node { decidedAt } } archived { month } }
  all: decisions { archived { month } }
  archives { month file sha256 acts at } }`;

describe("a service whose oldest months are archived", () => {
  let folder: string;
  let to: string;
  let service: Service;
  let auditor: string;
  let publicKey: string;
  let now = Date.parse("2024-03-10T12:00:00Z");
  const place = (name: string) => join(folder, name);
  const env = () => ({
    DATABASE_URL: `sqlite:${place("test.db")}`,
    SCOPEWARDEN_URL: service.url,
    SCOPEWARDEN_KEY: auditor,
  });
  const asAuditor = (query: string, variables: unknown = {}) => service.ask(query, { key: auditor, variables });
  const decide = async (at: string) => {
    now = Date.parse(at);
    const inputs = Array.from({ length: 20 }, (_, i) => ({
      clientId: "ehr",
      subject: { id: `nina${i}` },
      action: "read",
      resource: { type: "Observation", id: `o${i}`, patient: "ada" },
    }));
    const { body, text } = await service.ask(AUTHORIZE, { variables: { inputs } });
    assert.equal(body.errors, undefined, text);
  };

  before(async () => {
    folder = await temporaryFolder();
    to = place("archives");
    await mkdir(to);
    service = await startService(
      { DATABASE_URL: `sqlite:${place("test.db")}`, SCOPEWARDEN_CHECKPOINT_MS: "100" },
      { clock: () => now },
    );
    auditor = (await service.createKey("AUDITOR")).key;
    await decide("2024-03-10T12:00:00Z");
    await decide("2024-04-10T12:00:00Z");
    await decide("2024-05-10T12:00:00Z");
    await eventually("all is signed", async () => {
      const { data } = (await service.ask("{ checkpoint { size } }")).body;
      return data.checkpoint?.size >= 60;
    });
    publicKey = (await service.ask("{ checkpointKeys { publicKey } }")).body.data.checkpointKeys[0].publicKey;
    // Beside the service, which goes on.
    const done = await cli(["record", "archive", "--before", "2024-05", "--to", to, "--reason", "Old"], { env: env() });
    assert.equal(done.code, 0, done.stderr);
  });
  after(() => service.stop());

  test("says of each window which months are in files, and shows what is left", async () => {
    const { body, text } = await asAuditor(HISTORY, PERIOD);
    assert.equal(body.errors, undefined, text);
    const { accessHistory, accountingOfDisclosures, all, archives, decisions } = body.data;
    const months = [{ month: "2024-03" }, { month: "2024-04" }];
    assert.deepEqual(accessHistory, { denied: 20, archived: months });
    assert.deepEqual([decisions.archived, all.archived], [months, months]);
    assert.equal(decisions.edges.length, 20);
    assert.deepEqual(
      accountingOfDisclosures.archived.map(({ file, month }: { file: string; month: string }) => [month, file]),
      months.map(({ month }) => [month, `scopewarden-${month}.ndjson`]),
    );
    assert.equal(archives.length, 2);
    const may = await asAuditor(HISTORY, { ...PERIOD, from: "2024-05-01T00:00:00Z" });
    assert.deepEqual(may.body.data.decisions.archived, []);
    const { key } = await service.createKey("SERVICE");
    assert.equal((await service.ask("{ archives { month } }", { key })).body.errors[0].extensions.code, "FORBIDDEN");
    const told = await cli(
      ["record", "disclosures", "--patient", "ada", "--from", "2024-01-01", "--to", "2024-12-31"],
      {
        env: env(),
      },
    );
    assert.match(told.stdout, /\n2024-03 is not in the database, but in scopewarden-2024-03\.ndjson\b/);
  });

  test("an export begins after what is archived, and proves itself with what comes before it", async () => {
    const done = await cli(["record", "export", "--format", "ndjson", "--output", place("rest.ndjson")], {
      env: env(),
    });
    assert.equal(done.code, 0, done.stderr);
    const [first = "", second = ""] = (await readFile(place("rest.ndjson"), "utf8")).split("\n");
    const begin = JSON.parse(first);
    assert.deepEqual([begin.kind, begin.month, begin.first], ["EXPORT_BEGIN", null, JSON.parse(second).index]);
    const proved = await cli(["record", "verify", "--file", place("rest.ndjson"), "--public-key", publicKey]);
    assert.equal(proved.code, 0, proved.stdout + proved.stderr);
    assert.match(proved.stdout, /^The file has the record as it was signed: acts number \d+ to \d+, /);
    // One that began before can't go on.
    const after = encodeCursor("exportPage", "3-60-0");
    const old = await asAuditor(`{ exportPage(format: NDJSON, after: "${after}") { lines } }`);
    assert.match(old.body.errors[0].message, /archived meanwhile/);
  });

  test("an archive proves a decision that is in it, and refutes another", async () => {
    const path = join(to, "scopewarden-2024-03.ndjson");
    const lines = (await readFile(path, "utf8")).split("\n").map((line) => (line === "" ? {} : JSON.parse(line)));
    const { id } = lines.find(({ kind }) => kind === "DECISION");
    const args = ["record", "verify-proof", path, "--public-key", publicKey, "--decision"];
    const proved = await cli([...args, id]);
    assert.equal(proved.code, 0, proved.stderr);
    assert.match(proved.stdout, /^Proved: it is act number \d+, in 2024-03 of the record as it was signed\.\n/);
    assert.match(proved.stdout, /\n {2}request\.subject\.id: "nina0"\n/);
    const capitals = await cli([...args, id.toUpperCase()]);
    assert.deepEqual([capitals.code, capitals.stdout], [0, proved.stdout], capitals.stderr);
    const refuted = await cli([...args, "0193a5c0-0000-7000-8000-000000000000"]);
    assert.deepEqual([refuted.code, refuted.stdout], [1, ""]);
    assert.match(refuted.stderr, /^Refuted: there is no decision 0193a5c0-0000-7000-8000-000000000000 in 2024-03 of/);
    for (const wrong of ["nope", "", ` ${id}`, `${id}0`]) {
      const { code, stderr } = await cli([...args, wrong]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /^--decision must be the id of a decision, such as 018f5c1e-/);
    }
    const none = await cli(["record", "verify-proof", path, "--decision", id]);
    assert.equal(none.code, 2);
  });

  test("an archive that was changed is refused, with a command that says what is wrong", async () => {
    const lines = (await readFile(join(to, "scopewarden-2024-03.ndjson"), "utf8")).split("\n");
    const path = place("changed.ndjson");
    await writeFile(path, lines.map((line) => line.replace('"outcome":"DENY"', '"outcome":"ALLOW"')).join("\n"));
    const { id } = JSON.parse(lines.find((line) => line.includes('"kind":"DECISION"')) ?? "");
    for (const args of [
      ["record", "open-archive", path],
      ["record", "verify-proof", path, "--decision", id],
    ]) {
      const refused = await cli([...args, "--public-key", publicKey]);
      assert.deepEqual([refused.code, refused.stdout], [1, ""], refused.stderr);
      const [, command = ""] = /^Ask what is wrong: scopewarden (.*)$/m.exec(refused.stderr) ?? [];
      const told = await cli(command.split(" "));
      assert.equal(told.code, 1, told.stderr);
      assert.match(told.stdout, /^line \d+: changed: the act /);
    }
  });

  test("an archive that was cut has another copy, and an export is gone on with", async () => {
    const archive = await readFile(join(to, "scopewarden-2024-03.ndjson"), "utf8");
    const [path, end] = [place("cut.ndjson"), archive.lastIndexOf("\n{")];
    // Without its last line, in the middle of it, and in the first act.
    for (const length of [end + 1, end + 100, archive.indexOf("\n") + 100]) {
      await writeFile(path, archive.slice(0, length));
      for (const args of [
        ["record", "verify", "--file", path],
        ["record", "open-archive", path],
        ["record", "verify-proof", path, "--decision", "0193a5c0-0000-7000-8000-000000000000"],
      ]) {
        const { code, stderr, stdout } = await cli([...args, "--public-key", publicKey]);
        assert.deepEqual([code, stdout], [2, ""], stderr);
        assert.match(stderr, /cut\.ndjson was cut: the line that ends an archive is gone\.\n.*take another copy/);
      }
    }
    const whole = await readFile(place("rest.ndjson"), "utf8");
    await writeFile(path, whole.slice(0, whole.lastIndexOf("\n{") + 1));
    const { stderr } = await cli(["record", "verify", "--file", path, "--public-key", publicKey]);
    assert.match(
      stderr,
      /was cut: the line that ends an export is gone\.\nGo on with scopewarden record export --resume/,
    );
  });

  test("an archive that is opened answers the same commands, and leaves nothing behind", async () => {
    const files = ["2024-03", "2024-04"].map((month) => join(to, `scopewarden-${month}.ndjson`));
    const child: ChildProcess = spawn(
      process.execPath,
      [...MAIN, "record", "open-archive", ...files, "--public-key", publicKey],
      {
        env: cleanEnv(),
        stdio: "pipe",
      },
    );
    let [said, wrong] = ["", ""];
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      wrong += text;
    });
    const gone = new Promise((resolve) => child.once("exit", resolve));
    try {
      await eventually("the archive is open", () => Promise.resolve(/Ctrl-C/.test(said) || child.exitCode !== null));
      const [, file = ""] = /^\. (\S+)$/m.exec(said) ?? [];
      assert.notEqual(file, "", wrong);
      const access = await readFile(file, "utf8");
      const [, url = "", key = ""] = /SCOPEWARDEN_URL='(\S+)'\n.*SCOPEWARDEN_KEY='(\S+)'/.exec(access) ?? [];
      const asked = { env: { SCOPEWARDEN_URL: url, SCOPEWARDEN_KEY: key } };
      const args = ["--patient", "ada", "--from", "2024-01-01", "--to", "2024-12-31"];
      const history = await cli(["record", "disclosures", ...args, "--history", "--denied", "--csv"], asked);
      assert.equal(history.code, 0, history.stderr);
      assert.equal(history.stdout.split("\r\n").length, 40 + 2);
      const csv = await cli(["record", "export", "--format", "csv", "--output", place("old.csv")], asked);
      assert.equal(csv.code, 0, csv.stderr);
      assert.equal((await readFile(place("old.csv"), "utf8")).split("\r\n").length, 40 + 2);
      const ask = async (query: string) => {
        const answer = await fetch(`${url}/graphql`, {
          method: "POST",
          headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
          body: JSON.stringify({ query }),
        });
        return (await answer.json()) as Awaited<ReturnType<Service["ask"]>>["body"];
      };
      const held = await ask('mutation { placeLegalHold(input: { patient: "ada", reason: "Case 17" }) { id } }');
      assert.equal(held.errors[0].extensions.code, "FORBIDDEN");
      assert.match(
        held.errors[0].message,
        /^This is an archive that was opened to be read: nothing can be changed in it/,
      );
      assert.deepEqual((await ask("{ legalHolds { edges { node { id } } } }")).data.legalHolds.edges, []);
      child.kill("SIGTERM");
      await gone;
      assert.ok(!existsSync(dirname(file)));
    } finally {
      child.kill("SIGKILL");
      await gone;
    }
    const changed = await cli([
      "record",
      "open-archive",
      place("rest.ndjson").replace("rest", "none"),
      "--public-key",
      publicKey,
    ]);
    assert.equal(changed.code, 2);
  });
});
