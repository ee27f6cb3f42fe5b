import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { stringify } from "yaml";
import { createClient } from "../../clients/node/src/client.ts";
import { type LocalIssuer, startIssuer } from "../support/localIssuer.ts";
import { type Answer, request, type Service, startService } from "./support.ts";

const HERE = "urn:scopewarden:test";
const FHIR = "https://fhir.example.org/r4";

let staff: LocalIssuer;
let patients: LocalIssuer;
let folder: string;
let service: Service;
let key: string;

before(async () => {
  [staff, patients] = [await startIssuer(FHIR), await startIssuer(FHIR)];
  folder = await mkdtemp(join(tmpdir(), "scopewarden-introspection-"));
  const file = join(folder, "issuers.yaml");
  const issuers = [
    {
      ...{ issuer: staff.url, jwksUrl: staff.jwksUrl, audience: HERE, profile: "rfc9068", people: "auth_time" },
      guardAudiences: [FHIR, "https://fhir.example.org/r5"],
      claims: { purpose: ["extensions", "ihe_iua", "purpose_of_use"] },
    },
    // None of this issuer's tokens is for the service itself.
    {
      ...{ issuer: patients.url, jwksUrl: patients.jwksUrl, guardAudiences: FHIR, profile: "custom", types: ["JWT"] },
      claims: { client: "azp", person: "sub", patient: "launch_patient" },
      people: { claim: "kind", values: ["patient"] },
    },
  ];
  await writeFile(file, stringify({ issuers }));
  service = await startService({ SCOPEWARDEN_JWT_ISSUERS: file });
  ({ key } = await service.createKey("SERVICE"));
  const { body } = await service.ask(
    'mutation($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "test") { revision } }',
    {
      variables: {
        entities: [
          { type: "user", id: "nora", properties: { accounts: [{ issuer: staff.url, id: "a-1" }] } },
          { type: "user", id: "paul", properties: { fhirReferences: ["Practitioner/p-1"] } },
          { type: "user", id: "twin1", properties: { fhirReferences: ["Practitioner/twins"] } },
          { type: "user", id: "twin2", properties: { fhirReferences: ["Practitioner/twins"] } },
        ],
      },
    },
  );
  assert.equal(body.errors, undefined, JSON.stringify(body));
});
after(async () => {
  await service.stop();
  await Promise.all([staff.close(), patients.close()]);
  await rm(folder, { recursive: true, force: true });
});

const CLAIMS = { sub: "a-1", client_id: "ward-app", scope: "launch user/Observation.rs", auth_time: 1_700_000_000 };

function send(body: string, more: { readonly key?: string; readonly type?: string } = {}): Promise<Answer> {
  const { key: sent = key, type = "application/x-www-form-urlencoded" } = more;
  const headers = { "content-type": type, authorization: `Bearer ${sent}` };
  return request(`${service.url}/introspect`, { method: "POST", headers, body });
}
async function introspect(token: string) {
  const answer = await send(new URLSearchParams({ token, token_type_hint: "access_token" }).toString());
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}

describe("a token for a FHIR server", () => {
  test("is told with whose it is in the directory", async () => {
    const token = await staff.sign({ ...CLAIMS, acr: "mfa", patient: "Patient/ann", fhirUser: "Practitioner/p-1" });
    const { exp, iat, jti, ...rest } = await introspect(token);
    assert.ok(exp === iat + 60 && jti.startsWith("t-"));
    assert.deepEqual(rest, {
      ...{ active: true, token_type: "Bearer", iss: staff.url, sub: "a-1", aud: FHIR, client_id: "ward-app" },
      ...{ scope: "launch user/Observation.rs", auth_time: 1_700_000_000, acr: "mfa" },
      ...{ patient: "ann", fhirUser: "Practitioner/p-1", holder: "person" },
      // The account decides, whatever resource the token names beside it.
      subject: { type: "user", id: "nora" },
    });
  });

  test("is somebody's by their FHIR resource, where one person has it", async () => {
    const of = async (more: object) => (await introspect(await staff.sign({ ...CLAIMS, sub: "a-9", ...more }))).subject;
    assert.deepEqual(await of({ fhirUser: "Practitioner/p-1" }), { type: "user", id: "paul" });
    assert.deepEqual(await of({ fhirUser: `${FHIR}/Practitioner/p-1` }), { type: "user", id: "paul" });
    assert.equal(await of({ fhirUser: "Practitioner/twins" }), null);
    assert.equal(await of({ fhirUser: "Practitioner/nobody" }), null);
    assert.equal(await of({}), null);
    // An account's id is no entry's id, and no other issuer's.
    assert.equal(await of({ sub: "nora" }), null);
  });

  test("is a client's own where it says so", async () => {
    const { holder, subject } = await introspect(
      await staff.sign({ sub: "ward-app", client_id: "ward-app", fhirUser: "Practitioner/p-1" }),
    );
    assert.deepEqual([holder, subject], ["program", null]);
    const { auth_time: _, ...unsaid } = CLAIMS;
    assert.equal((await introspect(await staff.sign(unsaid))).holder, "unknown");
  });

  test("says for what purpose, as its issuer writes it", async () => {
    const purposes = async (value: unknown) =>
      (await introspect(await staff.sign({ ...CLAIMS, extensions: { ihe_iua: { purpose_of_use: value } } })))
        .purpose_of_use;
    assert.deepEqual(await purposes("TREAT"), ["TREAT"]);
    assert.deepEqual(await purposes([{ system: "urn:oid:2.16.840.1.113883.5.8", code: "HRESCH" }, { code: "TREAT" }]), [
      "urn:oid:2.16.840.1.113883.5.8|HRESCH",
      "TREAT",
    ]);
    assert.equal(await purposes([]), undefined);
    // To leave it out would ask for none.
    for (const unreadable of [7, "", [{ display: "care" }], { system: "a|b", code: "TREAT" }, ["TREAT", null]])
      assert.deepEqual(
        await introspect(await staff.sign({ ...CLAIMS, extensions: { ihe_iua: { purpose_of_use: unreadable } } })),
        { active: false },
      );
  });

  test("is read by the profile of its issuer", async () => {
    const claims = {
      client_id: undefined,
      azp: "portal",
      sub: "pat-7",
      kind: "patient",
      scp: ["patient/*.rs", "openid"],
    };
    const told = await introspect(await patients.sign({ ...claims, launch_patient: "pat-7" }, "JWT"));
    assert.deepEqual(
      [told.client_id, told.scope, told.patient, told.holder, told.subject],
      ["portal", "patient/*.rs openid", "pat-7", "person", null],
    );
    for (const patient of ["", 7, "Patient/", "Patient/a,Patient/b", "Group/g"])
      assert.deepEqual(await introspect(await patients.sign({ ...claims, launch_patient: patient }, "JWT")), {
        active: false,
      });
  });
});

describe("what is not active", () => {
  const inactive = async (token: string) => assert.deepEqual(await introspect(token), { active: false });

  test("is a token for this service, for another server, or of another issuer", async () => {
    await inactive(await staff.sign({ ...CLAIMS, aud: HERE, scope: "scopewarden:admin" }));
    await inactive(await staff.sign({ ...CLAIMS, aud: "https://other.example" }));
    await inactive(await staff.sign({ ...CLAIMS, aud: undefined }));
    await inactive(await staff.sign({ ...CLAIMS, iss: "https://other.example" }));
    await inactive(await patients.sign({ ...CLAIMS, iss: staff.url }));
    assert.equal(
      (await introspect(await staff.sign({ ...CLAIMS, aud: ["x", "https://fhir.example.org/r5"] }))).active,
      true,
    );
  });

  test("is a token that has ended, is not signed, is bound to a key, or is no token", async () => {
    const token = await staff.sign(CLAIMS);
    await inactive(await staff.sign({ ...CLAIMS, exp: Math.floor(Date.now() / 1000) - 60 }));
    await inactive(await staff.sign({ ...CLAIMS, cnf: { jkt: "x" } }));
    await inactive(await staff.sign(CLAIMS, "JWT"));
    await inactive(`${token.slice(0, token.lastIndexOf("."))}.`);
    for (const text of ["x", key, `${token} `, `Bearer ${token}`, "a.b.c", "💊.x.y"]) await inactive(text);
  });

  test("is a revoked one, from the answer of the revocation on", async () => {
    const token = await staff.sign({ ...CLAIMS, sub: "a-77" });
    assert.equal((await introspect(token)).active, true);
    const { body } = await service.ask(
      'mutation($issuer: String!) { revokeTokens(input: { issuer: $issuer, person: "a-77", reason: "test" }) { id } }',
      { variables: { issuer: staff.url } },
    );
    assert.equal(body.errors, undefined, JSON.stringify(body));
    await inactive(token);
    assert.equal((await introspect(await staff.sign(CLAIMS))).active, true);
  });

  test("is told in the log alone with the check at which it fell", async () => {
    await inactive(await staff.sign({ ...CLAIMS, aud: "https://other.example" }));
    const line = service.lines.findLast((each) => each.includes('"/introspect"')) ?? "";
    assert.equal(JSON.parse(line).tokenCheck, "audience");
  });
});

describe("the door", () => {
  test("is of programs that ask for decisions, and a token for a FHIR server opens none", async () => {
    const token = await staff.sign({ ...CLAIMS, scope: "scopewarden:service scopewarden:admin" });
    assert.equal((await introspect(token)).active, true);
    assert.equal((await send("token=x", { key: token })).status, 401);
    const asked = await service.ask("{ me { roles } }", { key: token });
    assert.equal(asked.status, 401);
    const portal = await patients.sign(
      { azp: "portal", sub: "p", client_id: undefined, scope: "scopewarden:service" },
      "JWT",
    );
    assert.equal((await send("token=x", { key: portal })).status, 401);
    const { key: reviewer } = await service.createKey("REVIEWER");
    const refused = await send("token=x", { key: reviewer });
    assert.deepEqual([refused.status, refused.body.error], [403, "invalid_client"]);
    const stranger = await request(`${service.url}/introspect`, {
      method: "POST",
      body: new URLSearchParams({ token }),
    });
    assert.deepEqual([stranger.status, stranger.body.errors[0].extensions.code], [401, "UNAUTHENTICATED"]);
  });

  test("says what is wrong with a form", async () => {
    for (const body of ["", "tokens=x", "token=", "token=a&token=b"]) {
      const { status, body: told } = await send(body);
      assert.deepEqual([status, told.error], [400, "invalid_request"], body);
      assert.match(told.error_description, /^token: must be sent once/);
    }
    assert.equal((await send('{"token":"x"}', { type: "application/json" })).status, 415);
    assert.equal((await send(`token=${"x".repeat(40_000)}`)).status, 413);
    assert.equal(
      (await request(`${service.url}/introspect?token=x`, { headers: { authorization: `Bearer ${key}` } })).status,
      404,
    );
  });

  test("is what the client library asks", async () => {
    const client = createClient({ url: service.url, key });
    const answer = await client.introspect(await staff.sign(CLAIMS));
    assert.ok(answer.outcome === "active");
    assert.deepEqual(answer.claims.subject, { type: "user", id: "nora" });
    assert.deepEqual(await client.introspect("x"), { outcome: "inactive", active: false });
  });
});

test("where the keys of an issuer can't be had, nothing is said of its tokens", async () => {
  const gone = await startIssuer(FHIR);
  const token = await gone.sign(CLAIMS);
  await gone.close();
  const other = await startService({
    SCOPEWARDEN_JWT_ISSUER: gone.url,
    SCOPEWARDEN_JWKS_URL: gone.jwksUrl,
    SCOPEWARDEN_JWT_AUDIENCE: HERE,
    SCOPEWARDEN_GUARD_AUDIENCES: FHIR,
  });
  try {
    const own = await other.createKey("SERVICE");
    const asked = await createClient({ url: other.url, key: own.key, retries: 0 }).introspect(token);
    assert.ok(asked.outcome === "error");
    assert.deepEqual([asked.kind, asked.code], ["unavailable", "AUTHENTICATION_UNAVAILABLE"]);
  } finally {
    await other.stop();
  }
});

test("where no issuer has audiences of guards, that is said", async () => {
  const other = await startService();
  try {
    const own = await other.createKey("SERVICE");
    const asked = await createClient({ url: other.url, key: own.key }).introspect("a.b.c");
    assert.ok(asked.outcome === "error");
    assert.match(asked.message, /guardAudiences/);
  } finally {
    await other.stop();
  }
});
