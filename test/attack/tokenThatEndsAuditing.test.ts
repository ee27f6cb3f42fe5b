// Any token of protocol scopes alone, such as openid, was an ALLOW without a reason, which the index did not take: from then on no question
// of audit was answered, whatever was restarted or made anew.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { GrantRecord } from "../../src/domain/decisions/types.ts";
import { apply, at, callerOf, NOW, openWorld } from "../graphql/world.ts";
import { backends } from "../storage/backends.ts";
import { grantDecision } from "../storage/samples.ts";
import { unanswered } from "../support/auditQuestions.ts";

const SERVICE = callerOf("key:login", "service");
const GRANT =
  "query ($input: DecideGrantInput!) { decideGrant(input: $input) { outcome summary scope reasons { code message } } }";
const ABOUT = { patient: "ada", client: "portal", from: NOW - 86_400_000 };
const POLICY = [
  { putClient: { id: "portal", name: "Portal" } },
  { grantScope: { clientId: "portal", scope: "patient/*.rs" } },
];
const following = { following: {} };

for (const { name, start } of backends) {
  const starting = start();
  after(async () => (await starting).stop());

  test(`a token of protocol scopes alone has a reason, and every question of audit is answered after it (${name})`, async () => {
    const world = await openWorld({ url: await (await starting).fresh(), ...following });
    await apply(world, POLICY);
    const input = { clientId: "portal", subject: { id: "mallory" }, scopes: ["openid", "profile"] };
    const decided = at(await world.data(GRANT, { input }, SERVICE), "decideGrant");
    assert.equal(at(decided, "outcome"), "ALLOW");
    assert.deepEqual(at(decided, "reasons"), [
      {
        code: "ALLOWED_BY_PROTOCOL_SCOPES",
        message: "The token carries protocol scopes alone (such as openid or launch), which reach no resource.",
      },
    ]);
    assert.deepEqual(await unanswered(world, ABOUT), []);
  });

  test(`a record on disk that has no reason, as they were written, is taken too (${name})`, async () => {
    const world = await openWorld({ url: await (await starting).fresh(), ...following });
    await apply(world, POLICY);
    const { details, ...record } = grantDecision(1);
    const old: GrantRecord = { ...record, outcome: "ALLOW", scope: "openid profile", reasons: [], details };
    await world.storage.journal.append([old]);
    assert.deepEqual(await unanswered(world, ABOUT), []);
    await world.storage.rebuildIndex();
    assert.deepEqual(await unanswered(world, ABOUT), []);
  });
}
