import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parse } from "yaml";
import { newNoteKey, noteSigner } from "../../src/process/noteKeys.ts";
import { command, reaching } from "../cli/policy/support.ts";
import { temporaryFolder } from "../cli/support.ts";
import { type Service, seedHospital, startService } from "../http/support.ts";
import { eventually } from "../support/eventually.ts";

interface Typed {
  /** As it is typed after `scopewarden`. */
  readonly type: string;
  readonly at?: "fourEyes";
  readonly code: number;
  /** Lines, whole. Absent: nothing may be there, unless `first` is said. */
  readonly stdout?: readonly string[];
  readonly stderr?: readonly string[];
  /** The first lines of standard output. */
  readonly first?: readonly string[];
}
const { cases } = parse(readFileSync("test/cases/sentences/commandLine.yaml", "utf8")) as { readonly cases: Typed[] };

const PROOF = `query ($id: ID!) { inclusionProof(decisionId: $id) { index entry hashes openings { path salt value }
  checkpoint { origin size rootHash note } tlogProof } }`;
const DECIDE = `mutation { decide(input: { clientId: "nobody", subject: { id: "ada" }, action: "read",
  resource: { type: "Observation", id: "o-1", patient: "carl" } }) { id } }`;
const POLICY = `operations:
  - putScope: { name: view_labs, atoms: [{ resourceType: Observation, actions: [read] }] }
  - activateScope: { name: view_labs }
  - putClient: { id: portal, name: The portal }
  - grantScope: { clientId: portal, scope: view_labs }
`;
/** A key of another record. */
const FOREIGN = noteSigner("pdp.example.org/record", newNoteKey()).publicKey;

let open: Service;
let closed: Service;
let dir: string;
let proposal = "";

before(async () => {
  dir = await temporaryFolder();
  open = await startService({
    SCOPEWARDEN_CHECKPOINT_MS: "100",
    SCOPEWARDEN_CHECKPOINT_ORIGIN: "pdp.example.org/record",
  });
  closed = await startService({ SCOPEWARDEN_FOUR_EYES: "on" });
  await seedHospital(open);
  const id = (await open.ask(DECIDE)).body.data.decide.id as string;
  let proof = "";
  await eventually("the decision is signed", async () => {
    const { body, text } = await open.ask(PROOF, { variables: { id } });
    proof = text;
    return body.data?.inclusionProof !== undefined;
  });
  const files = {
    "decision.json": proof,
    "altered.json": proof.replaceAll("DENY", "ALLOW"),
    "other.json": proof.replaceAll('"ada"', '"bob"'),
    "people.csv": "id,name\no-1,One\n",
    "policy/1.yaml": POLICY,
    "foreign/record.pub": `${FOREIGN}\n`,
  };
  for (const folder of ["policy", "foreign"]) await mkdir(join(dir, folder));
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  const exported = await command([
    ...["record", "export", "--format", "ndjson", "--output", join(dir, "record.ndjson")],
    ...(await reaching(open)),
  ]);
  assert.equal(exported.code, 0, exported.stderr);
});
after(async () => {
  await open?.stop();
  await closed?.stop();
});

/** What a shell makes of it. */
const wordsOf = (text: string): readonly string[] =>
  [...text.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) =>
    (quoted ?? word).replaceAll("DIR", dir).replace("<proposal>", proposal),
  );

const ALIKE: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<id>"],
  [/[0-9a-f]{64}/g, "<digest>"],
  [/swk_\w{12}_[\w-]{43}/g, "<key>"],
  [/\bKey [0-9a-f]{12}\b/g, "Key <id>"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "<time>"],
  [/checkpoint-\d+\.txt/g, "checkpoint-<size>.txt"],
  [/\bfirst \d+ acts\b/g, "first <size> acts"],
  [/\bnumber \d+ of the \d+\b/g, "number <n> of the <size>"],
  [/\bnumber 1 to \d+\b/g, "number 1 to <size>"],
];
const linesOf = (text: string): readonly string[] =>
  ALIKE.reduce((so, [what, by]) => so.replace(what, by), text.replaceAll(dir, "DIR"))
    .split("\n")
    .slice(0, -1);

for (const { at, code, first, stderr = [], stdout = [], type } of cases)
  test(`scopewarden ${type}${at === undefined ? "" : ", under four eyes"}`, async () => {
    const answer = await command([
      ...wordsOf(type),
      ...(/^(record verify|directory)/.test(type) ? [] : await reaching(at === undefined ? open : closed)),
    ]);
    proposal = /^Proposal (\S+) is open/m.exec(answer.stdout)?.[1] ?? proposal;
    const said = linesOf(answer.stdout);
    assert.deepEqual([answer.code, linesOf(answer.stderr)], [code, stderr], answer.stdout);
    if (first !== undefined) assert.deepEqual(said.slice(0, first.length), first);
    else if (type.startsWith("ask decision")) assert.match(said.at(-1) ?? "", /^Decision <id>/);
    else assert.deepEqual(said, stdout);
  });
