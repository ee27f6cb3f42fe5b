import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Identity } from "../../src/domain/callers/types.ts";
import { type CaseDesk, type CaseReader, createCaseDesk } from "../../src/domain/cases/caseDesk.ts";
import type { CaseCode, CaseKind, CaseRow } from "../../src/domain/cases/caseKind.ts";
import { createInboxes } from "../../src/domain/cases/inbox.ts";
import type { CaseSteps } from "../../src/domain/cases/steps.ts";
import { byUrgency, type Urgency, type WaitingCase } from "../../src/domain/cases/waitingLine.ts";
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

const urgencyOf = ({ dueAt, endsAt, id, openedAt = 1, severity = null }: Kept): Urgency => ({
  ...{ id, severity, due: dueAt ?? endsAt ?? null, since: openedAt },
});

const tableOf = (desks: readonly CaseDesk[]) =>
  Object.fromEntries(desks.map((desk, i) => [i === 0 ? kind.code : `OTHER_${i}`, desk])) as Record<CaseCode, CaseDesk>;

/** An inbox over lists of cases, each list a kind; with what was seen of how it was read. */
function inboxOf(...lists: readonly (readonly Kept[])[]) {
  const seen = { looks: [] as number[], read: 0, facts: 0, shown: 0, breaths: 0, unbroken: 0, longest: 0 };
  const desks = lists.map((list) => {
    const all = [...list].sort((a, b) => byUrgency(urgencyOf(a), urgencyOf(b)));
    const reader: CaseReader<Kept, "OPEN" | "OVER"> = {
      findAll: async (ids) => list.filter(({ id }) => ids.includes(id)),
      async waiting({ after, first }) {
        const from = after === null ? 0 : all.indexOf(after) + 1;
        const found = all.slice(from, from + first);
        seen.read += found.length;
        seen.unbroken += found.length;
        seen.longest = Math.max(seen.longest, seen.unbroken);
        return found;
      },
      count: async ({ first }) => Math.min(all.length, first),
      countDecided: async () => 0,
    };
    return createCaseDesk({
      ...{ kind, steps, reader, clock: () => 100 },
      async factsOf(cases) {
        seen.facts += cases.length;
        return () => null;
      },
      async shown(_, cases) {
        seen.shown += cases.length;
        return cases;
      },
      entryOf: ({ id, of = id }) => of,
      severityOf: ({ severity = null }) => severity,
      titleOf: ({ patient = null }) => ({ title: "Judge", subject: null, clientId: null, patient }),
    });
  });
  const breathe = async (): Promise<void> => {
    seen.breaths++;
    seen.unbroken = 0;
  };
  const recordLook = async (_: unknown, shown: number) => void seen.looks.push(shown);
  return { seen, ...createInboxes({ desks: tableOf(desks), breathe, recordLook }) };
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
  const all = [{ id: "own" }, { id: "over", endsAt: 100 }, { id: "x.1", of: "x" }, { id: "x.2", of: "x" }, { id: "c" }];
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

test("a case has another version as soon as it is another for its reader, and tells nothing to who takes no step of its kind", async () => {
  const of = { kind: "SAMPLE", id: "c" } as const;
  const versionOf = (kept: Kept, by = rita) => inboxOf([kept]).version(by, of);
  const first = await versionOf({ id: "c" });
  assert.equal(await versionOf({ id: "c" }), first);
  const others: readonly Kept[] = [
    { id: "c", state: "OVER" },
    { id: "c", endsAt: 100 },
    { id: "c", dueAt: 300 },
    { id: "c", patient: "ann" },
  ];
  const versions = await Promise.all(others.map((kept) => versionOf(kept)));
  assert.equal(new Set([first, ...versions]).size, 5);
  // Of whom it is can't be tried out: as much is said.
  assert.equal(await versionOf({ id: "c", patient: "bob" }), await versionOf({ id: "c", patient: "ann" }));
  assert.equal(await versionOf({ id: "gone" }), null);
  assert.equal(await versionOf({ id: "c" }, { ...rita, roles: new Set(["consent"]) } as unknown as Identity), null);
});

test("so many of a kind are looked at, and counted; what names somebody is put on record", async () => {
  const many = Array.from({ length: 1_001 }, (_, n) => ({ id: `c${n}` }));
  const { inbox, seen, toDo } = inboxOf(many);
  const { cases, more, totalCount } = await inbox(rita, 1_000);
  assert.deepEqual([cases.length, more, totalCount], [1_000, ["SAMPLE"], 1_000]);
  assert.deepEqual(await toDo(rita), [{ kind: "SAMPLE", atMost: 100, isMore: true }]);
  assert.deepEqual(seen.looks, []);
  const named = inboxOf([{ id: "a", patient: "ann" }, { id: "b" }]);
  await named.inbox(rita, 100);
  assert.deepEqual(named.seen.looks, [2]);
  for (const first of [0, 1_001])
    await assert.rejects(inbox(rita, first), {
      code: "BAD_USER_INPUT",
      problems: [{ path: "first", message: "must be from 1 to 1000" }],
    });
});

/** What an inbox has, made at once of all that waits. */
function wholeOf(lists: readonly (readonly Kept[])[]) {
  const entries = lists.flatMap((list) => {
    const counts = new Map<string, { readonly first: Kept; count: number }>();
    for (const each of [...list].sort((a, b) => (a.id < b.id ? -1 : 1))) {
      if (each.id === "own" || (each.endsAt ?? 101) <= 100) continue;
      const entry = counts.get(each.of ?? each.id) ?? { first: each, count: 0 };
      entry.count++;
      counts.set(each.of ?? each.id, entry);
    }
    return [...counts].map(([id, { count, first }]) => ({ ...urgencyOf(first), id, count }));
  });
  return entries.sort(byUrgency).map(({ count, id }) => [id, count]);
}

test("a page is the beginning of the whole, however long it is and however many parts were read", async () => {
  const severities = ["HIGH", "MEDIUM", "LOW", "INFO", null] as const;
  // A fixed sequence that looks like chance.
  let state = 7;
  const next = (most: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % most;
  };
  const due = (): object => (next(3) === 0 ? {} : next(2) === 0 ? { dueAt: 200 + next(5) } : { endsAt: 90 + next(30) });
  const lists: readonly (readonly Kept[])[] = [
    Array.from({ length: 130 }, (_, n) => ({ id: `a${1000 + n}`, openedAt: next(9), ...due() })),
    Array.from({ length: 90 }, (_, n) => ({ id: `b${1000 + n}`, openedAt: next(9), severity: severities[next(5)] })),
    [{ id: "own" }, ...Array.from({ length: 3 }, (_, n) => ({ id: `c${n}`, openedAt: next(9), ...due() }))],
    // Of seven reviews, each with one time for all its items.
    Array.from({ length: 7 }, (_, n) => ({ ...due(), openedAt: next(9), of: `d${n}` })).flatMap((each) =>
      Array.from({ length: 1 + next(40) }, (_, n) => ({ ...each, id: `${each.of}.${1000 + n}` })),
    ),
  ];
  const whole = wholeOf(lists);
  assert.ok(whole.length > 150);
  for (const first of [1, 2, 24, 25, 26, 60, 100, whole.length - 1, whole.length, 1_000]) {
    const { cases, more, totalCount } = await inboxOf(...lists).inbox(rita, first);
    assert.deepEqual(
      cases.map(({ count, id }) => [id, count]),
      whole.slice(0, first),
      `first: ${first}`,
    );
    assert.deepEqual(more, []);
    if (first >= whole.length) assert.equal(totalCount, whole.length);
    else assert.ok(totalCount >= whole.length, `${totalCount} of ${whole.length}`);
  }
  // And what is counted is what stands there: not what is one's own, nor what is over.
  const counted = (await inboxOf(...lists).toDo(rita)).map(({ atMost, isMore }) => (isMore ? 101 : atMost));
  assert.deepEqual(
    counted,
    lists.map((list) => Math.min(101, wholeOf([list]).length)),
  );
});

test("only what is shown is read, in parts with a breath between them, and to be counted no more than 125 of a kind", async () => {
  const lists = ["a", "b", "c"].map((kind) => Array.from({ length: 900 }, (_, n) => ({ id: `${kind}${1000 + n}` })));
  const { inbox, seen, toDo } = inboxOf(...lists);
  const { cases, totalCount } = await inbox(rita, 40);
  assert.deepEqual([cases.length, totalCount], [40, 2_700]);
  assert.ok(seen.read <= 40 + 3 * 25, `${seen.read} were read`);
  assert.ok(seen.longest <= 25, `${seen.longest} were read without a break`);
  assert.deepEqual([seen.facts, seen.shown], [seen.read, 40]);
  Object.assign(seen, { read: 0, facts: 0, longest: 0, shown: 0, unbroken: 0 });
  assert.equal((await toDo(rita)).length, 3);
  assert.deepEqual([seen.read, seen.facts, seen.shown], [3 * 125, 3 * 125, 0]);
  assert.ok(seen.longest <= 25, `${seen.longest} were counted without a break`);
});

test("docs/console.md says of every kind what waits", async () => {
  const schema = await readFile("schema.graphql", "utf8");
  const kinds = /enum CaseKind \{([^}]*)\}/.exec(schema)?.[1]?.match(/^ {2}[A-Z_]+$/gm) ?? [];
  const page = await readFile("docs/console.md", "utf8");
  assert.ok(kinds.length >= 12);
  for (const each of kinds.map((name) => name.trim()))
    if (!["LEGAL_HOLD", "ACCOUNTING_SUSPENSION", "TOKEN_REVOCATION"].includes(each))
      assert.match(page, new RegExp(`^\\| \`${each}\` \\|`, "m"));
});
