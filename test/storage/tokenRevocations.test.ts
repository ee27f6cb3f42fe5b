import assert from "node:assert/strict";
import { test } from "node:test";
import type { TokenRevocation } from "../../src/domain/consent/revocations/tokenRevocation.ts";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import { client, revision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const ISSUER = "https://id.example";
const PERSON = "person-zz9";
const revocation = (id: string, more: Partial<TokenRevocation> = {}): TokenRevocation => ({
  ...{ id, issuer: ISSUER, person: PERSON, clientId: null, tokenId: null, until: null, reason: "a laptop was lost" },
  ...{ placedAt: 1, placedBy: { callerId: "key:admin", subject: null }, lifted: null },
  ...more,
});

onEveryBackend("revocations of tokens", ({ open, backend }) => {
  test("are read as they were written, stand until their end, and each step is on record without the person", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    const { find, lift, place, standing } = storage.tokenRevocations;
    const [all, one, short, client] = [
      revocation("r1"),
      revocation("r2", { person: null, tokenId: "t-1" }),
      revocation("r3", { until: 100 }),
      revocation("r4", { person: null, clientId: "lab", until: 90 }),
    ];
    for (const each of [all, one, short, client]) await place(each);
    assert.deepEqual([await find("r2"), await find("r4")], [one, client]);
    const ids = async (now: number) => (await standing(now)).map(({ id }) => id).sort();
    assert.deepEqual(
      [await ids(99), await ids(100)],
      [
        ["r1", "r2", "r3"],
        ["r1", "r2"],
      ],
    );
    const lifted = { at: 50, by: "key:admin", reason: "found again" };
    await lift("r1", lifted);
    assert.deepEqual(await find("r1"), { ...all, lifted });
    assert.deepEqual(await ids(99), ["r2", "r3"]);
    await assert.rejects(lift("r1", lifted), { code: "CONFLICT" });
    const acts = await backend().raw(
      url,
      "SELECT id, record FROM journal WHERE kind = 'TOKEN_REVOCATION' ORDER BY seq",
    );
    assert.deepEqual(
      acts.map(({ id }) => id),
      [...["r1", "r2", "r3", "r4"].map((id) => `token-revocation:${id}:revoked`), "token-revocation:r1:ended"],
    );
    assert.ok(acts.every(({ record }) => !String(record).includes(PERSON)));
    // Who is not said of a client has no such member, as in acts of before.
    assert.deepEqual(
      acts.map(({ record }) => JSON.parse(String(record)).clientId),
      [undefined, undefined, undefined, "lab", undefined],
    );
  });

  test("know a caller who changed, opened or ended something, and no other", async () => {
    const storage = await open(await backend().fresh());
    const account = (id: string) => `jwt:${ISSUER}#${id}`;
    await storage.policy.commit(revision(1, [], { author: account("changer") }));
    const opener = { callerId: account("opener"), subject: { type: null, id: "opener", issuer: ISSUER } };
    await storage.tokenRevocations.place(revocation("r1", { placedBy: opener }));
    await storage.tokenRevocations.lift("r1", { at: 2, by: account("ender"), reason: "r" });
    const found = (id: string) => storage.hasActed(account(id));
    assert.deepEqual(await Promise.all(["changer", "opener", "ender", "Opener", "open", PERSON].map(found)), [
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  test("a token of an account that is revoked commits nothing more, and of another it does", async () => {
    const storage = await open(await backend().fresh());
    const changes = [changeOf("client", null, client("a"))];
    const commit = (author: string, next: number) => storage.policy.commit(revision(next, changes, { author }));
    await storage.tokenRevocations.place(revocation("r1"));
    await assert.rejects(commit(`jwt:${ISSUER}#${PERSON}`, 1), {
      code: "UNAUTHENTICATED",
      message: "The access token was revoked by now; nothing was changed.",
    });
    assert.equal(await storage.policy.headRevision(), 0);
    for (const other of [`jwt:https://other.example#${PERSON}`, `jwt:${ISSUER}#somebody`])
      await storage.policy.commit(revision((await storage.policy.headRevision()) + 1, [], { author: other }));
    await storage.tokenRevocations.lift("r1", { at: 2, by: "key:admin", reason: "r" });
    await commit(`jwt:${ISSUER}#${PERSON}`, 3);
  });
});
