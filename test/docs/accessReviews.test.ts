import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { Identity } from "../../src/domain/callers/types.ts";
import { DAY_MS } from "../../src/domain/policy/use.ts";
import { at, callerOf, type World, worldOver } from "../graphql/world.ts";
import { type HospitalMonth, openHospitalMonth } from "../support/hospitalMonth.ts";

const page = readFileSync("docs/access-reviews.md", "utf8");
const blocks = [...page.matchAll(/^```graphql\n(.*?)^```(?:\n\n```json\n(.*?)^```)?/gms)].map(
  ([, query = "", variables]) => ({ query, variables }),
);

let month: HospitalMonth;
let world: World;
before(async () => {
  month = await openHospitalMonth({ cases: false });
  for (const id of ["rita", "rob", "fiona"])
    await month.domain.apiKeys.createOnMachine({
      ...{ name: id, roles: ["reviewer"], subject: { type: "user", id }, by: "test", reason: "It reviews" },
      ...{ defaultClientId: null, expiresAt: null },
    });
  world = worldOver(month.domain, month.storage, month.clock);
});
after(() => month.close());

const person = (id: string): Identity => ({
  ...callerOf(`key:demo-${id}`, "reviewer"),
  subject: { type: "user", id, issuer: null },
});

test("access-reviews.md: what it shows runs as it stands on the demo hospital, and comes to what it says", async () => {
  const [start, items, decide, close, report, savings] = blocks;
  assert.equal(blocks.length, 6);
  const twoWeeks = new Date(month.clock.now + 14 * DAY_MS).toISOString();
  const variables = JSON.parse((start?.variables ?? "").replace("<in two weeks>", twoWeeks));
  const ask = async (of: (typeof blocks)[number] | undefined, id: unknown, who = "rita") =>
    world.data(of?.query ?? "", { id }, person(who));
  const begun = at(await world.data(start?.query ?? "", variables, person("rita")), "startReviewCampaign");
  const id = at(begun, "id");
  assert.ok(Number(at(begun, "itemCount")) > 5);
  const edges = at(await ask(items, id), "reviewCampaign", "items", "edges") as readonly unknown[];
  assert.equal(edges.length, at(begun, "itemCount"));
  const ids = edges.map((edge) => at(edge, "node", "id"));
  for (const item of ids) assert.equal(at(await ask(decide, item), "decideReviewItem", "verdict"), "REMOVE");
  assert.equal(at(await ask(close, id), "closeReviewCampaign", "state"), "PROPOSED");
  const text = String(at(await ask(report, id), "reviewReport", "text"));
  assert.equal(text.trimEnd().split("\r\n").length, ids.length + 1);
  const saved = at(await ask(savings, null), "scopeAdvice", "savings") as readonly unknown[];
  assert.deepEqual(new Set(saved.map((row) => at(row, "why"))), new Set(["UNUSED", "BROADER_THAN_USED"]));
  assert.ok(saved.every((row, i) => Number(at(row, "saves")) <= Number(at(saved[i - 1] ?? row, "saves"))));
});
