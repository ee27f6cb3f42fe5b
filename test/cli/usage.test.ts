import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { test } from "node:test";
import { run } from "../../src/cli/program.ts";
import { cli, temporaryFolder } from "./support.ts";

/** The same in this process, for the many cases that fail before anything is loaded. */
async function here(
  args: readonly string[],
  stdin: readonly Uint8Array[] = [],
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await run(args, { stdin: Readable.from(stdin), stdout, stderr });
  return { code, stdout: String(stdout.read() ?? ""), stderr: String(stderr.read() ?? "") };
}

test("help for all and for each command, on standard output, with examples", async () => {
  const alone = ["serve", "demo", "guard", "block", "unblock"];
  const grouped = ["policy seed", "key recover", "ask decision", "ask bundle", "record verify", "db backup"];
  const general = await cli(["--help"]);
  assert.equal(general.code, 0);
  for (const command of alone) assert.match(general.stdout, new RegExp(`^ {2}${command} `, "m"));
  for (const [group, command] of grouped.map((each) => each.split(" ")))
    assert.match(general.stdout, new RegExp(`^ {2}${group} .*:[^:]* ${command}\\b`, "ms"));
  const helps = await Promise.all([...alone, ...grouped].map((command) => cli([...command.split(" "), "--help"])));
  for (const { code, stdout, stderr } of helps) {
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /Examples?:\n {2}\$ /);
  }
});

test("the help of all is one screen of 24 lines", async () => {
  const { code, stdout } = await here(["--help"]);
  assert.equal(code, 0);
  const lines = stdout.trimEnd().split("\n");
  assert.ok(lines.length <= 24, `${lines.length} lines`);
  for (const line of lines) assert.ok(line.length <= 100, line);
});

test("a command without its group, and one by an older name, is told where it is", async () => {
  const told = async (name: string) => (await here([name])).stderr;
  assert.equal(await told("verify"), "There is no command verify. Did you mean scopewarden record verify?\n");
  assert.equal(
    await told("export"),
    "There is no command export. Did you mean scopewarden policy export or scopewarden record export?\n",
  );
  const renamed = { authorize: "ask decision", "check-bundle": "ask bundle", "recover-key": "key recover" };
  const others = { token: "key check-token", "verify-database": "db check" };
  for (const [name, now] of Object.entries({ ...renamed, ...others })) {
    assert.equal(await told(name), `There is no command ${name}. Did you mean scopewarden ${now}?\n`);
    assert.equal((await here([...now.split(" "), "--help"])).code, 0);
  }
});

/** The files that a command line loads, as the engine's coverage has them. */
async function loaded(args: readonly string[]): Promise<readonly string[]> {
  const dir = await temporaryFolder();
  assert.equal((await cli(args, { env: { NODE_V8_COVERAGE: dir } })).code, 0);
  const files = await Promise.all((await readdir(dir)).map((name) => readFile(join(dir, name), "utf8")));
  return files.flatMap((text) => (JSON.parse(text) as { result: { url: string }[] }).result.map(({ url }) => url));
}

test("a command line loads what its command needs, and no more", async () => {
  const [version, authorize, lint] = await Promise.all(
    [["--version"], ["ask", "decision", "--help"], ["policy", "lint", "--help"]].map(loaded),
  );
  const has = (urls: readonly string[] | undefined, what: RegExp): boolean =>
    urls?.some((url) => what.test(url)) ?? false;
  assert.ok(has(version, /src\/cli\/program\.[jt]s$/));
  assert.ok(has(lint, /node_modules\/yaml\//));
  for (const urls of [version, authorize]) assert.ok(!has(urls, /node_modules\/(yaml|typeorm|graphql|casbin)\//));
  assert.ok(has(authorize, /src\/cli\/authorizeCommand\.[jt]s$/));
  assert.ok(!has(version, /src\/cli\/\w+Command\.[jt]s$/));
  assert.ok(!has(authorize, /src\/(domain\/policy|engine|storage)\/|src\/cli\/seedCommand/));
});

test("version", async () => {
  const { version } = JSON.parse(await readFile("package.json", "utf8")) as { readonly version: string };
  assert.deepEqual(await cli(["--version"]), { code: 0, stdout: `${version}\n`, stderr: "" });
});

const wrong: readonly { readonly args: readonly string[]; readonly hint: RegExp }[] = [
  { args: [], hint: /^Usage: scopewarden/ },
  { args: ["recrod"], hint: /Did you mean record\?/ },
  { args: ["ask", "decison"], hint: /Did you mean decision\?/ },
  { args: ["ask", "decision", "--clinet", "c"], hint: /Did you mean --client\?[\s\S]*--help/ },
  { args: ["ask", "decision", "--client"], hint: /argument missing/ },
  { args: ["ask", "decision", "--key", "secret"], hint: /unknown option '--key'/ },
  { args: ["ask", "bundle"], hint: /missing required argument 'file'/ },
  { args: ["policy", "seed", "a", "b"], hint: /too many arguments/ },
  { args: ["ask\u001b[2J"], hint: /ask\\u\{1b\}\[2J/ },
  { args: ["ask", "decision"], hint: /--client is missing/ },
  { args: ["ask", "decision", "--client", "c"], hint: /--resource is missing/ },
  {
    args: ["ask", "decision", "--client", "c", "--resource", "Patient"],
    hint: /There is no key\. Set SCOPEWARDEN_KEY/,
  },
  {
    args: ["ask", "decision", "--client", "c", "--resource", "Patient", "--attributes", "{"],
    hint: /--attributes must be JSON\./,
  },
  {
    args: ["ask", "decision", "--client", "c", "--resource", "Patient", "--context", "[]"],
    hint: /--context must be a JSON object\./,
  },
  {
    args: [
      "ask",
      "decision",
      "--client",
      "c",
      "--resource",
      "Patient",
      "--patient",
      "p",
      "--context",
      '{"patient":"q"}',
    ],
    hint: /given twice/,
  },
  {
    args: ["ask", "decision", "--client", "c", "--resource", "Patient", "--subject-organization", "o"],
    hint: /needs --subject/,
  },
  { args: ["ask", "decision", "--client", "c", "--input", "-"], hint: /--input is the whole request/ },
  { args: ["ask", "decision", "--input", "/nowhere/request.json"], hint: /can't be read/ },
  {
    args: ["ask", "decision", "--client", "c", "--resource", "Patient", "--key-file", "/nowhere/key"],
    hint: /key file \/nowhere\/key can't be read/,
  },
  {
    args: ["ask", "decision", "--client", "c", "--resource", "Patient", "--url", "ftp://x"],
    hint: /must begin with http/,
  },
  {
    args: ["ask", "decision", "--client", "c", "--resource", "Patient", "--url", "http://u:p@x"],
    hint: /no user name, password/,
  },
  {
    args: ["ask", "decision", "--client", "c", "--resource", "Patient", "--timeout", "soon"],
    hint: /--timeout must be/,
  },
  { args: ["ask", "bundle", "/nowhere/b.json", "--client", "c"], hint: /\/nowhere\/b\.json can't be read/ },
  {
    args: ["record", "disclosures", "--patient", "ada", "--from", "2026-01-01", "--to", "2026-02-01", "--kind", "NOPE"],
    hint: /^--kind must be one of EMERGENCY, OTHER, TREATMENT, PAYMENT, .*, and NOPE is none\./,
  },
  {
    args: ["record", "export", "--format", "csv", "--output", "/nowhere/x.csv", "--from", "2026-02-30T00:00:00Z"],
    hint: /--from must be a date/,
  },
  { args: ["policy", "seed", "/nowhere"], hint: /\/nowhere is not a folder/ },
];
for (const { args, hint } of wrong) {
  test(`usage: ${JSON.stringify(args)}`, async () => {
    const { code, stdout, stderr } = await here(args);
    assert.match(stderr, hint);
    assert.deepEqual([code, stdout], [2, ""]);
  });
}

test("a request or a list of scopes that is not UTF-8 text, or is too large, is refused", async () => {
  for (const args of [
    ["ask", "decision", "--input", "-"],
    ["policy", "lint", "-"],
  ]) {
    const wrongText = await here(args, [Buffer.from([0x7b, 0x22, 0xe9, 0x22, 0x7d])]);
    assert.match(wrongText.stderr, /^The file - is not UTF-8 text/);
    const tooLarge = await here(args, [Buffer.alloc(16 * 1024 * 1024 + 1, " ")]);
    assert.match(tooLarge.stderr, /^The file - has more than 16777216 bytes/);
    assert.deepEqual([wrongText.code, tooLarge.code], [2, 2]);
  }
});

test("a configuration that is not valid is named, and its values are not", async () => {
  const ended = await Promise.all([
    cli(["serve"], { env: { PORT: "many", DATABASE_URL: "mysql://user:hunter2@db" } }),
    cli(["policy", "seed"], { env: { DATABASE_URL: "mysql://user:hunter2@db" } }),
    cli(["demo"], { env: { PORT: "many" } }),
  ]);
  for (const { code, stderr } of ended) {
    assert.equal(code, 2);
    assert.match(stderr, /^The configuration is not valid:\n {2}(PORT|DATABASE_URL) must be /);
    assert.doesNotMatch(stderr, /hunter2|many/);
  }
});
