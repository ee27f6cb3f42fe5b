import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import type { CallerRole, Identity } from "../../src/domain/callers/types.ts";
import { digestOf } from "../../src/domain/simulation/proposals/proposal.ts";
import { replayOfJob } from "../../src/domain/simulation/replay/replays.ts";
import { at, callerOf } from "../graphql/world.ts";
import { auditor, denyWhen, openWard, WITH_REPLAYS } from "./world.ts";

const world = await openWard(WITH_REPLAYS);
const person = (id: string, ...roles: readonly CallerRole[]): Identity => ({
  ...callerOf(`key:${id}`, ...roles),
  subject: { id, type: "user", issuer: null },
});
const [rita, ruth, ada] = [person("rita", "reviewer"), person("ruth", "reviewer"), person("ada", "admin")];

const SHOWN = `id digest reportedAt replay { read allowToDeny groups { samples } samples { decision { id } } } access { complete cells { change } }`;
const PROPOSE = `mutation ($input: ProposePolicyInput!) { proposePolicy(input: $input) { ${SHOWN} } }`;
const READ = `query ($id: ID!) { proposal(id: $id) { ${SHOWN} } }`;
const APPROVE = `mutation ($id: ID!, $digest: String!, $flipsReason: String) {
  approveProposal(id: $id, digest: $digest, reason: "read", flipsReason: $flipsReason) { state } }`;
const OUTCOME = "query ($id: ID!) { proposalOutcome(id: $id) { allowedSince } }";

const propose = async (when: string) => {
  const input = { title: "a probe", reason: "a reason", change: { operations: [denyWhen(when)] } };
  return at(await world.data(PROPOSE, { input }, rita), "proposePolicy");
};
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("an attacker learns by the report of a proposal who looked at a patient", () => {
  test("whoever proposes, reads or approves it: its figures are shown to auditors alone, with all that rests on policy to all", async () => {
    const made = await propose('resource.patient == "p-303"');
    const id = at(made, "id");
    for (const caller of [rita, ruth, ada]) {
      const read = at(await world.data(READ, { id }, caller), "proposal");
      assert.equal(at(read, "replay"), null, caller.id);
      assert.notEqual(at(read, "reportedAt"), null);
      assert.equal(at(read, "access", "complete"), true);
      assert.equal((at(read, "access", "cells") as unknown[]).length, 1);
    }
    assert.equal(at(await world.data(READ, { id }, auditor), "proposal", "replay", "allowToDeny"), 2);
  });

  test("by its digest, which would be that of the figures that the attacker guesses", async () => {
    const id = String(at(await propose('resource.patient == "p-303" && action == "read"'), "id"));
    const kept = await world.domain.proposals.find(id);
    assert.ok(kept?.report);
    // All of it but the flips is known to who makes a replay of another change.
    const known = kept.report;
    const { salt: _, ...unsalted } = known as typeof known & { readonly salt?: string };
    for (let allowToDeny = 0; allowToDeny <= 3; allowToDeny++) {
      const guess = { ...kept, report: { ...unsalted, replay: { ...unsalted.replay, allowToDeny } } };
      assert.notEqual(digestOf(guess, sha256), kept.digest, `${allowToDeny} flips`);
    }
    assert.equal(digestOf(kept, sha256), kept.digest);
  });

  test("by whether an approval needs a reason, which it always or never does, and by the refusal, which names no figure", async () => {
    for (const patient of ["p-303", "p-404"]) {
      const made = await propose(`resource.patient == "${patient}" || resource.patient == "p-505"`);
      const asked = { id: at(made, "id"), digest: at(made, "digest") };
      const refused = await world.error("BAD_USER_INPUT", APPROVE, asked, ruth);
      assert.doesNotMatch(refused.message, /[0-9]/);
      const approved = await world.data(APPROVE, { ...asked, flipsReason: "A ticket says so." }, ruth);
      assert.equal(at(approved, "approveProposal", "state"), "APPROVED");
    }
  });

  test("by what came of it, once it is applied", async () => {
    const made = await propose('resource.patient == "p-909"');
    const id = at(made, "id");
    const asked = { id, digest: at(made, "digest"), flipsReason: "A ticket says so." };
    await world.data(APPROVE, asked, ruth);
    await world.data("mutation ($id: ID!) { applyProposal(id: $id) { revision } }", { id }, ada);
    world.clock.now += 1000;
    for (const caller of [rita, ada]) await world.error("FORBIDDEN", OUTCOME, { id }, caller);
    assert.equal(at(await world.data(OUTCOME, { id }, auditor), "proposalOutcome", "allowedSince"), 0);
  });

  test("by a report that was kept before it was told apart whether it asks for people", async () => {
    const started = await world.domain.replays.start(auditor, { operations: [denyWhen('purposeOfUse == "TREAT"')] });
    let job = await world.domain.jobs.find(started.id);
    while (job?.endedAt === null) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      job = await world.domain.jobs.find(started.id);
    }
    assert.ok(job !== null);
    const { isIdentifying: _, ...old } = replayOfJob(job) ?? assert.fail(JSON.stringify(job));
    assert.equal(await world.domain.replays.seen(ruth, old), null);
    assert.notEqual(await world.domain.replays.seen(auditor, old), null);
  });

  test("by a replay that an auditor had made apart", async () => {
    const JOB = "query ($id: ID!) { job(id: $id) { state replay { allowToDeny } } }";
    const input = { operations: [denyWhen('resource.patient == "p-303"')] };
    const started = await world.data(
      "mutation ($input: ReplayInput!) { startReplay(input: $input) { id } }",
      { input },
      auditor,
    );
    const id = at(started, "startReplay", "id");
    for (;;) {
      const job = at(await world.data(JOB, { id }, auditor), "job");
      if (at(job, "state") === "DONE") {
        assert.equal(at(job, "replay", "allowToDeny"), 2);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const caller of [ruth, ada])
      assert.deepEqual(at(await world.data(JOB, { id }, caller), "job"), { state: "DONE", replay: null });
  });
});
