import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Service, startService } from "../../http/support.ts";
import { temporaryFolder } from "../support.ts";
import { command, reaching } from "./support.ts";

const POLICY = `operations:
  - putScope: { name: view_labs, atoms: [{ resourceType: Observation, actions: [read] }] }
  - activateScope: { name: view_labs }
  - putRole: { name: nurse }
  - putOrganization: { id: "*", settings: { specialProtection: TRUSTED }, justification: The data of this test is labelled. }
  - putClient: { id: app, name: App }
  - putClient: { id: kiosk, name: Kiosk }
  - grantScope: { clientId: app, scope: view_labs }
  - assignRole: { subjectId: nina, role: nurse, organization: ward }
  - putRule: { id: nurses-read, role: nurse, scope: view_labs, action: read, resourceType: Observation, effect: ALLOW, when: 'purposeOfUse == "TREAT"', obligations: [{ type: log, parameters: { level: 2 } }] }
  - putRule: { id: never-restricted, role: "*", scope: "*", action: "*", resourceType: Observation, effect: DENY, when: 'has(resource.labels) && "R" in resource.labels' }
`;
const REQUEST =
  "{ clientId: app, subject: { id: nina }, action: read, purposeOfUse: TREAT, resource: { type: Observation, organization: ward } }";
const allowed = (expect: string): string =>
  `  - { name: "allowed, ${expect.replaceAll('"', "'")}", request: ${REQUEST}, expect: ${expect} }\n`;
const GOOD = `requests:
${allowed("{ outcome: ALLOW, scope: view_labs, rule: nurses-read, reasons: [ALLOWED_BY_RULE], obligations: [{ type: log, parameters: { level: 2 } }] }")}`;
const NEVER = `never:
  - name: Nobody reads what is restricted, and the kiosk reads nothing
    each: { clientId: [app, kiosk], subject.id: [nina, otto], purposeOfUse: [TREAT, HPAYMT], resource.labels: [[R], [R, N]] }
    request: { action: read, resource: { type: Observation, organization: ward } }
`;

let [service, at, policy, dir]: [Service, readonly string[], string, string] = [{} as Service, [], "", ""];
async function file(name: string, text: string): Promise<string> {
  await writeFile(join(dir, name), text);
  return join(dir, name);
}
before(async () => {
  dir = await temporaryFolder();
  policy = join(dir, "policy");
  await mkdir(policy);
  await writeFile(join(policy, "policy.yaml"), POLICY);
  service = await startService();
  at = await reaching(service);
  assert.equal((await command(["policy", "apply", policy, "--reason", "test", "--yes", ...at])).code, 0);
});
after(() => service.stop());

describe("policy test", () => {
  test("the demo hospital's tables, as they are", async () => {
    const args = ["policy", "test", "--policy", "seeds/hospital", "seeds/requests.yaml", "seeds/grants.yaml"];
    const { code, stdout, stderr } = await command(args);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(
      stdout,
      /^\d{3} cases of \d{3} requests: (\d{3}) passed, 0 failed, 0 skipped\.\n\d+ of \d+ rules matched in some case\.\n$/,
    );
  });

  for (const where of ["files", "service"])
    test(`what comes out otherwise is named, with what came: by ${where}`, async () => {
      const by = where === "files" ? ["--policy", policy] : ["--server", ...at];
      const good = await file("good.yaml", GOOD + NEVER);
      const right = await command(["policy", "test", ...by, good]);
      assert.deepEqual([right.code, right.stderr], [0, ""]);
      assert.match(right.stdout, /^2 cases of 17 requests: 2 passed, 0 failed, 0 skipped\.$/m);
      for (const [expect, told] of [
        ["{ outcome: DENY, obligations: [{ type: log }] }", /outcome: expected DENY, got ALLOW/],
        ["{ outcome: ALLOW }", /obligations: expected none, got log/],
        [
          "{ outcome: ALLOW, obligations: [{ type: log, parameters: { level: 3 } }] }",
          /obligation log: expected \{"level":3\}, got \[\{"level":2\}\]/,
        ],
        ["{ outcome: ALLOW, obligations: [{ type: log }], reasons: [BREAK] }", null],
        [
          "{ outcome: ALLOW, obligations: [{ type: log }], reasons: [] }",
          /reasons: expected none, got ALLOWED_BY_RULE/,
        ],
        [
          "{ outcome: ALLOW, obligations: [{ type: log }], reasons_include: [DENIED_BY_RULE] }",
          /reasons: expected DENIED_BY_RULE among them/,
        ],
        ["{ outcome: ALLOW, obligations: [{ type: log }], rule: other }", /rule: expected other, got nurses-read/],
        ["{ outcome: ALLOW, obligations: [{ type: log }], scope: other }", /scope: expected other, got view_labs/],
        [
          "{ outcome: ALLOW, obligations: [{ type: log }], message: no such text }",
          /message: no reason has the text "no such text"/,
        ],
      ] as const) {
        const wrong = await file("wrong.yaml", `requests:\n${allowed(expect)}`);
        const { code, stdout, stderr } = await command(["policy", "test", ...by, wrong]);
        if (told === null) {
          // A reason that there is not is no case that can fail: the file is not valid.
          assert.deepEqual([code, /requests\[0\]\.expect\.reasons\[0\]: must be/.test(stderr)], [2, true]);
          continue;
        }
        assert.equal(code, 1, expect);
        assert.match(stdout, /^FAILED allowed, .*\(.*wrong\.yaml:2\)$/m);
        assert.match(stdout, told);
        assert.match(stdout, /^ {4}ALLOWED_BY_RULE: /m);
      }
    });

  for (const where of ["files", "service"])
    test(`never: one of all combinations that is allowed, or is no request, fails: by ${where}`, async () => {
      const by = where === "files" ? ["--policy", policy] : ["--server", ...at];
      const open = await file("open.yaml", NEVER.replace("[[R], [R, N]]", "[[R], [N]]"));
      const { code, stdout } = await command(["policy", "test", ...by, open]);
      assert.equal(code, 1);
      assert.match(
        stdout,
        /1 of 16 requests are not denied:\n {2}\{"clientId":"app","subject":\{"id":"nina"\},.*"labels":\["N"\].*"purposeOfUse":"TREAT"\}\n/,
      );
      const none = await file("none.yaml", NEVER.replace("[app, kiosk]", '["", kiosk]'));
      const bad = await command(["policy", "test", ...by, none]);
      assert.deepEqual([bad.code, /request\.clientId: must not be empty/.test(bad.stdout)], [1, true], bad.stdout);
    });

  test("cases that say too little or too much are not valid", async () => {
    for (const [text, told] of [
      ["requests: []\n", /must have at least one case/],
      [NEVER.replace("clientId: [app, kiosk], ", ""), /never\[0\]: says no clientId, neither in request nor in each/],
      [NEVER.replace("[app, kiosk]", "[]"), /never\[0\]\.each: has an empty list/],
      [NEVER.replace("[app, kiosk]", `[${"a,".repeat(2000)}]`), /comes to \d+ requests; at most 10000/],
      [
        GOOD +
          allowed(
            "{ outcome: ALLOW, scope: view_labs, rule: nurses-read, reasons: [ALLOWED_BY_RULE], obligations: [{ type: log, parameters: { level: 2 } }] }",
          ),
        /has the name of another case/,
      ],
    ] as const) {
      const { code, stderr } = await command(["policy", "test", "--policy", policy, await file("bad.yaml", text)]);
      assert.equal(code, 2, text);
      assert.match(stderr, told);
    }
    const neither = await command(["policy", "test", join(dir, "good.yaml")]);
    assert.deepEqual([neither.code, /Say which policy decides/.test(neither.stderr)], [2, true]);
  });

  test("coverage names the rules that matched in no case, and too little of it fails", async () => {
    const good = await file("cover.yaml", GOOD);
    for (const by of [
      ["--policy", policy],
      ["--server", ...at],
    ]) {
      const { code, stdout, stderr } = await command([
        "policy",
        "test",
        ...by,
        good,
        "--coverage",
        "--min-coverage",
        "51",
      ]);
      assert.equal(code, 1);
      assert.match(stdout, /^1 of 2 rules matched in some case\.\n {2}in no case: never-restricted$/m);
      assert.match(stderr, /^Only 50\.0 percent of the rules matched in some case, not 51\.$/m);
      const both = await file("both.yaml", GOOD + NEVER);
      assert.equal((await command(["policy", "test", ...by, both, "--min-coverage", "100"])).code, 0);
    }
    const odd = await command(["policy", "test", "--policy", policy, good, "--min-coverage", "most"]);
    assert.equal(odd.code, 2);
  });

  test("JUnit: counts, and texts that XML can carry", async () => {
    const cases = await file(
      "junit.yaml",
      `${GOOD}  - { name: 'a < b & "c" \u0007', request: ${REQUEST}, expect: { outcome: DENY, obligations: [{ type: log }] } }\n`.replace(
        "\u0007",
        "",
      ),
    );
    const xml = join(dir, "results.xml");
    assert.equal((await command(["policy", "test", "--policy", policy, cases, "--junit", xml])).code, 1);
    const text = await readFile(xml, "utf8");
    assert.match(
      text,
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="scopewarden policy test" tests="2" failures="1" errors="0" skipped="0"/,
    );
    assert.match(
      text,
      /name="a &lt; b &amp; &quot;c&quot; ".*<failure message="outcome: expected DENY, got ALLOW">outcome: expected DENY, got ALLOW&#10;/,
    );
  });

  test("a service is asked about what it can answer without recording; the rest is skipped and said", async () => {
    const before = await service.ask("{ decisions { edges { node { id } } } }");
    const cases = await file(
      "skipped.yaml",
      `${GOOD}  - { name: then, now: "2020-01-01T00:00:00Z", request: ${REQUEST}, expect: { outcome: ALLOW } }\ngrants:\n  - { name: token, request: { clientId: app, scopes: [view_labs] }, expect: { scope: null } }\n`,
    );
    const { code, stdout } = await command(["policy", "test", "--server", ...at, cases]);
    assert.equal(code, 0);
    assert.match(stdout, /^1 case skipped: it names its own time/m);
    assert.match(stdout, /^1 case skipped: a service can't be asked for a token/m);
    assert.match(stdout, /1 passed, 0 failed, 2 skipped\.$/m);
    assert.deepEqual((await service.ask("{ decisions { edges { node { id } } } }")).body, before.body);
  });

  test("what is known of subjects and resources may be given beside the files", async () => {
    const people = await file("people.ndjson", '{"type":"Observation","id":"o1","properties":{"labels":["R"]}}\n');
    const text = `requests:\n  - { name: known, request: ${REQUEST.replace("type: Observation", "type: Observation, id: o1")}, expect: { outcome: DENY, rule: never-restricted } }\n`;
    const cases = await file("known.yaml", text);
    assert.equal((await command(["policy", "test", "--policy", policy, cases])).code, 1);
    assert.equal((await command(["policy", "test", "--policy", policy, cases, "--directory", people])).code, 0);
  });
});
