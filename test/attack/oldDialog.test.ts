import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { apply, at, callerOf, openWorld } from "../graphql/world.ts";

const world = await openWorld();
const SCOPES = ["patient/Observation.rs", "patient/Condition.rs", "patient/*.rs"];
await apply(world, [
  { putClient: { id: "app", name: "The App" } },
  ...SCOPES.flatMap((scope) => [
    { grantScope: { clientId: "app", scope } },
    { putRule: { role: "*", scope, action: "*", resourceType: "*", effect: "ALLOW", justification: "a test" } },
  ]),
]);
await apply(world, [{ putOrganization: { id: "*", settings: { consentOnSilence: [{ silence: "DENY" }] } } }]);
const server = callerOf("key:server", "service");
const portal = callerOf("key:portal", "consent");
const [OBSERVATIONS = "", CONDITIONS = "", ALL = ""] = SCOPES;

let patient = "p0";
beforeEach(() => {
  patient = `p${Number(patient.slice(1)) + 1}`;
});

async function grant(scopes: readonly string[]) {
  world.clock.now += 1_000;
  const text = `query ($input: DecideGrantInput!) { decideGrant(input: $input) { scope grantId consentRequest { id } } }`;
  const input = { clientId: "app", subject: { id: "nina" }, scopes, purposeOfUse: "TREAT", context: { patient } };
  return at(await world.data(text, { input }, server), "decideGrant") as {
    readonly scope: string | null;
    readonly grantId: string | null;
    readonly consentRequest: { readonly id: string } | null;
  };
}
async function asked(...scopes: readonly string[]): Promise<string> {
  const { consentRequest } = await grant(scopes);
  assert.ok(consentRequest !== null, "nothing is asked");
  return consentRequest.id;
}
const ANSWER = "mutation ($input: AnswerConsentRequestInput!) { answerConsentRequest(input: $input) { state } }";
function said(id: string, given: { readonly agreed?: readonly string[]; readonly refused?: readonly string[] }) {
  world.clock.now += 1_000;
  return { input: { id, answeredBy: { id: patient }, agreed: [], refused: [], ...given } };
}
const answer = (...of: Parameters<typeof said>) => world.data(ANSWER, said(...of), portal);
const refused = async (...of: Parameters<typeof said>) =>
  (await world.error("CONFLICT", ANSWER, said(...of), portal)).message;

test("a yes in a dialog that was opened before the no to the same scope changes nothing", async () => {
  const old = await asked(OBSERVATIONS, CONDITIONS);
  await answer(await asked(OBSERVATIONS), { refused: [OBSERVATIONS] });
  assert.match(
    await refused(old, { agreed: [OBSERVATIONS] }),
    /^Another request about the scope patient\/Observation\.rs was answered since the patient was asked\. .* ask again\.$/,
  );
  assert.equal((await grant([OBSERVATIONS])).scope, null);
});

test("nor does whatever else it answers: it shows what is not so any more", async () => {
  const old = await asked(OBSERVATIONS, CONDITIONS);
  await answer(await asked(OBSERVATIONS), { refused: [OBSERVATIONS] });
  await refused(old, { agreed: [CONDITIONS] });
  await refused(old, { refused: [OBSERVATIONS, CONDITIONS] });
  const newer = await asked(OBSERVATIONS, CONDITIONS);
  await answer(newer, { agreed: [CONDITIONS] });
  assert.equal((await grant([OBSERVATIONS, CONDITIONS])).scope, CONDITIONS);
});

test("a scope that has something in common with the one that was answered is the same", async () => {
  const old = await asked(ALL);
  await answer(await asked(OBSERVATIONS), { refused: [OBSERVATIONS] });
  await refused(old, { agreed: [ALL] });
  assert.equal((await grant([OBSERVATIONS])).scope, null);
});

test("an old no does not undo a newer yes", async () => {
  const old = await asked(OBSERVATIONS, CONDITIONS);
  await answer(await asked(OBSERVATIONS), { agreed: [OBSERVATIONS] });
  await refused(old, { refused: [OBSERVATIONS, CONDITIONS] });
  assert.equal((await grant([OBSERVATIONS])).scope, OBSERVATIONS);
});

test("a yes in a dialog that was opened before the grant was withdrawn gives nothing; asked again it does", async () => {
  await answer(await asked(CONDITIONS), { agreed: [CONDITIONS] });
  const old = await asked(OBSERVATIONS);
  const { grantId } = await grant([CONDITIONS]);
  const withdraw = 'mutation ($id: ID!) { withdrawConsent(id: $id, reason: "r") { state } }';
  world.clock.now += 1_000;
  await world.data(withdraw, { id: grantId }, portal);
  await refused(old, { agreed: [OBSERVATIONS] });
  assert.equal((await grant([OBSERVATIONS])).scope, null);
  const newer = await asked(OBSERVATIONS);
  assert.notEqual(newer, old);
  await answer(newer, { agreed: [OBSERVATIONS] });
  assert.equal((await grant([OBSERVATIONS])).scope, OBSERVATIONS);
});

test("two dialogs of scopes that have nothing in common are answered both", async () => {
  const [first, second] = [await asked(OBSERVATIONS), await asked(CONDITIONS)];
  await answer(first, { agreed: [OBSERVATIONS] });
  await answer(second, { agreed: [CONDITIONS] });
  assert.equal((await grant([OBSERVATIONS, CONDITIONS])).scope, `${OBSERVATIONS} ${CONDITIONS}`);
});
