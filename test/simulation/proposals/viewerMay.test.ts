import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CallerRole, Identity } from "../../../src/domain/callers/types.ts";
import type { ProposePolicyInput } from "../../../src/domain/simulation/proposals/proposalInput.ts";
import { callerOf, openWorld } from "../../graphql/world.ts";
import { subjectOf } from "../../support/proposals.ts";

const who = (id: string, role: CallerRole, more: Partial<Identity> = {}): Identity => ({
  ...{ ...callerOf(`key:${id}`, role), subject: subjectOf(id) },
  ...more,
});
const [ada, ben] = [who("ada", "admin"), who("ben", "admin")];
const CALLERS: readonly Identity[] = [
  ada,
  ben,
  who("rita", "reviewer"),
  who("olga", "auditor"),
  // Another key of the author's, and callers behind whom there is no person.
  who("other", "reviewer", { subject: subjectOf("ADA") }),
  who("nobody", "admin", { subject: null }),
  who("program", "admin", { withoutPerson: true }),
];

const { clock, domain } = await openWorld({ fourEyes: true });
const { inboxes, proposals } = domain;
let made = 0;
const key = (role: CallerRole) => ({
  ...{ name: `key-${++made}`, roles: [role], subject: { type: "user", id: "new" } },
  ...{ defaultClientId: null, expiresAt: null },
});
const role = () => [{ putRole: { name: `role-${++made}` } }];
const KINDS: Readonly<Record<string, () => Pick<ProposePolicyInput, "change" | "emergency">>> = {
  "of the policy": () => ({ change: { operations: role() } }),
  "in an emergency": () => ({ change: { operations: role() }, emergency: true }),
  "of the directory": () => ({
    change: { directory: { putEntities: [{ type: "user", id: `u-${++made}`, properties: {} }] } },
  }),
  "of an admin's key": () => ({ change: { apiKey: key("admin") } }),
  "of an auditor's key": () => ({ change: { apiKey: key("auditor") } }),
  "of a key whose time is over": () => ({ change: { apiKey: { ...key("admin"), expiresAt: clock.now + 1 } } }),
};

type Made = Awaited<ReturnType<typeof proposals.propose>>;
const reason = "a reason";
const ACTS: Readonly<Record<string, (caller: Identity, made: Made) => Promise<unknown>>> = {
  commentProposal: (caller, { id }) => proposals.comment(caller, { id, text: "hm" }),
  refreshProposal: (caller, { id }) => proposals.renew(caller, { id, reason }),
  approveProposal: (caller, { digest, id }) => proposals.approve(caller, { id, digest, reason }),
  rejectProposal: (caller, { id }) => proposals.reject(caller, { id, reason }),
  withdrawProposal: (caller, { id }) => proposals.withdraw(caller, { id, reason }),
  applyProposal: (caller, { id }) => proposals.apply(caller, { id, dryRun: false }),
  createApiKey: (caller, { change, id }) =>
    proposals.createKey(caller, { id, reason, key: change.kind === "API_KEY" ? change.key : key("admin") }),
};

async function proposed(kind: string, isApproved: boolean): Promise<Made> {
  const input = { title: kind, change: {}, reason, ...KINDS[kind]?.() };
  const found = await proposals.propose(ada, input);
  if (isApproved) await proposals.approve(ben, { id: found.id, digest: found.digest, reason });
  if (kind.endsWith("is over")) clock.now++;
  return found;
}

describe("whoever may take a step is told so, and nobody else", () => {
  for (const kind of Object.keys(KINDS))
    for (const isApproved of [false, true])
      test(`${kind}, ${isApproved ? "approved" : "open"}`, async () => {
        let found = await proposed(kind, isApproved);
        for (const caller of CALLERS) {
          const mayNow = async () => (await proposals.desk.viewerMay(caller, [found.id])).get(found.id) ?? [];
          for (const { action } of await mayNow()) {
            const may = (await mayNow()).find((each) => each.action === action);
            assert.ok(may);
            const waits = (await inboxes.inbox(caller, 1_000)).cases.some(({ id }) => id === found.id);
            assert.equal(
              waits,
              (await mayNow()).some(({ allowed, isAwaited }) => allowed && isAwaited),
            );
            const told = await ACTS[action]?.(caller, found).then(
              () => null,
              (error) => error.message,
            );
            // Of a key that can't be made any more nothing is looked at anew.
            if (action === "refreshProposal" && kind.endsWith("is over")) continue;
            assert.equal(told, may.because, `${caller.id} ${action}`);
            assert.equal(may.allowed, told === null);
            if (told === null && action !== "commentProposal") found = await proposed(kind, isApproved);
          }
        }
      });
});

test("what is to do is at least what is in the inbox, and names no kind of which nothing is", async () => {
  for (const caller of CALLERS) {
    const { cases } = await inboxes.inbox(caller, 1_000);
    const [toDo] = await inboxes.toDo(caller);
    assert.ok(cases.length <= (toDo?.atMost ?? 0) || toDo?.isMore, caller.id);
  }
  await Promise.all(
    (
      await proposals.page({ filter: { states: ["OPEN", "APPROVED", "STALE"] }, page: { first: 500, after: null } })
    ).items.map(({ node }) => proposals.reject(ben, { id: node.id, reason })),
  );
  assert.deepEqual(await inboxes.toDo(ben), []);
});
