import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";
import { CASE_POLICY, caseKinds, MORE_CALLERS, TOKENS_OF } from "./caseKinds.ts";

/** A list of cases: who reads it, what says when one is due, and the state in which they are opened. */
const LISTS = {
  restrictions: { kind: "RESTRICTION", by: "otto", due: "until", open: "IN_FORCE", state: "IN_FORCE" },
  inquiries: { kind: "INQUIRY", by: "otto", due: "until", open: "OPEN", state: "OPEN" },
  accessRequests: { kind: "ACCESS_REQUEST", by: "ada", due: "until", open: "OPEN", state: "OPEN" },
  breakGlasses: { kind: "BREAK_GLASS", by: "otto", due: "reviewDueAt", open: "OPEN", state: "OPEN" },
  proposals: { kind: "PROPOSAL", by: "ada", due: "until", open: "OPEN", state: "OPEN" },
  reviewCampaigns: { kind: "REVIEW_CAMPAIGN", by: "ada", due: "dueAt", open: "OPEN", state: "OPEN" },
  legalHolds: { kind: "LEGAL_HOLD", by: "otto", due: null, open: "IN_FORCE", state: "IN_FORCE" },
  tokenRevocations: { kind: "TOKEN_REVOCATION", by: "ada", due: "until", open: "IN_FORCE", state: "IN_FORCE" },
  accountingSuspensions: {
    kind: "ACCOUNTING_SUSPENSION",
    by: "otto",
    due: "until",
    open: "IN_FORCE",
    state: "IN_FORCE",
  },
} as const;

interface Listed {
  readonly id: string;
  readonly due?: string;
}

describe("a list of cases", { timeout: 300_000 }, () => {
  let world: AlertWorld;
  let kinds: ReturnType<typeof caseKinds>;
  before(async () => {
    world = await openAlertWorld(TOKENS_OF, CASE_POLICY, { callers: MORE_CALLERS });
    kinds = caseKinds(world);
  });
  after(() => world.stop());

  for (const [list, { by, due, kind, open, state }] of Object.entries(LISTS))
    test(`comes in three orders, page by page, and is counted: ${list}`, async () => {
      const dueOf = due === null ? "" : `due: ${due}`;
      const page = async (orderBy: string, more = "") => {
        const query = `{ ${list}(orderBy: ${orderBy} ${more}) { totalCount edges { cursor node { id ${dueOf} } } } }`;
        const { edges, totalCount } = await world.data(by, query);
        const nodes: readonly Listed[] = edges.map(({ node }: { readonly node: Listed }) => node);
        return { totalCount, nodes, cursor: edges.at(-1)?.cursor, ids: nodes.map(({ id }) => id) };
      };
      const made: string[] = [];
      const now = world.time.now;
      // Each is due before the one that was opened before it.
      for (const earlier of [3, 2, 1]) {
        world.time.now = now + earlier * 60_000;
        made.push((await kinds[kind]?.states[open]?.()) as string);
      }
      world.time.now = now + 4 * 60_000;
      const newest = await page("NEWEST");
      assert.equal(newest.totalCount, 3);
      assert.deepEqual([...newest.ids].sort(), [...made].sort());
      assert.deepEqual((await page("OLDEST")).ids, [...newest.ids].reverse());
      const { ids, nodes } = await page("DUE");
      assert.deepEqual([...ids].sort(), [...made].sort());
      for (const [i, node] of nodes.entries()) assert.ok(i === 0 || (nodes[i - 1]?.due ?? "") <= (node.due ?? ""));
      for (const order of ["NEWEST", "OLDEST", "DUE"]) {
        const whole = await page(order);
        const first = await page(order, "first: 2");
        const rest = await page(order, `first: 2, after: "${first.cursor}"`);
        assert.deepEqual([...first.ids, ...rest.ids], whole.ids, order);
        assert.deepEqual([first.totalCount, rest.totalCount], [3, 3], order);
        const other = order === "DUE" ? "OLDEST" : "DUE";
        const query = `{ ${list}(orderBy: ${other}, after: "${first.cursor}") { totalCount } }`;
        assert.deepEqual(await world.refused("BAD_USER_INPUT", by, query), ["after"]);
      }
      if (list === "breakGlasses") return;
      assert.equal(
        (await page("NEWEST", `filter: { states: [${state}] }`)).totalCount,
        list === "restrictions" ? 1 : 3,
      );
      assert.equal((await page("NEWEST", "filter: { states: [] }")).totalCount, 0);
    });
});
