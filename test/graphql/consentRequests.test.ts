import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { apply, at, callerOf, openWorld } from "./world.ts";

const world = await openWorld();
await apply(world, [
  { putClient: { id: "app", name: "The App" } },
  { putClient: { id: "other", name: "Another" } },
  ...["labs", "vitals"].flatMap((name) => [
    {
      putScope: {
        name,
        title: `Your ${name}`,
        atoms: [{ resourceType: "Observation", actions: ["read"] }],
        requiresConsent: true,
      },
    },
    { activateScope: { name } },
    { grantScope: { clientId: "app", scope: name } },
    { grantScope: { clientId: "other", scope: name } },
    {
      putRule: {
        role: "*",
        scope: name,
        action: "read",
        resourceType: "Observation",
        effect: "ALLOW",
        justification: "a test",
      },
    },
  ]),
]);
const server = callerOf("key:server", "service");
const portal = callerOf("key:portal", "consent");

const REQUEST = `id state patient clientId clientName subjectId subjectType purposes grantId grantAction
  scopes { scope title data { resourceType actions } } requestedAt expiresAt validUntil answeredAt answeredBy { id type } relation agreed refused`;
const GRANT = `query ($input: DecideGrantInput!) { decideGrant(input: $input) {
  outcome scope grantId scopes { requested outcome scopes validUntil reasons { code } } consentRequest { ${REQUEST} } } }`;
const ANSWER = `mutation ($input: AnswerConsentRequestInput!) { answerConsentRequest(input: $input) { ${REQUEST}
  consent { id version state effect scopes purposes validUntil answers exceptions { effect scopes validUntil } } inTheWay { id version } } }`;
const DAY = 86_400_000;

let patients = 0;
let patient: string;
beforeEach(() => {
  patient = `p${++patients}`;
  world.clock.now += 1_000;
});

// biome-ignore lint/suspicious/noExplicitAny: answers in the shape that the test knows
type Answer = any;
const grant = async (more: object = {}): Promise<Answer> =>
  at(
    await world.data(
      GRANT,
      {
        input: {
          clientId: "app",
          subject: { id: "nina" },
          scopes: ["labs", "vitals"],
          purposeOfUse: "TREAT",
          context: { patient },
          ...more,
        },
      },
      server,
    ),
    "decideGrant",
  );
const answer = async (id: string, agreed: readonly string[], refused: readonly string[] = []): Promise<Answer> => {
  world.clock.now += 1_000;
  return at(
    await world.data(ANSWER, { input: { id, answeredBy: { id: patient }, agreed, refused } }, portal),
    "answerConsentRequest",
  );
};

describe("a token that lacks consent", () => {
  test("is asked for, and what was agreed to is granted", async () => {
    const first = await grant();
    assert.equal(first.outcome, "DENY");
    const { consentRequest: asked } = first;
    assert.deepEqual(
      [asked.state, asked.patient, asked.clientName, asked.scopes.map((each: Answer) => [each.scope, each.title])],
      [
        "OPEN",
        patient,
        "The App",
        [
          ["labs", "Your labs"],
          ["vitals", "Your vitals"],
        ],
      ],
    );
    assert.equal(Date.parse(asked.validUntil), world.clock.now + 365 * DAY);
    const answered = await answer(asked.id, ["labs"], ["vitals"]);
    assert.deepEqual(
      [answered.state, answered.relation, answered.agreed, answered.refused],
      ["ANSWERED", "PATIENT", ["labs"], ["vitals"]],
    );
    const second = await grant();
    assert.deepEqual([second.scope, second.grantId, second.consentRequest], ["labs", answered.consent.id, null]);
    assert.deepEqual(second.scopes[1].reasons[0].code, "CONSENT_REFUSED");
  });
});
