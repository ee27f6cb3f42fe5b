import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { CallerRole, Identity } from "../../src/domain/callers/types.ts";
import { at, callerOf, type World, worldOver } from "../graphql/world.ts";
import { type HospitalMonth, openHospitalMonth } from "../support/hospitalMonth.ts";

const page = readFileSync("docs/reviewing.md", "utf8");
const walk = page.slice(page.indexOf("\n## Propose a change\n"), page.indexOf("\n## Under four eyes\n"));
const blocksOf = (language: string) =>
  [...walk.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, text = ""]) => text);

let month: HospitalMonth;
let world: World;
before(async () => {
  month = await openHospitalMonth({ cases: false });
  world = worldOver(month.domain, month.storage, month.clock);
});
after(() => month.close());

/** Each of them is a person of their own, as the keys of the demo are. */
const person = (role: CallerRole): Identity => ({
  ...callerOf(`key:demo-${role}`, role),
  name: `demo ${role}`,
  subject: { type: "user", id: `demo-${role}`, issuer: null },
});

test("reviewing.md: a proposal goes from the idea to the change as the page says", async () => {
  const [propose, withdraw, approve, apply, outcome] = blocksOf("graphql");
  const [first, rule] = blocksOf("json").map((text) => JSON.parse(text));
  assert.deepEqual([blocksOf("graphql").length, blocksOf("json").length], [5, 2]);
  const ask = (who: CallerRole, query: string | undefined, variables: Record<string, unknown>) =>
    world.data(query ?? "", variables, person(who));

  const proposed = at(await ask("reviewer", propose, first), "proposePolicy");
  const replay = at(proposed, "replay");
  assert.deepEqual([at(replay, "same"), at(replay, "allowToDeny"), at(replay, "denyToAllow")], [1609, 24, 0]);
  const [group] = at(replay, "groups") as readonly Record<string, unknown>[];
  const { decisions, days, role } = group ?? {};
  assert.equal(role, "lab_supervisor -> lab_technician");
  assert.ok(walk.includes(`${decisions} accesses on ${days} days`), JSON.stringify(group));
  const [cell] = at(proposed, "access", "cells") as readonly Record<string, unknown>[];
  assert.deepEqual([cell?.change, cell?.role], ["NARROWER", "lab_technician"]);
  assert.equal(
    at(await ask("reviewer", withdraw, { id: at(proposed, "id") }), "withdrawProposal", "state"),
    "WITHDRAWN",
  );

  const mended = structuredClone(first);
  mended.input.change.operations.push(rule);
  const anew = at(await ask("reviewer", propose, mended), "proposePolicy");
  const { same, allowToDeny, denyToAllow } = at(anew, "replay") as Record<string, unknown>;
  assert.deepEqual([same, allowToDeny, denyToAllow], [1633, 0, 0]);
  const read = { id: at(anew, "id"), digest: at(anew, "digest") };
  const { errors } = await world.ask(approve ?? "", read, person("reviewer"));
  assert.deepEqual(
    errors.map(({ extensions }) => extensions?.code),
    ["FORBIDDEN"],
  );
  assert.equal(at(await ask("admin", approve, read), "approveProposal", "state"), "APPROVED");
  const changes = at(await ask("admin", apply, read), "applyProposal", "changes") as readonly unknown[];
  assert.equal(changes.length, 2);
  assert.equal(typeof at(await ask("reviewer", outcome, read), "proposalOutcome", "summary"), "string");

  const decide = "mutation ($input: AuthorizeInput!) { decide(input: $input) { outcome } }";
  const category = ["http://terminology.hl7.org/CodeSystem/observation-category|laboratory"];
  const input = {
    ...{ clientId: "lab-portal", subject: { id: "tess" }, scopes: ["view_lab_results"], action: "read" },
    ...{ purposeOfUse: "HOPERAT" },
    resource: { type: "Observation", id: "o1", patient: "ada", organization: "city-lab", attributes: { category } },
  };
  assert.equal(at(await ask("service", decide, { input }), "decide", "outcome"), "DENY");
});
