import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Identity } from "../../../src/domain/callers/types.ts";
import { stateAt } from "../../../src/domain/cases/caseKind.ts";
import { requireStep } from "../../../src/domain/cases/steps.ts";
import type { Proposal, ProposalState } from "../../../src/domain/simulation/proposals/proposal.ts";
import { proposalKind } from "../../../src/domain/simulation/proposals/proposalKind.ts";
import {
  PROPOSAL_STEPS,
  type ProposalFacts,
  refusal,
  shownOnce,
} from "../../../src/domain/simulation/proposals/proposalSteps.ts";
import { callerOf, openWorld } from "../../graphql/world.ts";
import { keptProposal, subjectOf } from "../../support/proposals.ts";

const who = (id: string, ...roles: Parameters<typeof callerOf>[1][]): Identity => ({
  ...callerOf(`key:${id}`, ...roles),
  subject: subjectOf(id),
});
const [ada, ben, rita] = [who("ada", "admin"), who("ben", "admin"), who("rita", "reviewer")];
const DAY = 24 * 60 * 60 * 1000;

const STATES: readonly ProposalState[] = ["OPEN", "APPROVED", "STALE", "APPLIED", "REJECTED", "WITHDRAWN", "EXPIRED"];
/** What comes of each act in each state: the next state, or `-` where it is a conflict and nothing changes. */
const TABLE = {
  //         OPEN         APPROVED     STALE        APPLIED    REJECTED    WITHDRAWN    EXPIRED
  comment: ["OPEN", "APPROVED", "STALE", "APPLIED", "REJECTED", "WITHDRAWN", "EXPIRED"],
  renew: ["OPEN", "OPEN", "OPEN", "-", "-", "-", "-"],
  approve: ["APPROVED", "-", "-", "-", "-", "-", "-"],
  reject: ["REJECTED", "REJECTED", "REJECTED", "-", "-", "-", "-"],
  withdraw: ["WITHDRAWN", "WITHDRAWN", "WITHDRAWN", "-", "-", "-", "-"],
  apply: ["-", "APPLIED", "-", "-", "-", "-", "-"],
  expire: ["OPEN", "APPROVED", "STALE", "APPLIED", "REJECTED", "WITHDRAWN", "EXPIRED"],
} as const;
type Act = keyof typeof TABLE;

const world = await openWorld({
  proposalRules: { replayRequired: false, reportMaxAgeMs: 7 * DAY, mostFlips: 0, lifetimeMs: 3 * DAY },
});
const { proposals, policy } = world.domain;
const about = (id: string) => ({ id, reason: "a reason" });
let roles = 0;

/** Puts a role in the way of a proposal that makes it. */
const stand = (name: string) =>
  policy.apply({
    operations: [{ putRole: { name, description: "somebody else's" } }],
    reason: "r",
    author: "key:root",
  });

async function inState(state: ProposalState): Promise<Proposal> {
  const name = `role-${++roles}`;
  const operations = [{ putRole: { name, description: "proposed" } }];
  const made = await proposals.propose(ada, { title: "t", change: { operations }, reason: "r" });
  const { id, digest } = made;
  switch (state) {
    case "OPEN":
      break;
    case "APPROVED":
      await proposals.approve(ben, { ...about(id), digest });
      break;
    case "STALE":
      await proposals.approve(ben, { ...about(id), digest });
      await stand(name);
      break;
    case "APPLIED":
      await proposals.approve(ben, { ...about(id), digest });
      await proposals.apply(ben, { id, dryRun: false });
      break;
    case "REJECTED":
      await proposals.reject(rita, about(id));
      break;
    case "WITHDRAWN":
      await proposals.withdraw(ada, about(id));
      break;
    case "EXPIRED":
      await proposals.approve(ben, { ...about(id), digest });
      world.clock.now += 3 * DAY;
      break;
  }
  const found = await proposals.find(id);
  assert.ok(found);
  assert.equal(found.state, state);
  return found;
}

const ACTS: { readonly [A in Act]: (proposal: Proposal) => Promise<unknown> } = {
  comment: ({ id }) => proposals.comment(rita, { id, text: "hm" }),
  renew: ({ id }) => proposals.renew(rita, about(id)),
  approve: ({ id, digest }) => proposals.approve(rita, { ...about(id), digest }),
  reject: ({ id }) => proposals.reject(rita, about(id)),
  withdraw: ({ id }) => proposals.withdraw(ada, about(id)),
  apply: ({ id }) => proposals.apply(ben, { id, dryRun: false }),
  expire: () => proposals.expireDue(),
};

const ACTORS: { readonly [A in Act]: readonly [string, Identity] | null } = {
  comment: ["commentProposal", rita],
  renew: ["refreshProposal", rita],
  approve: ["approveProposal", rita],
  reject: ["rejectProposal", rita],
  withdraw: ["withdrawProposal", ada],
  apply: ["applyProposal", ben],
  expire: null,
};
/** What `viewerMay` says of an act before it is tried; null: it is nobody's. */
async function mayOf(act: Act, { id }: Proposal): Promise<boolean | null> {
  const actor = ACTORS[act];
  if (actor === null) return null;
  const found = (await proposals.desk.viewerMay(actor[1], [id])).get(id);
  return found?.find(({ action }) => action === actor[0])?.allowed ?? null;
}

describe("states and acts", () => {
  for (const [act, row] of Object.entries(TABLE) as [Act, readonly string[]][])
    for (const [i, state] of STATES.entries())
      test(`${act} of what is ${state}: ${row[i]}`, async () => {
        const proposal = await inState(state);
        const revision = policy.current().revision;
        const allowed = await mayOf(act, proposal);
        const done = await ACTS[act](proposal).then(
          () => "done",
          (error) => error.code,
        );
        const after = await proposals.find(proposal.id);
        assert.equal(done, row[i] === "-" ? "CONFLICT" : "done");
        if (allowed !== null) assert.equal(allowed, done === "done");
        assert.equal(after?.state, row[i] === "-" ? state : row[i]);
        if (row[i] === "-") assert.deepEqual({ ...after, staleBecause: null }, { ...proposal, staleBecause: null });
        assert.equal(policy.current().revision, revision + (row[i] === "APPLIED" && act === "apply" ? 1 : 0));
      });
});

test("every step of the table is refused in words that say what to do", () => {
  const facts: ProposalFacts = {
    replayRequired: true,
    requireNotAbout: () => undefined,
    requireMayStop: () => undefined,
    requireMayMake: () => undefined,
  };
  for (const step of Object.values(PROPOSAL_STEPS))
    for (const state of STATES) {
      const of = {
        ...{ ...keptProposal("p"), state, staleBecause: state === "STALE" ? "it moved" : null, emergency: true },
        change: { kind: step.field === "createApiKey" ? "API_KEY" : "POLICY" } as Proposal["change"],
      };
      const take = () =>
        requireStep(step, step.field === "withdrawProposal" ? ada : ben, { kind: proposalKind, of, facts, now: 0 });
      if (step.from.includes(state)) take();
      else assert.throws(take, { code: "CONFLICT", message: /^Proposal p is [a-z ]+( \(it moved\))?: [a-z ]+/ });
    }
});

test("what has come to its end stays so, whatever the clock", () => {
  for (const state of ["APPLIED", "REJECTED", "WITHDRAWN", "EXPIRED"] as const)
    for (const now of [0, 9]) assert.equal(stateAt(proposalKind, { state, endsAt: 1 }, now), state);
  assert.equal(stateAt(proposalKind, { state: "APPROVED", endsAt: 9 }, 9), "EXPIRED");
  assert.equal(stateAt(proposalKind, { state: "APPROVED", endsAt: 9 }, 8), "APPROVED");
});

test("an expired proposal is closed once, as an act, by the service itself", async () => {
  const { id } = await inState("EXPIRED");
  assert.ok((await proposals.expireDue()).includes(id));
  assert.ok(!(await proposals.expireDue()).includes(id));
  const kept = await world.storage.proposals.find(id);
  assert.deepEqual([kept?.state, kept?.closed?.by], ["EXPIRED", "scopewarden:proposals"]);
});

test("lists find each by the state that it is in now", async () => {
  for (const state of STATES) {
    const { id } = await inState(state);
    for (const wanted of STATES) {
      const { items } = await proposals.page({ filter: { states: [wanted] }, page: { first: 200, after: null } });
      assert.ok(items.every(({ node }) => node.state === wanted));
      assert.equal(
        items.some(({ node }) => node.id === id),
        wanted === state,
        `${state} among ${wanted}`,
      );
    }
  }
});

test("why a proposal can't be changed is said without codes and names of the API", () => {
  const API = /\b[A-Z]{2,}|[a-z][A-Z]|[`_]/;
  for (const state of STATES)
    for (const staleBecause of [null, "what it touches has moved since revision 3"]) {
      const said = refusal({ ...keptProposal("p-1"), state, staleBecause });
      assert.doesNotMatch(said, API);
      assert.match(said, /^Proposal p-1 is [a-z ]+/);
    }
  assert.doesNotMatch(shownOnce("p-1").message, API);
});
