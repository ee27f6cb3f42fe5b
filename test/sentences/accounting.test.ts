import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parse } from "yaml";
import { cli, temporaryFolder } from "../cli/support.ts";
import { applyPolicy, type Service, startService } from "../http/support.ts";

interface Case {
  readonly run: string;
  readonly says?: readonly string[];
  readonly has?: readonly string[];
}
type Access = readonly [string, string, string | null, string, string, string | null, object];
interface Proved {
  readonly name: string;
  readonly input: object;
  readonly without?: boolean;
  readonly says: readonly string[];
}
const { accesses, cases, entities, policy, proofs, suspensions } = parse(
  readFileSync("test/cases/sentences/accounting.yaml", "utf8"),
) as {
  readonly accesses: readonly Access[];
  readonly cases: readonly Case[];
  readonly entities: readonly object[];
  readonly policy: readonly object[];
  readonly proofs: readonly Proved[];
  readonly suspensions: readonly (readonly [patient: string, clientId: string])[];
};
const PROOF = `query ($id: ID!) { inclusionProof(decisionId: $id) { index entry hashes openings { path salt value }
  checkpoint { origin size rootHash note } tlogProof } }`;
const PUT = 'mutation ($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "test") { revision } }';
const SUSPEND = "mutation ($input: SuspendAccountingInput!) { suspendAccounting(input: $input) { inForce } }";
const AUTHORIZE = "query ($input: AuthorizeInput!) { authorize(input: $input) { id outcome reasons { message } } }";

const time = { now: Date.parse("2026-10-31T00:00:00Z") };
let service: Service;
let env: Record<string, string>;
let asker: string;
before(async () => {
  service = await startService({}, { clock: () => time.now });
  const { body, text } = await applyPolicy(service, policy);
  assert.equal(body.errors, undefined, text);
  const put = await service.ask(PUT, { variables: { entities } });
  assert.equal(put.body.errors, undefined, put.text);
  const { key } = await service.createKey("SERVICE");
  asker = key;
  for (const [at, clientId, subject, type, id, purposeOfUse, more] of accesses) {
    time.now = Date.parse(at);
    const input = {
      ...{ clientId, action: "read", purposeOfUse, scopes: ["view"] },
      subject: subject === null ? undefined : { id: subject },
      resource: { type, id, patient: "p-4711", organization: "ward", ...more },
    };
    const made = await service.ask(AUTHORIZE, { variables: { input }, key });
    assert.equal(made.body?.data?.authorize?.outcome, "ALLOW", made.text);
  }
  time.now = Date.parse("2026-11-30T12:00:00Z");
  const auditor = (await service.createKey("AUDITOR")).key;
  for (const [patient, clientId] of suspensions) {
    const until = "2026-12-31T00:00:00Z";
    const input = {
      patient,
      recipient: { clientId },
      statement: "WRITTEN",
      agency: "An agency",
      until,
      reason: "test",
    };
    const { body, text } = await service.ask(SUSPEND, { variables: { input }, key: auditor });
    assert.equal(body.data?.suspendAccounting?.inForce, true, text);
  }
  env = { SCOPEWARDEN_URL: service.url, SCOPEWARDEN_KEY: auditor };
});
after(() => service.stop());

/** The words of a command line, of which quoted ones may have spaces. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
const disclosures = (run: string) =>
  cli(
    [
      "record",
      "disclosures",
      "--time-zone",
      "America/New_York",
      "--from",
      "2026-11-01",
      "--to",
      "2026-11-07",
      ...wordsOf(run),
    ],
    { env },
  );

for (const { has = [], run, says } of cases)
  test(`disclosures ${run}`, async () => {
    const { stderr, stdout } = await disclosures(run);
    const printed = `${stdout}${stderr}`.trimEnd().split("\n");
    const lines = printed.filter((line) => !line.startsWith("Made on: "));
    if (says !== undefined) assert.deepEqual(lines, says);
    for (const line of has) assert.ok(lines.includes(line), printed.join("\n"));
  });

test("the page for print says the same, with no id, no empty column, and no markup from a name", async () => {
  const { stdout } = await disclosures("--patient p-4711 --html");
  const whole = cases[0]?.says ?? [];
  const named = whole.flatMap((line) => /^ {2}(?:What|What for): (.*)$/.exec(line)?.[1] ?? []);
  assert.ok(named.length >= 10);
  for (const each of named) assert.ok(stdout.includes(`<td>${each}</td>`), each);
  assert.ok(stdout.includes("<td>Nina &#60;b&#62;Nowak&#60;/b&#62; of The Ward, using Ward Records</td>"));
  assert.doesNotMatch(stdout, /p-471|u-[123]\b|[oml]-1\b|>ehr<|<b>|<script|(src|href)=|url\(/);
  const heads = [...stdout.matchAll(/<th scope="col">([^<]*)/g)].map(([, name]) => name);
  assert.deepEqual(heads, ["when", "to whom", "address", "what", "what for"]);
  const unnamed = await disclosures("--patient p-4712 --html");
  assert.deepEqual(
    [...unnamed.stdout.matchAll(/<th scope="col">([^<]*)/g)].map(([, name]) => name),
    ["when", "to whom", "what", "what for"],
  );
});

/** The text of a page's markup. */
const unescaped = (text: string): string => text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));

for (const { input, name, says, without = false } of proofs)
  test(`a page of proof: ${name}`, async () => {
    const folder = await temporaryFolder();
    const { body } = await service.ask(AUTHORIZE, { variables: { input }, key: asker });
    const { id } = body.data.authorize;
    const key = env.SCOPEWARDEN_KEY ?? "";
    const answer = await service.ask(PROOF, { variables: { id }, key });
    const keys = await service.ask("{ checkpointKeys { publicKey } }", { key });
    const [{ publicKey }] = keys.body.data.checkpointKeys;
    const proof = answer.body.data.inclusionProof;
    const text = JSON.stringify(without ? { ...proof, openings: [] } : proof, null, 1);
    const file = join(folder, "my decision.json");
    const html = join(folder, "decision.html");
    await writeFile(file, text);
    const verify = (...args: readonly string[]) =>
      cli(["record", "verify-proof", file, "--public-key", publicKey, "--time-zone", "America/New_York", ...args]);
    const made = await verify("--html", html);
    assert.deepEqual([made.code, made.stderr], [0, ""]);
    const page = await readFile(html, "utf8");
    const rows = [...page.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(
      ([, of = "", value = ""]) => `${of}: ${unescaped(value)}`,
    );
    const said = rows
      .slice(0, says.length)
      .map((row, i) => (row.startsWith("Why: ") ? row.slice(0, says[i]?.length) : row));
    assert.deepEqual(said, says);
    for (const each of [proof.checkpoint.rootHash, ...proof.hashes, id])
      assert.ok(unescaped(page).includes(each), each);
    // All that it loads, runs or shows is its own: what people chose is text.
    assert.doesNotMatch(page, /<script|<img|<b>|(src|href|action)=["']|url\(|https?:/i);
    assert.match(page, /default-src 'none'/);
    if (without) assert.ok(!page.includes("p-4711"));

    // The page has the file and the command: they prove what it shows.
    const [command = "", , kept = ""] = [...page.matchAll(/<pre>(.*?)<\/pre>/gs)].map(([, inner = ""]) =>
      unescaped(inner),
    );
    assert.equal(command, `scopewarden record verify-proof 'my decision.json' --public-key ${publicKey}`);
    assert.equal(kept, text);

    // Nothing that was not proved is written.
    await writeFile(file, text.replaceAll(without ? "ALLOW" : "DENY", without ? "DENY" : "ALLOW"));
    const other = join(folder, "other.html");
    const forged = await verify("--html", other);
    assert.equal(forged.code, 1);
    await assert.rejects(readFile(other), { code: "ENOENT" });
  });
