import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sqliteRaw } from "../storage/backends.ts";
import { applyPolicy, type Service, SMALL_POLICY, startService } from "./support.ts";

let service: Service;
before(async () => {
  service = await startService();
  const asking = SMALL_POLICY.map((operation) =>
    "putScope" in operation ? { putScope: { ...operation.putScope, requiresConsent: true } } : operation,
  );
  const { body } = await applyPolicy(service, asking);
  assert.equal(body.errors, undefined, JSON.stringify(body));
});
after(async () => {
  await service.stop();
});

const GRANT =
  "query ($input: DecideGrantInput!) { decideGrant(input: $input) { scope grantId consentRequest { id state scopes { scope } } } }";
const ANSWER =
  "mutation ($input: AnswerConsentRequestInput!) { answerConsentRequest(input: $input) { state consent { id } } }";

test("over HTTP: asked, answered once of three at once, granted; the statuses of errors; roles by key", async () => {
  const grants = SMALL_POLICY.flatMap((operation) => ("grantScope" in operation ? [operation.grantScope] : []));
  const [granted] = grants;
  assert.ok(granted !== undefined);
  const { clientId, scope } = granted;
  const [server, portal] = [await service.createKey("SERVICE"), await service.createKey("CONSENT")];
  const input = {
    clientId,
    subject: { id: "alice" },
    scopes: [scope],
    purposeOfUse: "TREAT",
    context: { patient: "p-1" },
  };
  const ask = async () => (await service.ask(GRANT, { variables: { input }, key: server.key })).body.data.decideGrant;
  // Once by the general way, and then by the compiled one.
  const first = await ask();
  for (let again = 0; again < 3; again++) assert.deepEqual(await ask(), first);
  assert.deepEqual([first.scope, first.consentRequest.scopes], [null, [{ scope }]]);
  const { id } = first.consentRequest;
  const answer = (more: object = {}, key = portal.key) =>
    service.ask(ANSWER, {
      variables: { input: { id, answeredBy: { id: "p-1" }, agreed: [scope], refused: [], ...more } },
      key,
    });
  const codeOf = async (asked: ReturnType<typeof answer>) => (await asked).body.errors[0].extensions.code;
  assert.equal(await codeOf(answer({}, server.key)), "FORBIDDEN");
  assert.equal(await codeOf(answer({ answeredBy: { id: "p-2" } })), "FORBIDDEN");
  assert.equal(await codeOf(answer({ agreed: [] })), "BAD_USER_INPUT");
  assert.equal(await codeOf(answer({ id: "none" })), "NOT_FOUND");
  const may = async (key: string) =>
    (
      await service.ask("query ($id: ID!) { consentRequest(id: $id) { viewerMay { action allowed because } } }", {
        variables: { id },
        key,
      })
    ).body.data.consentRequest.viewerMay;
  const action = "answerConsentRequest";
  assert.deepEqual(await may(server.key), []);
  assert.deepEqual(await may(portal.key), [{ action, allowed: true, because: null }]);
  assert.deepEqual((await service.ask("{ inbox { cases { id } } }", { key: portal.key })).body.data.inbox.cases, []);
  const answers = await Promise.all([answer(), answer(), answer()]);
  const states = answers.map(({ body }) => body.errors?.[0].extensions.code ?? body.data.answerConsentRequest.state);
  assert.deepEqual(states.sort(), ["ANSWERED", "CONFLICT", "CONFLICT"]);
  const because = `Consent request ${id} is answered, not open. Nothing was changed.`;
  assert.deepEqual(await may(portal.key), [{ action, allowed: false, because }]);
  const { body: again } = await answer();
  assert.equal(again.errors[0].message, because);

  // Whoever brings answers finds what one patient is asked, and that they looked is on record.
  const LIST = `query ($filter: ConsentRequestFilter) {
    consentRequests(filter: $filter) { totalCount edges { node { id state patient agreed } } }
  }`;
  const list = (filter: object, key = portal.key) => service.ask(LIST, { variables: { filter }, key });
  const node = { id, state: "ANSWERED", patient: "p-1", agreed: [scope] };
  for (const filter of [{ patient: "Patient/p-1" }, { patient: "p-1", states: ["ANSWERED"] }])
    assert.deepEqual((await list(filter)).body.data.consentRequests, { totalCount: 1, edges: [{ node }] });
  for (const filter of [{ patient: "p-2" }, { patient: "p-1", states: ["OPEN"] }])
    assert.deepEqual((await list(filter)).body.data.consentRequests, { totalCount: 0, edges: [] });
  const [problem] = (await list({ states: ["OPEN"] })).body.errors[0].extensions.problems;
  assert.equal(problem.path, "filter.patient");
  assert.equal(await codeOf(list({ patient: "p-1" }, server.key)), "FORBIDDEN");
  const [read] = await sqliteRaw(
    `sqlite:${service.app.storage.file}`,
    "SELECT record, personal FROM journal WHERE kind = 'CONSENT_READ' ORDER BY seq DESC LIMIT 1",
  );
  assert.match(String(read?.record), /"consents":0,"field":"consentRequests"/);
  assert.match(String(read?.personal), /p-1/);

  const second = await ask();
  assert.deepEqual([second.scope, second.consentRequest, second.grantId !== null], [scope, null, true]);

  // Who asks and may bring the answer finds what waits.
  const { key } = await service.createKey("SERVICE", "CONSENT");
  const other = { ...input, context: { patient: "p-3" } };
  const asked = (await service.ask(GRANT, { variables: { input: other }, key })).body.data.decideGrant.consentRequest;
  const { cases } = (await service.ask("{ inbox { cases { kind id patient } } }", { key })).body.data.inbox;
  assert.deepEqual(cases, [{ kind: "CONSENT_REQUEST", id: asked.id, patient: "p-3" }]);
});
