import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { entitiesIn } from "../../src/cli/entityFile.ts";
import { openStorage } from "../../src/storage/storage.ts";
import { cli, temporaryFolder } from "./support.ts";

const file = async (name: string, text: string | Buffer): Promise<string> => {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, text);
  return path;
};
async function read(name: string, text: string | Buffer, type?: string) {
  const rows: unknown[] = [];
  for await (const { line, problems, entity } of entitiesIn(await file(name, text), { type }))
    rows.push([line, entity ?? problems]);
  return rows;
}

describe("a file of entities", () => {
  test("is NDJSON, one a line", async () => {
    assert.deepEqual(
      await read(
        "a.ndjson",
        '{"type":"user","id":"tess","properties":{"unit":"w"}}\r\n\n{"type":"Patient","id":"Patient/ada"}\n[]\n{"type":"user","id":7}\n{"type":"user","id":"x","name":"x"}\n{',
      ),
      [
        [1, { type: "user", id: "tess", properties: { unit: "w" } }],
        [3, { type: "Patient", id: "ada", properties: null }],
        [4, ["must be a JSON object"]],
        [5, ["must have a type and an id, as texts"]],
        [6, ["has no member name: there are type, id and properties"]],
        [7, ["is no JSON"]],
      ],
    );
  });

  test("is CSV, with lists, JSON and texts with commas, quotes and line ends", async () => {
    const text =
      '\ufefftype,id,unit,careTeam[],vip:json\nuser,tess,"a ""b"", c\nd",,\nObservation,o1,,ann|bob,true\nuser,x,,,{\nuser,,,,\n';
    assert.deepEqual(await read("a.csv", text), [
      [3, { type: "user", id: "tess", properties: { unit: 'a "b", c\nd' } }],
      [4, { type: "Observation", id: "o1", properties: { careTeam: ["ann", "bob"], vip: true } }],
      [5, ["has a cell of a :json column that is no JSON"]],
      [6, ["id must not be empty"]],
    ]);
    assert.deepEqual(await read("b.CSV", "id,unit\nu,w\n", "user"), [
      [2, { type: "user", id: "u", properties: { unit: "w" } }],
    ]);
  });

  test("says what is wrong with it as a whole", async () => {
    for (const [name, text, type, message] of [
      ["a.txt", "", undefined, /must end in \.ndjson/],
      ["a.csv", "id\nu\n", undefined, /must name a column type/],
      ["a.csv", "type,id\nu\n", "user", /leave out --type/],
      ["a.csv", "type,id,a,a\nu,v,1,2\n", undefined, /column a stands twice/],
      ["a.csv", "type,id\nu\n", undefined, /is no CSV/],
      ["a.ndjson", "", "user", /--type is for CSV/],
      ["a.ndjson", Buffer.from([0x22, 0xff, 0x22]), undefined, /is not UTF-8/],
      ["a.ndjson", "x".repeat(300_000), undefined, /longer than/],
    ] as const)
      await assert.rejects(read(name, text, type), { message });
  });
});

describe("scopewarden directory load", () => {
  test("loads, does it again without a change, and prunes a type on request", async () => {
    const url = `sqlite:${join(await temporaryFolder(), "test.db")}`;
    const env = { DATABASE_URL: url };
    const rows = Array.from({ length: 2_500 }, (_, i) =>
      JSON.stringify({ type: "user", id: `u${i}`, properties: { i } }),
    );
    const all = await file("all.ndjson", rows.join("\n"));
    const first = await cli(["directory", "load", all, "--reason", "all of them"], { env });
    assert.deepEqual([first.code, first.stderr], [0, ""]);
    assert.equal(first.stdout, "2500 rows read: 2500 new or changed; the directory is now at revision 3.\n");
    const again = await cli(["directory", "load", all], { env });
    assert.equal(again.stdout, "Nothing to change: the directory has all of it (2500 rows).\n");
    const fewer = await file("fewer.csv", "id,unit\nu1,ward\nu1,ward-2\nnew,ward\n");
    const pruned = await cli(["directory", "load", fewer, "--type", "user", "--prune", "user", "--json"], { env });
    assert.deepEqual(JSON.parse(pruned.stdout), { read: 3, put: 2, removed: 2_499, revision: 7 });
    const storage = await openStorage({ url, clock: Date.now });
    const { items } = await storage.directory.page({ filter: {}, page: { first: 9, after: null } });
    await storage.close();
    assert.deepEqual(
      items.map(({ node }) => [node.id, node.properties]),
      [
        ["new", { unit: "ward" }],
        ["u1", { unit: "ward-2" }],
      ],
    );
  });

  test("a mistake anywhere in the file is told by its line, and nothing is loaded", async () => {
    const url = `sqlite:${join(await temporaryFolder(), "test.db")}`;
    const rows = Array.from({ length: 1_200 }, (_, i) => JSON.stringify({ type: "user", id: `u${i}` }));
    const bad = await file("bad.ndjson", [...rows, '{"type":"user","id":"x","properties":{"vip":"yes"}}'].join("\n"));
    const refused = await cli(["directory", "load", bad], { env: { DATABASE_URL: url } });
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      /is not valid, and nothing was loaded:\n {2}line 1201: properties\.vip must be true or false\n/,
    );
    const storage = await openStorage({ url, clock: Date.now });
    assert.equal(await storage.directory.headRevision(), 0);
    await storage.close();
  });
});
