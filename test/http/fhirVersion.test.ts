import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { post } from "./authzenSupport.ts";
import { ADMIN_KEY, type Service, startService } from "./support.ts";

const OPERATIONS: readonly PolicyOperation[] = [
  { putClient: { id: "app", name: "App" } },
  { putRole: { name: "user" } },
  { assignRole: { subjectId: "ada", role: "user", organization: "*" } },
  {
    putScope: {
      name: "call_tools",
      atoms: [{ resourceType: "mcp:server", actions: ["tools/call"] }],
    },
  },
  { activateScope: { name: "call_tools" } },
  { grantScope: { clientId: "app", scope: "call_tools" } },
  {
    putRule: {
      id: "tools",
      role: "user",
      scope: "*",
      action: "*",
      resourceType: "*",
      effect: "ALLOW",
      justification: "It is a test.",
    },
  },
];
const GRANT = `mutation($scope: String!) { grantScope(input: { clientId: "app", scope: $scope }, reason: "test") { revision } }`;
const ASK = "query($input: AuthorizeInput!) { authorize(input: $input) { outcome reasons { code message } } }";

describe("a service of FHIR R5", () => {
  let service: Service;
  before(async () => {
    service = await startService({ SCOPEWARDEN_FHIR_VERSION: "R5" });
    await service.app.domain.policy.apply({ operations: OPERATIONS, reason: "test", author: "test" });
  });
  after(() => service.stop());

  const asked = async (input: object) => {
    const { body, text } = await service.ask(ASK, {
      variables: { input: { clientId: "app", subject: { id: "ada" }, ...input } },
    });
    assert.equal(body.errors, undefined, text);
    return body.data.authorize;
  };

  test("takes scopes on its types, refuses those of other versions with the versions that have them", async () => {
    const grant = (scope: string) => service.ask(GRANT, { variables: { scope } });
    assert.equal((await grant("user/Transport.r")).body.errors, undefined);
    const { text } = await grant("user/DeviceUseStatement.r");
    assert.match(text, /is no FHIR R5 resource type; it is one of R4, R4B, STU3, DSTU2/);
  });

  test("decides by them", async () => {
    const transport = { action: "read", resource: { type: "Transport", id: "t1" }, scopes: ["user/Transport.r"] };
    assert.equal((await asked(transport)).outcome, "ALLOW");
    const older = {
      action: "read",
      resource: { type: "DeviceUseStatement", id: "d1" },
      scopes: ["user/DeviceUseStatement.r"],
    };
    const { outcome, reasons } = await asked(older);
    assert.equal(outcome, "DENY");
    assert.deepEqual(
      reasons.map(({ code }: { readonly code: string }) => code),
      ["UNKNOWN_SCOPE"],
    );
    assert.match(reasons[0].message, /no FHIR R5 resource type/);
  });

  test("takes any printable text as action and type, at GraphQL", async () => {
    const call = { action: "tools/call", resource: { type: "mcp:server", id: "s" } };
    assert.equal((await asked(call)).outcome, "ALLOW");
    assert.equal((await asked({ ...call, action: "https://acme.example/x" })).outcome, "DENY");
    assert.equal((await asked({ ...call, resource: { type: "é ".repeat(128).trim() } })).outcome, "DENY");
    for (const action of ["", "a\nb", "x".repeat(257)]) {
      const { body } = await service.ask(ASK, { variables: { input: { clientId: "app", ...call, action } } });
      assert.equal(body.errors?.[0]?.extensions?.code, "BAD_USER_INPUT", JSON.stringify(action));
    }
  });

  test("and at AuthZEN, where what is unknown is a denial or an empty search", async () => {
    const subject = { type: "user", id: "ada" };
    const resource = { type: "mcp:server", id: "s" };
    const at = (path: string, body: object) =>
      post(service, `/access/v1/${path}`, { context: { client_id: "app" }, ...body }, { key: ADMIN_KEY });
    const evaluate = async (action: string, type = resource.type) => {
      const { status, body } = await at("evaluation", {
        subject,
        action: { name: action },
        resource: { ...resource, type },
      });
      return [status, body.decision];
    };
    assert.deepEqual(await evaluate("tools/call"), [200, true]);
    assert.deepEqual(await evaluate("tools/unheard of"), [200, false]);
    assert.deepEqual(await evaluate("*"), [200, false]);
    assert.deepEqual(await evaluate("tools/call", "https://acme.example/no type"), [200, false]);
    assert.deepEqual(await evaluate("a\u0000"), [200, false], "nothing can be called that");
    const actions = await at("search/action", { subject, resource });
    assert.ok(
      actions.body.results.some(({ name }: { readonly name: string }) => name === "tools/call"),
      actions.text,
    );
    const nothing = await at("search/action", { subject, resource: { type: "no such/type", id: "x" } });
    assert.deepEqual([nothing.status, nothing.body.results], [200, []]);
  });
});
