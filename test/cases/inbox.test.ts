import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Identity } from "../../src/domain/callers/types.ts";
import { type CaseReader, createCaseDesk, type WaitingCase } from "../../src/domain/cases/caseDesk.ts";
import type { CaseKind, CaseRow } from "../../src/domain/cases/caseKind.ts";
import { createInboxes } from "../../src/domain/cases/inbox.ts";
import type { CaseSteps } from "../../src/domain/cases/steps.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";

interface Kept {
  readonly id: string;
  readonly state?: string;
  readonly dueAt?: number;
  readonly endsAt?: number;
  readonly openedAt?: number;
  readonly severity?: WaitingCase["severity"];
  readonly patient?: string;
  readonly of?: string;
}
const kind: CaseKind<Kept, "OPEN" | "OVER"> = {
  code: "SAMPLE",
  noun: "Sample",
  states: { OPEN: { kept: ["OPEN"], end: "BEFORE" }, OVER: [{ kept: ["OPEN"], end: "AFTER" }, { kept: ["OVER"] }] },
  rowOf: ({ dueAt = null, endsAt = null, id, openedAt = 1, patient = null, state = "OPEN" }) =>
    ({ dueAt, endsAt, id, openedAt, patient, state }) as unknown as CaseRow,
  caseOf: ({ id }) => ({ id }),
};
const steps: CaseSteps<string, Kept, "OPEN" | "OVER", null> = {
  judge: {
    field: "judgeSample",
    from: ["OPEN"],
    isAwaited: true,
    require({ name }, { id }) {
      if (id === name) throw new ScopewardenError("FORBIDDEN", "Not one's own.");
    },
  },
  look: { field: "judgeSample", from: ["OPEN", "OVER"], require: () => {} },
};
const rita = { id: "key:rita", name: "own", roles: new Set(["reviewer"]), subject: null } as unknown as Identity;

function inboxOf(all: readonly Kept[]) {
  const looks: number[] = [];
  const reader: CaseReader<Kept, "OPEN" | "OVER"> = {
    findAll: async (ids) => all.filter(({ id }) => ids.includes(id)),
    waiting: async ({ first }) => all.slice(0, first),
    count: async ({ first }) => Math.min(all.length, first),
  };
  const desk = createCaseDesk({
    ...{ kind, steps, reader, clock: () => 100, factsOf: async () => () => null },
    entryOf: ({ id, of = id }) => of,
    titleOf: ({ patient = null, severity = null }) => ({
      ...{ title: "Judge", subject: null, clientId: null, patient, severity },
    }),
  });
  return { looks, ...createInboxes({ desks: [desk], recordLook: async (_, shown) => void looks.push(shown) }) };
}
const idsOf = async (all: readonly Kept[], first = 100) =>
  (await inboxOf(all).inbox(rita, first)).cases.map(({ id }) => id);

test("what is due comes first, then the severe, then the old", async () => {
  const all: readonly Kept[] = [
    { id: "info", severity: "INFO" },
    { id: "none" },
    { id: "new", severity: "HIGH", openedAt: 9 },
    { id: "old", severity: "HIGH", openedAt: 2 },
    { id: "low", severity: "LOW" },
    { id: "ends", endsAt: 300 },
    { id: "due", dueAt: 200, endsAt: 900 },
  ];
  assert.deepEqual(await idsOf(all), ["due", "ends", "old", "new", "low", "info", "none"]);
  assert.deepEqual(await idsOf(all, 2), ["due", "ends"]);
  assert.equal((await inboxOf(all).inbox(rita, 2)).totalCount, 7);
});

test("only what its reader may do stands there; what is one entry is counted in it", async () => {
  const all = [{ id: "own" }, { id: "over", endsAt: 100 }, { id: "a", of: "x" }, { id: "b", of: "x" }, { id: "c" }];
  const { cases } = await inboxOf(all).inbox(rita, 100);
  assert.deepEqual(
    cases.map(({ count, id }) => [id, count]),
    [
      ["c", 1],
      ["x", 2],
    ],
  );
  const nobody = { ...rita, roles: new Set(["consent"]) } as unknown as Identity;
  assert.deepEqual((await inboxOf(all).inbox(nobody, 100)).cases, []);
  assert.deepEqual(await inboxOf(all).toDo(nobody), []);
});

test("each step says what would be refused, in its words", async () => {
  const all = [{ id: "own" }, { id: "over", endsAt: 100 }];
  const may = await inboxOf(all).viewerMay(rita, { kind: "SAMPLE", ids: ["own", "over", "gone"] });
  assert.deepEqual([...may.keys()], ["own", "over"]);
  assert.deepEqual(
    may.get("own")?.map(({ because }) => because),
    ["Not one's own.", null],
  );
  assert.equal(may.get("over")?.[0]?.because, "Sample over is over, not open. Nothing was changed.");
});

test("so many of a kind are looked at, and counted; what names somebody is put on record", async () => {
  const many = Array.from({ length: 1_001 }, (_, n) => ({ id: `c${n}` }));
  const { inbox, looks, toDo } = inboxOf(many);
  const { cases, more, totalCount } = await inbox(rita, 1_000);
  assert.deepEqual([cases.length, more, totalCount], [1_000, ["SAMPLE"], 1_000]);
  assert.deepEqual(await toDo(rita), [{ kind: "SAMPLE", atMost: 100, isMore: true }]);
  assert.deepEqual(looks, []);
  const named = inboxOf([{ id: "a", patient: "ann" }, { id: "b" }]);
  await named.inbox(rita, 100);
  assert.deepEqual(named.looks, [2]);
  for (const first of [0, 1_001])
    await assert.rejects(inbox(rita, first), {
      code: "BAD_USER_INPUT",
      problems: [{ path: "first", message: "must be from 1 to 1000" }],
    });
});

test("docs/inbox.md says of every kind what waits", async () => {
  const schema = await readFile("schema.graphql", "utf8");
  const kinds = /enum CaseKind \{([^}]*)\}/.exec(schema)?.[1]?.match(/^ {2}[A-Z_]+$/gm) ?? [];
  const page = await readFile("docs/inbox.md", "utf8");
  assert.ok(kinds.length >= 12);
  for (const each of kinds.map((name) => name.trim()))
    if (!["LEGAL_HOLD", "ACCOUNTING_SUSPENSION", "TOKEN_REVOCATION"].includes(each))
      assert.match(page, new RegExp(`^\\| \`${each}\` \\|`, "m"));
});
