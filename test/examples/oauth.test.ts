import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { request as browserless } from "playwright-core";
import { createServer } from "../../examples/resource-server/server.ts";
import { launchChromium, noBrowser } from "../support/chromium.ts";
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
const PULSE = {
  resourceType: "Observation",
  status: "final",
  category: [
    { coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "vital-signs" }] },
  ],
  code: { text: "Heart rate" },
  subject: { reference: "Patient/ada" },
  valueQuantity: { value: 64, unit: "/min" },
};
/** The grant of the demo hospital that lets the app read, and a lesser one. */
const [ALL, ONE] = ["patient/*.rs", "patient/Observation.r"].map((scope) => ({ clientId: ADA.app, scope }));
const AS_PATIENT = { subjectId: "ada", role: "patient", organization: "*" };

/** Scopes have no order. */
const scopesOf = (scope: unknown): readonly string[] =>
  String(scope ?? "")
    .split(" ")
    .filter(Boolean)
    .sort();

/** How the authorization server refused a token, by its code of OAuth 2.0. */
async function refusal(tokens: Promise<unknown>): Promise<string> {
  try {
    await tokens;
  } catch (error) {
    const { error: code, status } = error as { error: string; status: number };
    return `${status} ${code}`;
  }
  throw new Error("it was not refused");
}

describe("examples/authorization-server", () => {
  test("an app gets what it asks for, in a token of RFC 9068 with SMART's launch context", async () => {
    const tokens = await world.login(READING);
    assert.deepEqual(scopesOf(tokens.scope), scopesOf(READING.scope));
    assert.equal(tokens.patient, "ada");
    assert.ok(tokens.refresh_token);
    assert.equal(decodeProtectedHeader(tokens.access_token).typ, "at+jwt");
    const { aud, client_id, exp = 0, iat = 0, patient, purpose_of_use, scope, sub } = decodeJwt(tokens.access_token);
    assert.deepEqual(
      { aud, client_id, lifetime: exp - iat, patient, purpose_of_use, scope: scopesOf(scope), sub },
      {
        aud: world.fhirUrl,
        client_id: "patient-app",
        lifetime: 600,
        patient: "ada",
        purpose_of_use: "PATRQT",
        scope: scopesOf(READING.scope),
        sub: "ada",
      },
    );
    assert.equal(tokens.claims()?.sub, "ada");
  });

  test("SMART's `fhirUser` is in the id_token, and no refresh token where none was asked for", async () => {
    const tokens = await world.login({ ...ADA, scope: "openid fhirUser launch/patient patient/Observation.rs" });
    assert.equal(tokens.claims()?.fhirUser, `${world.fhirUrl}/Patient/ada`);
    assert.equal(tokens.refresh_token, undefined);
  });

  test("what is wider than the app's ceiling is narrowed, and token and answer say so", async () => {
    const tokens = await world.login({ ...ADA, scope: "openid patient/*.cruds" });
    assert.deepEqual(scopesOf(tokens.scope), ["openid", "patient/*.rs", "patient/Observation.c"]);
    assert.equal(decodeJwt(tokens.access_token).scope, tokens.scope);
  });

  test("the consent page says what is granted, what is not and why; the person may take some of it, or nothing", async () => {
    const scope = "openid patient/Observation.rs patient/Patient.r user/Patient.rs";
    const { pages, tokens } = await world.authorize({ ...ADA, scope, tick: (each) => !each.includes("Observation") });
    const page = pages[1] ?? "";
    assert.match(page, /Patient app asks for access/);
    assert.match(page, /user\/Patient\.rs: <small>[^<]*not granted/);
    assert.doesNotMatch(page, /value="user\/Patient\.rs"/);
    assert.equal((await tokens()).scope, "openid patient/Patient.r");

    const refused = await world.authorize({ ...ADA, scope, answer: "later" });
    assert.equal(refused.callback.searchParams.get("error"), "access_denied");
    assert.equal(refused.callback.searchParams.get("code"), null);
  });

  test("a policy that changes while the page is open adds nothing that the person did not see, and is told", async () => {
    const narrow = [{ revokeScope: ALL }, { grantScope: ONE }];
    const wide = [{ revokeScope: ONE }, { grantScope: ALL }];
    await world.change(...narrow);
    const scope = "openid patient/*.rs";
    const meanwhile = () => world.change(...wide);
    const { pages, tokens } = await world.authorize({ ...ADA, scope, meanwhile });
    assert.match(pages[1] ?? "", /value="patient\/Observation.r"/);
    assert.match(pages[2] ?? "", /What may be allowed has changed.*value="patient\/\*.rs"/s);
    assert.equal((await tokens()).scope, "openid patient/*.rs");
  });

  test("it names scopes in the person's language, what they reach, and until when; a token lives no longer", async () => {
    const name = "patient/Observation.rs";
    const translations = [{ language: "de", title: "Messwerte ansehen", description: "Labor & Vitalwerte" }];
    const scope = { putScope: { name, title: "See measurements", translations } };
    const until = new Date(Math.floor(Date.now() / 60_000 + 3) * 60_000);
    const grant = { clientId: ADA.app, scope: "patient/*.rs" };
    await world.change(
      scope,
      { activateScope: { name } },
      { grantScope: { ...grant, validUntil: until.toISOString() } },
    );
    try {
      const german = await browserless.newContext({
        extraHTTPHeaders: { "accept-language": "fr-CH, de;q=0.8, *;q=0.1" },
      });
      const { pages, tokens } = await world.authorize({ ...READING, session: german });
      const page = pages[1] ?? "";
      for (const words of ["Messwerte ansehen", "Labor &amp; Vitalwerte", "Go on while you are away"])
        assert.ok(page.includes(words), `${words}: ${page}`);
      assert.ok(page.includes(`Until ${until.toISOString().slice(0, 16).replace("T", " ")} UTC`), page);
      const { access_token, expires_in } = await tokens();
      const { exp = 0, iat = 0 } = decodeJwt(access_token);
      assert.equal(expires_in, exp - iat);
      assert.ok(exp * 1000 <= until.getTime() && exp - iat > 100, `${exp - iat} s`);

      const english = await world.authorize({ ...ADA, scope: "openid patient/Observation.rs patient/Condition.r" });
      assert.match(english.pages[1] ?? "", /See measurements/);
      assert.match(english.pages[1] ?? "", /Read condition records of the patient/);
    } finally {
      await world.change({ grantScope: { ...grant, clear: ["VALID_UNTIL"] } });
    }
  });

  test("a person who agreed is asked again only for what is new", async () => {
    const session = await browserless.newContext();
    const ask = (scope: string) => world.authorize({ ...ADA, scope, session });
    assert.equal((await ask("openid patient/*.rs")).pages.length, 2, "login and consent");
    const within = await ask("openid patient/Observation.rs");
    assert.equal(within.pages.length, 0);
    assert.equal((await within.tokens()).scope, "openid patient/Observation.rs");
    const wider = await ask("openid patient/Observation.c patient/Patient.r");
    assert.equal(wider.pages.length, 1);
    assert.deepEqual(scopesOf((await wider.tokens()).scope), ["openid", "patient/Observation.c", "patient/Patient.r"]);
    await session.dispose();
  });

  test("an app that asks without a page gets its token while consent is there, and is told when it is not", async () => {
    const session = await browserless.newContext();
    const ask = { app: "member-app", person: "ada", scope: "openid view_own_activity", session };
    const silently = { ...ask, parameters: { prompt: "none" } };
    const { grant_id: id, scope } = await (await world.authorize(ask)).tokens();
    assert.equal(scope, ask.scope);
    const again = await world.authorize(silently);
    assert.equal(again.pages.length, 0);
    assert.equal((await again.tokens()).scope, ask.scope);
    await world.portal('mutation ($id: ID!) { withdrawConsent(id: $id, reason: "test") { state } }', { id });
    const { callback } = await world.authorize(silently);
    assert.equal(callback.searchParams.get("error"), "consent_required");
    assert.equal((await world.authorize(ask)).pages.length, 1, "asked again, with a page");
  });

  test("where nothing may be given, and to a client that is suspended, there is an error in the place of a code", async () => {
    const stan = await world.authorize({ ...ADA, person: "stan", scope: "patient/Observation.rs" });
    assert.equal(stan.callback.searchParams.get("error"), "invalid_scope");
    assert.equal(
      (await world.login({ ...READING, person: "stan", scope: "openid patient/Observation.rs" })).scope,
      "openid",
    );
    const kiosk = await world.authorize({ ...READING, app: "old-kiosk" });
    assert.equal(kiosk.callback.searchParams.get("error"), "unauthorized_client");
  });

  test("nobody logs in as somebody who is not listed", async () => {
    await assert.rejects(world.authorize({ ...READING, person: "zoe" }), /Who are you\?/);
  });

  test("a token is only for the resource server that SMART's `aud` names", async () => {
    const wrong = await world.authorize({ ...READING, parameters: { aud: "http://127.0.0.1:1/fhir" } });
    assert.equal(wrong.callback.searchParams.get("error"), "invalid_target");
  });

  test("a refresh is decided anew: the same, then less, then again all that was agreed to, and never more", async () => {
    const first = await world.login({ ...ADA, scope: "openid patient/*.rs offline_access" });
    const same = await world.refresh("patient-app", first.refresh_token ?? "");
    assert.deepEqual(scopesOf(same.scope), ["offline_access", "openid", "patient/*.rs"]);
    assert.equal(same.patient, "ada");

    const [all, observations] = ["patient/*.rs", "patient/Observation.r"].map((scope) => ({
      clientId: ADA.app,
      scope,
    }));
    await world.change({ revokeScope: all }, { grantScope: observations });
    const less = await world.refresh("patient-app", same.refresh_token ?? "");
    assert.deepEqual(scopesOf(less.scope), ["offline_access", "openid", "patient/Observation.r"]);
    assert.equal(decodeJwt(less.access_token).scope, less.scope);

    await world.change({ revokeScope: ONE }, { grantScope: ALL });
    const again = await world.refresh("patient-app", less.refresh_token ?? "");
    assert.deepEqual(scopesOf(again.scope), ["offline_access", "openid", "patient/*.rs"]);
    const asked = await world.refresh("patient-app", again.refresh_token ?? "", { scope: "patient/*.rs" });
    assert.equal(asked.scope, "patient/*.rs", "at a refresh an app may ask for less");
    assert.equal(
      await refusal(world.refresh("patient-app", asked.refresh_token ?? "", { scope: "patient/Observation.c" })),
      "400 invalid_scope",
    );
  });

  test("once the person's role has ended nothing is read, not even with the old token, and nothing refreshed", async () => {
    const tokens = await world.login(READING);
    assert.equal((await world.fhir("Observation/ada-hba1c", tokens.access_token)).status, 200);
    await world.change({ unassignRole: AS_PATIENT });
    try {
      const { status, body } = await world.fhir("Observation/ada-hba1c", tokens.access_token);
      assert.equal(status, 403);
      assert.match(body.issue[0].diagnostics, /ada/);
      const { scope, refresh_token } = await world.refresh("patient-app", tokens.refresh_token ?? "");
      assert.deepEqual(scopesOf(scope), ["offline_access", "openid"]);
      const data = { scope: "patient/Observation.rs" };
      assert.equal(await refusal(world.refresh("patient-app", refresh_token ?? "", data)), "400 invalid_grant");
    } finally {
      await world.change({ assignRole: AS_PATIENT });
    }
    assert.equal((await world.fhir("Observation/ada-hba1c", tokens.access_token)).status, 200, "the role is back");
  });

  test("a client that is suspended: its tokens are worth nothing at once, and not refreshed", async () => {
    const tokens = await world.login(READING);
    await world.change({ updateClient: { id: "patient-app", status: "SUSPENDED" } });
    try {
      assert.equal((await world.fhir("Observation/ada-hba1c", tokens.access_token)).status, 403);
      assert.equal(await refusal(world.refresh("patient-app", tokens.refresh_token ?? "")), "400 invalid_grant");
    } finally {
      await world.change({ updateClient: { id: "patient-app", status: "ACTIVE" } });
    }
  });

  test("an app that may stay connected no longer gets no other token", async () => {
    const { refresh_token: token = "" } = await world.login(READING);
    const before = ["*", "offline_access"];
    await world.change({ updateClient: { id: "patient-app", protocolScopes: ["*"] } });
    try {
      assert.equal(await refusal(world.refresh("patient-app", token)), "400 invalid_grant");
      const less = { scope: "patient/Observation.rs" };
      assert.equal(await refusal(world.refresh("patient-app", token, less)), "400 invalid_grant");
    } finally {
      await world.change({ updateClient: { id: "patient-app", protocolScopes: before } });
    }
    assert.deepEqual(scopesOf((await world.refresh("patient-app", token)).scope), scopesOf(READING.scope));
  });

  test("without a decision there is neither token nor data, and a refresh token is not used up", async () => {
    const tokens = await world.login(READING);
    world.reachable = false;
    try {
      const { status, headers, body } = await world.post("patient-app", {
        grant_type: "refresh_token",
        refresh_token: tokens.refresh_token ?? "",
      });
      assert.deepEqual([status, headers.get("retry-after"), body.error], [503, "5", "temporarily_unavailable"]);
      const data = await world.fhir("Observation/ada-hba1c", tokens.access_token);
      assert.equal(data.status, 503);
      assert.equal(data.body.issue[0].code, "transient");
      await assert.rejects(world.authorize(READING), /Nothing can be decided/);
    } finally {
      world.reachable = true;
    }
    const { scope } = await world.refresh("patient-app", tokens.refresh_token ?? "");
    assert.deepEqual(scopesOf(scope), scopesOf(READING.scope));
  });
});

describe("examples/resource-server", () => {
  test("an app reads and searches what is its patient's, and nothing else", async () => {
    const { access_token: token } = await world.login(READING);
    assert.equal((await world.fhir("Observation/ada-hba1c", token)).body.id, "ada-hba1c");
    const own = await world.fhir("Observation?patient=ada&category=vital-signs", token);
    assert.deepEqual(idsIn(own.body), ["ada-pulse"]);
    const all = await world.fhir("Observation", token);
    assert.deepEqual(idsIn(all.body), ["ada-hba1c", "ada-pulse", "ada-steps"], "the filter confines it");
    const others = [
      "Observation/ben-hba1c",
      "Observation/not-there",
      "Observation?patient=ben",
      "Observation?patient=zoe",
    ];
    for (const path of others) {
      const { status, headers, body } = await world.fhir(path, token);
      assert.equal(status, 403, path);
      assert.equal(headers.get("www-authenticate"), null, "no scope would help");
      assert.equal(body.resourceType, "OperationOutcome");
    }
  });

  test("a search is confined to the categories that its token has", async () => {
    const tokens = await world.login({ app: "us-core-app", person: "ada", scope: "patient/Observation.rs" });
    assert.match(tokens.scope ?? "", /^patient\/Observation\.rs\?category=/);
    assert.doesNotMatch(tokens.scope ?? "", /\.rs( |$)/);
    const { body } = await world.fhir("Observation?patient=ada", tokens.access_token);
    assert.deepEqual(idsIn(body), ["ada-hba1c", "ada-pulse"], "no steps: activity is not among US Core's categories");
    assert.equal((await world.fhir("Observation/ada-steps", tokens.access_token)).status, 403);
  });

  test("a token that lacks a scope is told which would do, and gets it", async () => {
    const { access_token: token } = await world.login(READING);
    const challenge = async (path: string, init?: Parameters<World["fhir"]>[2]) => {
      const { status, headers } = await world.fhir(path, token, init);
      return `${status} ${headers.get("www-authenticate")}`;
    };
    const creation = { method: "POST", body: PULSE };
    assert.equal(await challenge("Patient/ada"), '403 Bearer error="insufficient_scope", scope="patient/Patient.r"');
    assert.equal(
      await challenge("Observation", creation),
      '403 Bearer error="insufficient_scope", scope="patient/Observation.c"',
    );
    const more = await world.login({ ...ADA, scope: `${READING.scope} patient/Patient.r patient/Observation.c` });
    assert.equal((await world.fhir("Patient/ada", more.access_token)).body.id, "ada");
    const created = await world.fhir("Observation", more.access_token, creation);
    assert.equal(created.status, 201);
    const location = created.headers.get("location") ?? "";
    assert.equal((await world.fhir(location, more.access_token)).body.valueQuantity.value, 64);
    const ofBen = { method: "POST", body: { ...PULSE, subject: { reference: "Patient/ben" } } };
    assert.equal((await world.fhir("Observation", more.access_token, ofBen)).status, 403);
  });

  test("no token, a tampered one, and one that is for something else are not accepted", async () => {
    const tokens = await world.login(READING);
    const [header, , signature] = tokens.access_token.split(".");
    const wider = Buffer.from(JSON.stringify({ ...decodeJwt(tokens.access_token), patient: "ben" })).toString(
      "base64url",
    );
    const none = Buffer.from(JSON.stringify({ alg: "none", typ: "at+jwt" })).toString("base64url");
    for (const token of [`${header}.${wider}.${signature}`, `${none}.${wider}.`, tokens.id_token ?? "", "nonsense"]) {
      const { status, headers } = await world.fhir("Observation/ben-hba1c", token);
      assert.equal(`${status} ${headers.get("www-authenticate")}`, '401 Bearer error="invalid_token"', token);
    }
    const without = await world.fhir("Observation", null, { method: "POST", body: { nonsense: true } });
    assert.equal(`${without.status} ${without.headers.get("www-authenticate")}`, "401 Bearer");
  });

  test("an obligation that it does not know makes an ALLOW a denial", async () => {
    const { access_token: token } = await world.login(READING);
    const rule = { id: "patient-own-record" };
    await world.change({ updateRule: { ...rule, obligations: [{ type: "watermark" }] } });
    try {
      for (const path of ["Observation/ada-hba1c", "Observation?patient=ada"]) {
        const { status, body } = await world.fhir(path, token);
        assert.equal(status, 403, path);
        assert.match(body.issue[0].diagnostics, /can't watermark/);
      }
    } finally {
      await world.change({ updateRule: { ...rule, clear: ["OBLIGATIONS"] } });
    }
  });

  test("what it does not understand is refused, not left out", async () => {
    const { access_token: token } = await world.login(READING);
    for (const path of ["Observation?code=8867-4", "Observation?patient=ada&patient=ben"])
      assert.equal((await world.fhir(path, token)).status, 400, path);
    assert.equal((await world.fhir("Nonsense", token)).status, 404);
  });

  test("a question that can't be asked is the asker's fault, and one that can't be answered is not", async () => {
    const { access_token: token } = await world.login(READING);
    const { status, body } = await world.fhir(`Observation?patient=${"x".repeat(300)}`, token);
    assert.equal(`${status} ${body.issue[0].code}`, "400 invalid");
    const scopewarden = { url: world.service.url, key: "none" };
    const settings = { url: world.fhirUrl, organization: "general-hospital", scopewarden };
    const ask = async (issuer: string) => {
      const server = createServer({ ...settings, issuer });
      const headers = { authorization: `Bearer ${token}` };
      const answer = await server.inject({ url: "/fhir/Observation/ada-hba1c", headers });
      await server.close();
      return answer.statusCode;
    };
    assert.equal(await ask(world.issuer), 503, "its key is not one");
    assert.equal(await ask(world.appUrl), 503, "no keys for tokens there");
  });

  test("SMART apps find the authorization server from it", async () => {
    const { body } = await world.fhir(".well-known/smart-configuration", null);
    const { token_endpoint, authorization_endpoint, jwks_uri } = body;
    const metadata = (await world.configuration("patient-app")).serverMetadata();
    for (const [name, url] of Object.entries({ token_endpoint, authorization_endpoint, jwks_uri }))
      assert.equal(url, (metadata as unknown as Record<string, unknown>)[name], name);
  });
});

test("in a browser: a person connects an app, which then reads, and asks for what it lacks", {
  skip: noBrowser,
}, async () => {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("pageerror", ({ message }) => complaints.push(message));
    const click = (name: string) => page.getByRole("link", { name, exact: true }).click();
    const text = (words: string) => page.getByText(words).first().waitFor();
    await page.goto(world.appUrl);
    await click(`Ask for ${READING.scope}`);
    await page.getByRole("button", { name: "Ada, a patient" }).click();
    await page.getByRole("heading", { name: "Patient app asks for access" }).waitFor();
    assert.equal(await page.getByRole("checkbox", { checked: true }).count(), 2);
    await page.getByRole("button", { name: "Allow what is ticked" }).click();
    await text("The token says: ");
    await click("Refresh it");
    await text("The token says: ");
    await click("Observation");
    await text('"id":"ada-hba1c"');
    await click("Back");
    await click("Patient/ada");
    await text("OperationOutcome");
    await click(`Ask for ${READING.scope} patient/Patient.r`);
    await page.getByRole("checkbox", { name: "while you are away" }).uncheck();
    await page.getByRole("button", { name: "Allow what is ticked" }).click();
    await click("Patient/ada");
    await text('"resourceType":"Patient"');
    await click("Back");
    await click("Refresh it");
    await text("there is nothing to refresh with");
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
  }
});
