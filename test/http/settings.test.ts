// Each variable of the environment with a wrong value: all of them are named in one answer, with what was expected, and nothing is started.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { ConfigError, VARIABLES } from "../../src/config.ts";
import { readSettings } from "../../src/settings.ts";
import { argumentsOf } from "../support/program.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "scopewarden-settings-"));
  await mkdir(join(folder, "folder"));
  await writeFile(join(folder, "other"), "something else\n");
});
after(() => rm(folder, { recursive: true, force: true }));

/** By variable; `@` is a folder with a folder and a file of something else. */
const WRONG: { readonly [name: string]: readonly [value: string, ...more: string[]] } = {
  NODE_ENV: ["prod", "PRODUCTION"],
  PORT: ["70000", "many", "-1"],
  HOST: ["http://somewhere/", "1.2.3", "300.1.1.1"],
  DATABASE_URL: ["mysql://x", "sqlite:@/folder", "sqlite:@/other/a.db", "postgres://host:port/x"],
  SCOPEWARDEN_PUBLIC_URL: ["ftp://pdp.example.org", "pdp.example.org"],
  SCOPEWARDEN_BASE_PATH: ["scopewarden", "/console"],
  SCOPEWARDEN_FHIR_VERSION: ["R6"],
  LOG_LEVEL: ["loud"],
  SCOPEWARDEN_ADMIN_KEY: ["short"],
  SCOPEWARDEN_FIRST_KEY_FILE: ["@/folder", "@/other/key", "@/key/"],
  SCOPEWARDEN_JWKS_URL: ["http://as.example.org/jwks", "nowhere"],
  SCOPEWARDEN_JWT_ISSUER: ["https://as.example.org/#x"],
  SCOPEWARDEN_JWT_AUDIENCE: ["\u0007"],
  SCOPEWARDEN_GUARD_AUDIENCES: ["https://fhir.example.org/r4"],
  SCOPEWARDEN_JWT_ISSUERS: ["@/absent.yaml", "@/folder", "@/other"],
  SCOPEWARDEN_JWT_PEOPLE: ["=x"],
  SCOPEWARDEN_JWT_MAX_AGE: ["0"],
  SCOPEWARDEN_STEP_UP_MINUTES: ["0"],
  SCOPEWARDEN_CONSOLE_CLIENT_ID: ["é"],
  SCOPEWARDEN_CONSOLE_SCOPES: ["profile"],
  SCOPEWARDEN_CONSOLE: ["yes"],
  SCOPEWARDEN_PLAYGROUND: ["yes"],
  SCOPEWARDEN_DOCS: ["yes"],
  SCOPEWARDEN_INTROSPECTION: ["1"],
  SCOPEWARDEN_FOUR_EYES: ["true"],
  SCOPEWARDEN_REPLAY_REQUIRED: ["true"],
  SCOPEWARDEN_REPLAY_MAX_AGE_HOURS: ["0"],
  SCOPEWARDEN_REPLAY_MAX_FLIPS: ["-1"],
  SCOPEWARDEN_PROPOSAL_DAYS: ["367"],
  SCOPEWARDEN_MAX_REQUEST_BYTES: ["1"],
  SCOPEWARDEN_MAX_DECISIONS: ["0"],
  SCOPEWARDEN_MAX_DEPTH: ["2"],
  SCOPEWARDEN_MAX_FIELDS: ["1"],
  SCOPEWARDEN_MAX_JOURNAL_READS: ["0"],
  SCOPEWARDEN_MAX_TOKENS: ["1"],
  SCOPEWARDEN_MAX_CONTEXT_BYTES: ["-1"],
  SCOPEWARDEN_MAX_CONTEXT_DEPTH: ["0"],
  SCOPEWARDEN_JOURNAL_QUEUE: ["0"],
  SCOPEWARDEN_JOURNAL_QUEUE_BYTES: ["1"],
  SCOPEWARDEN_POLICY_POLL_MS: ["1"],
  SCOPEWARDEN_RETENTION_MS: ["1h"],
  SCOPEWARDEN_SUNSET_POLL_MS: ["1"],
  SCOPEWARDEN_REQUEST_TIMEOUT_MS: ["1"],
  SCOPEWARDEN_SEND_TIMEOUT_MS: ["1"],
  SCOPEWARDEN_AUTH_FAILURES: ["0"],
  SCOPEWARDEN_TRUSTED_PROXIES: ["proxy", "0.0.0.0/0"],
  SCOPEWARDEN_PLACE_DATA: ["@/absent.mmdb", "@/other", "a.mmdb,,b.mmdb"],
  SCOPEWARDEN_SHUTDOWN_TIMEOUT_MS: ["1"],
  SCOPEWARDEN_DRAIN_MS: ["600000", "soon"],
  SCOPEWARDEN_WEBHOOK_URL: ["http://siem.example.org/"],
  SCOPEWARDEN_WEBHOOK_SECRET: ["secret"],
  SCOPEWARDEN_WEBHOOK_TIMEOUT_MS: ["1"],
  SCOPEWARDEN_WEBHOOK_ATTEMPTS: ["0"],
  SCOPEWARDEN_WEBHOOK_KEEP_DAYS: ["0"],
  SCOPEWARDEN_WEBHOOK_POLL_MS: ["1"],
  SCOPEWARDEN_REMIND_WAITING_MINUTES: ["-1"],
  SCOPEWARDEN_REMIND_ENDING_MINUTES: ["-1"],
  SCOPEWARDEN_CHECKPOINT_KEY: ["@/folder", "@/other/key", "@/key/"],
  SCOPEWARDEN_CHECKPOINT_ORIGIN: ["two words"],
  SCOPEWARDEN_CHECKPOINT_MS: ["1"],
  SCOPEWARDEN_CHECKPOINT_COPY: ["@/absent/copy", "@/folder", "http://copies.example.org/"],
  SCOPEWARDEN_SINK_FILE: ["@/absent/record.ndjson", "@/folder", "@/other", "/dev/null"],
  SCOPEWARDEN_SINK_FILE_MAX_BYTES: ["1"],
  SCOPEWARDEN_SINK_FILE_DAILY: ["yes"],
  SCOPEWARDEN_SINK_FILE_KEEP: ["0"],
  SCOPEWARDEN_SINK_URL: ["http://siem.example.org/"],
  SCOPEWARDEN_SINK_SECRET: ["secret"],
  SCOPEWARDEN_SINK_TIMEOUT_MS: ["1"],
  SCOPEWARDEN_SINK_ATTEMPTS: ["0"],
  SCOPEWARDEN_SINK_FORMAT: ["csv"],
  SCOPEWARDEN_SINK_PERSONAL: ["some"],
  SCOPEWARDEN_SINK_BEGIN: ["never"],
  SCOPEWARDEN_SINK_POLL_MS: ["1"],
  SCOPEWARDEN_JWKS_REFRESH_MS: ["1"],
  SCOPEWARDEN_JWKS_MAX_STALE_MS: ["1"],
};
const names = VARIABLES.map(({ name }) => name);
const wrongOf = (name: string): readonly string[] => (WRONG[name] ?? []).map((value) => value.replace("@", folder));

async function problemsOf(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  try {
    await readSettings({ DATABASE_URL: `sqlite:${join(folder, "new.db")}`, ...env });
  } catch (error) {
    assert(error instanceof ConfigError);
    return error.problems;
  }
  return [];
}
const nameOf = (problem: string): string => /^\w+/.exec(problem)?.[0] ?? "";

test("each variable has wrong values here, and each of those is refused by its name, with what was expected", async () => {
  assert.deepEqual(Object.keys(WRONG), names);
  assert.deepEqual(await problemsOf({}), []);
  for (const name of names)
    for (const value of wrongOf(name)) {
      const problems = await problemsOf({ [name]: value });
      assert.ok(problems.map(nameOf).includes(name), `${name}=${value}: ${problems.join("\n")}`);
      for (const problem of problems)
        assert.match(problem, /^\w+:? .*(must|names all|goes with|needs an|line \d+)/, `${name}=${value}`);
    }
});

test("what leads to a file is not refused where that can be written, or made", async () => {
  for (const name of ["SCOPEWARDEN_FIRST_KEY_FILE", "SCOPEWARDEN_CHECKPOINT_KEY"])
    for (const path of ["new", "new/folder/key"])
      assert.deepEqual(await problemsOf({ [name]: join(folder, path) }), []);
  for (const name of ["SCOPEWARDEN_CHECKPOINT_COPY", "SCOPEWARDEN_SINK_FILE"])
    assert.deepEqual(await problemsOf({ [name]: join(folder, "new") }), []);
  assert.deepEqual((await readdir(folder)).sort(), ["folder", "other"], "nothing was made");
});

/** Runs a program as a user that may write nothing of another's, and without what the environment says here. */
async function run(
  program: string,
  { env, isNobody = false }: { readonly env: Readonly<Record<string, string>>; readonly isNobody?: boolean },
  more: readonly string[] = [],
) {
  const child = spawn(process.execPath, [...argumentsOf(program), ...more], {
    cwd: folder,
    // Where nothing is compiled, the loader reads how from there.
    env: { PATH: process.env.PATH, TSX_TSCONFIG_PATH: resolve("tsconfig.json"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...(isNobody && process.getuid?.() === 0 && { uid: 65_534, gid: 65_534 }),
  });
  const told = { said: "", logged: "" };
  child.stderr.on("data", (data) => {
    told.said += data;
  });
  child.stdout.on("data", (data) => {
    told.logged += data;
  });
  const [code] = await once(child, "close");
  return { code, ...told };
}

test("a folder without rights is named, and is no failure of a port", async () => {
  const [locked, open] = [join(folder, "locked"), join(folder, "open")];
  await mkdir(locked, { mode: 0o555 });
  await mkdir(open);
  await chmod(open, 0o777);
  await chmod(folder, 0o755);
  const env = { PORT: "0", TMPDIR: open };
  const database = await run("src/main.ts", {
    env: { ...env, DATABASE_URL: `sqlite:${locked}/new/a.db` },
    isNobody: true,
  });
  assert.deepEqual([database.code, database.logged], [2, ""], database.said);
  assert.match(database.said, new RegExp(`DATABASE_URL must be .*: ${locked} is not writable`));
  // Whether a first key is needed is known when the service has begun.
  const key = await run("src/main.ts", {
    env: { ...env, DATABASE_URL: `sqlite:${open}/a.db`, SCOPEWARDEN_FIRST_KEY_FILE: `${locked}/new/key` },
    isNobody: true,
  });
  assert.equal(key.code, 1, key.said);
  assert.match(
    key.said,
    new RegExp(`^scopewarden can't start: this user may not make the folder ${locked}/new \\(EACCES\\)`, "m"),
  );
  assert.doesNotMatch(key.said, /port/);
  // The database is there and may be written, but not what stands beside it.
  await chmod(locked, 0o777);
  await writeFile(join(locked, "a.db"), "", { mode: 0o666 });
  await chmod(join(locked, "a.db"), 0o666);
  await chmod(locked, 0o555);
  const beside = await run("src/main.ts", { env: { ...env, DATABASE_URL: `sqlite:${locked}/a.db` }, isNobody: true });
  assert.equal(beside.code, 1, beside.said);
  assert.match(beside.said, new RegExp(`^scopewarden can't start: .*${locked}`, "m"));
  assert.doesNotMatch(beside.said, /port/);
  const host = await run("src/main.ts", { env: { ...env, DATABASE_URL: `sqlite:${open}/b.db`, HOST: "192.0.2.1" } });
  assert.equal(host.code, 1);
  assert.match(host.said, /^scopewarden can't start: HOST \(192\.0\.2\.1\) is no address of this machine/m);
  for (const made of [locked, open]) await rm(made, { recursive: true });
});

for (const [program, more] of [
  ["src/main.ts", []],
  ["src/cli/main.ts", ["serve"]],
] as const)
  test(`all of them wrong at once are all named in one answer, with exit code 2 (${program})`, async () => {
    const env = Object.fromEntries(names.map((name) => [name, wrongOf(name)[0] ?? ""]));
    const { code, logged, said } = await run(program, { env }, more);
    assert.equal(code, 2, said);
    const [title, ...lines] = said.trimEnd().split("\n");
    assert.equal(title, "The configuration is not valid:");
    const missing = names.filter((name) => !lines.some((line) => nameOf(line.trim()) === name));
    assert.deepEqual(missing, [], said);
    assert.equal(logged, "", "nothing was started");
    assert.deepEqual((await readdir(folder)).sort(), ["folder", "other"]);
  });
