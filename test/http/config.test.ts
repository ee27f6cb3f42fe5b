import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, configuredFhirVersion, loadConfig, VARIABLES } from "../../src/config.ts";

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    loadConfig(env);
  } catch (error) {
    assert(error instanceof ConfigError);
    return error.problems;
  }
  return [];
};

test("an empty environment gives the safe defaults of the contract", () => {
  const config = loadConfig({});
  assert.equal(config.port, 4000);
  assert.equal(config.host, "127.0.0.1");
  assert.equal(config.databaseUrl, "sqlite:data/scopewarden.db");
  assert.equal(config.adminKey, null);
  assert.equal(config.jwt, null);
  assert.deepEqual(config.limits, {
    requestBytes: 49_152,
    decisions: 100,
    fields: 100_000,
    journalReads: 50,
    depth: 12,
    tokens: 1000,
    contextBytes: 16_384,
    contextDepth: 6,
  });
  assert.equal(config.policyPollMs, 1000);
  assert.equal(config.shutdownTimeoutMs, 10_000);
  assert.deepEqual([config.production, config.playground, config.introspection], [false, true, true]);
  assert.deepEqual([config.console, config.signIn], [true, null]);
});

test("the version of FHIR is R4 unless another is named, for a command that starts no service too", () => {
  assert.equal(loadConfig({}).fhirVersion, "R4");
  assert.equal(configuredFhirVersion({}), "R4");
  for (const version of ["DSTU2", "STU3", "R4", "R4B", "R5"]) {
    const env = { SCOPEWARDEN_FHIR_VERSION: version };
    assert.equal(loadConfig(env).fhirVersion, version);
    assert.equal(configuredFhirVersion(env), version);
  }
  assert.throws(
    () => configuredFhirVersion({ SCOPEWARDEN_FHIR_VERSION: "R6" }),
    /SCOPEWARDEN_FHIR_VERSION must be one of R4, R5, R4B, STU3, DSTU2/,
  );
});

test("production closes the playground and introspection, unless each is asked for", () => {
  const closed = loadConfig({ NODE_ENV: "production" });
  assert.deepEqual([closed.production, closed.playground, closed.introspection], [true, false, false]);
  const open = loadConfig({ NODE_ENV: "production", SCOPEWARDEN_PLAYGROUND: "on", SCOPEWARDEN_INTROSPECTION: "on" });
  assert.deepEqual([open.production, open.playground, open.introspection], [true, true, true]);
});

test("a word that means production and is none is refused: it would open both", () => {
  for (const word of ["Production", "PRODUCTION", "prod", "Prod"])
    assert.match(problemsOf({ NODE_ENV: word }).join(), /^NODE_ENV must be `production`, written so/, word);
  for (const word of ["test", "development", "staging", "products"])
    assert.deepEqual(problemsOf({ NODE_ENV: word }), [], word);
});

test("every problem is listed at once, by variable, without any value", () => {
  const secret = "hunter2-is-not-a-good-key";
  const problems = problemsOf({
    PORT: "eighty",
    HOST: "http://somewhere/",
    DATABASE_URL: `mysql://root:${secret}@db/x`,
    LOG_LEVEL: "loud",
    SCOPEWARDEN_FHIR_VERSION: "r6",
    SCOPEWARDEN_ADMIN_KEY: secret,
    SCOPEWARDEN_PLAYGROUND: "yes",
    SCOPEWARDEN_MAX_TOKENS: "-1",
  });
  const named = problems.map((p) => p.split(" ")[0]).sort();
  assert.deepEqual(named, [
    "DATABASE_URL",
    "HOST",
    "LOG_LEVEL",
    "PORT",
    "SCOPEWARDEN_ADMIN_KEY",
    "SCOPEWARDEN_FHIR_VERSION",
    "SCOPEWARDEN_MAX_TOKENS",
    "SCOPEWARDEN_PLAYGROUND",
  ]);
  assert(!problems.join().includes(secret));
  assert(problems.every((p) => p.includes("must be")));
});

test("files of places are a list of paths, and none by default", () => {
  assert.deepEqual(loadConfig({}).placeData, []);
  const env = { SCOPEWARDEN_PLACE_DATA: " data/country.mmdb, /srv/asn.mmdb " };
  assert.deepEqual(loadConfig(env).placeData, ["data/country.mmdb", "/srv/asn.mmdb"]);
  assert.match(problemsOf({ SCOPEWARDEN_PLACE_DATA: "a.mmdb,,b.mmdb" }).join(), /^SCOPEWARDEN_PLACE_DATA must be/);
});

test("access tokens are configured wholly or not at all, and keys come over https or loopback", () => {
  const whole = {
    SCOPEWARDEN_JWKS_URL: "https://as.example/jwks",
    SCOPEWARDEN_JWT_ISSUER: "https://as.example",
    SCOPEWARDEN_JWT_AUDIENCE: "urn:scopewarden",
  };
  assert.deepEqual(loadConfig(whole).jwt?.issuers, {
    issuer: "https://as.example",
    audience: "urn:scopewarden",
    jwksUrl: new URL("https://as.example/jwks"),
    guardAudiences: [],
    people: undefined,
  });
  const people = "SCOPEWARDEN_JWT_PEOPLE";
  const peopleOf = (text: string) => {
    const issuers = loadConfig({ ...whole, [people]: text }).jwt?.issuers;
    return typeof issuers === "object" ? issuers.people : assert.fail();
  };
  assert.equal(peopleOf("auth_time"), "auth_time");
  assert.deepEqual(peopleOf("token_use=a=b"), { claim: "token_use", values: "a=b" });
  for (const text of ["=x", "a b", "a="])
    assert.deepEqual(problemsOf({ ...whole, [people]: text }), [
      `${people} must be the name of a claim, or <claim>=<value>`,
    ]);
  assert.match(problemsOf({ [people]: "auth_time" }).join(), /^SCOPEWARDEN_JWT_PEOPLE goes with/);
  const file = { SCOPEWARDEN_JWT_ISSUERS: "issuers.yaml", [people]: "auth_time" };
  const guards = { SCOPEWARDEN_GUARD_AUDIENCES: "https://fhir.example.org/r4" };
  assert.match(problemsOf(guards).join(), /^SCOPEWARDEN_GUARD_AUDIENCES goes with/);
  assert.match(problemsOf(file).join(), /^SCOPEWARDEN_JWT_PEOPLE stands with each issuer in the file, as `people`/);
  for (const name of Object.keys(whole)) {
    const problems = problemsOf({ ...whole, [name]: "" });
    assert.equal(problems.length, 1, name);
    assert(problems[0]?.startsWith(name));
  }
  for (const url of [
    "http://as.example/jwks",
    "http://127.0.0.1.evil.example/jwks",
    "file:///etc/passwd",
    "as.example",
  ]) {
    assert.deepEqual(problemsOf({ ...whole, SCOPEWARDEN_JWKS_URL: url }), [
      "SCOPEWARDEN_JWKS_URL must be an https URL (http is for loopback only)",
    ]);
  }
  for (const url of ["http://127.0.0.1:9/jwks", "http://localhost:9/jwks", "http://[::1]:9/jwks"])
    assert.deepEqual(problemsOf({ ...whole, SCOPEWARDEN_JWKS_URL: url }), []);
});

test("people sign in at an issuer, with a client and scopes of which openid is one", () => {
  const issuer = {
    SCOPEWARDEN_JWKS_URL: "https://as.example/jwks",
    SCOPEWARDEN_JWT_ISSUER: "https://as.example",
    SCOPEWARDEN_JWT_AUDIENCE: "urn:scopewarden",
  };
  const client = { SCOPEWARDEN_CONSOLE_CLIENT_ID: "console" };
  assert.equal(loadConfig(issuer).signIn, null);
  assert.deepEqual(loadConfig({ ...issuer, ...client }).signIn, { clientId: "console", scopes: null });
  const scopes = { SCOPEWARDEN_CONSOLE_SCOPES: "openid  api://pdp/use" };
  assert.deepEqual(loadConfig({ ...issuer, ...client, ...scopes }).signIn?.scopes, ["openid", "api://pdp/use"]);
  for (const wrong of ["profile", 'openid a"b', "openid ä"])
    assert.deepEqual(problemsOf({ ...issuer, ...client, SCOPEWARDEN_CONSOLE_SCOPES: wrong }), [
      "SCOPEWARDEN_CONSOLE_SCOPES must be scopes with spaces between, openid among them",
    ]);
  assert.match(problemsOf(client).join(), /^SCOPEWARDEN_CONSOLE_CLIENT_ID needs an issuer/);
  assert.match(problemsOf({ ...issuer, ...scopes }).join(), /^SCOPEWARDEN_CONSOLE_CLIENT_ID must be set too/);
  for (const wrong of ["as", "http://as.example", "https://as.example/?a"])
    assert.match(
      problemsOf({ ...issuer, ...client, SCOPEWARDEN_JWT_ISSUER: wrong }).join(),
      /^SCOPEWARDEN_JWT_ISSUER must be an https URL/,
    );
});

test("trusted proxies are addresses and networks, and none unless they are named", () => {
  assert.deepEqual(loadConfig({}).trustedProxies, []);
  const proxies = ["10.0.0.7", "10.1.0.0/16", "::1", "2001:db8::/32"];
  assert.deepEqual(loadConfig({ SCOPEWARDEN_TRUSTED_PROXIES: proxies.join(" , ") }).trustedProxies, proxies);
  for (const wrong of [
    "proxy.example",
    "loopback",
    "true",
    "1",
    "10.0.0.7,",
    "10.0.0.0/33",
    "10.0.0.0/0",
    "::/0",
    "10.0.0.0/255.0.0.0",
    "10.0.0",
    "fe80::1%eth0",
  ])
    assert.deepEqual(
      problemsOf({ SCOPEWARDEN_TRUSTED_PROXIES: wrong }),
      [
        "SCOPEWARDEN_TRUSTED_PROXIES must be addresses or networks such as 10.0.0.7 or 10.1.0.0/16, with commas between",
      ],
      wrong,
    );
});

test("a prefix is a path that is none of the service's own, and that of the public URL", () => {
  const name = "SCOPEWARDEN_BASE_PATH";
  assert.equal(loadConfig({}).basePath, "");
  for (const path of ["/scopewarden", "/care/pdp-1.0/~x", "/consoles"])
    assert.equal(loadConfig({ [name]: path }).basePath, path);
  for (const path of [
    "/",
    "scopewarden",
    "/a/",
    "/a//b",
    "/a/../b",
    "/.",
    "/a b",
    "/a?b",
    "/a%20b",
    "https://a.example/b",
  ])
    assert.match(
      problemsOf({ [name]: path }).join(),
      /^SCOPEWARDEN_BASE_PATH must be a path such as \/scopewarden/,
      path,
    );
  for (const path of ["/console", "/graphql/x", "/.well-known", "/playground"])
    assert.match(problemsOf({ [name]: path }).join(), /^SCOPEWARDEN_BASE_PATH must not begin with a path/, path);
  const publicUrl = { SCOPEWARDEN_PUBLIC_URL: "https://a.example/pdp/" };
  assert.equal(loadConfig({ ...publicUrl, [name]: "/pdp" }).basePath, "/pdp");
  assert.match(problemsOf({ ...publicUrl, [name]: "/other" }).join(), /^SCOPEWARDEN_BASE_PATH must be the path of SC/);
  assert.deepEqual(problemsOf({ SCOPEWARDEN_PUBLIC_URL: "no URL", [name]: "/pdp" }).length, 1);
});

test("an empty variable counts as unset, and one that nobody knows is reported", () => {
  assert.equal(loadConfig({ PORT: " ", SCOPEWARDEN_ADMIN_KEY: "" }).port, 4000);
  assert.deepEqual(
    loadConfig({ SCOPEWARDEN_KEY: "x", SCOPEWARDEN_URL: "x" }).unknownVariables,
    [],
    "the commands' own",
  );
  assert.deepEqual(loadConfig({ SCOPEWARDEN_JWT_AUDIANCE: "x", PATH: "/bin" }).unknownVariables, [
    "SCOPEWARDEN_JWT_AUDIANCE",
  ]);
});

test("the table of variables says of each what it is", () => {
  for (const { name, description } of VARIABLES) assert(description.length > 10, name);
  const defaults = Object.fromEntries(VARIABLES.flatMap((v) => (v.default === null ? [] : [[v.name, v.default]])));
  assert.deepEqual(loadConfig(defaults), loadConfig({}), "each default, set explicitly, changes nothing");
});

test("nothing is asked of changes unless it is set", () => {
  const { fourEyes, proposals } = loadConfig({});
  assert.equal(fourEyes, false);
  assert.deepEqual(proposals, { replayRequired: false, reportMaxAgeHours: 168, mostFlips: 0, days: 30 });
  const set = loadConfig({
    SCOPEWARDEN_FOUR_EYES: "on",
    SCOPEWARDEN_REPLAY_REQUIRED: "on",
    SCOPEWARDEN_REPLAY_MAX_AGE_HOURS: "1",
    SCOPEWARDEN_REPLAY_MAX_FLIPS: "5",
    SCOPEWARDEN_PROPOSAL_DAYS: "7",
  });
  assert.equal(set.fourEyes, true);
  assert.deepEqual(set.proposals, { replayRequired: true, reportMaxAgeHours: 1, mostFlips: 5, days: 7 });
  // A slip must not leave the door open.
  for (const [name, value] of [
    ["SCOPEWARDEN_FOUR_EYES", "yes"],
    ["SCOPEWARDEN_REPLAY_REQUIRED", "true"],
    ["SCOPEWARDEN_REPLAY_MAX_AGE_HOURS", "0"],
    ["SCOPEWARDEN_REPLAY_MAX_FLIPS", "-1"],
    ["SCOPEWARDEN_PROPOSAL_DAYS", "0"],
  ] as const)
    assert.match(problemsOf({ [name]: value }).join(), new RegExp(`^${name} must be`));
});

test("webhooks need a URL that nobody can listen to and a secret of Standard Webhooks, both or neither", () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  const whole = { SCOPEWARDEN_WEBHOOK_URL: "https://hooks.example/in?tenant=1", SCOPEWARDEN_WEBHOOK_SECRET: secret };
  assert.equal(loadConfig({}).webhook, null);
  const { webhook } = loadConfig(whole);
  assert.deepEqual(
    { ...webhook, url: webhook?.url.href },
    {
      url: "https://hooks.example/in?tenant=1",
      secrets: [secret],
      timeoutMs: 10_000,
      attempts: 12,
      keepDays: 30,
      pollMs: 1_000,
      remindWaitingMinutes: 120,
      remindEndingMinutes: 30,
    },
  );
  const two = { ...whole, SCOPEWARDEN_WEBHOOK_SECRET: `${secret} ${secret}` };
  assert.deepEqual(loadConfig(two).webhook?.secrets, [secret, secret]);
  for (const name of ["SCOPEWARDEN_WEBHOOK_URL", "SCOPEWARDEN_WEBHOOK_SECRET"] as const)
    assert.deepEqual(problemsOf({ ...whole, [name]: "" }), [
      `${name} must be set too: SCOPEWARDEN_WEBHOOK_URL and SCOPEWARDEN_WEBHOOK_SECRET go together`,
    ]);
  for (const url of [
    "http://hooks.example/",
    "https://user:secret@hooks.example/",
    "https://hooks.example/#a",
    "hooks",
    "ftp://127.0.0.1/",
  ])
    assert.deepEqual(problemsOf({ ...whole, SCOPEWARDEN_WEBHOOK_URL: url }), [
      "SCOPEWARDEN_WEBHOOK_URL must be an https URL (http is for loopback only) without credentials or fragment",
    ]);
  for (const url of ["http://127.0.0.1:9/hooks", "http://[::1]:9/hooks"])
    assert.deepEqual(problemsOf({ ...whole, SCOPEWARDEN_WEBHOOK_URL: url }), []);
  const short = `whsec_${Buffer.alloc(23).toString("base64")}`;
  for (const bad of ["hunter2", short, secret.slice(6), `whsec_${"=".repeat(40)}`, `${secret},${secret}`])
    assert.deepEqual(problemsOf({ ...whole, SCOPEWARDEN_WEBHOOK_SECRET: bad }), [
      "SCOPEWARDEN_WEBHOOK_SECRET must be whsec_ and 24 to 64 bytes in base64, or two of them",
    ]);
});

test("sinks are off by default, tell nothing of people unless it is said, and every value is looked at", () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  assert.deepEqual(loadConfig({}).sinks, {
    ...{ file: null, webhook: null, format: "NDJSON", personal: "NONE", begin: "NOW", attempts: 5, everyMs: 1_000 },
  });
  const { sinks } = loadConfig({
    SCOPEWARDEN_SINK_FILE: "/var/log/record.ndjson",
    SCOPEWARDEN_SINK_FILE_DAILY: "on",
    SCOPEWARDEN_SINK_URL: "https://siem.example/in",
    SCOPEWARDEN_SINK_SECRET: secret,
    SCOPEWARDEN_SINK_FORMAT: "fhir",
    SCOPEWARDEN_SINK_PERSONAL: "pseudonyms",
    SCOPEWARDEN_SINK_BEGIN: "start",
  });
  assert.deepEqual(sinks.file, { path: "/var/log/record.ndjson", maxBytes: 104_857_600, daily: true, keep: 10 });
  assert.deepEqual(
    [
      sinks.webhook?.url.href,
      sinks.webhook?.secrets,
      sinks.webhook?.timeoutMs,
      sinks.format,
      sinks.personal,
      sinks.begin,
    ],
    ["https://siem.example/in", [secret], 10_000, "FHIR", "PSEUDONYMS", "START"],
  );
  for (const [name, value, expected] of [
    ["SCOPEWARDEN_SINK_FILE", "/var/log/", "must be the path of a file"],
    ["SCOPEWARDEN_SINK_FILE_MAX_BYTES", "1", "must be a whole number from 65536 to 100000000000"],
    ["SCOPEWARDEN_SINK_FILE_DAILY", "yes", "must be one of on, off"],
    ["SCOPEWARDEN_SINK_FILE_KEEP", "0", "must be a whole number from 1 to 100000"],
    ["SCOPEWARDEN_SINK_FORMAT", "csv", "must be one of ndjson, ocsf, fhir"],
    ["SCOPEWARDEN_SINK_PERSONAL", "yes", "must be one of none, pseudonyms, all"],
    ["SCOPEWARDEN_SINK_BEGIN", "later", "must be one of now, start"],
    ["SCOPEWARDEN_SINK_ATTEMPTS", "0", "must be a whole number from 1 to 50"],
    ["SCOPEWARDEN_SINK_TIMEOUT_MS", "5", "must be a whole number from 100 to 60000"],
    ["SCOPEWARDEN_SINK_POLL_MS", "0", "must be a whole number from 10 to 3600000"],
  ] as const)
    assert.deepEqual(problemsOf({ [name]: value }), [`${name} ${expected}`]);
  assert.deepEqual(problemsOf({ SCOPEWARDEN_SINK_URL: "https://siem.example/" }), [
    "SCOPEWARDEN_SINK_SECRET must be set too: SCOPEWARDEN_SINK_URL and SCOPEWARDEN_SINK_SECRET go together",
  ]);
  assert.deepEqual(problemsOf({ SCOPEWARDEN_SINK_URL: "http://siem.example/", SCOPEWARDEN_SINK_SECRET: secret }), [
    "SCOPEWARDEN_SINK_URL must be an https URL (http is for loopback only) without credentials or fragment",
  ]);
});
