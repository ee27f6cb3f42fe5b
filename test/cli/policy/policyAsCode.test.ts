import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Service, startService } from "../../http/support.ts";
import { temporaryFolder } from "../support.ts";
import { command, reaching } from "./support.ts";

const POLICY = `operations:
  - putScope: { name: view_labs, title: Labs, atoms: [{ resourceType: Observation, actions: [read] }] }
  - activateScope: { name: view_labs }
  - putScope: { name: old_labs, atoms: [{ resourceType: Observation, actions: [read] }] }
  - activateScope: { name: old_labs }
  - deprecateScope: { name: old_labs, sunsetAt: "2090-01-01T00:00:00Z", replacedBy: view_labs }
  - putRole: { name: nurse }
  - putClient: { id: app, name: App }
  - grantScope: { clientId: app, scope: view_labs, validUntil: "2090-01-01T00:00:00Z" }
  - assignRole: { subjectId: nina, role: nurse, organization: ward }
  - putRule: { id: nurses-read, role: nurse, scope: view_labs, action: read, resourceType: Observation, effect: ALLOW, when: 'purposeOfUse == "TREAT"' }
`;

let service: Service;
let at: readonly string[];
async function folder(...texts: readonly string[]): Promise<string> {
  const dir = join(await temporaryFolder(), "policy");
  await mkdir(dir);
  for (const [i, text] of texts.entries()) await writeFile(join(dir, `${i + 1}.yaml`), text);
  return dir;
}
const apply = (dir: string, ...more: readonly string[]) =>
  command(["policy", "apply", dir, "--reason", "Ticket 1", "--yes", ...more, ...at]);
const plan = (dir: string, ...more: readonly string[]) => command(["policy", "plan", dir, ...more, ...at]);
async function contents(dir: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(dir)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(dir, name), "utf8")])),
  );
}

async function fresh(env: Record<string, string> = {}): Promise<void> {
  if (service !== undefined) await service.stop();
  service = await startService(env);
  at = await reaching(service);
}
after(() => service.stop());

describe("policy as code, against a running service", () => {
  before(() => fresh());

  test("plan shows what would be, and changes nothing; apply does it once", async () => {
    const dir = await folder(POLICY);
    const planned = await plan(dir, "--exit-code");
    assert.deepEqual([planned.code, planned.stderr], [4, ""]);
    assert.match(planned.stdout, /^\+ rule nurses-read\n {4}role: nurse\n/m);
    assert.match(planned.stdout, /^ {4}when: purposeOfUse == "TREAT"$/m);
    assert.match(
      planned.stdout,
      /^7 to add, 0 to change, 0 to remove; \d+ may allow more\. The policy is at revision 0\.$/m,
    );
    const applied = await apply(dir);
    assert.match(applied.stdout, /^7 rows changed; the policy is now at revision 1\.$/m);
    const again = await apply(dir);
    assert.deepEqual(
      [again.code, again.stdout],
      [0, "Nothing to change: the policy, at revision 1, says what the files say.\n"],
    );
    assert.equal((await plan(dir, "--exit-code")).code, 0);
    const { body } = await service.ask("{ policyRevision { reason author } }");
    assert.deepEqual(body.data.policyRevision, { reason: "Ticket 1", author: "SCOPEWARDEN_ADMIN_KEY" });
  });

  test("a changed member is told before and after, and that it may allow more", async () => {
    const dir = await folder(POLICY.replace('purposeOfUse == "TREAT"', "true").replace("name: App", "name: The app"));
    const { stdout, code } = await plan(dir);
    assert.equal(code, 0);
    assert.match(stdout, /^~ client app\n {4}name: App -> The app\n/m);
    assert.match(
      stdout,
      /^~ rule nurses-read\n {4}when: purposeOfUse == "TREAT" -> true\n {2}may allow more: rule nurses-read has another condition/m,
    );
    const json = JSON.parse((await plan(dir, "--json")).stdout);
    assert.deepEqual(
      json.changes.map(({ noun, key, change }: Record<string, string>) => [noun, key, change]),
      [
        ["client", "app", "changed"],
        ["rule", "nurses-read", "changed"],
      ],
    );
    assert.equal(json.findings[0].code, "WIDENS_ALLOW");
    assert.deepEqual([json.tried, json.revision], [true, 1]);
  });

  test("a scope that is edited in place becomes the next version; one that is left behind stays history", async () => {
    const dir = await folder(POLICY.replace("actions: [read]", "actions: [read, search]"));
    assert.match((await plan(dir)).stdout, /^\+ scope view_labs v2 \(ACTIVE\)$/m);
    assert.match((await apply(dir)).stdout, /at revision 2\.$/m);
    assert.match((await apply(dir)).stdout, /^Nothing to change/);
    // Back to what it said before: not the old version, which has ended, but the next.
    assert.match((await apply(await folder(POLICY))).stdout, /^\+ scope view_labs v3 \(ACTIVE\)$/m);
    assert.match((await plan(await folder(POLICY))).stdout, /^Nothing to change/);
  });

  test("what a file no longer says is refused until it is cleared; a draft does not come back", async () => {
    const { code, stderr } = await plan(await folder(POLICY.replace(", when: 'purposeOfUse == \"TREAT\"'", "")));
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^ {2}1\.yaml:11:5 operations\[9\]\.putRule\.when: is left out, but when of rule nurses-read is set/m,
    );
    const cleared = await plan(await folder(POLICY.replace("when: 'purposeOfUse == \"TREAT\"'", "clear: [WHEN]")));
    assert.match(cleared.stdout, /^ {4}when: purposeOfUse == "TREAT" -> \(none\)$/m);
    const draft = await plan(await folder(POLICY.replace("  - activateScope: { name: view_labs }\n", "")));
    assert.match(
      draft.stderr,
      /1\.yaml:2:5 operations\[0\]: scope view_labs v3 is ACTIVE and can't become a draft again/,
    );
  });

  test("what the files do not say is listed, and taken away with --prune alone", async () => {
    const less = POLICY.split("\n")
      .filter((line) => !/old_labs|nurses-read|assignRole/.test(line))
      .join("\n");
    const dir = await folder(less);
    const { stdout } = await plan(dir);
    assert.match(stdout, /^3 rows of the policy are not in the files, and left as they are \(--prune takes away\):\n/);
    for (const row of [
      "scope old_labs v1 (DEPRECATED)",
      "assignment nurse to subject nina in ward",
      "rule nurses-read",
    ])
      assert.ok(stdout.includes(`\n  ${row}\n`), stdout);
    const pruned = await apply(dir, "--prune");
    assert.match(pruned.stdout, /^- rule nurses-read$/m);
    assert.match(pruned.stdout, /^~ scope old_labs v1 \(RETIRED\)\n {4}state: DEPRECATED -> RETIRED$/m);
    assert.match((await plan(dir, "--prune")).stdout, /^Nothing to change/);
  });

  test("export, and apply to another service, and export again: the same bytes", async () => {
    await apply(await folder(POLICY.replaceAll("old_labs", "older_labs")));
    const [first, second] = [join(await temporaryFolder(), "a"), join(await temporaryFolder(), "b")];
    const exported = await command(["policy", "export", first, ...at]);
    assert.equal(exported.code, 0);
    // The versions of view_labs and the retired old_labs have a history that files can't tell.
    assert.match(
      exported.stderr,
      /^Files can't say:\n {2}scope old_labs v1: it is retired, and not when its sunset was/,
    );
    assert.match((await plan(first, "--prune")).stdout, /^Nothing to change/);
    await fresh();
    assert.equal((await apply(first)).code, 0);
    assert.equal((await command(["policy", "export", second, ...at])).code, 0);
    assert.deepEqual(await contents(second), await contents(first));
    const again = await command(["policy", "export", second, ...at, "--json"]);
    assert.equal(JSON.parse(again.stdout).files.length, 8);
    await writeFile(join(second, "more.yaml"), POLICY);
    assert.match(
      (await command(["policy", "export", second, ...at])).stderr,
      /policy files of other names.*more\.yaml/,
    );
  });

  test("new access is refused without any history, and a narrower policy is not", async () => {
    await fresh();
    await apply(await folder(POLICY));
    const wider = await folder(
      POLICY,
      "operations:\n  - assignRole: { subjectId: otto, role: nurse, organization: ward }\n",
    );
    const planned = await plan(wider, "--no-new-access");
    assert.equal(planned.code, 1, planned.stdout + planned.stderr);
    assert.match(planned.stdout, /otto/);
    const applied = await apply(wider, "--no-new-access");
    assert.equal(applied.code, 1);
    assert.doesNotMatch(applied.stdout, /rows? changed/);
    assert.match((await plan(await folder(POLICY))).stdout, /^Nothing to change: the policy, at revision 1/);
    const narrower = await folder(
      POLICY.replace('purposeOfUse == "TREAT"', 'purposeOfUse == "TREAT" && has(resource.labels)'),
    );
    const { code, stdout, stderr } = await plan(narrower, "--no-new-access");
    assert.equal(code, /could not compare/.test(stdout) ? 1 : 0, stdout + stderr);
    const title = await folder(POLICY.replace("title: Labs", "title: Laboratory results"));
    assert.equal((await plan(title, "--no-new-access")).code, 0);
  });
});

describe("recorded decisions under a plan", () => {
  test("those that would flip are counted, by the filter that is given", async () => {
    await fresh();
    await apply(await folder(POLICY));
    const ask = (purposeOfUse: string) =>
      service.ask("query ($input: AuthorizeInput!) { authorize(input: $input) { outcome } }", {
        variables: {
          input: {
            clientId: "app",
            subject: { id: "nina" },
            action: "read",
            purposeOfUse,
            resource: { type: "Observation", organization: "ward" },
          },
        },
      });
    assert.equal((await ask("TREAT")).body.data.authorize.outcome, "ALLOW");
    for (let i = 0; i < 2; i++) assert.equal((await ask("HPAYMT")).body.data.authorize.outcome, "DENY");
    const dir = await folder(POLICY.replace('== "TREAT"', '== "HPAYMT"'));
    const all = await plan(dir, "--replay");
    assert.equal(all.code, 0, all.stderr);
    assert.match(
      all.stdout,
      /^3 of 3 recorded decisions flip: 2 newly allowed, 1 newly denied\.\n {2}client app: 2 newly allowed, 1 newly denied$/m,
    );
    const some = await plan(dir, "--replay", '{"purposeOfUse":"TREAT"}', "--json");
    const { replay } = JSON.parse(some.stdout);
    assert.deepEqual([replay.read, replay.allowToDeny, replay.denyToAllow, replay.complete], [1, 1, 0, true]);
    const odd = await plan(dir, "--replay", '{"purpose":"TREAT"}');
    assert.equal(odd.code, 2);
    assert.equal((await plan(dir, "--replay", "all")).stderr, "--replay must be JSON.\n");
  });
});

describe("what can't be done is told, and changes nothing", () => {
  before(async () => {
    await fresh();
    await apply(await folder(POLICY));
  });
  after(async () => {
    const { body } = await service.ask("{ policyRevision { revision } }");
    assert.equal(body.data.policyRevision.revision, 1);
  });

  for (const [what, texts, told] of [
    [
      "an unknown member",
      ["operations:\n  - putRole: { name: r, inherit: [a] }\n"],
      /1\.yaml:2:25 operations\[0\]\.putRole: has no field "inherit"; did you mean inherits/,
    ],
    [
      "a wrong type",
      ["operations:\n  - putRole: { name: 1 }\n"],
      /1\.yaml:2:22 operations\[0\]\.putRole\.name: must be a text; put it in quotes/,
    ],
    [
      "a row said twice in one file",
      ["operations:\n  - putRole: { name: r }\n  - putRole: { name: r }\n"],
      /1\.yaml:3:5 operations\[1\]: says role r once more; it stands at 1\.yaml:2:5/,
    ],
    [
      "a row said in two files",
      [POLICY, "operations:\n  - putClient: { id: app, name: App }\n"],
      /2\.yaml:2:5 operations\[0\]: says client app once more; it stands at 1\.yaml:8:5/,
    ],
    [
      "a rule without an id",
      [
        "operations:\n  - putRule: { role: nurse, scope: view_labs, action: read, resourceType: Observation, effect: DENY }\n",
      ],
      /must have an id/,
    ],
    [
      "what is not there",
      ["operations:\n  - grantScope: { clientId: nobody, scope: view_labs }\n"],
      /1\.yaml:2:5 operations\[0\]\.grantScope\.clientId: there is no client nobody/,
    ],
    [
      "a condition that is none",
      [
        "operations:\n  - putRule: { id: r, role: nurse, scope: view_labs, action: read, resourceType: Observation, effect: DENY, when: '1 +' }\n",
      ],
      /1\.yaml:2:\d+ operations\[0\]\.putRule\.when: line 1/,
    ],
    [
      "a sunset that has passed",
      [
        'operations:\n  - putScope: { name: s, atoms: [{ resourceType: A, actions: [read] }] }\n  - activateScope: { name: s }\n  - deprecateScope: { name: s, sunsetAt: "2020-01-01T00:00:00Z" }\n',
      ],
      /1\.yaml:4:\d+ operations\[2\]\.deprecateScope\.sunsetAt: must be in the future/,
    ],
  ] as const)
    test(what, async () => {
      const dir = await folder(...texts);
      for (const run of [plan, apply]) {
        const { code, stdout, stderr } = await run(dir);
        assert.deepEqual([code, stdout], [2, ""]);
        assert.match(stderr, told);
      }
    });

  test("what has ended is not put, and said to be so", async () => {
    const dir = await folder(
      POLICY,
      'operations:\n  - assignRole: { subjectId: otto, role: nurse, organization: ward, validUntil: "2020-01-01T00:00:00Z" }\n',
    );
    const { code, stdout } = await plan(dir);
    assert.deepEqual([code, stdout.split("\n")[0]], [0, "2.yaml:2: it has ended, so it is not put."]);
  });

  test("no reason, nobody to ask, not confirmed", async () => {
    const dir = await folder(POLICY.replace("name: App", "name: The app"));
    const none = await command(["policy", "apply", dir, "--yes", ...at]);
    assert.deepEqual([none.code, /--reason/.test(none.stderr)], [2, true]);
    const empty = await command(["policy", "apply", dir, "--yes", "--reason", " ", ...at]);
    assert.deepEqual([empty.code, empty.stderr], [2, "--reason must say why.\n"]);
    const alone = await command(["policy", "apply", dir, "--reason", "r", ...at]);
    assert.deepEqual([alone.code, /Say --yes/.test(alone.stderr)], [2, true]);
    const refused = await command(["policy", "apply", dir, "--reason", "r", ...at], { terminal: "y\n" });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /Apply this\? .*Nothing was changed\.\n$/s);
  });

  test("a key that may not, no service, no folder", async () => {
    const dir = await folder(POLICY.replace("name: App", "name: The app"));
    const { key: reviewer } = await service.createKey("REVIEWER");
    const { key: asking } = await service.createKey("SERVICE");
    const asReviewer = await reaching(service, reviewer);
    assert.equal((await command(["policy", "plan", dir, ...asReviewer])).code, 0);
    const applied = await command(["policy", "apply", dir, "--reason", "r", "--yes", ...asReviewer]);
    assert.deepEqual([applied.code, /needs a key with the role admin/.test(applied.stderr)], [2, true]);
    const none = await command(["policy", "plan", dir, ...(await reaching(service, asking))]);
    assert.deepEqual([none.code, /Reading the policy needs a key/.test(none.stderr)], [2, true]);
    const nowhere = await command(["policy", "plan", dir, ...at, "--url", "http://127.0.0.1:9"]);
    assert.deepEqual([nowhere.code, /can't be reached/.test(nowhere.stderr)], [3, true]);
    const noFolder = await command(["policy", "plan", join(dir, "no"), ...at]);
    assert.deepEqual([noFolder.code, /is not a folder/.test(noFolder.stderr)], [2, true]);
  });
});

describe("a change against the odds", () => {
  test("somebody else was faster: nothing is changed", async () => {
    await fresh();
    await apply(await folder(POLICY));
    const dir = await folder(POLICY.replace("name: App", "name: The app"));
    let asked = 0;
    // The other's change comes in when this one has been planned and is being confirmed.
    const ended = await command(["policy", "apply", dir, "--reason", "mine", ...at], {
      terminal: "yes\n",
      before: async () => {
        asked++;
        await service.ask('mutation { createRole(input: { name: "other" }, reason: "faster") { revision } }');
      },
    });
    assert.equal(asked, 1);
    assert.equal(ended.code, 3);
    assert.match(
      ended.stderr,
      /Somebody else changed the policy at the same time\. Nothing was changed; plan it again\./,
    );
    const { body } = await service.ask('{ policyRevision { reason } client(id: "app") { name } }');
    assert.deepEqual(body.data, { policyRevision: { reason: "faster" }, client: { name: "App" } });
  });

  test("a change larger than a request is refused, or made in parts that are each whole", async () => {
    await fresh();
    const many = Array.from(
      { length: 700 },
      (_, i) =>
        `  - assignRole: { subjectId: somebody-with-a-long-name-${i}, role: nurse, organization: ward-${i % 7} }\n`,
    ).join("");
    const denies = `  - putRule: { id: deny, role: "*", scope: "*", action: "*", resourceType: Observation, effect: DENY, when: 'purposeOfUse == "HMARKT"' }\n`;
    const dir = await folder(POLICY, `operations:\n${many}${denies}`);
    const planned = await plan(dir);
    assert.equal(planned.code, 0);
    assert.match(planned.stdout, /larger than one request may be/);
    const refused = await apply(dir);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /SCOPEWARDEN_MAX_REQUEST_BYTES of the service higher/);
    const applied = await apply(dir, "--in-parts");
    assert.deepEqual([applied.code, applied.stderr], [0, ""]);
    assert.match(applied.stdout, /708 rows changed; the policy is now at revision 2\.\n$/);
    const { body } = await service.ask("{ policyRevisions { edges { node { reason changes { noun key } } } } }");
    const [last, first] = body.data.policyRevisions.edges.map((edge: { node: unknown }) => edge.node);
    assert.deepEqual([first.reason, last.reason], ["Ticket 1 (part 1 of 2)", "Ticket 1 (part 2 of 2)"]);
    const { body: part } = await service.ask("{ rules(asOfRevision: 1) { edges { node { id } } } }");
    // What denies comes first, what allows last.
    assert.deepEqual(
      part.data.rules.edges.map((edge: { node: { id: string } }) => edge.node.id),
      ["deny"],
    );
    assert.match((await plan(dir)).stdout, /^Nothing to change/);
  });
});
