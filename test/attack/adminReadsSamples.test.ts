import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallerRole } from "../../src/domain/callers/types.ts";
import { at, callerOf } from "../graphql/world.ts";
import { admin, auditor, openWard, reviewer } from "./world.ts";

const world = await openWard();
const REPLAY = `query ($input: ReplayInput!) { replay(input: $input) {
  few read same allowToDeny denyToAllow from to byClient { key few allowToDeny } byReason { key few allowToDeny }
  groups { few decisions days patients firstAt lastAt samples } samples { decision { id } } } }`;
const asked = { input: { operations: [{ deleteRule: { id: "nurse-labs" } }] } };

test("whoever is no auditor learns of decisions about few patients how many there are, or which, when and of whom", async () => {
  for (const as of [reviewer, admin, callerOf("key:both", "admin", "reviewer")]) {
    const replay = at(await world.data(REPLAY, asked, as), "replay");
    assert.deepEqual(
      ["few", "read", "same", "allowToDeny", "denyToAllow"].map((name) => at(replay, name)),
      [true, null, 0, null, 0],
    );
    assert.deepEqual(at(replay, "byClient"), [{ key: "ehr", few: true, allowToDeny: null }]);
    assert.deepEqual(at(replay, "samples"), []);
    for (const group of at(replay, "groups") as readonly Record<string, unknown>[]) {
      assert.deepEqual(
        [group.few, group.decisions, group.days, group.patients, group.samples],
        [true, null, null, null, []],
      );
      for (const time of [group.firstAt, group.lastAt]) assert.match(String(time), /T00:00:00(?:\.000)?Z$/);
    }
    for (const time of ["from", "to"].map((name) => at(replay, name)))
      assert.match(String(time), /T00:00:00(?:\.000)?Z$/);
    assert.doesNotMatch(JSON.stringify(replay), /p-303|p-101|omar|nina|obs-|10\.1\.2\.3|~/);
  }
});

test("an auditor sees all of it", async () => {
  const replay = at(await world.data(REPLAY, asked, auditor), "replay");
  assert.deepEqual(
    [at(replay, "few"), at(replay, "allowToDeny"), (at(replay, "samples") as unknown[]).length],
    [false, 3, 3],
  );
});

test("each question is on record with its change and filter, and listed for auditors alone", async () => {
  const LIST = "{ questionsAsked(first: 100) { edges { node { by { id } field asked operations questions } } } }";
  const filter = { from: "2026-01-01T00:00:00Z" };
  await world.data(REPLAY, { input: { ...asked.input, filter } }, reviewer);
  const edges = at(await world.data(LIST, {}, auditor), "questionsAsked", "edges") as readonly {
    readonly node: unknown;
  }[];
  const newest = edges[0]?.node;
  assert.deepEqual([at(newest, "by", "id"), at(newest, "field")], ["key:reviewer", "replay"]);
  assert.deepEqual(at(newest, "asked", "operations"), asked.input.operations);
  assert.equal(at(newest, "asked", "filter", "from"), Date.parse(filter.from));
  for (const as of [reviewer, admin]) await world.error("FORBIDDEN", LIST, {}, as);
});

test("so is what a proposal replays, at each look, what came of it, and which scopes would be enough", async () => {
  const LIST = "{ questionsAsked(first: 2) { edges { node { by { id } field asked operations } } } }";
  const newest = async (): Promise<readonly unknown[]> =>
    (at(await world.data(LIST, {}, auditor), "questionsAsked", "edges") as readonly { node: unknown }[]).map(
      ({ node }) => node,
    );
  const person = (id: string, role: CallerRole) => ({
    ...callerOf(`key:${id}`, role),
    subject: { id, type: "user", issuer: null },
  });
  const [rita, ruth, ada] = [person("rita", "reviewer"), person("ruth", "reviewer"), person("ada", "admin")];
  const { operations } = asked.input;
  const SHOWN = "{ id digest replay { few } }";
  const replay = { clientId: "ehr", from: "2026-01-01T00:00:00Z" };
  const made = await world.data(
    `mutation ($input: ProposePolicyInput!) { proposePolicy(input: $input) ${SHOWN} }`,
    { input: { title: "a probe", reason: "a reason", change: { operations }, replay } },
    rita,
  );
  const id = at(made, "proposePolicy", "id");
  const filter = { clientId: "ehr", from: Date.parse(replay.from) };
  assert.deepEqual((await newest())[0], {
    ...{ by: { id: rita.id }, field: "proposePolicy", operations: operations.length },
    asked: { base: "CURRENT", filter, operations },
  });
  const again = await world.data(
    `mutation ($id: ID!, $replay: DecisionFilter) { refreshProposal(id: $id, reason: "again", replay: $replay) ${SHOWN} }`,
    { id, replay: { purposeOfUse: "BTG" } },
    rita,
  );
  assert.deepEqual((await newest())[0], {
    ...{ by: { id: rita.id }, field: "refreshProposal", operations: operations.length },
    asked: { base: "CURRENT", filter: { purposeOfUse: "BTG" }, operations },
  });
  await world.data(
    `mutation ($id: ID!, $digest: String!) { approveProposal(id: $id, digest: $digest, reason: "read", flipsReason: "a ticket") { state } }`,
    { id, digest: at(again, "refreshProposal", "digest") },
    ruth,
  );
  await world.data("mutation ($id: ID!) { applyProposal(id: $id) { revision } }", { id }, ada);
  world.clock.now += 1000;
  await world.data("query ($id: ID!) { proposalOutcome(id: $id) { few } }", { id }, rita);
  for (const node of await newest()) {
    assert.deepEqual([at(node, "by", "id"), at(node, "field")], [rita.id, "proposalOutcome"]);
    assert.equal(at(node, "asked", "proposal"), id);
  }
  await world.data('{ scopeAdvice(clientId: "ehr", days: 7) { minimal { few } } }', {}, rita);
  const [advice] = await newest();
  assert.deepEqual([at(advice, "by", "id"), at(advice, "field")], [rita.id, "scopeAdvice"]);
  assert.equal(at(advice, "asked", "clientId"), "ehr");
});
