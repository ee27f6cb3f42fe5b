import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { buildSchema, getNamedType, isLeafType, isObjectType, isRequiredArgument } from "graphql";
import { backUp, restore } from "../../src/storage/backup/backup.ts";
import { sha256Of } from "../../src/storage/backup/backupFile.ts";
import { cli, temporaryFolder } from "../cli/support.ts";
import { fixture, statementsDigest } from "../fixtures/make.ts";
import { AUTHORIZE, SMALL_REQUEST, startService } from "../http/support.ts";
import type { Backend } from "./backends.ts";
import { onEveryBackend } from "./suite.ts";

const ARGUMENTS: Readonly<Record<string, string>> = { patient: '"p0"', from: '"2021-01-01T00:00:00Z"' };

/** A query for each list of the schema, of all that its rows say themselves; `asked` is one whom consent was asked of. */
async function lists(asked: string): Promise<ReadonlyMap<string, string>> {
  const query = buildSchema(await readFile("schema.graphql", "utf8")).getQueryType();
  assert.ok(query);
  const found = new Map<string, string>();
  for (const { args, name, type } of Object.values(query.getFields())) {
    const connection = getNamedType(type);
    if (!isObjectType(connection) || !connection.name.endsWith("Connection")) continue;
    const edge = getNamedType(connection.getFields().edges?.type);
    assert.ok(isObjectType(edge), name);
    const node = getNamedType(edge.getFields().node?.type);
    assert.ok(isObjectType(node), name);
    const leaves = Object.values(node.getFields())
      .filter((field) => isLeafType(getNamedType(field.type)) && !field.args.some(isRequiredArgument))
      .map((field) => field.name);
    const given = args.filter(isRequiredArgument).map((each) => `${each.name}: ${ARGUMENTS[each.name]}`);
    if (name === "consentRequests") given.push(`filter: { patient: "${asked}" }`);
    found.set(name, `{ ${name}(${[...given, "first: 100"].join(", ")}) { edges { node { ${leaves.join(" ")} } } } }`);
  }
  return found;
}

/** The database of the fixture, in an empty place. */
async function placed({ name, fresh }: Backend): Promise<string> {
  const url = await fresh();
  if (name === "postgres") {
    const backup = fixture("postgres.backup");
    await restore(url, { backup, sha256: await sha256Of(backup) }, () => {});
  } else {
    const path = url.slice("sqlite:".length);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, gunzipSync(await readFile(fixture("sqlite.gz"))), { mode: 0o600 });
  }
  return url;
}

onEveryBackend("a database of this schema that another version has written", ({ backend }) => {
  test("was made by the same statements: another schema has another number", async () => {
    const digests = JSON.parse(await readFile(fixture("json"), "utf8"));
    const { name } = backend();
    assert.equal(statementsDigest(name), digests[name], "raise SCHEMA, and run npx tsx test/fixtures/make.ts");
  });

  test("answers every list, decides, is verified, and is backed up", { timeout: 300_000 }, async (t) => {
    const url = await placed(backend());
    const service = await startService(
      { DATABASE_URL: url, SCOPEWARDEN_CHECKPOINT_MS: "100" },
      { clock: () => Date.parse("2026-11-21T12:00:00Z") },
    );
    t.after(() => service.stop());
    const { key } = await service.createKey("ADMIN", "AUDITOR", "REVIEWER", "CONSENT", "SERVICE");
    const ask = async (query: string, variables = {}) => {
      const { body, text } = await service.ask(query, { key, variables });
      assert.equal(body.errors, undefined, `${query}\n${text}`);
      return body.data;
    };
    const [asked] = await backend().raw(url, "SELECT patient FROM case_file WHERE kind = 'CONSENT_REQUEST'");
    const empty: string[] = [];
    for (const [list, query] of await lists(String(asked?.patient)))
      if ((await ask(query))[list].edges.length === 0) empty.push(list);
    assert.deepEqual(empty, []);
    const { archives } = await ask("{ archives { month acts } }");
    assert.deepEqual([archives.length, archives[0].month], [1, "2018-11"]);
    const erased = await ask(
      'query { decisions(filter: { from: "2018-12-01T00:00:00Z", to: "2019-01-01T00:00:00Z" }) { edges { node { outcome erased } } } }',
    );
    assert.equal(erased.decisions.edges.length, 20);
    for (const { node } of erased.decisions.edges) assert.ok(node.erased.length > 0);
    const patient = await ask('{ decisions(filter: { patient: "p0" }) { edges { node { patient } } } }');
    assert.ok(patient.decisions.edges.length > 0);
    const { authorize } = await ask(AUTHORIZE, { input: SMALL_REQUEST });
    assert.equal(authorize.outcome, "ALLOW");
    const verified = await cli(["record", "verify", "--json"], { env: { DATABASE_URL: url } });
    assert.deepEqual(JSON.parse(verified.stdout).findings, [], verified.stdout);
    const written = await backUp(url, `${await temporaryFolder()}/one.backup`, () => {});
    assert.ok(written.end > 100);
  });
});
