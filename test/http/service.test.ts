import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { rolesOf } from "../../src/domain/callers/permissions.ts";
import { CALLER_ROLES } from "../../src/domain/callers/types.ts";
import { applyPolicy, type Service, SMALL_POLICY, startService } from "./support.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const SERVICE = "{ service { version revision fourEyes canTwoApprove fhirVersion now tokens { issuer audience } } }";

let service: Service;
before(async () => {
  service = await startService({ SCOPEWARDEN_FHIR_VERSION: "R5" }, { clock: () => NOW });
  await applyPolicy(service, SMALL_POLICY);
});
after(() => service.stop());

const keyFor = async (id: string, role: string): Promise<string> => {
  const { body } = await service.ask(
    `mutation { createApiKey(input: { name: "k", roles: [${role}], subject: { id: "${id}" } }, reason: "r") { key } }`,
  );
  return body.data.createApiKey.key;
};

test("`service` says to every caller what it is, and whether two people could approve", async () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  const before = (await service.ask(SERVICE, { key: await keyFor("pep", "SERVICE") })).body.data.service;
  assert.deepEqual(before, {
    version,
    revision: 1,
    fourEyes: false,
    canTwoApprove: false,
    fhirVersion: "R5",
    now: new Date(NOW).toISOString(),
    tokens: [],
  });
  const keys = { ada: await keyFor("ada", "ADMIN"), same: await keyFor("Ada", "REVIEWER") };
  const canTwo = async (key: string) =>
    (await service.ask("{ service { canTwoApprove } }", { key })).body.data.service.canTwoApprove;
  assert.equal(await canTwo(keys.ada), false, "one person in other letters is one person");
  assert.equal(await canTwo(await keyFor("rita", "REVIEWER")), true);
});

test("`service` names the issuer of accepted tokens, and shows four eyes", async () => {
  const issuer = "https://as.example";
  const other = await startService({
    SCOPEWARDEN_FOUR_EYES: "on",
    SCOPEWARDEN_JWKS_URL: "http://127.0.0.1:9/jwks",
    SCOPEWARDEN_JWT_ISSUER: issuer,
    SCOPEWARDEN_JWT_AUDIENCE: "scopewarden",
  });
  try {
    const { fourEyes, tokens } = (await other.ask(SERVICE)).body.data.service;
    assert.deepEqual({ fourEyes, tokens }, { fourEyes: true, tokens: [{ issuer, audience: "scopewarden" }] });
    assert.equal((await other.ask(SERVICE, { key: null })).status, 401);
  } finally {
    await other.stop();
  }
});

test("`me` names the root fields that the caller's roles permit, and no others", async () => {
  const { body } = await service.ask("{ __schema { queryType { fields { name } } mutationType { fields { name } } } }");
  const { queryType, mutationType } = body.data.__schema;
  const names = ({ fields }: { fields: readonly { name: string }[] }) => fields.map(({ name }) => name);
  for (const role of CALLER_ROLES) {
    const key = await keyFor(`of-${role}`, role.toUpperCase());
    const { me } = (await service.ask("{ me { mayAsk mayDo } }", { key })).body.data;
    assert.deepEqual(
      me.mayAsk,
      names(queryType).filter((field) => rolesOf(field).includes(role)),
      role,
    );
    assert.deepEqual(
      me.mayDo,
      names(mutationType).filter((field) => rolesOf(field).includes(role)),
      role,
    );
    const { errors } = (await service.ask("{ clients { edges { cursor } } }", { key })).body;
    assert.equal(me.mayAsk.includes("clients"), errors === undefined, role);
  }
  const tried = (await service.ask("{ me { mayDo } }", { key: await keyFor("rita", "REVIEWER") })).body.data.me.mayDo;
  assert.ok(!tried.includes("createScope") && tried.includes("proposePolicy"));
});
