import assert from "node:assert/strict";
import { test } from "node:test";
import { createBreakGlassDecisions } from "../../src/domain/audit/breakGlassDecisions.ts";
import type { KeptBreakGlass } from "../../src/domain/consent/breakGlass/breakGlass.ts";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import type { Purpose } from "../../src/domain/scopes/purposes.ts";
import { callerOf } from "../graphql/world.ts";
import { accessOf, DAY, NOON } from "../support/watchedAccess.ts";

const ID = "emergency";
const emergency = (more: Partial<KeptBreakGlass> = {}): KeptBreakGlass => ({
  id: ID,
  subject: { id: "nina", type: "user" },
  patient: "ada",
  organization: "north",
  reason: "Unconscious",
  openedBy: { callerId: "key:gateway", subject: null },
  startedAt: NOON - 1,
  endsAt: NOON + DAY,
  reviewDueAt: NOON + 2 * DAY,
  ended: null,
  review: null,
  ...more,
});
const under = (id: string, patients: readonly string[]): AccessRecord =>
  accessOf(id, {
    patient: null,
    resource: { patients },
    facts: [{ kind: "BREAK_GLASS", id: ID, version: 1 }],
  });

function decisionsOf(records: readonly AccessRecord[], kept = emergency(), own: readonly string[] = []) {
  return createBreakGlassDecisions({
    store: { find: async () => kept },
    decisions: {
      decisions: async ({ page: { after, first } }) => {
        const items = records.map((node, i) => ({ key: records.length - i, node }));
        const left = items.filter(({ key }) => after === null || key < after);
        return { items: left.slice(0, first), hasNextPage: left.length > first };
      },
    },
    pseudonym: async () => (id) => `~${id}`,
    ownSubjects: async (id) => new Set(own.includes(id) ? ["nina"] : []),
    recordAudit: async () => {},
  });
}
const FIRST = { first: 3, after: null };
const idsOf = async (found: Promise<{ readonly items: readonly { readonly node: { readonly id: string } }[] }>) =>
  (await found).items.map(({ node }) => node.id);
const REVIEWER = callerOf("key:rita", "reviewer");

test("a reviewer, who sees the subject's name, sees no decision in which that subject is a patient under a pseudonym", async () => {
  const records = [
    under("own", ["ada", "nina"]),
    under("other", ["ada"]),
    under("found", ["ada", "ben"]),
    under("last", ["ada"]),
  ];
  const read = decisionsOf(records, emergency(), ["found"]);
  assert.deepEqual(await idsOf(read(REVIEWER, ID, FIRST)), ["other", "last"]);
  assert.deepEqual(await idsOf(read(callerOf("key:otto", "auditor"), ID, FIRST)), ["own", "other", "found"]);
  const [shown] = (await read(REVIEWER, ID, FIRST)).items;
  assert.deepEqual([shown?.node.request.subject?.id, shown?.node.kind], ["nina", "ACCESS"]);
  assert.ok(!JSON.stringify(shown).includes('"ada"'));
});

test("where the emergency is about its own subject, who is not named then, all are seen", async () => {
  const read = decisionsOf([under("own", ["nina"]), under("both", ["nina", "ben"])], emergency({ patient: "nina" }));
  const { items } = await read(REVIEWER, ID, FIRST);
  assert.deepEqual(
    items.map(({ node }) => [node.id, node.request.subject?.id]),
    [
      ["own", "~nina"],
      ["both", "~nina"],
    ],
  );
});

test("what is left out leaves no gap in a page", async () => {
  const records = Array.from({ length: 9 }, (_, i) => under(`d${i}`, i % 2 === 0 ? ["ada", "nina"] : ["ada"]));
  const found = await decisionsOf(records)(REVIEWER, ID, FIRST);
  assert.deepEqual([found.items.map(({ node }) => node.id), found.hasNextPage], [["d1", "d3", "d5"], true]);
});

test("a page ends where its texts come to what a page may have, and the next one goes on there", async () => {
  const large = (id: string) => {
    const record = under(id, ["ada"]);
    return { ...record, request: { ...record.request, purposeOfUse: "x".repeat(400_000) as Purpose } };
  };
  const read = decisionsOf(Array.from({ length: 7 }, (_, i) => large(`d${i}`)));
  const auditor = callerOf("key:otto", "auditor");
  const seen: string[] = [];
  for (let after: number | null = null, more = true; more; ) {
    const page = await read(auditor, ID, { first: 200, after });
    assert.ok(page.items.length <= 3, `${page.items.length}`);
    seen.push(...page.items.map(({ node }) => node.id));
    [after, more] = [page.reached ?? null, page.hasNextPage];
  }
  assert.deepEqual(seen, ["d0", "d1", "d2", "d3", "d4", "d5", "d6"]);
});

test("among very many others of its time a page is short, and says where the next one begins", async () => {
  const others = Array.from({ length: 9_000 }, (_, i) => accessOf(`o${i}`, { patient: "ada" }));
  const read = decisionsOf([...others, under("one", ["ada"])]);
  const auditor = callerOf("key:otto", "auditor");
  const pages = [];
  for (let after: number | null = null, more = true; more; ) {
    const page = await read(auditor, ID, { first: 5, after });
    pages.push(page.items.map(({ node }) => node.id));
    [after, more] = [page.reached ?? null, page.hasNextPage];
  }
  assert.deepEqual(pages, [[], [], ["one"]]);
});
