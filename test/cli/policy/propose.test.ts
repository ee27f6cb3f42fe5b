import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Service, startService } from "../../http/support.ts";
import { temporaryFolder } from "../support.ts";
import { command, reaching } from "./support.ts";

const POLICY = `operations:
  - putScope: { name: view_labs, atoms: [{ resourceType: Observation, actions: [read] }] }
  - activateScope: { name: view_labs }
  - putRole: { name: nurse }
  - putClient: { id: app, name: App }
  - grantScope: { clientId: app, scope: view_labs }
  - putRule: { id: nurses-read, role: nurse, scope: view_labs, action: read, resourceType: Observation, effect: ALLOW, when: 'WHEN' }
`;
const ruleFor = (when: string): string => POLICY.replace("WHEN", when);
const [TREAT, BOTH] = ['purposeOfUse == "TREAT"', 'purposeOfUse in ["TREAT", "HOPERAT"]'];

let service: Service;
let policy: string;
let [ada, bea, rita]: readonly (readonly string[])[] = [];

async function keyFor(of: Service, id: string, role: string): Promise<string> {
  const { body, text } = await of.ask(
    `mutation { createApiKey(input: { name: "${id}", roles: [${role}], subject: { id: "${id}" } }, reason: "test") { key } }`,
  );
  assert.equal(body.errors, undefined, text);
  return body.data.createApiKey.key;
}
const write = (text: string): Promise<void> => writeFile(join(policy, "1.yaml"), text);
const propose = (as = ada, ...more: readonly string[]) =>
  command(["policy", "propose", policy, "--title", "Operations, too", "--reason", "Ticket 1", ...more, ...(as ?? [])]);
const apply = (as = ada, ...args: readonly string[]) => command(["policy", "apply", ...args, "--yes", ...(as ?? [])]);
const idOf = (stdout: string): string => /^Proposal (\S+) is open/m.exec(stdout)?.[1] ?? "";
const digestOf = (stdout: string): string => /^ {2}([0-9a-f]{64})$/m.exec(stdout)?.[1] ?? "";

let beaKey = "";
async function approve(id: string, digest: string): Promise<void> {
  const { body, text } = await service.ask(
    'mutation ($id: ID!, $digest: String!) { approveProposal(id: $id, digest: $digest, reason: "r") { state } }',
    { variables: { id, digest }, key: beaKey },
  );
  assert.equal(body.data?.approveProposal.state, "APPROVED", text);
}
const whenOf = (): string | null => service.app.domain.policy.current().rules.get("nurses-read")?.when ?? null;

before(async () => {
  const folder = await temporaryFolder();
  policy = join(folder, "policy");
  await mkdir(policy);
  await write(ruleFor(TREAT));
  const DATABASE_URL = `sqlite:${join(folder, "test.db")}`;
  const open = await startService({ DATABASE_URL });
  const keys = await Promise.all([
    keyFor(open, "ada", "ADMIN"),
    keyFor(open, "bea", "ADMIN"),
    keyFor(open, "rita", "REVIEWER"),
  ]);
  const first = await command(["policy", "apply", policy, "--reason", "first", "--yes", ...(await reaching(open))]);
  assert.equal(first.code, 0, first.stderr);
  await open.app.close();
  service = await startService({ DATABASE_URL, SCOPEWARDEN_FOUR_EYES: "on" });
  [ada, bea, rita] = await Promise.all(keys.map((key) => reaching(service, key)));
  beaKey = keys[1] ?? "";
});
after(() => service.stop());

test("policy apply of files that may allow more says to an admin to propose them, and changes nothing", async () => {
  await write(ruleFor(BOTH));
  const { code, stderr } = await apply(ada, policy, "--reason", "Ticket 1");
  assert.equal(code, 2);
  assert.match(stderr, /^Under four eyes a change that may allow more \(rule nurses-read .*\) must be proposed/);
  assert.match(
    stderr,
    /^Propose the files with `scopewarden policy propose`\. .*\n`scopewarden policy apply --proposal`/m,
  );
  assert.doesNotMatch(stderr, /needs a key/);
  assert.equal(whenOf(), TREAT);
});

test("what is proposed is applied once somebody else has approved it, exactly so, and once", async () => {
  const proposed = await propose();
  assert.deepEqual([proposed.code, proposed.stderr], [0, ""]);
  const [id, digest] = [idOf(proposed.stdout), digestOf(proposed.stdout)];
  assert.match(proposed.stdout, /^It may allow more:\n {2}rule nurses-read has another condition, or none$/m);
  assert.match(
    proposed.stdout,
    /^What changes in access:\n {2}nurse may read Observation with view_labs: now also for HOPERAT; still for TREAT \(rule nurses-read\)\.$/m,
  );
  assert.match(proposed.stdout, /^0 of 0 recorded decisions flip: 0 newly allowed, 0 newly denied\.$/m);
  assert.match(proposed.stdout, new RegExp(`^Once it is approved: scopewarden policy apply --proposal ${id}$`, "m"));

  const early = await apply(ada, "--proposal", id);
  assert.equal(early.code, 1);
  assert.match(
    early.stderr,
    new RegExp(`^Proposal ${id} is not approved yet: somebody other than ada, who made it, must approve it`),
  );
  assert.equal(whenOf(), TREAT);

  await approve(id, digest);
  // The files may have moved on: what was approved is what is applied.
  await write(ruleFor("true"));
  const applied = await apply(ada, "--proposal", id);
  assert.deepEqual([applied.code, applied.stderr], [0, ""]);
  assert.match(applied.stdout, new RegExp(`^Proposal ${id}: Operations, too\\nIt may allow more:\\n`));
  assert.match(applied.stdout, /^It is applied; the policy is now at revision 2\.$/m);
  assert.equal(whenOf(), BOTH);
  const again = await apply(bea, "--proposal", id);
  assert.deepEqual([again.code, again.stdout], [0, `Proposal ${id} was applied already, as revision 2.\n`]);
});

test("a reviewer proposes and can't apply; a proposal that was rejected can't be applied", async () => {
  await write(ruleFor("true"));
  const proposed = await propose(rita, "--json");
  assert.deepEqual([proposed.code, proposed.stderr], [0, ""]);
  const { id, digest, state } = JSON.parse(proposed.stdout).proposal;
  assert.equal(state, "OPEN");
  await approve(id, digest);
  const tried = await apply(rita, "--proposal", id);
  assert.equal(tried.code, 2);
  assert.match(tried.stderr, /Applying a proposal needs a key with the role admin\.$/m);
  const { body } = await service.ask(`mutation { rejectProposal(id: "${id}", reason: "r") { state } }`, {
    key: beaKey,
  });
  assert.equal(body.data.rejectProposal.state, "REJECTED");
  const rejected = await apply(ada, "--proposal", id, "--json");
  assert.deepEqual(
    [rejected.code, rejected.stderr],
    [1, `Proposal ${id} is rejected, and can't be applied. Propose the change again.\nNothing was changed.\n`],
  );
});

test("what is approved and has moved since is told so, and not applied", async () => {
  await write(ruleFor("true"));
  const proposed = await propose();
  const id = idOf(proposed.stdout);
  await approve(id, digestOf(proposed.stdout));
  await write(ruleFor('purposeOfUse == "TREAT" && purposeOfUse != "HOPERAT"'));
  const { body } = await service.ask('mutation { deleteRule(input: { id: "nurses-read" }, reason: "r") { revision } }');
  assert.equal(body.errors, undefined, JSON.stringify(body));
  const { code, stderr } = await apply(ada, "--proposal", id);
  assert.equal(code, 1);
  assert.match(
    stderr,
    new RegExp(`^Proposal ${id} is stale.*: it must be looked at again \\(refreshProposal\\), and approved anew\\.`),
  );
});

test("nothing to propose is no proposal; what can't be meant is refused before anything is asked", async () => {
  const exported = join(await temporaryFolder(), "exported");
  assert.equal((await command(["policy", "export", exported, ...(ada ?? [])])).code, 0);
  const nothing = await command(["policy", "propose", exported, "--title", "t", "--reason", "r", ...(ada ?? [])]);
  assert.deepEqual([nothing.code, nothing.stderr], [0, ""]);
  assert.match(nothing.stdout, /^Nothing to change: .*\n$/);
  for (const [args, told] of [
    [[], /^Name the folder of the files to apply, or --proposal/],
    [[policy, "--proposal", "x"], /^Name the folder of the files to apply, or --proposal/],
    [["--proposal", "x", "--prune"], /^--proposal applies what was approved, as it is/],
    [["--proposal", "x", "--no-new-access"], /^--proposal applies what was approved, as it is/],
    [[policy], /^--reason must say why\./],
    [["--proposal", "none"], /^There is no proposal none\./],
  ] as const) {
    const { code, stderr } = await apply(ada, ...args);
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, told);
  }
});
