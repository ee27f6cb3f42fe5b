import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { parse } from "yaml";
import { applyPolicy, type Service, startService } from "../http/support.ts";

interface Difference {
  readonly name: string;
  readonly before?: readonly (object | readonly object[])[];
  readonly change: readonly object[];
  readonly says: readonly string[];
}
const { cases, policy } = parse(readFileSync("test/cases/sentences/differences.yaml", "utf8"), { merge: true }) as {
  readonly cases: readonly Difference[];
  readonly policy: readonly object[];
};

let service: Service;
let start: number;
let asked = 0;
before(async () => {
  service = await startService();
  start = await revisionBy(policy);
});
after(() => service.stop());

/** Applies operations, and answers with the revision that there is then. */
async function revisionBy(operations: readonly object[]): Promise<number> {
  const { text, body } = await applyPolicy(service, operations);
  assert.equal(body.errors, undefined, text);
  return body.data.applyPolicy.revision;
}

/** The sentences of the difference that a query has as `access`. */
async function sentences(query: string, variables: object): Promise<readonly string[]> {
  const { text, body } = await service.ask(query, { variables });
  assert.equal(body.errors, undefined, text);
  const [{ access }] = Object.values(body.data) as [{ access: { complete: boolean; cells: { example: string }[] } }];
  assert.equal(access.complete, true);
  return access.cells.map(({ example }) => example);
}

const ACCESS = "access { complete cells { example } }";
const SIMULATE = `query ($operations: [PolicyOperation!]!) { simulate(input: { operations: $operations, requests: [] }) { ${ACCESS} } }`;
const PROPOSE = `mutation ($operations: [PolicyOperation!]!) {
  proposePolicy(input: { title: "A change", change: { operations: $operations }, reason: "test" }) { ${ACCESS} } }`;
const ROLL_BACK = 'mutation ($to: Int!) { rollbackPolicy(toRevision: $to, reason: "test") { revision } }';
const COMPARE = `query ($from: Int!, $to: Int!) { comparePolicy(from: $from, to: $to) { ${ACCESS} } }`;

for (const { name, before: added = [], change, says } of cases)
  test(`${name}: a simulation, a proposal and a comparison of revisions say so`, async () => {
    const from = await revisionBy([...added.flat(), { putRole: { name: `case-${++asked}` } }]);
    assert.deepEqual(await sentences(SIMULATE, { operations: change }), says);
    if (says.length > 0) assert.deepEqual(await sentences(PROPOSE, { operations: change }), says);
    const to = await revisionBy(change);
    assert.deepEqual(await sentences(COMPARE, { from, to }), says);
    const { text, body } = await service.ask(ROLL_BACK, { variables: { to: start } });
    assert.equal(body.errors, undefined, text);
  });
