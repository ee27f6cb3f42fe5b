import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { command, reaching } from "../cli/policy/support.ts";
import { temporaryFolder } from "../cli/support.ts";
import { applyPolicy, type Service, SMALL_POLICY, seedHospital, startService } from "./support.ts";

interface File {
  readonly name: string;
  readonly text: string;
}

let service: Service;
before(async () => {
  service = await startService({ SCOPEWARDEN_MAX_REQUEST_BYTES: String(1024 * 1024) });
  await seedHospital(service);
});
after(() => service.stop());

const FILES = "query($revision: Int) { policyFiles(revision: $revision) { revision files { name text } unsaid } }";
const PLAN = `query($files: [FileInput!]!, $prune: Boolean) { planPolicyFiles(files: $files, prune: $prune) {
  baseRevision operations places { file line column path } widening leftCount left { noun key } ended { file line }
  revision { dryRun changeCount changes { noun key before after } findings { code noun key message } }
} }`;
const TEST = `query($cases: [FileInput!]!, $files: [FileInput!]) { testPolicy(cases: $cases, files: $files) {
  revision failed rules unmatched results { name kind status lines requests place { file line path } }
} }`;

async function exported(revision?: number): Promise<readonly File[]> {
  const { body } = await service.ask(FILES, { variables: { revision } });
  assert.equal(body.errors, undefined);
  return body.data.policyFiles.files;
}
async function planned(files: readonly File[], prune = false) {
  const { body } = await service.ask(PLAN, { variables: { files, prune } });
  assert.equal(body.errors, undefined, JSON.stringify(body.errors));
  return body.data.planPolicyFiles;
}
async function tested(cases: string, files?: readonly File[]) {
  const { body } = await service.ask(TEST, { variables: { cases: [{ name: "cases.yaml", text: cases }], files } });
  assert.equal(body.errors, undefined, JSON.stringify(body.errors));
  return body.data.testPolicy;
}
async function refused(source: string, variables: unknown) {
  const { body } = await service.ask(source, { variables });
  assert.equal(body.errors?.[0]?.extensions?.code, "BAD_USER_INPUT", JSON.stringify(body));
  return body.errors[0].extensions.problems as readonly { readonly path: string; readonly message: string }[];
}
const changed = (files: readonly File[], from: RegExp, to: string): readonly File[] => {
  assert.ok(
    files.some(({ text }) => from.test(text)),
    String(from),
  );
  return files.map(({ name, text }) => ({ name, text: text.replace(from, to) }));
};
async function folder(files: readonly File[]): Promise<string> {
  const dir = join(await temporaryFolder(), "policy");
  await mkdir(dir);
  for (const { name, text } of files) await writeFile(join(dir, name), text);
  return dir;
}

test("the files are those that the command line writes, byte for byte, and planning them changes nothing", async () => {
  const files = await exported();
  const dir = join(await temporaryFolder(), "policy");
  const written = await command(["policy", "export", dir, ...(await reaching(service))]);
  assert.equal(written.code, 0, written.stderr);
  assert.deepEqual(
    files,
    await Promise.all(files.map(async ({ name }) => ({ name, text: await readFile(join(dir, name), "utf8") }))),
  );
  for (const prune of [false, true]) {
    const plan = await planned(files, prune);
    assert.deepEqual([plan.operations, plan.revision, plan.leftCount, plan.widening], [[], null, 0, 0]);
  }
});

test("the files of an earlier revision say what it was; of one that is not yet they are refused", async () => {
  const { body } = await service.ask("{ policyRevision { revision } }");
  const { revision } = body.data.policyRevision;
  assert.ok((await exported(1)).every(({ text }) => text.startsWith("# yaml-language-server: ")));
  assert.notDeepEqual(await exported(1), await exported());
  const { body: answer } = await service.ask(FILES, { variables: { revision: revision + 1 } });
  assert.match(JSON.stringify(answer.errors), /must be a revision from 0 to/);
});

test("changed files plan what the command line plans: operations, what widens, what is left", async () => {
  const files = changed(await exported(), /description: [^\n]+\n/, "description: Another one\n").map((file) =>
    file.name === "rules.yaml"
      ? {
          ...file,
          text: `${file.text}  - putRule: { id: newly, role: "*", scope: "*", action: read, resourceType: Observation, effect: ALLOW, justification: For a test. }\n`,
        }
      : file,
  );
  const fewer = files.map((file) =>
    file.name === "roles.yaml" ? file : file.name === "assignments.yaml" ? { ...file, text: "operations: []\n" } : file,
  );
  for (const prune of [false, true]) {
    const plan = await planned(fewer, prune);
    const told = await command([
      "policy",
      "plan",
      await folder(fewer),
      "--json",
      ...(prune ? ["--prune"] : []),
      ...(await reaching(service)),
    ]);
    assert.equal(told.code, 0, told.stderr);
    const said = JSON.parse(told.stdout);
    assert.equal(plan.baseRevision, said.revision);
    assert.equal(plan.operations.length, said.operations);
    assert.equal(plan.places.length, said.operations);
    assert.equal(plan.leftCount, said.left.length);
    assert.ok(plan.leftCount > 0);
    const keys = (rows: readonly { readonly noun: string; readonly key: string }[]) =>
      rows.map(({ noun, key }) => `${noun.toLowerCase()} ${key}`);
    assert.deepEqual(keys(plan.revision.changes), keys(said.changes).slice(0, 100));
    assert.equal(plan.revision.changeCount, said.changes.length);
    assert.equal(plan.revision.dryRun, true);
    assert.deepEqual(
      plan.revision.findings.map(({ code, key, message }: Record<string, string>) => ({ code, key, message })),
      said.findings.map(({ code, key, message }: Record<string, string>) => ({ code, key, message })),
    );
    assert.ok(plan.widening > 0);
    assert.ok(plan.operations.some((operation: { putRule?: { id: string } }) => operation.putRule?.id === "newly"));
  }
});

test("what is planned can be applied, and then nothing is left to change", async () => {
  const fresh = await startService();
  try {
    await applyPolicy(fresh, SMALL_POLICY);
    const { body } = await fresh.ask(FILES);
    const files = changed(body.data.policyFiles.files, /name: Reader/, "name: Another");
    const ask = async () => (await fresh.ask(PLAN, { variables: { files } })).body.data.planPolicyFiles;
    const { operations, places, revision } = await ask();
    assert.deepEqual(operations, [{ putClient: { id: "reader-app", name: "Another" } }]);
    assert.deepEqual(places, [{ file: "clients.yaml", line: 3, column: 5, path: "operations[0]" }]);
    assert.equal(revision.changes[0].after.name, "Another");
    const applied = await applyPolicy(fresh, operations);
    assert.equal(applied.body.errors, undefined);
    const again = await ask();
    assert.deepEqual([again.operations, again.revision], [[], null]);
  } finally {
    await fresh.stop();
  }
});

test("what is wrong in files is named by file, line, column and path", async () => {
  const plan = (...texts: readonly string[]) =>
    refused(PLAN, { files: texts.map((text, i) => ({ name: `${i + 1}.yaml`, text: `operations:\n${text}` })) });
  const rule = "role: '*', scope: '*', action: read, resourceType: Observation, effect: ALLOW";
  assert.deepEqual(await plan(`  - putRule: { id: i, ${rule.replace("ALLOW", "Allow")} }\n`), [
    { path: "1.yaml:2:95 operations[0].putRule.effect", message: "must be ALLOW or DENY" },
  ]);
  assert.match((await plan("  - deleteRole: { name: [\n"))[0]?.message ?? "", /^is not valid YAML: /);
  assert.deepEqual(await plan("  - putRole: { name: r }\n", "  - putRole: { name: r }\n"), [
    { path: "2.yaml:2:5 operations[0]", message: "says role r once more; it stands at 1.yaml:2:5" },
  ]);
  const [unknown] = await plan("  - putRole: { name: r, inherits: [nobody-knows] }\n");
  assert.match(unknown?.path ?? "", /^1\.yaml:2:5 operations\[0\]\.putRole/);
  const [condition] = await plan(`  - putRule: { id: i, when: "1 +", ${rule} }\n`);
  assert.match(condition?.path ?? "", /^1\.yaml:2:5 operations\[0\]\.putRule\.when$/);
});

test("files themselves are looked at first: how many, their names, their size", async () => {
  const file = { name: "a.yaml", text: "operations: []\n" };
  assert.deepEqual(await refused(PLAN, { files: [] }), [{ path: "files", message: "must have 1 to 200 files, not 0" }]);
  assert.deepEqual(await refused(PLAN, { files: [file, file] }), [
    { path: "files[1].name", message: "is the name of another file" },
  ]);
  const [name] = await refused(PLAN, { files: [{ ...file, name: "a\nb" }] });
  assert.equal(name?.path, "files[0].name");
});

test("texts that are made to be large are refused", async () => {
  const aliases = `operations:\n  - putRole: { name: r, inherits: &a [${"x, ".repeat(2_000)}] }\n${"  - putRole: { name: r, inherits: *a }\n".repeat(2_000)}`;
  const [large] = await refused(PLAN, { files: [{ name: "a.yaml", text: aliases }] });
  assert.match(large?.message ?? "", /its aliases stand for more than a file may say/);
  const [deep] = await refused(PLAN, { files: [{ name: "a.yaml", text: "[".repeat(20_000) }] });
  assert.match(deep?.path ?? "", /^a\.yaml:1:/);
  const many = await refused(PLAN, { files: [{ name: "a.yaml", text: `{${"a: 1, ".repeat(5_000)}}` }] });
  assert.equal(many.length, 100);
});

const CASES = `now: 2026-11-24T12:00:00Z
requests:
  - name: Anyone reads observations
    request: { clientId: reader-app, action: read, resource: { type: Observation } }
    expect: { outcome: ALLOW, rule: allow-observations, obligations: [{ type: label }, { type: redact }] }
  - name: Nobody reads conditions
    request: { clientId: reader-app, action: read, resource: { type: Condition } }
    expect: { outcome: ALLOW }
grants:
  - name: And gets a token
    request: { clientId: reader-app, scopes: [view_observations] }
    expect: { scope: view_observations }
never:
  - name: Nobody writes
    each: { action: [create, update, delete, read], resource.type: [Observation, Condition] }
    request: { clientId: reader-app }
`;

test("cases are asked of the files that are given: one that fails says which, where and why", async () => {
  const text = `operations:\n${SMALL_POLICY.map((operation) => `  - ${JSON.stringify(operation)}\n`).join("")}`;
  const { revision, failed, results, rules, unmatched } = await tested(CASES, [{ name: "policy.yaml", text }]);
  assert.deepEqual([revision, failed, rules, unmatched], [null, 2, 1, []], JSON.stringify(results));
  const byName = new Map<string, { status: string; lines: string[]; place: unknown; requests: number }>(
    results.map((result: { name: string }) => [result.name, result]),
  );
  assert.equal(byName.get("Anyone reads observations")?.status, "PASSED");
  assert.equal(byName.get("And gets a token")?.status, "PASSED");
  const denied = byName.get("Nobody reads conditions");
  assert.equal(denied?.status, "FAILED");
  assert.equal(denied?.lines[0], "outcome: expected ALLOW, got DENY");
  assert.deepEqual(denied?.place, { file: "cases.yaml", line: 6, path: "requests[1]" });
  const never = byName.get("Nobody writes");
  assert.equal(never?.requests, 8);
  assert.equal(never?.lines[0], "1 of 8 requests are not denied:");
  assert.match(never?.lines[1] ?? "", /"action":"read","resource":\{"type":"Observation"\}/);
  const dir = await folder([{ name: "policy.yaml", text }]);
  const file = join(await temporaryFolder(), "cases.yaml");
  await writeFile(file, CASES);
  const told = await command(["policy", "test", "--policy", dir, file, "--json"]);
  const said = JSON.parse(told.stdout).results.map(({ name, lines }: Record<string, unknown>) => ({ name, lines }));
  assert.deepEqual(
    results.map(({ name, lines }: Record<string, unknown>) => ({ name, lines })),
    said,
  );
});

test("cases are asked of the policy in force: no decision is put on record, that it was asked is", async () => {
  const { key } = await service.createKey("AUDITOR");
  const onRecord = async (kind: string): Promise<readonly string[]> => {
    const query = `{ exportPage(format: NDJSON, kinds: [${kind}], first: 200) { lines } }`;
    const { body } = await service.ask(query, { key });
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
    return body.data.exportPage.lines;
  };
  const decided = await onRecord("DECISION");
  const { revision, failed, results } = await tested(CASES);
  assert.ok(revision > 0);
  assert.equal(failed, 3);
  for (const { status, lines } of results) assert.equal(status === "PASSED", lines.length === 0);
  assert.deepEqual(await onRecord("DECISION"), decided);
  assert.ok(
    (await onRecord("SIMULATION")).some((line) => /"field":"testPolicy"/.test(line) && /"questions":11/.test(line)),
  );
});

test("cases are asked of what a proposal would change, of no other kind of it, and nothing changes by it", async () => {
  const { admin, auditor } = { admin: await service.createKey("ADMIN"), auditor: await service.createKey("AUDITOR") };
  const propose = async (change: object): Promise<string> => {
    const input = { title: "Try it", reason: "Ticket 4711", change };
    const query = "mutation($input: ProposePolicyInput!) { proposePolicy(input: $input) { id } }";
    const { body } = await service.ask(query, { key: admin.key, variables: { input } });
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
    return body.data.proposePolicy.id;
  };
  const query = `query($cases: [FileInput!]!, $files: [FileInput!], $proposal: ID) {
    testPolicy(cases: $cases, files: $files, proposal: $proposal) { revision failed results { status lines } } }`;
  const text = `requests:
  - name: Whom nobody allows
    request: { clientId: tried, subject: { id: nina }, scopes: [tried], action: read, resource: { type: Observation, organization: tried } }
    expect: { outcome: DENY }
`;
  const ask = (variables: object) =>
    service.ask(query, { key: auditor.key, variables: { cases: [{ name: "c.yaml", text }], ...variables } });
  const proposal = await propose({
    operations: [
      { putClient: { id: "tried", name: "Tried" } },
      { putScope: { name: "tried", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
      { activateScope: { name: "tried" } },
      { grantScope: { clientId: "tried", scope: "tried" } },
      { putRole: { name: "tried" } },
      { assignRole: { subjectId: "nina", role: "tried", organization: "tried" } },
      {
        putRule: {
          id: "tried",
          role: "tried",
          scope: "tried",
          action: "read",
          resourceType: "Observation",
          effect: "ALLOW",
        },
      },
    ],
  });
  const now = (await ask({})).body.data.testPolicy;
  assert.equal(now.failed, 0);
  const { revision, failed, results } = (await ask({ proposal })).body.data.testPolicy;
  assert.deepEqual([revision, failed], [now.revision, 1]);
  assert.equal(results[0].lines[0], "outcome: expected DENY, got ALLOW");
  assert.deepEqual((await ask({})).body.data.testPolicy, now, "nothing changed");
  const { body } = await service.ask("{ exportPage(format: NDJSON, kinds: [SIMULATION], first: 200) { lines } }", {
    key: auditor.key,
  });
  const tries = body.data.exportPage.lines.filter((line: string) => line.includes(proposal));
  assert.equal(tries.length, 1);
  assert.match(tries[0], /"field":"testPolicy","operations":7/);

  const problems = async (variables: object) => (await ask(variables)).body.errors[0].extensions;
  assert.equal((await problems({ proposal: "nobody" })).code, "NOT_FOUND");
  const files = [{ name: "p.yaml", text: "operations: []\n" }];
  assert.equal((await problems({ proposal, files })).problems[0].path, "proposal");
  const other = await propose({ configureDetector: { detector: "DENIAL_BURST", mode: "OFF" } });
  assert.deepEqual((await problems({ proposal: other })).problems, [
    { path: "proposal", message: "must be of a change of the policy" },
  ]);
});

test("files that would make no policy decide nothing: what is wrong is named by file and line", async () => {
  const text = "operations:\n  - putRole: { name: r }\n  - grantScope: { clientId: nobody, scope: none }\n";
  const problems = await refused(TEST, { cases: [{ name: "c.yaml", text: CASES }], files: [{ name: "p.yaml", text }] });
  for (const { path } of problems) assert.match(path, /^p\.yaml:3:5 operations\[1\]\.grantScope/);
});

test("cases that are not well formed, or too many, are refused", async () => {
  const cases = (text: string) => refused(TEST, { cases: [{ name: "cases.yaml", text }] });
  assert.match(
    (await cases(CASES.replace("outcome: ALLOW, rule", "outcome: YES, rule")))[0]?.path ?? "",
    /^cases\.yaml:5:\d+ requests\[0\]\.expect\.outcome$/,
  );
  const each = `{ clientId: [${Array.from({ length: 100 }, (_, i) => `c${i}`)}], purposeOfUse: [${Array.from({ length: 60 }, (_, i) => `p${i}`)}] }`;
  const never = (name: string) =>
    `  - { name: ${name}, each: ${each}, request: { action: read, resource: { type: X } } }\n`;
  assert.deepEqual(await cases(`never:\n${never("a")}${never("b")}`), [
    { path: "cases", message: "come to 12000 requests; at most 10000 are asked" },
  ]);
});

test("who may read the policy and simulate may, and nobody else", async () => {
  const files = [{ name: "a.yaml", text: "operations: []\n" }];
  for (const [role, allowed] of [
    ["REVIEWER", true],
    ["SERVICE", false],
    ["CONSENT", false],
  ] as const) {
    const { key } = await service.createKey(role);
    for (const [source, variables] of [
      [FILES, {}],
      [PLAN, { files }],
      [TEST, { cases: [{ name: "c.yaml", text: CASES }] }],
    ] as const) {
      const { body } = await service.ask(source, { variables, key });
      assert.equal(body.errors?.[0]?.extensions?.code, allowed ? undefined : "FORBIDDEN", role);
    }
  }
});
