import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { applyPolicy, type Service, startService } from "../http/support.ts";

interface Said {
  readonly name: string;
  readonly request: object;
  readonly answer: string;
}
interface Table {
  readonly now: string;
  readonly policy: readonly unknown[];
  readonly directory: readonly object[];
  readonly emergencies: readonly object[];
  readonly denials: readonly Said[];
  readonly tokens: readonly Said[];
  readonly breakGlass: readonly {
    readonly name: string;
    readonly input: object;
    readonly notes: readonly string[];
  }[];
}
const table = parse(readFileSync("test/cases/sentences/denials.yaml", "utf8"), { merge: true }) as Table;

const OPEN = "mutation($input: BreakGlassInput!) { breakGlass(input: $input) { id notes } }";

let service: Service;
before(async () => {
  service = await startService({}, { clock: () => Date.parse(table.now) });
  const { body, text } = await applyPolicy(service, table.policy);
  assert.equal(body.errors, undefined, text);
  await asked('mutation($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "test") { count } }', {
    entities: table.directory,
  });
  for (const input of table.emergencies) await asked(OPEN, { input }, await serviceKey());
});
after(() => service.stop());

let known: string | undefined;
async function serviceKey(): Promise<string> {
  known ??= (await service.createKey("SERVICE")).key;
  return known;
}

// biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
async function asked(query: string, variables: object, key?: string): Promise<any> {
  const { body, text } = await service.ask(query, { variables, ...(key === undefined ? {} : { key }) });
  assert.equal(body.errors, undefined, text);
  return body.data;
}

describe("what a denial says", () => {
  for (const { answer, name, request } of table.denials)
    test(name, async () => {
      const { authorize } = await asked(
        "query($input: AuthorizeInput!) { authorize(input: $input) { id outcome summary } }",
        { input: request },
        await serviceKey(),
      );
      assert.deepEqual([authorize.outcome, authorize.summary], ["DENY", answer]);
      // It is printed of what is on record, and says the same when it is read again.
      const { decision } = await asked("query($id: ID!) { decision(id: $id) { summary } }", { id: authorize.id });
      assert.equal(decision.summary, answer);
    });
});

describe("what a denied token says", () => {
  for (const { answer, name, request } of table.tokens)
    test(name, async () => {
      const { decideGrant } = await asked(
        "query($input: DecideGrantInput!) { decideGrant(input: $input) { outcome summary } }",
        { input: request },
        await serviceKey(),
      );
      assert.deepEqual([decideGrant.outcome, decideGrant.summary], ["DENY", answer]);
    });
});

describe("what the answer to an emergency notes", () => {
  for (const { input, name, notes } of table.breakGlass)
    test(name, async () => {
      const { breakGlass } = await asked(OPEN, { input }, await serviceKey());
      assert.deepEqual(breakGlass.notes, notes);
    });
});
