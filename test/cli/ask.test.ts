import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { applySeed, DEMO_HOSPITAL, readSeedFiles } from "../../src/cli/seedCommand.ts";
import { type AssertableRole, CALLER_ROLES, type CallerRole } from "../../src/domain/callers/types.ts";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import { type Service, startService } from "../http/support.ts";
import { openDemoBreakGlasses } from "../support/demoBreakGlasses.ts";
import { cleanEnv, cli, type Ended, MAIN, temporaryFolder } from "./support.ts";

const EXAMPLE = "examples/fhir/liz-conn.json";
let service: Service;
let env: Record<string, string>;
let dir: string;

const words = (text: string): string[] => text.split(" ");

async function keyFor(role: CallerRole, assertRoles: readonly AssertableRole[] = []): Promise<string> {
  const { key } = await service.app.domain.apiKeys.create({
    name: role,
    roles: [role],
    subject: { type: "user", id: role },
    defaultClientId: null,
    assertRoles,
    expiresAt: null,
    by: { id: "test", roles: new Set(CALLER_ROLES) },
    reason: "test",
  });
  return key;
}

/** What the service keeps of a decision's request. */
async function keptRequest(id: string): Promise<AccessRequest> {
  const kept = await service.app.domain.decisions.decision(id);
  assert.ok(kept !== null && "resource" in kept.request);
  return kept.request;
}

before(async () => {
  dir = await temporaryFolder();
  service = await startService();
  await applySeed(await readSeedFiles(DEMO_HOSPITAL), { policy: service.app.domain.policy, reason: "test" });
  await openDemoBreakGlasses(service.app.domain);
  env = { SCOPEWARDEN_URL: service.url, SCOPEWARDEN_KEY: await keyFor("service") };
});
after(() => service.stop());

const TESS = [...words("--client lab-portal --subject tess --organization city-lab --resource-patient ada")] as const;

test("ask decision: allowed, in words and as JSON", async () => {
  const args = ["ask", "decision", ...TESS, "--purpose", "TREAT", "--resource", "DiagnosticReport/d1"];
  const [words, json] = await Promise.all([cli(args, { env }), cli([...args, "--json"], { env })]);
  assert.equal(words.stderr, "");
  assert.match(
    words.stdout,
    /^ALLOW by scope view_diagnostic_reports\n {2}ALLOWED_BY_RULE: .*lab-tech-view-reports.*\nDecision [0-9a-f-]{36}, policy revision 1\n$/,
  );
  assert.equal(words.code, 0);
  const decision = JSON.parse(json.stdout);
  assert.deepEqual(
    [json.code, decision.outcome, decision.scope, decision.policyRevision],
    [0, "ALLOW", "view_diagnostic_reports", 1],
  );
  assert.equal((await keptRequest(decision.id)).resource.id, "d1");
});

test("ask decision: denied", async () => {
  const { code, stdout } = await cli(
    [
      "ask",
      "decision",
      ...TESS,
      ...words("--purpose HPAYMT --resource DiagnosticReport/d1 --scopes view_diagnostic_reports"),
    ],
    { env },
  );
  assert.equal(code, 1);
  assert.match(stdout, /^DENY: The role lab_technician .*\n {2}NO_MATCHING_RULE: /);
});

test("ask decision: every option arrives in its field", async () => {
  const args = [
    ...words("ask decision --client ehr --subject paul --subject-organization general-hospital"),
    ...["--scopes", "view_conditions patient/Condition.rs?category=a,b"],
    ...words("--scopes view_encounters --action search --purpose TREAT --organization general-hospital --patient p1"),
    ...words("--resource Condition/c/1 --resource-patient p2 --json --context"),
    ...['{"region":"eu","attributes":{"a":1}}', "--labels", "R SUD", "--attributes", '{"category":["x|y"]}'],
    ...words("--subject-type person --subject-role nurse --subject-role provider"),
  ];
  const asserting = ["nurse", "provider"].map((role) => ({ role, organization: "general-hospital" }));
  const key = await keyFor("service", asserting);
  const { stdout } = await cli(args, { env: { ...env, SCOPEWARDEN_KEY: key } });
  assert.deepEqual(await keptRequest(JSON.parse(stdout).id), {
    clientId: "ehr",
    subject: { id: "paul", type: "person", organization: "general-hospital", roles: asserting, attributes: null },
    scopes: ["view_conditions", "patient/Condition.rs?category=a,b", "view_encounters"],
    action: "search",
    resource: {
      type: "Condition",
      id: "c/1",
      patient: "p2",
      patients: null,
      organization: "general-hospital",
      labels: ["R", "SUD"],
      attributes: { category: ["x|y"] },
    },
    purposeOfUse: "TREAT",
    context: { patient: "p1", ipAddress: null, region: "eu", userAgent: null, tokenId: null, attributes: { a: 1 } },
    requestId: null,
  });
});

test("ask decision: a role that the key may not assert is refused, and one needs somebody who holds it", async () => {
  const asking = ["ask", "decision", "--resource", "Patient/p1", "--subject-role", "nurse", "--client", "ehr"];
  const [forbidden, nobody] = await Promise.all([cli([...asking, "--subject", "paul"], { env }), cli(asking, { env })]);
  assert.deepEqual([forbidden.code, nobody.code], [2, 2]);
  assert.match(forbidden.stderr, /The role nurse may not be asserted/);
  assert.match(nobody.stderr, /--subject-role needs --subject/);
});

test("ask decision: a token without scopes and a resource without labels can be said", async () => {
  const { stdout } = await cli(
    ["ask", "decision", ...TESS, "--resource", "DiagnosticReport", "--scopes", "", "--labels", "", "--json"],
    { env },
  );
  const decision = JSON.parse(stdout);
  const kept = await keptRequest(decision.id);
  assert.deepEqual([kept.scopes, kept.resource.labels, decision.reasons[0].code], [[], [], "NO_SCOPES"]);
});

test("ask decision: the whole request from a file or standard input, obligations in words", async () => {
  const request = JSON.stringify({
    clientId: "ehr",
    subject: { id: "edda" },
    action: "read",
    resource: { type: "Condition", id: "c1", patient: "ada", organization: "lakeside-clinic" },
    purposeOfUse: "BTG",
  });
  const file = join(dir, "request.json");
  await writeFile(file, request);
  const [fromFile, fromStdin] = await Promise.all([
    cli(["ask", "decision", "--input", file], { env }),
    cli(["ask", "decision", "--input", "-"], { env, stdin: request }),
  ]);
  for (const { code, stdout } of [fromFile, fromStdin]) {
    assert.equal(code, 0);
    assert.match(
      stdout,
      /Allowed only to a caller who does this:\n {2}noRedisclosure \{.*\}\n {2}breakGlass \{.*\}\n {2}notify_privacy_officer \{.*\}/,
    );
  }
});

test("ask decision: what the service refuses is bad input, and says which field", async () => {
  const [field, type, json] = await Promise.all([
    cli(["ask", "decision", "--client", "c", "--resource", "no\ttype"], { env }),
    cli(["ask", "decision", "--input", "-"], { env, stdin: '{"clientId":"c"}' }),
    cli(["ask", "decision", "--input", "-"], { env, stdin: "{" }),
  ]);
  assert.match(field.stderr, /^input\.resource\.type: must not contain control/);
  assert.match(type.stderr, /"action"/);
  assert.match(json.stderr, /^Standard input must be JSON\.$/m);
  for (const { code, stdout } of [field, type, json]) assert.deepEqual([code, stdout], [2, ""]);
});

test("the key: from a file, not accepted, of the wrong role; and never printed", async () => {
  const keyFile = join(dir, "key");
  await writeFile(keyFile, `${env.SCOPEWARDEN_KEY}\n`);
  const args = ["ask", "decision", ...TESS, "--purpose", "TREAT", "--resource", "DiagnosticReport/d1"];
  const reviewer = await keyFor("reviewer");
  const wrongKey = `swk_abcdefghijkl_${"x".repeat(43)}`;
  const [good, wrong, role, odd] = await Promise.all([
    cli([...args, "--key-file", keyFile], { env: { SCOPEWARDEN_URL: service.url } }),
    cli(args, { env: { ...env, SCOPEWARDEN_KEY: wrongKey } }),
    cli(args, { env: { ...env, SCOPEWARDEN_KEY: reviewer } }),
    cli(args, { env: { ...env, SCOPEWARDEN_KEY: "not a key" } }),
  ]);
  assert.equal(good.code, 0);
  assert.match(wrong.stderr, /^The service does not accept the key\./);
  assert.match(role.stderr, /needs a key with the role service/);
  assert.match(odd.stderr, /characters that no key has/);
  for (const ended of [wrong, role, odd]) assert.equal(ended.code, 2);
  for (const { stdout, stderr } of [good, wrong, role, odd]) {
    for (const key of [String(env.SCOPEWARDEN_KEY), wrongKey, reviewer, "not a key"])
      assert.ok(!`${stdout}${stderr}`.includes(key));
  }
});

/** A server that answers as it is told, in place of ours. */
async function impostor(
  status: number,
  body: string,
  headers: Record<string, string> = {},
): Promise<{ readonly url: string; readonly server: Server; readonly requests: { readonly path: string }[] }> {
  const requests: { readonly path: string }[] = [];
  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? "" });
    if (status > 0) response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, requests };
}

async function against(
  fake: { readonly url: string; readonly server: Server },
  ...more: readonly string[]
): Promise<Ended> {
  try {
    return await cli(["ask", "decision", "--client", "c", "--resource", "Patient", ...more], {
      env: { SCOPEWARDEN_URL: fake.url, SCOPEWARDEN_KEY: "k" },
    });
  } finally {
    fake.server.closeAllConnections();
    fake.server.close();
  }
}

test("no decision: unavailable, unreachable, silent, or somebody else", async () => {
  const target = await impostor(200, "{}");
  const { url: closed, server } = await impostor(200, "{}");
  server.close();
  const [down, refused, silent, stranger, html, redirect, inside, forged] = await Promise.all([
    against(
      await impostor(
        503,
        JSON.stringify({
          data: null,
          errors: [{ message: "The journal can't be written.", extensions: { code: "JOURNAL_UNAVAILABLE" } }],
        }),
      ),
    ),
    cli(["ask", "decision", "--client", "c", "--resource", "Patient"], {
      env: { SCOPEWARDEN_URL: closed, SCOPEWARDEN_KEY: "k" },
    }),
    against(await impostor(0, ""), "--timeout", "0.5"),
    against(await impostor(200, '{"data":{"authorize":{"outcome":"MAYBE"}}}')),
    against(await impostor(502, "<html>")),
    against(await impostor(307, "", { location: `${target.url}/graphql` })),
    against(
      await impostor(
        500,
        JSON.stringify({ errors: [{ message: "Something went wrong", extensions: { code: "INTERNAL" } }] }),
      ),
    ),
    against(await impostor(503, JSON.stringify({ errors: [{ message: "\u001b]0;pwned\u0007" }] }))),
  ]);
  target.server.close();
  assert.match(down.stderr, /^There is no decision: [\s\S]*The journal can't be written\.\nTreat it as a denial/);
  assert.match(refused.stderr, /can't be reached \(ECONNREFUSED\)\.\nStart it with `scopewarden serve`/);
  assert.match(silent.stderr, /did not answer within 0\.5 s/);
  assert.match(stranger.stderr, /is not Scopewarden\. Check --url\./);
  assert.match(html.stderr, /is not Scopewarden \(HTTP 502\)/);
  assert.match(redirect.stderr, /can't be reached/);
  assert.deepEqual(target.requests, []);
  assert.match(inside.stderr, /Something went wrong/);
  assert.match(forged.stderr, /\\u\{1b\}\]0;pwned\\u\{7\}/);
  for (const { code, stdout } of [down, refused, silent, stranger, html, redirect, inside, forged])
    assert.deepEqual([code, stdout], [3, ""]);
});

test("check-bundle: the example, in words", async () => {
  const { code, stdout, stderr } = await cli(
    ["ask", "bundle", EXAMPLE, ...words("--client ehr --subject paul --organization general-hospital --purpose TREAT")],
    { env },
  );
  // No terminal, no progress bar.
  assert.equal(stderr, "");
  assert.equal(code, 5);
  assert.match(
    stdout,
    /^ehr for paul wants to read \(purpose TREAT, organization general-hospital, no patient in context\)\n1 bundle, 19 resources: 15 allowed, 4 denied/,
  );
  assert.match(stdout, /^ {2}Observation +5 +\.$/m);
  assert.match(stdout, /^ {2}DENIED_BY_RULE: 2 resources$/m);
  assert.match(stdout, /1 Condition: Rule substance-use-needs-its-own-scope denies it/);
  assert.match(stdout, /1 DocumentReference: Rule psychotherapy-notes-need-their-own-scope denies it/);
  assert.match(
    stdout,
    /^ {2}SCOPE_DOES_NOT_COVER: 2 resources\n {4}1 Claim, 1 ExplanationOfBenefit: none of the 21 scopes covers it$/m,
  );
});

test("check-bundle: as JSON, each decision is one that the service keeps", async () => {
  const args = [
    "ask",
    "bundle",
    EXAMPLE,
    EXAMPLE,
    ...words(
      "--client us-core-app --subject auto --patient auto --organization general-hospital --purpose PATRQT --json",
    ),
  ];
  const { code, stdout } = await cli(args, { env });
  const report = JSON.parse(stdout);
  assert.equal(code, 5);
  assert.deepEqual(
    [report.allowed, report.denied, report.resources.length, report.policyRevisions, report.unresolvedPatients],
    [14, 24, 38, [1], 0],
  );
  const [first] = report.resources;
  const kept = await keptRequest(first.decision.id);
  assert.equal(kept.context?.patient, first.id);
  assert.deepEqual([kept.resource.type, first.type, first.entry, first.file], ["Patient", "Patient", 0, EXAMPLE]);
});

const bundleOf = (n: number): string =>
  JSON.stringify({
    resourceType: "Bundle",
    entry: Array.from({ length: n }, (_, i) => ({
      resource: { resourceType: "DiagnosticReport", id: `d${i}`, subject: { reference: "Patient/ada" } },
    })),
  });
const ASK_TESS = ["--client", "lab-portal", "--subject", "tess", "--organization", "city-lab", "--purpose", "TREAT"];

test("check-bundle: more than one batch, all allowed", async () => {
  const file = join(dir, "many.json");
  await writeFile(file, bundleOf(230));
  const { code, stdout } = await cli(["ask", "bundle", file, ...ASK_TESS], { env });
  assert.equal(code, 0);
  assert.match(stdout, /1 bundle, 230 resources: 230 allowed, 0 denied/);
  assert.doesNotMatch(stdout, /Why not/);
});

test("check-bundle: a wrong file stops everything before the first question, and its text is escaped", async () => {
  const [good, bad, nasty] = [join(dir, "good.json"), join(dir, "bad.json"), join(dir, "nasty.json")];
  await writeFile(good, bundleOf(1));
  await writeFile(bad, '{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"}},{}]}');
  await writeFile(nasty, '{"resourceType":"\\u001b[2J"}');
  const [wrong, escaped] = await Promise.all([
    cli(["ask", "bundle", good, bad, ...ASK_TESS], { env }),
    cli(["ask", "bundle", nasty, ...ASK_TESS], { env }),
  ]);
  assert.deepEqual(wrong, { code: 2, stdout: "", stderr: `${bad}: entry[1] has no resource\n` });
  assert.match(escaped.stderr, /is not a FHIR Bundle but a \\u\{1b\}\[2J: /);
});

test("check-bundle: a progress bar on a terminal, wiped at the end", async (t) => {
  const run = promisify(execFile);
  const hasScript = await run("script", ["--version"]).then(
    ({ stdout }) => stdout.includes("util-linux"),
    () => false,
  );
  if (!hasScript) return t.skip("needs script of util-linux");
  const command = [process.execPath, ...MAIN, "ask", "bundle", EXAMPLE, ...ASK_TESS]
    .map((word) => `'${word}'`)
    .join(" ");
  const typescript = join(dir, "typescript");
  await run("script", ["-qec", `${command} >${join(dir, "out")}`, typescript], {
    env: { ...cleanEnv(env), TERM: "xterm" } as NodeJS.ProcessEnv,
  }).catch(() => undefined);
  const screen = await readFile(typescript, "utf8");
  assert.match(screen, /0 of 19 decisions/);
  assert.match(await readFile(join(dir, "out"), "utf8"), /^lab-portal for tess/);
});
