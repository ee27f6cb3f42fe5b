import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { startWorld, type World } from "./oauthWorld.ts";

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.stop());

const idsIn = (body: {
  readonly entry: readonly { readonly resource: { readonly id: string } }[];
}): readonly string[] => body.entry.map(({ resource }) => resource.id).sort();

const ADA = { app: "patient-app", person: "ada" };
const READING = { ...ADA, scope: "openid patient/Observation.rs offline_access" };

/** The error of OAuth 2.0 with which the token endpoint refuses. */
const refusal = async (tokens: Promise<unknown>): Promise<{ readonly error: string; readonly status: number }> => {
  try {
    await tokens;
  } catch (error) {
    const { error: code, status } = error as { error: string; status: number };
    return { error: code, status };
  }
  throw new Error("it was not refused");
};

describe("authorization server and resource server", () => {
  test("an app gets what it asks for, in a token of RFC 9068 with SMART's launch context", async () => {
    const tokens = await world.login(READING);
    assert.equal(tokens.scope, "openid patient/Observation.rs offline_access");
    assert.equal(tokens.patient, "ada");
    assert.equal(tokens.claims()?.sub, "ada");
    assert.ok(tokens.refresh_token);
    assert.equal(decodeProtectedHeader(tokens.access_token).typ, "at+jwt");
    const { aud, client_id, patient, purpose_of_use, scope, sub } = decodeJwt(tokens.access_token);
    assert.deepEqual(
      { aud, client_id, patient, purpose_of_use, scope, sub },
      {
        aud: world.fhirUrl,
        client_id: "patient-app",
        patient: "ada",
        purpose_of_use: "PATRQT",
        scope: "openid patient/Observation.rs offline_access",
        sub: "ada",
      },
    );
  });

  test("it reads and searches what is its patient's, and nothing else", async () => {
    const { access_token: token } = await world.login(READING);
    assert.equal((await world.fhir("Observation/ada-hba1c", token)).body.id, "ada-hba1c");
    const own = await world.fhir("Observation?patient=ada&category=vital-signs", token);
    assert.deepEqual(idsIn(own.body), ["ada-pulse"]);
    const all = await world.fhir("Observation", token);
    assert.deepEqual(idsIn(all.body), ["ada-hba1c", "ada-pulse", "ada-steps"], "the filter of the answer confines it");
    for (const path of [
      "Observation/ben-hba1c",
      "Observation/not-there",
      "Observation?patient=ben",
      "Observation?patient=zoe",
    ]) {
      const { status, headers, body } = await world.fhir(path, token);
      assert.equal(status, 403, path);
      assert.equal(headers.get("www-authenticate"), null, "no scope would help");
      assert.equal(body.resourceType, "OperationOutcome");
    }
  });
});
