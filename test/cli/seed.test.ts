import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { loadPolicyFiles } from "../../src/cli/policyFiles.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../src/domain/policy/conditions.ts";
import { planPolicy } from "../../src/domain/policy/files/policyPlan.ts";
import { emptySnapshot } from "../../src/domain/policy/snapshot.ts";
import { cli, temporaryFolder } from "./support.ts";

const SCOPES = `operations:
  - putScope: { name: read_todos, atoms: [{ resourceType: todo, actions: [read] }] }
  - activateScope: { name: read_todos }
  - putScope: { name: read_old_todos, atoms: [{ resourceType: todo, actions: [read] }] }
  - activateScope: { name: read_old_todos }
  - deprecateScope: { name: read_old_todos, sunsetAt: "2090-01-01T00:00:00Z", replacedBy: read_todos }
  - putScope: { name: read_oldest_todos, atoms: [{ resourceType: todo, actions: [read] }] }
  - activateScope: { name: read_oldest_todos }
`;
const RULES = `operations:
  - putClient: { id: app, name: App }
  - grantScope: { clientId: app, scope: read_todos }
  - putRule: { id: everyone-reads, scope: read_todos, effect: ALLOW, justification: Todos are public., role: '*', action: '*', resourceType: '*' }
  - retireScope: { name: read_oldest_todos }
`;

async function policy(rules = RULES): Promise<{ readonly dir: string; readonly env: Record<string, string> }> {
  const folder = await temporaryFolder();
  const dir = join(folder, "policy");
  await mkdir(dir);
  await writeFile(join(dir, "1-scopes.yaml"), SCOPES);
  await writeFile(join(dir, "2-rules.yaml"), rules);
  return { dir, env: { DATABASE_URL: `sqlite:${join(folder, "test.db")}` } };
}

test("the demo hospital: as one change, and only once", async () => {
  const env = { DATABASE_URL: `sqlite:${join(await temporaryFolder(), "test.db")}` };
  const first = await cli(["policy", "seed"], { env });
  assert.deepEqual([first.code, first.stderr], [0, ""]);
  assert.match(
    first.stdout,
    /^\d+ rows changed; the policy is now at revision 1\.\n52 entities changed; the directory is now at revision 1\.\n$/,
  );
  assert.deepEqual(await cli(["policy", "seed"], { env }), {
    code: 0,
    stdout: "Nothing to change: the policy, at revision 1, has all of it.\n",
    stderr: "",
  });
});

test("a dry run says what would change and changes nothing; then a change to a file is the only change", async () => {
  const { dir, env } = await policy();
  const dry = await cli(["policy", "seed", dir, "--dry-run"], { env });
  assert.equal(
    dry.stdout,
    [
      "+ client app",
      "+ scope read_old_todos v1 (DEPRECATED)",
      "+ scope read_oldest_todos v1 (RETIRED)",
      "+ scope read_todos v1 (ACTIVE)",
      "+ grant read_todos to app",
      "+ rule everyone-reads",
      "6 rows would change; the policy stays at revision 0.",
      "",
    ].join("\n"),
  );
  const seeded = JSON.parse((await cli(["policy", "seed", dir, "--json", "--reason", "first"], { env })).stdout);
  assert.deepEqual([seeded.revision, seeded.dryRun, seeded.changed], [1, false, 6]);
  assert.deepEqual(seeded.changes[0], { noun: "client", key: "app", change: "added" });

  await writeFile(join(dir, "2-rules.yaml"), RULES.replace("name: App", "name: The app"));
  assert.match(
    (await cli(["policy", "seed", dir, "--dry-run"], { env })).stdout,
    /^~ client app\n1 row would change; the policy stays at revision 1\.\n$/,
  );
  assert.match(
    (await cli(["policy", "seed", dir], { env })).stdout,
    /^1 row changed; the policy is now at revision 2\.\n$/,
  );
});

test("what the policy refuses is named by file and line, and nothing is applied", async () => {
  const { dir, env } = await policy(
    `${RULES}\n  - grantScope: { clientId: nobody, scope: read_todos }\n  - putRule: { id: r, effect: ALLOW, when: "1 +", role: '*', scope: '*', action: '*', resourceType: '*' }\n`,
  );
  for (const more of [[], ["--dry-run"]]) {
    const { code, stdout, stderr } = await cli(["policy", "seed", dir, ...more], { env });
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^The policy can't be changed so:\n/);
    assert.match(stderr, /^ {2}2-rules\.yaml:7:5 operations\[4\]\.grantScope/m);
    assert.match(stderr, /^ {2}2-rules\.yaml:8:5 operations\[5\]\.putRule\.when: line 1, column /m);
  }
  await writeFile(join(dir, "2-rules.yaml"), RULES);
  assert.match((await cli(["policy", "seed", dir], { env })).stdout, /at revision 1\./);
});

test("what a file no longer says is no change: it is named with what to do, and cleared on purpose", async () => {
  const { dir, env } = await policy(RULES.replace("role: '*'", `role: '*', when: 'purposeOfUse == "BTG"'`));
  await cli(["policy", "seed", dir], { env });
  await writeFile(join(dir, "2-rules.yaml"), RULES);
  for (const more of [[], ["--dry-run"]]) {
    const { code, stdout, stderr } = await cli(["policy", "seed", dir, ...more], { env });
    assert.deepEqual([code, stdout], [2, ""]);
    assert.equal(
      stderr,
      "The policy can't be changed so:\n  2-rules.yaml:4:5 operations[2].putRule.when: is left out, but when of rule everyone-reads is set; say it again to keep it, or clear: [WHEN] to empty it\n",
    );
  }
  await writeFile(join(dir, "2-rules.yaml"), RULES.replace("role: '*'", "role: '*', clear: [WHEN]"));
  assert.equal(
    (await cli(["policy", "seed", dir, "--dry-run"], { env })).stdout,
    "~ rule everyone-reads\n  may allow more: rule everyone-reads has another condition, or none\n1 row would change; the policy stays at revision 1.\n",
  );
  assert.match((await cli(["policy", "seed", dir], { env })).stdout, /^1 row changed; /);
  assert.match((await cli(["policy", "seed", dir], { env })).stdout, /^Nothing to change/);
});

test("broken files are named before the database is touched", async () => {
  const { dir } = await policy(
    "operations:\n  - putRule: { id: r, effect: Allow, role: '*', scope: '*', action: '*', resourceType: '*' }\n  - putRole: { nam\u0007e: r }\n",
  );
  const { code, stderr } = await cli(["policy", "seed", dir], { env: { DATABASE_URL: "sqlite:/nowhere/at/all.db" } });
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^The policy files are not valid:\n {2}2-rules\.yaml:2:\d+ operations\[0\]\.putRule\.effect: must be ALLOW or DENY\n/,
  );
  assert.ok(!stderr.includes("\u0007"));
});

test("a rule without an id would come back with each seeding, and is refused", async () => {
  const { dir, env } = await policy(
    "operations:\n  - putRule: { effect: DENY, role: '*', scope: '*', action: '*', resourceType: '*' }\n",
  );
  const { code, stderr } = await cli(["policy", "seed", dir], { env });
  assert.equal(code, 2);
  assert.match(stderr, /^ {2}2-rules\.yaml:2:5 operations\[0\]\.putRule: must have an id/m);
});

test("a database that can't be used", async () => {
  const { dir } = await policy();
  const { code, stdout, stderr } = await cli(["policy", "seed", dir], {
    env: { DATABASE_URL: "sqlite:/dev/null/test.db" },
  });
  assert.deepEqual([code, stdout], [3, ""]);
  assert.match(stderr, /^The database can't be used\. Check DATABASE_URL\.\n/);
});

test("a scope that has changed since goes through its whole life again, as the next version", async () => {
  const { dir } = await policy();
  const facts = { now: Date.now(), newId: () => "", checkCondition: () => null, readCondition: () => NO_TERMS };
  const seeded = applyOperations(emptySnapshot(), (await loadPolicyFiles(dir)).operations, facts);
  assert.ok(seeded.ok);
  await writeFile(join(dir, "1-scopes.yaml"), SCOPES.replaceAll("actions: [read]", "actions: [read, search]"));
  const { operations } = planPolicy(await loadPolicyFiles(dir), seeded.snapshot, { now: Date.now() });
  const again = applyOperations(seeded.snapshot, operations, facts);
  assert.ok(again.ok);
  const states = (name: string): readonly string[] | undefined =>
    again.snapshot.scopes.get(name)?.map(({ state }) => state);
  assert.deepEqual(
    [states("read_todos"), states("read_oldest_todos")],
    [
      ["RETIRED", "ACTIVE"],
      ["RETIRED", "RETIRED"],
    ],
  );
});

test("a draft that the files put in force ends the version before it by itself, and prune does not end that again", async () => {
  const { dir } = await policy();
  const facts = { now: Date.now(), newId: () => "", checkCondition: () => null, readCondition: () => NO_TERMS };
  const seeded = applyOperations(emptySnapshot(), (await loadPolicyFiles(dir)).operations, facts);
  assert.ok(seeded.ok);
  const declaration = { resourceType: "todo", actions: ["read", "search"] };
  const drafted = applyOperations(seeded.snapshot, [{ putScope: { name: "read_todos", atoms: [declaration] } }], facts);
  assert.ok(drafted.ok);
  await writeFile(join(dir, "1-scopes.yaml"), SCOPES.replace("actions: [read]", "actions: [read, search]"));
  const plan = planPolicy(await loadPolicyFiles(dir), drafted.snapshot, { now: Date.now(), prune: true });
  assert.deepEqual(plan.operations, [{ activateScope: { name: "read_todos", version: 2 } }]);
  assert.ok(applyOperations(drafted.snapshot, plan.operations, facts).ok);
});

test("a scope that has retired at its sunset is where the files would bring it", async () => {
  const dir = await temporaryFolder();
  const sunset = "2026-01-01T00:00:00Z";
  const steps = ["activateScope: { name: read_todos }", `deprecateScope: { name: read_todos, sunsetAt: "${sunset}" }`];
  const scope = "{ name: read_todos, atoms: [{ resourceType: todo, actions: [read] }] }";
  const text = [`putScope: ${scope}`, ...steps].map((step) => `  - ${step}\n`).join("");
  await writeFile(join(dir, "scopes.yaml"), `operations:\n${text}`);
  const files = await loadPolicyFiles(dir);
  const facts = (now: string) => ({
    now: Date.parse(now),
    newId: () => "",
    checkCondition: () => null,
    readCondition: () => NO_TERMS,
  });
  const seeded = applyOperations(emptySnapshot(), files.operations, facts("2025-06-01T00:00:00Z"));
  assert.ok(seeded.ok);
  const retired = applyOperations(seeded.snapshot, [{ retireScope: { name: "read_todos" } }], facts(sunset));
  assert.ok(retired.ok);
  for (const snapshot of [seeded.snapshot, retired.snapshot])
    assert.deepEqual(planPolicy(files, snapshot, { now: Date.now() }).operations, []);
});

test("the folder of the demo hospital may be copied and changed, as its README says", async () => {
  const folder = await temporaryFolder();
  const dir = join(folder, "mine");
  await cp("seeds/hospital", dir, { recursive: true });
  const file = join(dir, "30-clients.yaml");
  await writeFile(file, (await readFile(file, "utf8")).replace("name: Trial app", "name: My app"));
  const env = { DATABASE_URL: `sqlite:${join(folder, "test.db")}` };
  await cli(["policy", "seed"], { env });
  assert.match(
    (await cli(["policy", "seed", dir], { env })).stdout,
    /^1 row changed; the policy is now at revision 2\.\n$/,
  );
});
