import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { at, callerOf, type World, worldOver } from "../graphql/world.ts";
import { type HospitalMonth, openHospitalMonth } from "../support/hospitalMonth.ts";

const page = readFileSync("docs/monitoring.md", "utf8");
const section = /^## The privacy officer's morning\n(.*?)^## /ms.exec(page)?.[1] ?? "";
const queries = [...section.matchAll(/^```graphql\n(.*?)^```/gms)].map(([, query = ""]) => query);

let month: HospitalMonth;
let world: World;
before(async () => {
  month = await openHospitalMonth({ cases: false, incidents: true });
  world = worldOver(month.domain, month.storage, month.clock);
});
after(() => month.close());

const auditor = { ...callerOf("key:priya", "auditor"), subject: { type: "user", id: "priya", issuer: null } };
const ask = (query: string | undefined, id?: unknown) => world.data(query ?? "", { id }, auditor);
const nodes = (list: unknown): readonly Record<string, unknown>[] =>
  (at(list, "edges") as readonly { readonly node: Record<string, unknown> }[]).map(({ node }) => node);

test("monitoring.md: the privacy officer's morning runs on the demo hospital as it stands, and finds what it says", async () => {
  const [open, one, why, close, share, shadow, backtest] = queries;
  assert.equal(queries.length, 7);
  const alerts = await ask(open);
  const first = nodes(at(alerts, "alerts"));
  assert.deepEqual(
    first.filter(({ severity }) => severity === "HIGH").map(({ clientId, subjectId }) => subjectId ?? clientId),
    ["nightly-pipeline", "otto"],
  );
  const nina = first.find(({ subjectId }) => subjectId === "nina");
  const seen = await ask(one, nina?.id);
  const finding = nodes(at(seen, "findings")).find(({ detector }) => detector === "UNRELATED_PATIENT");
  assert.match(String(finding?.sentence), /data with a sensitive label/);
  assert.ok(
    nodes(at(seen, "alert", "decisions")).some(
      ({ patient, resourceType }) => patient === "dora" && resourceType === "DocumentReference",
    ),
  );
  const explained = at(await ask(why, finding?.decisionId), "explanation");
  assert.deepEqual([at(explained, "explained"), at(explained, "patients", 0, "patient")], [false, "dora"]);
  assert.deepEqual(at(await ask(close, nina?.id), "closeAlert"), { state: "CLOSED", verdict: "TRUE_POSITIVE" });
  const shares = at(await ask(share), "stats", "rows") as readonly Record<string, number | string>[];
  assert.ok(shares.length > 10 && shares.every(({ share: of }) => Number(of) >= 0 && Number(of) <= 1));
  assert.ok(nodes(at(await ask(shadow), "findings")).length > 0);
  const tried = at(await ask(backtest), "backtest");
  assert.ok(Number(at(tried, "decisions")) > 3000 && Number(at(tried, "alerts")) > 0, JSON.stringify(tried));
  // The alert that was closed a moment ago counts.
  assert.ok(
    (at(tried, "knownVerdicts") as readonly { readonly verdict: string }[]).some(
      ({ verdict }) => verdict === "TRUE_POSITIVE",
    ),
  );
});
