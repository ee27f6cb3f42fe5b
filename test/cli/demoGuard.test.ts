import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startGuard } from "../../guard/src/server.ts";
import { startDemoFhirServer } from "../../src/cli/demoFhirServer.ts";
import {
  type DemoGuard,
  type GuardedTokens,
  linkAccounts,
  type StartGuard,
  startDemoGuard,
  startTokens,
} from "../../src/cli/demoGuard.ts";
import { startDemoIssuer } from "../../src/cli/demoIssuer.ts";
import { readMonth } from "../../src/cli/demoMonth.ts";
import { demoEnv, tokensSetBy } from "../../src/config.ts";
import { CALLER_ROLES } from "../../src/domain/callers/types.ts";
import { ADMIN_KEY, type Answer, request, type Service, seedHospital, startService } from "../http/support.ts";
import { freePorts } from "../support/freePorts.ts";
import { cli } from "./support.ts";

/** Does not compile where the guard comes to need a setting that the demo, which imports it as it is built, does not give. */
const start: StartGuard = startGuard;

const DEMO = { id: "demo", roles: new Set(CALLER_ROLES) };

let tokens: GuardedTokens;
let service: Service;
let key: string;
let guard: Extract<DemoGuard, { url: string }>;
before(async () => {
  tokens = await startTokens(await freePorts());
  const env = Object.entries(demoEnv({ adminKey: ADMIN_KEY, tokens: tokens.tokens }, {}));
  const ofTokens = env.filter((each): each is [string, string] => /_(JWKS|JWT|GUARD)_/.test(each[0]));
  assert.equal(ofTokens.length, 5);
  service = await startService(Object.fromEntries(ofTokens));
  await seedHospital(service);
  await linkAccounts(service.app.domain.directory, DEMO);
  ({ key } = await service.createKey("SERVICE"));
  const started = await startDemoGuard(tokens, { service: { url: service.url, key }, now: Date.now() });
  assert.ok("url" in started, JSON.stringify(started));
  guard = started;
});
after(async () => {
  await guard.close();
  tokens.issuer.close();
  await service.stop();
});

const get = (path: string, token: string | undefined): Promise<Answer> =>
  request(`${guard.url}/${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
const as = (who: string, path: string): Promise<Answer> => get(path, guard.variables.get(`DEMO_${who}_TOKEN`));
interface Entry {
  readonly resource: { readonly resourceType: string; readonly id: string };
  readonly search: { readonly mode: string };
}
const found = ({ body }: Answer): readonly string[] =>
  (body.entry as readonly Entry[])
    .filter(({ search }) => search.mode !== "outcome")
    .map(({ resource }) => `${resource.resourceType}/${resource.id}`);
const ALL = ["hba1c", "creatinine", "heart-rate", "weight", "phq9"].map((name) => `Observation/ada-${name}`);

test("one search: the patient gets all, a nurse all but what her scopes leave out, a researcher nothing", async () => {
  assert.deepEqual(found(await as("ADA", "Observation?patient=ada")), ALL);
  assert.deepEqual(found(await as("NINA", "Observation?patient=ada")), ALL.slice(0, 4));
  const rosa = await as("ROSA", "Observation?patient=ada");
  assert.deepEqual([rosa.status, found(rosa)], [200, []]);
  // What is labelled is the patient's own to see.
  assert.deepEqual(found(await as("ADA", "Condition?patient=ada")), [
    "Condition/ada-diabetes",
    "Condition/ada-alcohol",
  ]);
  assert.deepEqual(found(await as("NINA", "Condition?patient=ada")), ["Condition/ada-diabetes"]);
  assert.deepEqual(
    [(await as("ADA", "Observation/ada-phq9")).status, (await as("NINA", "Observation/ada-phq9")).status],
    [200, 404],
  );
  const refused = [as("ADA", "Observation?patient=ben"), as("ROSA", "Observation")];
  assert.deepEqual(
    (await Promise.all(refused)).map(({ status }) => status),
    [403, 403],
  );
});

test("the guard starts as it is built, with what the demo sets, and says what it serves", async () => {
  assert.equal(start.name, "startGuard");
  const types = (await get("metadata", undefined)).body.rest[0].resource.map(({ type }: { type: string }) => type);
  assert.deepEqual(types, ["Condition", "Observation", "Patient"]);
});

test("docs/guard.md: what three people get of each request that it shows", async () => {
  const page = await readFile(fileURLToPath(new URL("../../docs/guard.md", import.meta.url)), "utf8");
  const shown = [...page.matchAll(/^\| `([^`]+)` \| [^|]+ \| [^|]+ \| [^|]+ \|$/gm)].map(([, path = ""]) => path);
  const got = await Promise.all(
    shown.map(async (path) => {
      const answers = await Promise.all(["ADA", "NINA", "ROSA"].map((who) => as(who, path)));
      return answers.map((answer) =>
        answer.status !== 200 || answer.body.resourceType !== "Bundle" ? answer.status : found(answer).length,
      );
    }),
  );
  assert.deepEqual(Object.fromEntries(shown.map((path, i) => [path, got[i]])), {
    "Observation?patient=ada": [5, 4, 0],
    "Observation/ada-phq9": [200, 404, 404],
    "Condition?patient=ada": [2, 1, 403],
    "Condition/ada-diabetes": [200, 200, 404],
    Observation: [5, 6, 403],
    "Patient?name=alb&_revinclude=Observation:subject": [403, 5, 403],
  });
});

test("a diagnosis goes to the nurse without the answer that it contains, its reference and the text that tells of it", async () => {
  const [whole, less] = [await as("ADA", "Condition/ada-diabetes"), await as("NINA", "Condition/ada-diabetes")];
  assert.match(whole.text, /skips insulin on bad days.*I skip it on bad days/);
  assert.equal(less.status, 200);
  assert.doesNotMatch(less.text, /bad days|#answer/);
  assert.match(less.text, /"code":"SUBSETTED"/);
  assert.equal(less.body.code.coding[0].code, "44054006");
});

test("Ada's app asks for no more than in the month before, so that her search opens no alert", async () => {
  const routines = (await readMonth()).filter(({ client, subject }) => client === "patient-app" && subject === "ada");
  const asked = new Set(routines.flatMap(({ asks }) => asks.flatMap(({ scopes }) => scopes ?? [])));
  const [, payload = ""] = guard.variables.get("DEMO_ADA_TOKEN")?.split(".") ?? [];
  const { scope } = JSON.parse(Buffer.from(payload, "base64url").toString()) as { scope: string };
  assert.deepEqual(new Set(scope.split(" ")), asked);
});

test("the store knows what a newcomer would search by, and says what it does not know", async () => {
  for (const [search, ids] of [
    ["code=http://loinc.org|8867-4", ["Observation/ada-heart-rate"]],
    ["category=survey", ["Observation/ada-phq9"]],
    [
      "category:not=laboratory&_sort=-date",
      ["Observation/ada-phq9", "Observation/ada-heart-rate", "Observation/ada-weight"],
    ],
    ["date=ge2026-11-04&date=lt2026-11-05", ["Observation/ada-heart-rate", "Observation/ada-weight"]],
    ["_id=ada-weight,ada-phq9&subject:Patient=ada", ["Observation/ada-weight", "Observation/ada-phq9"]],
    ["code:missing=true", []],
  ] as const)
    assert.deepEqual(found(await as("ADA", `Observation?patient=ada&${search}`)), ids, search);
  const patients = await as("NINA", "Patient?name=alb&_revinclude=Observation:subject");
  // What comes with a match comes in the guard's own order.
  assert.deepEqual(found(patients), ["Patient/ada", ...ALL.slice(0, 4).toSorted()]);
  const including = await as(
    "NINA",
    "Observation?patient=ada&status=final&_id=ada-weight&_include=Observation:subject",
  );
  assert.deepEqual(found(including), ["Observation/ada-weight", "Patient/ada"]);
  assert.equal((await as("ADA", "Observation?patient=ada&value-quantity=gt7")).status, 400);
  assert.equal((await as("ADA", "Observation?patient=ada&_sort=value-quantity")).status, 400);

  const pages: string[] = [];
  for (let path: string | undefined = "Observation?patient=ada&_count=2"; path !== undefined; ) {
    const page: Answer = await as("NINA", path);
    pages.push(...found(page));
    const next = page.body.link.find(({ relation }: { relation: string }) => relation === "next");
    path = next?.url.slice(guard.url.length + 1);
  }
  assert.deepEqual(pages, ALL.slice(0, 4));
});

test("no token, one that is over, of another key or for somebody else: 401, and nothing of the store", async () => {
  const now = Math.floor(Date.now() / 1000);
  const { guardAudience, issuer: iss } = tokens.tokens;
  const claims = {
    ...{ iss, aud: guardAudience, sub: "ada", client_id: "patient-app", scope: "patient/*.rs", patient: "ada" },
    ...{ iat: now, auth_time: now, exp: now + 60 },
  };
  const other = await startDemoIssuer();
  const refused = {
    none: undefined,
    words: "let-me-in",
    over: tokens.issuer.token({ ...claims, iat: now - 7200, auth_time: now - 7200, exp: now - 3600 }),
    "of another key": other.token(claims),
    "for another server": tokens.issuer.token({ ...claims, aud: "https://fhir.example.org" }),
    "for the service": tokens.issuer.token({ ...claims, aud: "urn:scopewarden:demo" }),
  };
  other.close();
  assert.deepEqual(found(await get("Observation?patient=ada", tokens.issuer.token(claims))), ALL);
  for (const [what, token] of Object.entries(refused)) {
    const { status, text } = await get("Observation?patient=ada", token);
    assert.equal(status, 401, what);
    assert.doesNotMatch(text, /ada-/, what);
  }
  // And the service itself is not opened by any of them.
  const asked = await service.ask("{ scopes(first: 1) { edges { node { name } } } }", {
    key: tokens.issuer.token(claims),
  });
  assert.equal(asked.status, 401);
});

test("the store shows nothing to whoever goes round the guard", async () => {
  const store = await startDemoFhirServer();
  const path = "Observation?patient=ada";
  for (const headers of [
    {},
    { authorization: "Bearer x" },
    { authorization: `Bearer ${guard.variables.get("DEMO_ADA_TOKEN")}` },
  ]) {
    const answer = await request(`${store.url}/${path}`, { headers });
    assert.deepEqual([answer.status, answer.text], [401, ""]);
  }
  const { headers } = store;
  assert.equal((await request(`${store.url}/${path}`, { headers })).body.entry.length, 5);
  assert.equal((await request(`${store.url}/Observation`, { method: "POST", headers, body: "{}" })).status, 405);
  assert.equal((await request(`${store.url}/Observation/nobody`, { headers })).status, 404);
  assert.equal((await request(`${store.url.replace("/fhir", "")}//`, { headers })).status, 400);
  store.close();
});

test("accounts are added to what the directory says, once, and nobody's account is taken", async () => {
  const { directory } = service.app.domain;
  const { revision } = directory.current();
  await linkAccounts(directory, DEMO);
  assert.equal(directory.current().revision, revision);
  const account = (id: string) => ({ issuer: tokens.tokens.issuer, id });
  const put = (...entities: Parameters<typeof directory.put>[0]["entities"]) =>
    directory.put({ entities, author: "demo", reason: "test" });
  const hers = [{ issuer: "https://login.example.org", id: "n" }];
  await put(
    { type: "user", id: "nina", properties: { name: "Nina Novak", unit: "ward-5", accounts: hers } },
    { type: "user", id: "rosa", properties: {} },
    { type: "user", id: "rosalind", properties: { accounts: [account("rosa")] } },
  );
  await linkAccounts(directory, DEMO);
  const { properties } = directory.entity({ type: "user", id: "nina" }) ?? {};
  assert.deepEqual(properties, { name: "Nina Novak", unit: "ward-5", accounts: [...hers, account("nina")] });
  assert.deepEqual(directory.entity({ type: "user", id: "rosa" })?.properties, {});
});

test("a port that is taken leaves the guard out, with the option that takes another one; a wrong one is refused", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const starting = startDemoGuard({ ...tokens, port }, { service: { url: service.url, key }, now: Date.now() });
  const left = await starting.finally(() => server.close());
  assert.deepEqual(left, { leftOut: `port ${port} on 127.0.0.1 is taken; --guard-port takes another one` });
  for (const wrong of ["0", "65536", "many", "-1"]) {
    const { code, stderr } = await cli(["demo", `--guard-port=${wrong}`]);
    assert.deepEqual([code, stderr], [2, "--guard-port must be a whole number from 1 to 65535.\n"]);
  }
});

test("whoever says whose tokens count is obeyed: the demo has no issuer beside theirs", () => {
  assert.equal(tokensSetBy({}), null);
  assert.equal(tokensSetBy({ SCOPEWARDEN_JWT_ISSUERS: " ", SCOPEWARDEN_JWKS_REFRESH_MS: "1000" }), null);
  for (const name of ["JWKS_URL", "JWT_ISSUER", "JWT_ISSUERS", "JWT_MAX_AGE", "GUARD_AUDIENCES", "CONSOLE_CLIENT_ID"])
    assert.equal(tokensSetBy({ [`SCOPEWARDEN_${name}`]: "x" }), `SCOPEWARDEN_${name}`);
  const env = demoEnv({ adminKey: ADMIN_KEY, tokens: null }, { SCOPEWARDEN_JWT_ISSUERS: "issuers.yaml" });
  assert.deepEqual(
    Object.keys(env).filter((name) => /_(JWKS|JWT|GUARD)_/.test(name)),
    ["SCOPEWARDEN_JWT_ISSUERS"],
  );
});
