import assert from "node:assert/strict";
import { after, test } from "node:test";
import { canonicalJson, type Json } from "../../src/domain/kernel/canonical.ts";
import { byNounAndKey, changesFrom } from "../../src/domain/policy/difference.ts";
import { changeOf, rowsOf, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import type { RowChange, Rule } from "../../src/domain/policy/types.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { openStorageOn, type Storage } from "../../src/storage/storage.ts";
import { changesBetween } from "../support/policies.ts";
import { client, grant, revision, role, rule, scope } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const rows = (snapshot: Snapshot): readonly string[] =>
  [...rowsOf(snapshot)].map((row) => canonicalJson(row as unknown as Json)).sort();

const everyNoun = [
  changeOf("organization", null, {
    id: "*",
    name: null,
    consentOnSilence: [{ purpose: null, silence: "PERMIT" }],
    specialProtection: null,
    purposeRequired: null,
    patientScopesReachShared: false,
    part2Program: true,
    accessRequestMaxMinutes: 60,
    consentRequests: { expireMinutes: 10, agreedDays: 100, refusedDays: 50 },
    breakGlass: { roles: ["nurse"], maxMinutes: 30, reviewWithinHours: 24 },
    emergencyOverridesRefusal: null,
    alertResponses: [
      { response: "SUSPENSION", maxMinutes: 60, automatic: { from: "HIGH", minutes: 30, mostPerHour: null } },
    ],
    retentionYears: 6,
    legalHold: true,
    justification: null,
  }),
  changeOf("client", null, client("ehr", { status: "SUSPENDED", description: "the EHR" })),
  changeOf(
    "scope",
    null,
    scope("view_lab_results", { requiresConsent: true, sunsetAt: 1_800_000_000_000, replacedBy: "view_results" }),
  ),
  changeOf(
    "scope",
    null,
    scope("patient/Observation.rs", {
      declarations: [],
      atoms: [
        { context: "PATIENT", resourceType: "Observation", action: "read", constraint: [] },
        { context: "PATIENT", resourceType: "Observation", action: "search", constraint: [] },
      ],
    }),
  ),
  changeOf("role", null, role("nurse", ["clinician", "staff"])),
  changeOf("grant", null, { ...grant("ehr", "view_lab_results"), validFrom: 5, validUntil: 8_640_000_000_000_000 }),
  changeOf("assignment", null, {
    subjectId: "ada",
    subjectType: "user",
    clientId: null,
    role: "nurse",
    organization: "*",
    validFrom: null,
    validUntil: null,
  }),
  changeOf("assignment", null, {
    subjectId: null,
    subjectType: null,
    clientId: "ehr",
    role: "nurse",
    organization: "st-mary",
    validFrom: 1,
    validUntil: null,
  }),
  changeOf(
    "rule",
    null,
    rule("r-1", {
      when: "has(resource.labels)",
      effect: "DENY",
      obligations: [{ type: "audit", parameters: { level: 2 } }],
    }),
  ),
];

onEveryBackend("policy store", ({ open, backend }) => {
  /** Storage that loads a policy in parts of 20 rows. */
  async function inParts(url: string): Promise<Storage> {
    const storage = await openStorageOn({ dialect: { ...dialectOf(url), rowsOfLoad: 20 }, clock: Date.now });
    parted.push(storage);
    return storage;
  }
  const parted: Storage[] = [];
  after(() => Promise.all(parted.map((storage) => storage.close())));

  test("an unchanged policy is revision 0 and empty", async () => {
    const { policy } = await open();
    assert.equal(await policy.headRevision(), 0);
    assert.deepEqual(rows(await policy.load()), []);
    assert.equal(await policy.revision(1), null);
  });

  test("every noun comes back as it was committed, atoms included", async () => {
    const { policy } = await open();
    const committed = revision(1, everyNoun);
    await policy.commit(committed);
    const loaded = await policy.load();
    assert.equal(loaded.revision, 1);
    const expected = everyNoun.map(({ noun, after }) => canonicalJson({ noun, row: after } as unknown as Json)).sort();
    assert.deepEqual(rows(loaded), expected);
    const { changes, ...head } = committed;
    assert.deepEqual(await policy.revision(1), { ...head, changeCount: changes.length });
    const page = { first: 500, after: null };
    const told = (await policy.changes({ revision: 1, page })).items.map(({ node }) => node);
    assert.deepEqual(told, [...changes].sort(byNounAndKey));
  });

  test("the policy at a revision stays what it was, and rolling back is a new revision", async () => {
    const { policy } = await open();
    await policy.commit(revision(1, [changeOf("client", null, client("a")), changeOf("client", null, client("b"))]));
    await policy.commit(
      revision(2, [
        changeOf("client", client("a"), client("a", { name: "renamed" })),
        changeOf("client", client("b"), null),
      ]),
    );
    const [one, two] = [await policy.load(1), await policy.load(2)];
    assert.deepEqual([...one.clients.values()].map((c) => c.name).sort(), ["a", "b"]);
    assert.deepEqual(
      [...two.clients.values()].map((c) => c.name),
      ["renamed"],
    );
    await policy.commit(revision(3, await changesFrom(policy.difference(2, 1), () => Promise.resolve())));
    assert.deepEqual(rows(await policy.load()), rows(one));
    assert.deepEqual(rows(await policy.load(2)), rows(two));
    assert.deepEqual(rows(await policy.load(0)), []);
  });

  test("only the next revision is taken, and one that is refused leaves nothing", async () => {
    const { policy } = await open();
    await policy.commit(revision(1, [changeOf("client", null, client("a"))]));
    for (const number of [0, 1, 3]) {
      await assert.rejects(policy.commit(revision(number, [changeOf("client", null, client(`n${number}`))])), {
        code: "CONFLICT",
      });
    }
    // The row that ends is not there; the row that begins is there already.
    await assert.rejects(
      policy.commit(revision(2, [changeOf("client", null, client("b")), changeOf("role", role("ghost"), null)])),
      { code: "CONFLICT" },
    );
    await assert.rejects(
      policy.commit(revision(2, [changeOf("client", null, client("b")), changeOf("client", null, client("a"))])),
      { code: "CONFLICT" },
    );
    assert.equal(await policy.headRevision(), 1);
    assert.deepEqual([...(await policy.load()).clients.keys()], ["a"]);
    await policy.commit(revision(2, [changeOf("client", null, client("b"))]));
  });

  test("two instances that race for a revision: one wins, the other gets CONFLICT", async () => {
    const url = await backend().fresh();
    const [one, two] = [await open(url), await open(url)];
    for (let number = 1; number <= 8; number++) {
      const attempts = [one, two].map(({ policy }, i) =>
        policy.commit(revision(number, [changeOf("client", null, client(`${number}-${i}`))])),
      );
      const outcomes = await Promise.allSettled(attempts);
      const lost = outcomes.filter((outcome) => outcome.status === "rejected");
      assert.equal(lost.length, 1);
      assert.equal(lost[0]?.reason.code, "CONFLICT");
      assert.equal((await one.policy.load()).clients.size, number);
    }
    assert.equal(one.journal.failures + two.journal.failures, 0);
  });

  test("what differs between two revisions is read from the rows that do, however many there are", async () => {
    const storage = await open();
    const { policy } = storage;
    const rules = Array.from({ length: 2_000 }, (_, i) => rule(`r-${i}`));
    await policy.commit(
      revision(
        1,
        rules.map((r) => changeOf("rule", null, r)),
      ),
    );
    const [r1, r2, r3] = [rules[1] as Rule, rules[2] as Rule, rules[3] as Rule];
    await policy.commit(
      revision(2, [
        changeOf("rule", r1, { ...r1, effect: "DENY" }),
        changeOf("rule", r2, null),
        changeOf("rule", null, rule("new")),
      ]),
    );
    // Back as it was, which is no difference to the first; and one that comes and goes.
    await policy.commit(
      revision(3, [changeOf("rule", { ...r1, effect: "DENY" }, r1), changeOf("client", null, client("c"))]),
    );
    await policy.commit(
      revision(4, [changeOf("rule", r3, { ...r3, action: "delete" }), changeOf("client", client("c"), null)]),
    );
    const before = storage.statements();
    let rows = 0;
    async function* counted(from: number, to: number) {
      for await (const part of policy.difference(from, to)) {
        rows += part.length;
        yield part;
      }
    }
    const between = (from: number, to: number) => changesFrom(counted(from, to), () => Promise.resolve());
    assert.deepEqual(
      (await between(4, 1)).map(({ noun, key, before: was, after }) => [noun, key, was !== null, after !== null]),
      [
        ["rule", "new", true, false],
        ["rule", "r-2", false, true],
        ["rule", "r-3", true, true],
      ],
    );
    // Of each noun what ends and what begins: where a slice ends, and its rows.
    assert.deepEqual([rows, storage.statements() - before], [6, 28]);
    const states = await Promise.all([0, 1, 2, 3, 4].map((n) => policy.load(n)));
    for (const [from, a] of states.entries())
      for (const [to, b] of states.entries()) assert.deepEqual(await between(from, to), changesBetween(a, b));
  });

  test("of many revisions that change the same rows the difference is read in slices of what is looked at", async () => {
    const { policy } = await open();
    const [a, b] = [rule("a"), rule("b")];
    const at = (n: number, r: Rule): Rule => ({ ...r, description: `change ${n}` });
    await policy.commit(revision(1, [changeOf("rule", null, at(1, a)), changeOf("rule", null, at(1, b))]));
    for (let n = 2; n <= 300; n++)
      await policy.commit(
        revision(
          n,
          [a, b].map((r) => changeOf("rule", at(n - 1, r), at(n, r))),
        ),
      );
    for (const [from, to] of [
      [300, 1],
      [1, 300],
      [300, 120],
    ] as const) {
      const parts: number[] = [];
      const found = await changesFrom(
        (async function* () {
          for await (const part of policy.difference(from, to)) {
            parts.push(part.length);
            yield part;
          }
        })(),
        () => Promise.resolve(),
      );
      assert.deepEqual(found, changesBetween(await policy.load(from), await policy.load(to)));
      // A part for each of the seven nouns and both ends, and more for the 250 rows at a time of which few are told.
      assert.deepEqual(
        [parts.length, parts.reduce((sum, each) => sum + each, 0)],
        [Math.abs(from - to) > 250 ? 18 : 16, 4],
      );
    }
  });

  test("the changes of a revision come page by page, and large ones in short pages", async () => {
    const storage = await open();
    const { policy } = storage;
    const wide = (i: number, size: number) =>
      client(`c-${String(i).padStart(4, "0")}`, { description: "d".repeat(size) });
    const clients = Array.from({ length: 350 }, (_, i) => wide(i, 10));
    const keys = ["a\u{10000}", "a\uffee", "a"].map((id) => changeOf("role", null, role(id)));
    await policy.commit(revision(1, [...clients.map((c) => changeOf("client", null, c)), ...keys]));
    await policy.commit(
      revision(
        2,
        clients.map((c, i) => changeOf("client", c, i % 3 === 0 ? null : { ...c, description: "e".repeat(20_000) })),
      ),
    );
    async function walk(number: number, first: number) {
      const [changes, pages]: [RowChange[], number[]] = [[], []];
      for (let after: string | null = null, more = true; more; ) {
        const page = await policy.changes({ revision: number, page: { first, after } });
        changes.push(...page.items.map(({ node }) => node));
        pages.push(page.items.length);
        after = page.items.at(-1)?.key ?? null;
        more = page.hasNextPage;
      }
      return { changes, pages };
    }
    const made = await walk(1, 100);
    assert.deepEqual(made.pages, [100, 100, 100, 53]);
    assert.deepEqual(new Set(made.changes.map(({ key }) => key)).size, 353);
    const changed = await walk(2, 500);
    // 20,000 characters each, of which a page has room for a million.
    assert.ok(changed.pages.length > 4 && changed.pages.every((n) => n < 90), String(changed.pages));
    const [one, two] = [await policy.load(1), await policy.load(2)];
    assert.deepEqual(changed.changes, changesBetween(one, two));
    assert.deepEqual((await policy.changes({ revision: 2, page: { first: 5, after: "nonsense" } })).items, []);
    const before = storage.statements();
    await policy.revisions({ filter: {}, page: { first: 100, after: null } });
    assert.equal(storage.statements() - before, 1);
  });

  test("ten thousand rows are one revision", async () => {
    const { policy } = await open();
    const rules = Array.from({ length: 10_000 }, (_, i) =>
      rule(`r-${i}`, { scope: `scope_${i % 50}`, role: `role_${i % 20}` }),
    );
    await policy.commit(
      revision(
        1,
        rules.map((r) => changeOf("rule", null, r)),
      ),
    );
    assert.equal((await policy.load()).rules.size, 10_000);
    await policy.commit(
      revision(
        2,
        rules.map((r) => changeOf("rule", r, { ...r, effect: "DENY" })),
      ),
    );
    assert.ok([...(await policy.load()).rules.values()].every((r) => r.effect === "DENY"));
    assert.ok([...(await policy.load(1)).rules.values()].every((r) => r.effect === "ALLOW"));
  });

  test("a policy of many parts comes back exactly, whatever its texts, times and order", async () => {
    const { policy } = await inParts(await backend().fresh());
    const odd = [
      "\u{10ffff}",
      "\uffff",
      "\u0001\u001f\u007f",
      "\u2028\u2029",
      '"\\"\\u0041\\',
      "a\nb\tc",
      "null",
      "[1]",
      "\ufeff",
    ];
    const times = [null, 0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 8_640_000_000_000_000];
    const all = [
      // Exactly two parts, and one part and a row: what ends where a part ends must not be lost or doubled.
      ...Array.from({ length: 400 }, (_, i) => {
        const text = `${odd[i % odd.length]}${i}`;
        return changeOf(
          "rule",
          null,
          rule(text, {
            when: i % 3 === 0 ? null : text,
            description: i % 4 === 0 ? "" : text,
            obligations: i % 5 === 0 ? [] : [{ type: text, parameters: { [text]: [text, i, null, true, 1e-7] } }],
          }),
        );
      }),
      ...Array.from({ length: 201 }, (_, i) =>
        changeOf("grant", null, {
          clientId: `${odd[i % odd.length]}${i}`,
          scope: "view",
          validFrom: times[i % times.length] ?? null,
          validUntil: times[(i + 1) % times.length] ?? null,
        }),
      ),
      ...odd.map((name, i) =>
        changeOf("scope", null, scope(`s${i}`, { requiresConsent: i % 2 === 0, title: name, retiredAt: i * 1e12 })),
      ),
    ];
    await policy.commit(revision(1, all));
    const expected = all.map(({ noun, after }) => canonicalJson({ noun, row: after } as unknown as Json)).sort();
    assert.deepEqual(rows(await policy.load()), expected);
  });

  test("a row that can't be read ends the load, wherever it is, and nothing else", async () => {
    const url = await backend().fresh();
    const { policy } = await inParts(url);
    const rules = Array.from({ length: 35 }, (_, i) => changeOf("rule", null, rule(`r-${String(i).padStart(4, "0")}`)));
    await policy.commit(revision(1, rules));
    for (const key of ["r-0005", "r-0025", "r-0034"]) {
      const put = (text: string) => `UPDATE policy_rule SET obligations = '${text}' WHERE row_key = '${key}'`;
      await backend().raw(url, put("[{"));
      await assert.rejects(policy.load(), { code: "POLICY_UNAVAILABLE", message: "The policy can't be read." });
      await backend().raw(url, put("[]"));
      assert.equal((await policy.load()).rules.size, rules.length);
    }
  });

  test("revisions are listed newest first, by author and time, page by page", async () => {
    const { policy } = await open();
    for (let n = 1; n <= 7; n++)
      await policy.commit(revision(n, [], { author: n % 2 ? "odd" : "even", committedAt: n * 100 }));
    const list = async (
      filter: Parameters<typeof policy.revisions>[0]["filter"],
      first = 100,
      after: number | null = null,
    ) => {
      const page = await policy.revisions({ filter, page: { first, after } });
      return { keys: page.items.map((item) => item.key), more: page.hasNextPage };
    };
    assert.deepEqual(await list({}), { keys: [7, 6, 5, 4, 3, 2, 1], more: false });
    assert.deepEqual(await list({ callerId: "odd" }, 2), { keys: [7, 5], more: true });
    assert.deepEqual(await list({ callerId: "odd" }, 2, 5), { keys: [3, 1], more: false });
    assert.deepEqual(await list({ callerId: "ODD" }), { keys: [], more: false });
    assert.deepEqual(await list({ from: 200, to: 500 }), { keys: [4, 3, 2], more: false });
  });

  test("revisions are listed that began, changed or ended one thing", async () => {
    const { policy } = await open();
    const [one, other] = [client("one"), client("one", { name: "renamed" })];
    await policy.commit(revision(1, [changeOf("client", null, one), changeOf("role", null, role("one"))]));
    await policy.commit(revision(2, [changeOf("client", null, client("two"))]));
    await policy.commit(revision(3, [changeOf("client", one, other)]));
    await policy.commit(revision(4, [changeOf("client", other, null)]));
    const list = async (noun: "client" | "role", key: string) =>
      (await policy.revisions({ filter: { noun, key }, page: { first: 9, after: null } })).items.map(
        (item) => item.key,
      );
    assert.deepEqual(await list("client", "one"), [4, 3, 1]);
    assert.deepEqual(await list("role", "one"), [1]);
    assert.deepEqual(await list("client", "ONE"), []);
    assert.deepEqual(await list("client", "one\0"), []);
  });

  test("what a store can't keep as it is, it refuses, and works on", async () => {
    const { policy } = await open();
    for (const id of ["a\0b", "a\ud800b", "x".repeat(3000)]) {
      await assert.rejects(policy.commit(revision(1, [changeOf("client", null, client(id))])), {
        code: "BAD_USER_INPUT",
      });
    }
    await policy.commit(revision(1, [changeOf("client", null, client("a"))]));
  });
});
