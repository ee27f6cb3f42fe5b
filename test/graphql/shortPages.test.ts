import assert from "node:assert/strict";
import { test } from "node:test";
import { apply, at, openWorld } from "./world.ts";

let searched = 0;
const world = await openWorld({
  // The time of every search is up after its first part.
  following: { searchClock: () => (searched += 1_000) },
});
await apply(world, [{ putClient: { id: "ehr", name: "EHR" } }, { putClient: { id: "rare", name: "Rare" } }]);

const BATCH = "query ($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { id } }";
const LIST = `query ($filter: DecisionFilter, $first: Int, $after: String) {
  decisions(filter: $filter, first: $first, after: $after) { searchedTo edges { cursor node { id } } pageInfo { hasNextPage endCursor startCursor } } }`;
const inputs = (count: number, clientId: string) =>
  Array.from({ length: count }, (_, i) => ({
    clientId,
    action: "read",
    resource: { type: "Observation", id: `o${i}` },
    context: { ipAddress: "10.1.2.3" },
  }));
/** From nowhere that is known, so that each is looked at for a network that is too wide to be found by. */
const apart = Array.from({ length: 100 }, (_, i) =>
  i % 10 === 0
    ? { clientId: "rare", action: "read", resource: { type: "Condition", id: `c${i}` } }
    : { clientId: "ehr", action: "read", resource: { type: "Observation", id: `o${i}` } },
);

test("a search whose time is up answers a short page, even an empty one, and its cursor leads on to all", async () => {
  const ask = async (asked: readonly unknown[]): Promise<readonly string[]> =>
    (at(await world.data(BATCH, { inputs: asked }), "authorizeBatch") as { id: string }[]).map(({ id }) => id);
  const wanted = [...(await ask(inputs(3, "rare")))];
  for (let round = 0; round < 6; round++) await ask(apart);
  wanted.push(...(await ask(inputs(2, "rare"))));
  // It ends when all is in the index.
  await world.storage.rebuildIndex();
  const got: unknown[] = [];
  let empty = 0;
  for (let after: unknown = null; ; ) {
    const page = at(await world.data(LIST, { filter: { network: "10.0.0.0/8" }, first: 4, after }), "decisions");
    const edges = at(page, "edges") as readonly unknown[];
    got.push(...edges.map((edge) => at(edge, "node", "id")));
    const { endCursor, hasNextPage, startCursor } = at(page, "pageInfo") as Record<string, unknown>;
    if (edges.length === 0) {
      empty++;
      assert.equal(startCursor, null);
    }
    const searchedTo = at(page, "searchedTo");
    if (hasNextPage !== true) {
      assert.equal(searchedTo, null);
      break;
    }
    if (edges.length < 4) assert.ok(Date.parse(String(searchedTo)) > 0, String(searchedTo));
    assert.equal(typeof endCursor, "string");
    assert.notEqual(endCursor, after);
    after = endCursor;
  }
  assert.deepEqual(got.reverse(), wanted);
  assert.ok(empty > 0, "no page was empty");
});
