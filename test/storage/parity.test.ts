import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { changeOf, rowsOf } from "../../src/domain/policy/snapshot.ts";
import type { Purpose } from "../../src/domain/scopes/purposes.ts";
import { openStorage, type Storage } from "../../src/storage/storage.ts";
import { type Backend, backends } from "./backends.ts";
import { client, decision, grant, recordsOf, revision, rule, withRequestId } from "./samples.ts";

/** Letter case, accents, normalization forms, a ligature, right to left, above U+FFFF, wildcards, quotes, blanks inside. */
const TEXTS = [
  "a",
  "A",
  "b",
  "B",
  "ä",
  "Ä",
  "a\u0308",
  "ß",
  "ss",
  "SS",
  "ı",
  "i",
  "I",
  "İ",
  "ﬁ",
  "fi",
  "Ω",
  "ω",
  "я",
  "Я",
  "שלום",
  "日本",
  "\uff41",
  "\ue000",
  "\ufffd",
  "😀",
  "😀a",
  "\u{10ffff}",
  "a b",
  "a_b",
  "a%b",
  "a'b",
  'a"b',
  "a\\b",
  "a\tb",
  "|",
  "?",
  ":x",
  "$1",
  "-a",
  "_a",
  "0",
  "00",
  "10",
  "9",
];

let started: readonly Backend[];
let storages: readonly Storage[];
before(async () => {
  started = await Promise.all(backends.map(({ start }) => start()));
  storages = await Promise.all(
    started.map(async (backend) => openStorage({ url: await backend.fresh(), clock: Date.now })),
  );
});
after(async () => {
  await Promise.all(storages.map((storage) => storage.close()));
  await Promise.all(started.map((backend) => backend.stop()));
});

/** Runs a scenario on both and compares every answer. */
async function same<T>(scenario: (storage: Storage) => Promise<T>): Promise<T> {
  const [sqlite, postgres] = await Promise.all(storages.map(scenario));
  assert.deepEqual(postgres, sqlite);
  if (sqlite === undefined) throw new Error("no answer");
  return sqlite;
}

test("policy lists, filters and relations agree, whatever the texts", async () => {
  await same(async ({ policy }) => {
    await policy.commit(
      revision(1, [
        ...TEXTS.map((id) => changeOf("client", null, client(id, { name: id, description: id }))),
        ...TEXTS.flatMap((id) => ["a", "A", "ä"].map((scope) => changeOf("grant", null, grant(id, scope)))),
        ...TEXTS.map((id) =>
          changeOf(
            "rule",
            null,
            rule(id, { role: id, when: id, obligations: [{ type: id, parameters: { [id]: id } }] }),
          ),
        ),
      ]),
    );
    return policy.revision(1);
  });
  const snapshot = await same(async ({ policy }) => [...rowsOf(await policy.load())]);
  assert.equal(snapshot.length, TEXTS.length * 5);
  const order = await same(async ({ reader }) =>
    (await reader.page({ noun: "client", revision: 1, filter: {}, page: { first: 1000, after: null } })).items.map(
      (i) => i.key,
    ),
  );
  assert.deepEqual(
    order,
    [...TEXTS].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
  );
  for (const text of [...TEXTS, "", "\0", "\ud83d", "c"]) {
    const exact = await same(({ reader }) =>
      reader.page({ noun: "client", revision: 1, filter: { id: text }, page: { first: 10, after: null } }),
    );
    assert.equal(exact.items.length, TEXTS.includes(text) ? 1 : 0, JSON.stringify(text));
    const prefixed = await same(({ reader }) =>
      reader.page({ noun: "client", revision: 1, filter: { idPrefix: text }, page: { first: 100, after: null } }),
    );
    assert.deepEqual(
      prefixed.items.map((i) => i.key).sort(),
      text === "\0" || text === "\ud83d" ? [] : TEXTS.filter((t) => t.startsWith(text)).sort(),
    );
    await same(({ reader }) =>
      reader.page({ noun: "grant", revision: 1, filter: { scope: "A" }, page: { first: 5, after: text } }),
    );
  }
  const related = await same(({ reader }) =>
    reader.related({ noun: "grant", revision: 1, column: "clientId", values: TEXTS, first: 2 }),
  );
  assert.equal(related.size, TEXTS.length);
});

test("decisions agree, whatever the texts", async () => {
  const records = TEXTS.map((text, n) => {
    const base = withRequestId(decision(n, { scope: text, callerId: text }), text);
    return {
      ...base,
      request: {
        ...base.request,
        clientId: text,
        purposeOfUse: text as Purpose,
        resource: { ...base.request.resource, id: text, patient: text, attributes: { [text]: text } },
      },
    };
  });
  assert.deepEqual(await same(async ({ journal }) => recordsOf(await journal.append(records))), records);
  for (const text of TEXTS) {
    const filters = [
      { clientId: text },
      { patient: text },
      { resourceId: text },
      { scope: text },
      { purposeOfUse: text },
      { callerId: text },
    ];
    for (const filter of filters) {
      const page = await same(({ decisions }) => decisions.decisions({ filter, page: { first: 10, after: null } }));
      assert.deepEqual(
        page.items.map((i) => i.node.scope),
        [text],
      );
    }
    await same(({ journal }) => journal.findByRequestId(text, text));
  }
  await same(({ decisions }) => decisions.decisions({ filter: {}, page: { first: 1000, after: null } }));
});
