import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { flatConsent } from "../support/flatConsent.ts";
import { apply, at, callerOf, openWorld } from "./world.ts";

const world = await openWorld();
const SCOPES = ["labs", "vitals", "notes"];
await apply(world, [
  { putClient: { id: "app", name: "The App" } },
  { putClient: { id: "other", name: "Another" } },
  ...["patient/*.rs", "patient/Observation.rs"].flatMap((scope) => [
    { grantScope: { clientId: "app", scope } },
    { putRule: { role: "*", scope, action: "*", resourceType: "*", effect: "ALLOW", justification: "a test" } },
  ]),
  ...SCOPES.flatMap((name) => [
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
  { putOrganization: { id: "*", settings: { consentOnSilence: [{ silence: "PERMIT_TREATMENT" }] } } },
]);
const server = callerOf("key:server", "service");
const portal = callerOf("key:portal", "consent");

const REQUEST = `id state patient clientId clientName subjectId subjectType purposes grantId grantAction
  scopes { scope title reaches data { resourceType actions } } at until validUntil answeredAt answeredBy { id type } relation agreed refused`;
const GRANT = `query ($input: DecideGrantInput!) { decideGrant(input: $input) {
  id outcome scope grantId scopes { requested outcome scopes validUntil reasons { code } } consentRequest { ${REQUEST} } } }`;
const ANSWER = `mutation ($input: AnswerConsentRequestInput!) { answerConsentRequest(input: $input) { ${REQUEST}
  consent { id version state terms { effect scopes purposes validUntil } answers source { kind } exceptions { terms { effect scopes validUntil } } } inTheWay { id version } } }`;
const ACCESS = `query ($input: AuthorizeInput!) { authorize(input: $input) { id outcome reasons { code } askableConsent { scope } } }`;
const DAY = 86_400_000;

let patients = 0;
let patient: string;
beforeEach(() => {
  patient = `p${++patients}`;
  world.clock.now += 1_000;
});

// biome-ignore lint/suspicious/noExplicitAny: answers in the shape that the test knows
type Answer = any;
const input = (more: object = {}) => ({
  clientId: "app",
  subject: { id: "nina" },
  scopes: ["labs", "vitals"],
  purposeOfUse: "TREAT",
  context: { patient },
  ...more,
});
const grant = async (more: object = {}): Promise<Answer> =>
  at(await world.data(GRANT, { input: input(more) }, server), "decideGrant");
/** Asks, with the scopes that are asked of the patient. */
async function asked(more: object = {}): Promise<Answer & { readonly names: readonly string[] }> {
  // What is asked in the moment of an answer counts as asked before it.
  world.clock.now += 1;
  const { consentRequest } = await grant(more);
  assert.ok(consentRequest !== null, "nothing is asked");
  return { ...consentRequest, names: consentRequest.scopes.map(({ scope }: Answer) => scope) };
}
function answerOf(
  id: string,
  agreed: readonly string[],
  refused: readonly string[] = [],
  answeredBy: object = { id: patient },
) {
  world.clock.now += 1_000;
  return { input: { id, answeredBy, agreed, refused } };
}
const answer = async (...of: Parameters<typeof answerOf>): Promise<Answer> => {
  const { consent, ...rest }: Answer = at(await world.data(ANSWER, answerOf(...of), portal), "answerConsentRequest");
  return { ...rest, consent: flatConsent(consent) };
};
const access = async (scope: string, more: object = {}): Promise<Answer> =>
  at(
    await world.data(
      ACCESS,
      {
        input: {
          clientId: "app",
          subject: { id: "nina" },
          scopes: [scope],
          action: "read",
          purposeOfUse: "TREAT",
          resource: { type: "Observation", id: "o1", patient },
          context: { patient },
          ...more,
        },
      },
      server,
    ),
    "authorize",
  );
const record = async (more: object): Promise<Answer> => {
  world.clock.now += 1_000;
  const consent = { patient, effect: "DENY", source: { kind: "PORTAL" }, reason: "a test", ...more };
  const text = "mutation ($input: RecordConsentInput!) { recordConsent(input: $input) { id version } }";
  return at(await world.data(text, { input: consent }, portal), "recordConsent");
};
const withdraw = async (id: string) => {
  await world.data('mutation ($id: ID!) { withdrawConsent(id: $id, reason: "r") { state } }', { id }, portal);
  world.clock.now += 1;
};
const stateOf = async (id: string) =>
  at(
    await world.data("query ($id: ID!) { consent(id: $id) { state terms { scopes } } }", { id }, portal),
    "consent",
  ) as Answer;
const codeOf = (decided: Answer, scope: string) =>
  decided.scopes.find(({ requested }: Answer) => requested === scope).reasons[0].code;

describe("a token that lacks consent", () => {
  test("is asked for, and just what was agreed to is granted; authorize agrees", async () => {
    const first = await grant();
    assert.deepEqual([first.outcome, first.grantId, codeOf(first, "labs")], ["DENY", null, "CONSENT_REQUIRED"]);
    const { consentRequest } = first;
    assert.deepEqual(
      [
        consentRequest.state,
        consentRequest.patient,
        consentRequest.clientName,
        consentRequest.subjectId,
        consentRequest.scopes,
      ],
      [
        "OPEN",
        patient,
        "The App",
        "nina",
        ["labs", "vitals"].map((scope) => ({
          scope,
          title: `Your ${scope}`,
          reaches: ["Read observation records"],
          data: [{ resourceType: "Observation", actions: ["read"] }],
        })),
      ],
    );
    const now = world.clock.now;
    assert.deepEqual([consentRequest.at, consentRequest.until, consentRequest.validUntil].map(Date.parse), [
      now,
      now + 30 * 60_000,
      now + 365 * DAY,
    ]);
    assert.equal((await access("labs")).outcome, "DENY");
    const answered = await answer(consentRequest.id, ["labs"], ["vitals"]);
    assert.deepEqual(
      [
        answered.state,
        answered.relation,
        answered.answeredBy,
        answered.agreed,
        answered.refused,
        answered.consent.source,
      ],
      ["ANSWERED", "PATIENT", { id: patient, type: "user" }, ["labs"], ["vitals"], { kind: "AUTHORIZATION_SERVER" }],
    );
    const second = await grant();
    assert.deepEqual([second.scope, second.grantId, second.consentRequest], ["labs", answered.consent.id, null]);
    assert.deepEqual(
      [codeOf(second, "vitals"), second.scopes[0].validUntil],
      ["CONSENT_REFUSED", consentRequest.validUntil],
    );
    assert.deepEqual([(await access("labs")).outcome, (await access("vitals")).outcome], ["ALLOW", "DENY"]);
  });

  test("opens for its client, subject and purpose alone, and shuts no one else out", async () => {
    await answer((await asked()).id, ["labs"]);
    for (const more of [{ clientId: "other" }, { subject: { id: "otto" } }, { purposeOfUse: "HRESCH" }])
      assert.equal((await grant({ scopes: ["labs"], ...more })).outcome, "DENY", JSON.stringify(more));
    // Silence permits treatment: a plain SMART scope asks for no consent.
    const plain = { scopes: ["patient/Observation.rs"] };
    assert.equal((await grant(plain)).scope, "patient/Observation.rs");
    assert.equal((await access("patient/Observation.rs", { subject: { id: "otto" } })).outcome, "ALLOW");
  });

  test("opens for a client and a subject of just this id and type", async () => {
    await answer((await asked()).id, ["labs"]);
    assert.equal((await access("labs")).outcome, "ALLOW");
    const others = [
      { id: "nina", type: "Practitioner" },
      { id: "user/nina", type: "zombie" },
      { id: "user/nina", type: "user" },
    ];
    for (const subject of others) {
      assert.equal((await access("labs", { subject })).outcome, "DENY", JSON.stringify(subject));
      assert.equal((await grant({ scopes: ["labs"], subject })).outcome, "DENY", JSON.stringify(subject));
    }
  });

  test("is asked the same once: the same request while it is open, a new one after that", async () => {
    const first = await asked();
    assert.equal((await asked()).id, first.id);
    const others = [{ scopes: ["labs"] }, { purposeOfUse: "HRESCH" }, { grantAction: "CREATE" }, { languages: ["de"] }];
    for (const more of others) assert.notEqual((await asked(more)).id, first.id, JSON.stringify(more));
    world.clock.now += 30 * 60_000;
    const second = await asked();
    assert.notEqual(second.id, first.id);
    await answer(second.id, ["labs"]);
    const third = await asked();
    assert.deepEqual([third.names, third.id === second.id], [["vitals"], false]);
  });

  test("is needed by all but the patient, who has the same id as a user or a patient", async () => {
    const own = (type: string) =>
      grant({ scopes: ["patient/Observation.rs"], purposeOfUse: "HRESCH", subject: { id: patient, type } });
    for (const type of ["user", "patient", "Patient"])
      assert.equal((await own(type)).scope, "patient/Observation.rs", type);
    for (const type of ["Practitioner", "practitioner", "Device"]) {
      const decided = await own(type);
      assert.deepEqual([decided.scope, codeOf(decided, "patient/Observation.rs")], [null, "CONSENT_REQUIRED"], type);
    }
  });

  test("asks nothing where no patient is in context, for an emergency, or of what is granted", async () => {
    for (const more of [{ context: null }, { purposeOfUse: "BTG" }, { scopes: ["patient/Observation.rs"] }])
      assert.equal((await grant(more)).consentRequest, null, JSON.stringify(more));
    assert.equal((await grant({ clientId: "nobody" })).consentRequest, null);
  });

  test("is granted what needs no consent beside what is asked", async () => {
    const decided = await grant({ scopes: ["labs", "patient/Observation.rs"] });
    assert.deepEqual(
      [decided.scope, decided.consentRequest.scopes.map(({ scope }: Answer) => scope)],
      ["patient/Observation.rs", ["labs"]],
    );
  });

  test("is asked for any purpose where none is declared, but for those that must be named", async () => {
    const request = await asked({ purposeOfUse: null });
    assert.deepEqual(request.purposes, []);
    await answer(request.id, ["labs"]);
    assert.equal((await access("labs", { purposeOfUse: "HRESCH" })).outcome, "ALLOW");
    assert.equal((await access("labs", { purposeOfUse: "BTG" })).outcome, "DENY");
  });

  test("asks a SMART scope as narrow as it would be granted, and no scope that another takes in", async () => {
    const more = { clientId: "app", scopes: ["patient/*.cruds", "patient/Observation.rs"], purposeOfUse: "HRESCH" };
    const request = await asked(more);
    assert.deepEqual(request.names, ["patient/*.rs"]);
    await answer(request.id, request.names);
    // Rules by their names tell the two apart, so the token has both.
    assert.equal((await grant(more)).scope, "patient/*.rs patient/Observation.rs");
    const read = { purposeOfUse: "HRESCH" };
    assert.equal((await access("patient/*.rs", read)).outcome, "ALLOW");
    assert.equal((await access("patient/Observation.rs", read)).outcome, "ALLOW");
  });
});

describe("what was said before", () => {
  test("a refusal is remembered until its end, and then asked again; agreeing takes it away", async () => {
    await answer((await asked()).id, ["labs"], ["vitals"]);
    const at90 = world.clock.now + 90 * DAY;
    world.clock.now = at90 - 1;
    const before = await grant();
    assert.deepEqual([before.consentRequest, codeOf(before, "vitals")], [null, "CONSENT_REFUSED"]);
    world.clock.now = at90;
    const request = await asked();
    assert.deepEqual(request.names, ["vitals"]);
    const { consent } = await answer(request.id, ["vitals"]);
    assert.deepEqual([consent.scopes, consent.exceptions], [["labs", "vitals"], []]);
  });

  test("all refused is a refusal with that end", async () => {
    const request = await asked();
    const { consent } = await answer(request.id, [], ["labs", "vitals"]);
    assert.deepEqual(
      [consent.effect, consent.scopes, Date.parse(consent.validUntil), consent.exceptions],
      ["DENY", ["labs", "vitals"], world.clock.now + 90 * DAY, []],
    );
    const more = await asked({ scopes: ["labs", "vitals", "notes"] });
    assert.deepEqual(more.names, ["notes"]);
    const { consent: next } = await answer(more.id, ["notes"]);
    assert.deepEqual([next.id, next.version, next.effect, next.scopes], [consent.id, 2, "PERMIT", ["notes"]]);
    assert.equal(codeOf(await grant(), "labs"), "CONSENT_REFUSED");
  });

  test("MERGE keeps what was agreed before, with its end and its id; a scope that is asked alone takes nothing away", async () => {
    const { consent } = await answer((await asked({ scopes: ["labs"] })).id, ["labs"]);
    world.clock.now += 100 * DAY;
    const request = await asked({ scopes: ["vitals"], grantId: consent.id });
    assert.equal(request.validUntil, consent.validUntil);
    const { consent: next } = await answer(request.id, ["vitals"]);
    assert.deepEqual(
      [next.id, next.version, next.scopes, next.validUntil],
      [consent.id, 2, ["labs", "vitals"], consent.validUntil],
    );
  });

  test("more that is refused takes away nothing that was agreed to before", async () => {
    const research = { purposeOfUse: "HRESCH" };
    await answer((await asked({ ...research, scopes: ["patient/Observation.rs"] })).id, ["patient/Observation.rs"]);
    const wide = await asked({ ...research, scopes: ["patient/*.rs"] });
    await answer(wide.id, [], wide.names);
    assert.equal((await grant({ ...research, scopes: ["patient/Observation.rs"] })).scope, "patient/Observation.rs");
    assert.equal((await access("patient/Observation.rs", research)).outcome, "ALLOW");
    const decided = await grant({ ...research, scopes: ["patient/*.rs"] });
    assert.deepEqual([decided.scope, decided.consentRequest], [null, null]);
    assert.equal((await access("patient/*.rs", research)).outcome, "DENY");
  });

  test("REPLACE asks all anew, and the answer says all, under the same id", async () => {
    const { consent } = await answer((await asked()).id, ["labs", "vitals"]);
    world.clock.now += DAY;
    const request = await asked({ grantId: consent.id, grantAction: "REPLACE" });
    assert.deepEqual([request.names, request.grantId], [["labs", "vitals"], consent.id]);
    assert.equal((await grant()).scope, "labs vitals");
    const { consent: next } = await answer(request.id, ["vitals"]);
    assert.deepEqual([next.id, next.version, next.scopes], [consent.id, 2, ["vitals"]]);
    assert.equal((await grant()).scope, "vitals");
  });

  test("CREATE makes a new grant in place of the older one", async () => {
    const { consent } = await answer((await asked()).id, ["labs", "vitals"]);
    const request = await asked({ grantAction: "CREATE" });
    const { consent: next } = await answer(request.id, ["labs"]);
    assert.deepEqual([next.id === consent.id, next.version, next.scopes], [false, 1, ["labs"]]);
    assert.equal((await stateOf(consent.id)).state, "SUPERSEDED");
    const decided = await grant();
    assert.deepEqual([decided.scope, decided.grantId], ["labs", next.id]);
    await withdraw(next.id);
    assert.equal((await grant()).scope, null);
  });

  test("a no is remembered when all is asked anew", async () => {
    const { consent } = await answer((await asked()).id, ["labs"], ["vitals"]);
    for (const more of [{ grantId: consent.id, grantAction: "REPLACE" }, { grantAction: "CREATE" }]) {
      world.clock.now += 1_000;
      const request = await asked(more);
      assert.deepEqual(request.names, ["labs"]);
    }
    await answer((await asked({ grantAction: "CREATE" })).id, ["labs"]);
    assert.equal(codeOf(await grant(), "vitals"), "CONSENT_REFUSED");
  });

  test("withdrawal ends all with the next decision, and the patient can be asked again", async () => {
    const { consent } = await answer((await asked()).id, ["labs", "vitals"]);
    await withdraw(consent.id);
    const decided = await grant();
    assert.deepEqual([decided.scope, decided.grantId, codeOf(decided, "labs")], [null, null, "CONSENT_WITHDRAWN"]);
    assert.equal((await access("labs")).outcome, "DENY");
    const { consent: next } = await answer(decided.consentRequest.id, ["labs"]);
    assert.deepEqual([next.id, next.version, next.scopes], [consent.id, 3, ["labs"]]);
  });

  test("what a portal recorded for the client stays, refusals and permissions alike", async () => {
    const key = { clientId: "app", subjectId: "nina", purposes: ["TREAT"] };
    await record({ ...key, scopes: ["labs"] });
    const request = await asked();
    assert.deepEqual(request.names, ["vitals"]);
    await answer(request.id, ["vitals"]);
    const decided = await grant();
    assert.deepEqual(
      [decided.scope, codeOf(decided, "labs"), decided.consentRequest],
      ["vitals", "CONSENT_REFUSED", null],
    );
  });

  test("a consent of the whole that comes later takes the place of the answers", async () => {
    const { consent } = await answer((await asked()).id, ["labs", "vitals"]);
    await record({ clientId: "app", subjectId: "nina", purposes: ["TREAT"], effect: "PERMIT", scopes: ["labs"] });
    assert.equal((await stateOf(consent.id)).state, "SUPERSEDED");
    assert.equal((await grant()).scope, "labs");
  });

  test("data that is excepted is not asked for", async () => {
    await record({ effect: "PERMIT", exceptions: [{ resourceTypes: ["Observation"] }] });
    const decided = await grant();
    assert.deepEqual([codeOf(decided, "labs"), decided.consentRequest], ["CONSENT_DATA_EXCEPTED", null]);
  });
});

describe("a refusal of everyone", () => {
  const inTheWay = async (id: string): Promise<Answer> =>
    at(
      await world.data(
        "query ($id: ID!) { consentRequest(id: $id) { inTheWay { id version terms { effect } exceptions { grantId terms { effect clientId subjectId scopes purposes } } } } }",
        { id },
        portal,
      ),
      "consentRequest",
      "inTheWay",
    );

  test("is shown, gets an exception by a yes, and stands for all others", async () => {
    const refusal = await record({});
    assert.equal((await access("patient/Observation.rs")).outcome, "DENY");
    const request = await asked();
    assert.deepEqual(
      (await inTheWay(request.id)).map(({ id, version }: Answer) => [id, version]),
      [[refusal.id, 1]],
    );
    const { consent } = await answer(request.id, ["labs"]);
    const shown: Answer = flatConsent((await inTheWay(request.id))[0]);
    assert.deepEqual(
      [shown.version, shown.effect, shown.exceptions],
      [
        2,
        "DENY",
        [
          {
            effect: "PERMIT",
            grantId: consent.id,
            clientId: "app",
            subjectId: "nina",
            scopes: ["labs"],
            purposes: ["http://terminology.hl7.org/CodeSystem/v3-ActReason|TREAT"],
          },
        ],
      ],
    );
    assert.deepEqual([(await grant({ scopes: ["labs"] })).scope, (await access("labs")).outcome], ["labs", "ALLOW"]);
    for (const more of [
      { clientId: "other" },
      { subject: { id: "otto" } },
      { purposeOfUse: "HRESCH" },
      { purposeOfUse: null },
    ])
      assert.equal((await access("labs", more)).outcome, "DENY", JSON.stringify(more));
    assert.equal((await access("patient/Observation.rs")).outcome, "DENY");
    assert.equal((await access("vitals")).outcome, "DENY");
  });

  test("stands again as soon as the grant is withdrawn, replaced or over", async () => {
    await record({});
    const { consent } = await answer((await asked()).id, ["labs", "vitals"]);
    const request = await asked({ grantId: consent.id, grantAction: "REPLACE" });
    await answer(request.id, ["vitals"]);
    assert.deepEqual([(await access("labs")).outcome, (await access("vitals")).outcome], ["DENY", "ALLOW"]);
    await withdraw(consent.id);
    assert.equal((await access("vitals")).outcome, "DENY");
    // Silence permits treatment, which a refusal of everyone outweighs.
    assert.equal((await access("patient/Observation.rs")).outcome, "DENY");
    const again = await asked();
    const { consent: next } = await answer(again.id, ["labs"]);
    assert.equal((await access("labs")).outcome, "ALLOW");
    world.clock.now = Date.parse(next.validUntil);
    assert.equal((await access("labs")).outcome, "DENY");
  });

  test("is all that is asked about: what names a client, a person, a role or an organization stands", async () => {
    await apply(world, [
      { putRole: { name: "nurse" } },
      { assignRole: { subjectId: "nina", role: "nurse", organization: "*" } },
    ]);
    const by = { subject: { id: "nina", organization: "clinic" } };
    for (const more of [
      { clientId: "app" },
      { clientId: "app", subjectId: "nina" },
      { subjectId: "nina", subjectType: "user" },
      { roles: ["nurse"] },
      { organization: "clinic" },
    ]) {
      patient = `${patient}x`;
      // Beside it a refusal of everyone, which alone could be asked about.
      for (const refusals of [[more], [more, {}]]) {
        for (const each of refusals) await record(each);
        const decided = await grant(by);
        assert.deepEqual(
          [codeOf(decided, "labs"), decided.consentRequest],
          ["CONSENT_REFUSED", null],
          JSON.stringify(refusals),
        );
        assert.deepEqual((await access("labs", by)).askableConsent, []);
      }
    }
  });

  test("has an exception that ends with its grant, also after it was exported to FHIR and recorded again", async () => {
    const refusal = await record({});
    const { consent } = await answer((await asked()).id, ["labs"]);
    const again = async (id: string): Promise<void> => {
      const resource = at(
        await world.data("query ($id: ID!) { exportConsent(id: $id) }", { id }, portal),
        "exportConsent",
      );
      const text = `mutation ($resource: JSON!) { recordFhirConsent(resource: $resource, reason: "r") { id } }`;
      await world.data(text, { resource }, portal);
    };
    await again(refusal.id);
    await again(consent.id);
    assert.deepEqual(
      [(await grant({ scopes: ["labs"] })).grantId, (await access("labs")).outcome],
      [consent.id, "ALLOW"],
    );
    await withdraw(consent.id);
    assert.equal((await access("labs")).outcome, "DENY");
  });

  test("that changed after it was shown: the answer is CONFLICT, and nothing has changed", async () => {
    const refusal = await record({});
    const request = await asked();
    await record({ id: refusal.id, scopes: ["labs", "vitals"] });
    await world.error("CONFLICT", ANSWER, answerOf(request.id, ["labs"]), portal);
    assert.equal((await asked()).names.length, 2);
  });
});

describe("an answer", () => {
  const world404 = (id: string) => world.error("NOT_FOUND", ANSWER, answerOf(id, ["labs"]), portal);
  const pathsOf = ({ extensions }: Answer) => extensions.problems.map(({ path }: Answer) => path);

  test("that is longer than what was asked is one problem, and one that was not asked is told in a few words", async () => {
    const { id } = await asked();
    const many = Array.from({ length: 9_500 }, (_, i) => `wrong-${i}`);
    for (const [agreed, refused, paths] of [
      [many, [], ["input.agreed"]],
      [["labs"], many, ["input.refused"]],
      [many, many, ["input.agreed", "input.refused"]],
    ] as const) {
      const error = await world.error("BAD_USER_INPUT", ANSWER, answerOf(id, agreed, refused), portal);
      assert.deepEqual(pathsOf(error), paths);
    }
    const { extensions } = await world.error("BAD_USER_INPUT", ANSWER, answerOf(id, ["wrong"]), portal);
    assert.deepEqual((extensions as Answer).problems, [
      { path: "input.agreed[0]", message: "must be one of the scopes that were asked" },
    ]);
    assert.equal((await asked()).state, "OPEN");
  });

  test("that says what was not asked, says it twice or nothing is refused, and changes nothing", async () => {
    const { id } = await asked();
    for (const [agreed, refused, path] of [
      [["labs", "notes"], [], "input.agreed[1]"],
      [[], ["notes"], "input.refused[0]"],
      [["labs"], ["labs"], "input.refused[0]"],
      [[], [], "input.agreed"],
    ] as const)
      assert.deepEqual(pathsOf(await world.error("BAD_USER_INPUT", ANSWER, answerOf(id, agreed, refused), portal)), [
        path,
      ]);
    const withRoles = answerOf(id, ["labs"], [], { id: patient, roles: ["nurse"] });
    assert.deepEqual(pathsOf(await world.error("BAD_USER_INPUT", ANSWER, withRoles, portal)), [
      "input.answeredBy.roles",
    ]);
    assert.equal((await asked()).state, "OPEN");
  });

  test("is given once, in time, to a request that there is", async () => {
    await world404("nothing");
    const { id } = await asked();
    await answer(id, ["labs"]);
    await world.error("CONFLICT", ANSWER, answerOf(id, ["vitals"]), portal);
    assert.equal((await grant()).scope, "labs");
    const other = await asked({ purposeOfUse: "HRESCH" });
    world.clock.now = Date.parse(other.until);
    const late = await world.error("CONFLICT", ANSWER, answerOf(other.id, ["labs"]), portal);
    assert.match(late.message, /expired/);
    const text = "query ($id: ID!) { consentRequest(id: $id) { state } }";
    assert.equal(at(await world.data(text, { id: other.id }, portal), "consentRequest", "state"), "EXPIRED");
  });

  test("of two at once one wins, the other is CONFLICT", async () => {
    const { id } = await asked();
    const variables = answerOf(id, ["labs"]);
    const answers = await Promise.all([1, 2, 3].map(() => world.ask(ANSWER, variables, portal)));
    const codes = answers.map(({ errors }) => errors[0]?.extensions?.code ?? "ok").sort();
    assert.deepEqual(codes, ["CONFLICT", "CONFLICT", "ok"]);
    assert.equal((await grant()).scope, "labs");
  });

  test("of two requests at once none is lost: one is CONFLICT, and can be tried again", async () => {
    const [labs, vitals] = [await asked({ scopes: ["labs"] }), await asked({ scopes: ["vitals"] })];
    const two = [answerOf(labs.id, ["labs"]), answerOf(vitals.id, ["vitals"])];
    const answers = await Promise.all(two.map((variables) => world.ask(ANSWER, variables, portal)));
    const lost = answers.findIndex(({ errors }) => errors.length > 0);
    assert.equal(answers.filter(({ errors }) => errors.length > 0).length, 1);
    assert.equal(answers[lost]?.errors[0]?.extensions?.code, "CONFLICT");
    world.clock.now += 1_000;
    await world.data(ANSWER, two[lost], portal);
    assert.equal((await grant()).scope, "labs vitals");
  });

  test("comes from the patient or who represents the patient, and how is recorded", async () => {
    const nobody = [
      { id: "nina" },
      ...["client", "practitioner", "Practitioner", "service"].map((type) => ({ id: patient, type })),
      { id: "rep", type: "robot" },
    ];
    await world.data(
      `mutation ($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "r") { count } }`,
      {
        entities: [
          { type: "user", id: "account", properties: { patientRecord: patient } },
          { type: "user", id: "rep", properties: { represents: ["somebody", patient] } },
          { type: "user", id: "nina", properties: { careTeam: [patient] } },
        ],
      },
    );
    const { id } = await asked();
    for (const by of nobody) await world.error("FORBIDDEN", ANSWER, answerOf(id, ["labs"], [], by), portal);
    assert.equal((await answer(id, ["labs"], [], { id: "account" })).relation, "RECORD");
    assert.equal((await answer((await asked()).id, ["vitals"], [], { id: "rep" })).relation, "REPRESENTS");
    for (const type of ["user", "patient", "Patient"]) {
      const own = { id: patient, type };
      const research = await asked({ purposeOfUse: "HRESCH", subject: own });
      assert.equal((await answer(research.id, ["labs"], [], own)).relation, "PATIENT", type);
    }
  });
});

describe("who may", () => {
  test("ask, see and answer", async () => {
    const { id } = await asked();
    const text = "query ($id: ID!) { consentRequest(id: $id) { id } }";
    const see = async (...roles: Parameters<typeof callerOf>) =>
      at(await world.data(text, { id }, callerOf(...roles)), "consentRequest");
    assert.deepEqual(await see("key:server", "service"), { id });
    assert.equal(await see("key:another", "service"), null);
    assert.deepEqual(await see("key:desk", "consent"), { id });
    for (const role of ["admin", "reviewer", "auditor"] as const)
      await world.error("FORBIDDEN", text, { id }, callerOf("key:x", role));
    for (const role of ["admin", "reviewer", "auditor", "service"] as const)
      await world.error("FORBIDDEN", ANSWER, answerOf(id, ["labs"]), callerOf("key:x", role));
    await world.error("FORBIDDEN", "query ($id: ID!) { consentRequest(id: $id) { inTheWay { id } } }", { id }, server);
  });

  test("name which grant", async () => {
    const { consent } = await answer((await asked()).id, ["labs"]);
    const bad = async (more: object) => {
      const { extensions } = await world.error("BAD_USER_INPUT", GRANT, { input: input(more) }, server);
      assert.deepEqual(
        (extensions as Answer).problems.map(({ path }: Answer) => path),
        ["input.grantId"],
        JSON.stringify(more),
      );
    };
    const grantId = consent.id;
    await bad({ grantId: "nothing" });
    await bad({ grantId, clientId: "other" });
    await bad({ grantId, subject: { id: "otto" } });
    await bad({ grantId, purposeOfUse: "HRESCH" });
    await bad({ grantId, context: { patient: "somebody" } });
    await bad({ grantId, context: null });
    await bad({ grantAction: "REPLACE" });
    await bad({ grantId, grantAction: "CREATE" });
    await withdraw(grantId);
    await bad({ grantId });
  });
});

test("a denied access says what could be asked, and an ALLOW or what consent does not mend says nothing", async () => {
  assert.deepEqual((await access("labs")).askableConsent, [{ scope: "labs" }]);
  await record({});
  assert.deepEqual((await access("labs")).askableConsent, [{ scope: "labs" }]);
  assert.deepEqual((await access("labs", { action: "delete" })).askableConsent, []);
  assert.deepEqual((await access("labs", { purposeOfUse: "BTG" })).askableConsent, []);
  await answer((await asked()).id, ["labs"]);
  assert.deepEqual((await access("labs")).askableConsent, []);
});

test("a grant on record is explained by what was known then, also after it was withdrawn", async () => {
  const { consent } = await answer((await asked()).id, ["labs"]);
  const { id } = await grant();
  await withdraw(consent.id);
  const text = "query ($id: ID!) { explanation(decisionId: $id) { reproduced difference } }";
  assert.deepEqual(at(await world.data(text, { id }), "explanation"), { reproduced: true, difference: null });
});

test("a setting says how long, by the subject's organization", async () => {
  await apply(world, [
    {
      putOrganization: {
        id: "clinic",
        settings: { consentRequests: { expireMinutes: 5, agreedDays: 10, refusedDays: 2 } },
      },
    },
  ]);
  const more = { subject: { id: "nina", organization: "clinic" } };
  const request = await asked(more);
  const now = world.clock.now;
  assert.deepEqual([request.until, request.validUntil].map(Date.parse), [now + 5 * 60_000, now + 10 * DAY]);
  const { consent } = await answer(request.id, ["labs"], ["vitals"]);
  assert.equal(Date.parse(consent.exceptions[0].validUntil), world.clock.now + 2 * DAY);
});
