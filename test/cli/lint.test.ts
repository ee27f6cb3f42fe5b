import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { cleanEnv, cli, MAIN, temporaryFolder } from "./support.ts";

let dir = "";
const file = async (name: string, text: string): Promise<string> => {
  const path = join(dir, name);
  await writeFile(path, text);
  return path;
};
before(async () => {
  dir = await temporaryFolder();
});

const WRONG = "http://terminology.hl7.org//CodeSystem-observation-category|social-history";

describe("scopewarden policy lint", () => {
  test("finds nothing worse than warnings in the demo hospital", async () => {
    const { code, stdout, stderr } = await cli([
      "policy",
      "lint",
      "seeds/hospital/10-scopes.yaml",
      "seeds/hospital/15-us-core-scopes.yaml",
    ]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(
      stdout,
      /WARNING SENSITIVE_UNCONSTRAINED: .*\n[\s\S]*53 scopes, \d+ findings, 0 would be refused\.\n$/,
    );
    assert.match(stdout, /^seeds\/hospital\/10-scopes\.yaml:\d+:5: view_conditions$/m);
  });

  test("fails a pipeline on a scope that would be refused, and says how to narrow it", async () => {
    const path = await file(
      "broad.yaml",
      "operations:\n  - putScope:\n      name: read_all_data\n      atoms: [{ resourceType: '*', actions: [read] }]\n",
    );
    const { code, stdout } = await cli(["policy", "lint", path]);
    assert.equal(code, 1);
    assert.match(stdout, /broad\.yaml:2:5: read_all_data\n {2}REFUSE WILDCARD_TYPE: .*Name the one type/);
  });

  test("takes a scope that asks for consent, which the service can record", async () => {
    const scope =
      "{ name: view_genetic_reports, requiresConsent: true, atoms: [{ resourceType: Observation, actions: [read] }] }";
    const { code, stdout } = await cli([
      "policy",
      "lint",
      await file("consent.yaml", `operations:\n  - putScope: ${scope}\n`),
    ]);
    assert.equal(code, 0, stdout);
    assert.doesNotMatch(stdout, /CONSENT_UNAVAILABLE/);
  });

  test("takes a justification for what it may be given, and for nothing else", async () => {
    const broad =
      "{ name: all_vitals, justification: Agreed., atoms: [{ resourceType: Observation, actions: [read] }] }";
    const justified = await cli([
      "policy",
      "lint",
      await file("justified.yaml", `operations:\n  - putScope: ${broad}\n`),
    ]);
    assert.equal(justified.code, 0, justified.stdout);
    assert.match(justified.stdout, /all_vitals \(justified: Agreed\.\)\n {2}REFUSE BROAD_NAME/);
    const wrong = `{ name: "patient/Observation.rs?category=${WRONG}", justification: Agreed. }`;
    const mistaken = await cli(["policy", "lint", await file("wrong.yml", `operations:\n  - putScope: ${wrong}\n`)]);
    assert.equal(mistaken.code, 1, mistaken.stdout);
    assert.match(mistaken.stdout, /ERROR CODE_SYSTEM_WRONG/);
  });

  test("reads scopes one a line, from a file, standard input and the command line, as JSON too", async () => {
    const lines = await file("token.txt", "launch/patient\r\nopenid\n\npatient/Patient.rs\n");
    const clean = await cli(["policy", "lint", lines]);
    assert.deepEqual([clean.code, clean.stdout], [0, "3 scopes, 0 findings, 0 would be refused.\n"]);
    const { code, stdout } = await cli(["policy", "lint", "-", "--scope", "patient/Patient.rs", "--json"], {
      stdin: "patient/*.rs\n",
    });
    assert.equal(code, 1);
    const { refused, scopes } = JSON.parse(stdout);
    assert.equal(refused, 1);
    assert.deepEqual(
      scopes.map((s: { name: string; place: string; refused: boolean }) => [s.name, s.place, s.refused]),
      [
        ["patient/*.rs", "-:1", true],
        ["patient/Patient.rs", "--scope", false],
      ],
    );
    assert.deepEqual(Object.keys(scopes[0].findings[0]), ["code", "severity", "message", "narrowing"]);
  });

  test("looks at rules with the scopes of all files, and counts what is justified as taken", async () => {
    const scopes = await file(
      "scopes.yaml",
      "operations:\n  - putScope: { name: view_labs, title: Labs, atoms: [{ resourceType: Observation, actions: [read], constraint: category=laboratory }] }\n",
    );
    const rules = await file(
      "rules.yaml",
      [
        "operations:",
        "  - putRule: { id: open, role: '*', scope: view_labs, action: read, resourceType: Observation, effect: ALLOW }",
        "  - putRule: { id: known, role: '*', scope: view_labs, action: read, resourceType: Observation, effect: ALLOW, justification: It is public. }",
        "  - putRule: { id: dead, role: nurse, scope: view_labs, action: update, resourceType: Observation, effect: DENY }",
        "  - putRule: { id: typo, role: nurse, scope: view_labs, action: read, resourceType: Observation, effect: ALLOW, when: 'purposeOfUse == \"TRAET\"' }",
        "  - putRule: { id: fine, role: nurse, scope: view_labs, action: read, resourceType: Observation, effect: ALLOW }",
        "",
      ].join("\n"),
    );
    const { code, stdout } = await cli(["policy", "lint", rules, scopes]);
    assert.equal(code, 1);
    assert.match(stdout, /rules\.yaml:2:5: open\n {2}REFUSE ALLOW_EVERY_ROLE: It allows everybody/);
    assert.match(stdout, /rules\.yaml:3:5: known \(justified: It is public\.\)\n {2}REFUSE ALLOW_EVERY_ROLE/);
    assert.match(stdout, /: dead\n {2}REFUSE OUTSIDE_SCOPE: .*update on Observation/);
    assert.match(stdout, /: typo\n {2}REFUSE PURPOSE_UNKNOWN: .*Write TREAT/);
    assert.match(stdout, /\n1 scope, 5 rules, 4 findings, 3 would be refused\.\n$/);
    const json = JSON.parse((await cli(["policy", "lint", rules, scopes, "--json"])).stdout);
    assert.deepEqual(
      json.rules.map((r: { name: string; refused: boolean }) => [r.name, r.refused]),
      [
        ["open", true],
        ["known", false],
        ["dead", true],
        ["typo", true],
        ["fine", false],
      ],
    );
    const wrong = await file(
      "wrong.yaml",
      "operations:\n  - putRule: { id: r, role: r, scope: s, action: read, resourceType: Observation, effect: ALLOW, when: 'resource.lables == []' }\n",
    );
    const { code: unreadable, stderr } = await cli(["policy", "lint", wrong]);
    assert.equal(unreadable, 2);
    assert.match(stderr, /wrong\.yaml:2:5 putRule\.when: line 1, column 10: resource has no member lables/);
  });

  test("finds nothing in the seeds that would be refused", async () => {
    for (const seeds of ["hospital", "todo"]) {
      const files = readdirSync(`seeds/${seeds}`)
        .filter((name) => name.endsWith(".yaml"))
        .map((name) => `seeds/${seeds}/${name}`);
      const { code, stdout } = await cli(["policy", "lint", ...files]);
      assert.equal(code, 0, stdout);
      assert.match(stdout, /\d+ rules, \d+ findings, 0 would be refused\.\n$/);
    }
  });

  test("is code 2 for what it can't read, and names all of it", async () => {
    const { code, stdout, stderr } = await cli(["policy", "lint", "-"], {
      stdin: "patient/Observaton.rs\nview_labs\npatient/*.rs\n",
    });
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(
      stderr,
      /-:1: patient\/Observaton\.rs is no SMART scope: .*"Observation"\n.*-:2: view_labs is no SMART/,
    );
    const unknown = await file("unknown.yaml", "operations:\n  - putScop: { name: x }\n");
    for (const args of [
      ["policy", "lint"],
      ["policy", "lint", join(dir, "none.yaml")],
      ["policy", "lint", unknown],
      ["policy", "lint", dir],
    ])
      assert.equal((await cli(args)).code, 2, args.join(" "));
    const empty = await cli([
      "policy",
      "lint",
      await file("empty.yaml", "operations:\n  - putScope: { name: view_x }\n"),
    ]);
    assert.match(empty.stderr, /empty\.yaml:2:5 putScope\.atoms: must have at least one atom/);
  });
});

test("a pipe, a device and a folder are refused at once, with what to write instead", {
  timeout: 120_000,
}, async () => {
  const folder = await temporaryFolder();
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  // Nobody ever writes to these two pipes.
  for (const [path, said] of [
    [pipe, /is a pipe or a device, not a file: to read standard input, write -\./],
    ["/dev/stdin", /is a pipe or a device|can't be read/],
    ["/dev/zero", /is a pipe or a device/],
    [folder, /is a folder: name the files in it\./],
  ] as const) {
    const child = spawn(process.execPath, [...MAIN, "policy", "lint", path], { env: cleanEnv(), stdio: "pipe" });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), 25_000);
    const [code] = await once(child, "close");
    clearTimeout(timer);
    assert.equal(code, 2, `${path}: ${stderr}`);
    assert.match(stderr, said);
  }
});
