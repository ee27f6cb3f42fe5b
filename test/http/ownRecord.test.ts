import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";

const DAY = 86_400_000;
const AUDIENCE = "urn:scopewarden:test";

/** A world whose auditors may come with access tokens, each of a person. */
async function withTokens(
  work: (world: AlertWorld, tokenOf: (person: string) => Promise<string>, issuer: string) => Promise<void>,
): Promise<void> {
  const pair = await generateKeyPair("RS256", { extractable: true });
  const keys = [{ ...(await exportJWK(pair.publicKey)), kid: "k1", alg: "RS256", use: "sig" }];
  const server = createServer((_, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const world = await openAlertWorld({
    SCOPEWARDEN_JWKS_URL: `${issuer}/jwks`,
    SCOPEWARDEN_JWT_ISSUER: issuer,
    SCOPEWARDEN_JWT_AUDIENCE: AUDIENCE,
    SCOPEWARDEN_JWT_PEOPLE: "kind=person",
  });
  try {
    const tokenOf = (person: string): Promise<string> =>
      new SignJWT({ scope: "scopewarden:auditor", client_id: "portal", kind: "person" })
        .setProtectedHeader({ alg: "RS256", typ: "at+jwt", kid: "k1" })
        .setIssuer(issuer)
        .setAudience(AUDIENCE)
        .setSubject(person)
        .setIssuedAt()
        .setExpirationTime(Math.floor(world.time.now / 1000) + 3_600)
        .setJti(person)
        .sign(pair.privateKey);
    await work(world, tokenOf, issuer);
  } finally {
    await world.stop();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("nobody judges an access to their own record with a token, which says no type", { timeout: 300_000 }, () =>
  withTokens(async (world, tokenOf, issuer) => {
    const linked = (id: string, more: object = {}) => ({
      ...{ type: "practitioner", id },
      properties: { ...more, accounts: [{ issuer, id: `${id}-at-work` }] },
    });
    const entities = [
      linked("otto", { patientRecord: "mrn-77" }),
      linked("olga"),
      linked("Rose.Ray", { patientRecord: "mrn-77" }),
    ];
    const put = 'mutation($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "test") { revision } }';
    await world.data("ada", put, { entities });
    const resource = { type: "Observation", id: "o", patient: "mrn-77" };
    await world.decide({ subject: { id: "nora" }, resource });
    const week = new Date(world.time.now).toISOString();
    world.time.now += 8 * DAY;
    const sample = "mutation($week: DateTime!) { drawWeeklySample(week: $week) { accesses { id } } }";
    const [{ id }] = (await world.data("rita", sample, { week })).accesses;
    const judge = 'mutation($id: ID!) { judgeSample(id: $id, verdict: JUSTIFIED, text: "t") { verdict } }';
    const judgedBy = async (key: string | undefined) =>
      (await world.service.ask(judge, { key: key ?? "", variables: { id } })).body;
    // Who is linked to nobody may be anybody, whatever their id is.
    for (const key of [
      await tokenOf("otto-at-work"),
      await tokenOf("Rose.Ray-at-work"),
      await tokenOf("otto"),
      await tokenOf("olga"),
      world.keys.otto,
    ])
      assert.equal((await judgedBy(key)).errors?.[0]?.extensions.code, "FORBIDDEN");
    assert.equal((await judgedBy(await tokenOf("olga-at-work"))).data?.judgeSample.verdict, "JUSTIFIED");
  }),
);
