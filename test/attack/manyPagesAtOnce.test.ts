import assert from "node:assert/strict";
import { test } from "node:test";
import { at, openWorld } from "../graphql/world.ts";
import { decision } from "../storage/samples.ts";

const world = await openWorld();
const PAGE = "exportPage(format: NDJSON, first: 200) { lines hasNextPage }";
const aliased = (count: number) => `{ ${Array.from({ length: count }, (_, i) => `a${i}: ${PAGE}`).join(" ")} }`;
const acts = async () => await world.storage.storedActs.end();

test("a kilobyte of aliases of exportPage gets no more than one page may have", async () => {
  const { request } = decision(1);
  const long = { ...request, resource: { ...request.resource, attributes: { text: "x".repeat(6_000) } } };
  await world.storage.journal.append(Array.from({ length: 200 }, (_, i) => decision(i, { request: long })));
  const alone = at(await world.data(aliased(1)), "a0") as {
    readonly lines: readonly string[];
    readonly hasNextPage: boolean;
  };
  const size = alone.lines.join("").length;
  assert.ok(size > 1_000_000 && size < 2_500_000, `${size}`);
  const before = await acts();
  const source = aliased(14);
  assert.ok(source.length < 1_100, `${source.length}`);
  const answer = await world.ask(source);
  assert.ok(answer.data === null, "it was answered");
  assert.ok(
    answer.errors.every(({ extensions }) => extensions?.code === "LIMIT_EXCEEDED"),
    JSON.stringify(answer.errors),
  );
  assert.match(
    answer.errors[0]?.message ?? "",
    /^The pages of this request have \d+ characters; at most 1048576 are allowed before another\. /,
  );
  // No page was made after the one that used up the budget.
  assert.equal((await acts()) - before, 1);
});

test("pages that are short may come together", async () => {
  const short = Array.from({ length: 10 }, (_, i) => `a${i}: ${PAGE.replace("200", "2")}`).join(" ");
  assert.equal((at(await world.data(`{ ${short} }`), "a9", "lines") as readonly string[]).length, 2);
});
