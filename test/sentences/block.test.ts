import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parse } from "yaml";
import { cli, temporaryFolder } from "../cli/support.ts";
import { applyPolicy, type Service, startService } from "../http/support.ts";

interface Case {
  readonly by: string;
  readonly run: string;
  readonly code?: number;
  readonly says: readonly string[];
  readonly tess?: string;
}
const { cases, policy } = parse(readFileSync("test/cases/sentences/block.yaml", "utf8")) as {
  readonly cases: readonly Case[];
  readonly policy: readonly object[];
};

const NOW = Date.parse("2026-03-09T13:05:00Z");
const CREATE = `mutation ($name: String!, $role: CallerRole!, $subject: ApiKeySubjectInput) {
  createApiKey(input: { name: $name, roles: [$role], subject: $subject }, reason: "test") { key apiKey { id } } }`;
const ASK = `query { authorize(input: { clientId: "app", subject: { id: "tess" }, action: "read",
  resource: { type: "Observation", id: "o" } }) { outcome reasons { message } } }`;

let service: Service;
let url: string;
const keys: Record<string, string> = {};
let program: { readonly id: string; readonly key: string };

async function made(name: string, role: string, id: string): Promise<{ readonly id: string; readonly key: string }> {
  const { body, text } = await service.ask(CREATE, { variables: { name, role, subject: { id } } });
  assert.equal(body.errors, undefined, text);
  const { apiKey, key } = body.data.createApiKey;
  return { id: apiKey.id, key };
}
async function tessAsks(): Promise<string> {
  const { body, text } = await service.ask(ASK, { key: keys.gateway ?? null });
  assert.equal(body.errors, undefined, text);
  const { outcome, reasons } = body.data.authorize;
  return outcome === "ALLOW" ? outcome : `${outcome} ${reasons[0].message}`;
}
/** The words of a command line, of which quoted ones may have spaces. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");

before(async () => {
  url = `sqlite:${join(await temporaryFolder(), "test.db")}`;
  service = await startService({ DATABASE_URL: url }, { clock: () => NOW });
  const { body, text } = await applyPolicy(service, policy);
  assert.equal(body.errors, undefined, text);
  for (const [name, role, id] of [
    ["admin", "ADMIN", "ada"],
    ["tess", "ADMIN", "tess"],
    ["reviewer", "REVIEWER", "rita"],
    ["auditor", "AUDITOR", "otto"],
    ["gateway", "SERVICE", "gateway"],
  ] as const)
    keys[name] = (await made(name, role, id)).key;
  program = await made("old program", "SERVICE", "old");
});
after(() => service.stop());

let standing = "ALLOW";
for (const { by, code = 0, run, says, tess } of cases)
  test(`${by}: ${run}`, async () => {
    const line = run.replace("{key}", program.id).replace(" --no-reason", "");
    const reason = run.includes("--reason") || run.includes("--no-reason") ? [] : ["--reason", "test"];
    const env = { SCOPEWARDEN_URL: service.url, SCOPEWARDEN_KEY: keys[by] ?? "" };
    const ended = await cli([...wordsOf(line), ...reason], { env });
    const printed = `${ended.stdout}${ended.stderr}`.trimEnd().split("\n");
    assert.deepEqual(
      printed,
      says.map((each) => each.replace("{key}", program.id)),
    );
    assert.equal(ended.code, code);
    assert.equal(ended.stderr === "", code === 0, "what went well goes to standard output");
    standing = tess ?? standing;
    const asked = await tessAsks();
    assert.ok(asked.startsWith(standing), asked);
  });

test("a key that was revoked is accepted no more", async () => {
  const { status } = await service.ask(ASK, { key: program.key });
  assert.equal(status, 401);
});

test("each step is an act on record, with who and why", async () => {
  const query = "{ exportPage(format: NDJSON, kinds: [RESTRICTION, API_KEY, POLICY_REVISION], first: 200) { lines } }";
  const { body, text } = await service.ask(query, { key: keys.auditor ?? null });
  assert.equal(body.errors, undefined, text);
  const lines = (body.data.exportPage.lines as readonly string[]).map((each) => JSON.parse(each));
  const told = lines.map(({ kind, record }) => `${kind} ${record.event ?? record.reason}`);
  assert.deepEqual(
    told.filter((each) => each.startsWith("RESTRICTION")),
    ["IMPOSED", "LIFTED", "IMPOSED", "LIFTED", "IMPOSED"].map((event) => `RESTRICTION ${event}`),
  );
  assert.equal(told.filter((each) => each === "POLICY_REVISION test").length, 3);
  assert.equal(told.filter((each) => each === "API_KEY REVOKED").length, 1);
});

test("under four eyes a client is blocked by one person, and unblocked by a proposal, which is printed", async () => {
  await service.stop();
  service = await startService({ DATABASE_URL: url, SCOPEWARDEN_FOUR_EYES: "on" }, { clock: () => NOW });
  const env = { SCOPEWARDEN_URL: service.url, SCOPEWARDEN_KEY: keys.admin ?? "" };
  const run = (way: string) => cli([way, "client", "app", "--reason", "test"], { env });
  assert.equal((await run("block")).code, 0);
  const { code, stderr } = await run("unblock");
  assert.deepEqual(
    [code, stderr],
    [
      2,
      'Client app is still blocked: under four eyes a second person must agree.\nPropose it: proposePolicy(input: { title: "...", change: { operations: [{ updateClient: { id: "app", status: ACTIVE } }] }, reason: "..." })\n',
    ],
  );
  assert.match(await tessAsks(), /^DENY Client app/);
});
