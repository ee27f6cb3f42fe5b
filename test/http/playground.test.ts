import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { get, type IncomingHttpHeaders } from "node:http";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { parse, validate } from "graphql";
import type { Browser, Page } from "playwright-core";
import { buildScopewardenSchema } from "../../src/graphql/door/schema.ts";
import { readExamples } from "../../src/http/playgroundRoutes.ts";
import { ADMIN_KEY, type Service, seedHospital, startService } from "./support.ts";

const CHROMIUM = "/usr/bin/chromium";
const noBrowser =
  existsSync(CHROMIUM) || process.env.CI === "true"
    ? false
    : `there is no browser at ${CHROMIUM}, so the page was not opened`;
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

let service: Service;
before(async () => {
  service = await startService();
  await seedHospital(service);
});
after(() => service.stop());

test("every example is valid against the schema, has one named operation, and says for whom it is", async () => {
  const schema = buildScopewardenSchema();
  const examples = await readExamples();
  assert(examples.length >= 10);
  for (const { name, query } of examples) {
    const document = parse(query);
    assert.deepEqual(validate(schema, document), [], name);
    assert.equal(document.definitions.length, 1, name);
    assert.match(query, /^# (SERVICE|ADMIN|REVIEWER|AUDITOR): /, name);
  }
  for (const role of ["SERVICE", "ADMIN", "REVIEWER", "AUDITOR"])
    assert(
      examples.some((e) => e.query.startsWith(`# ${role}`)),
      role,
    );
});

test("every example is answered on the demo hospital, with a key that holds its role alone", async () => {
  for (const { name, query } of await readExamples()) {
    const role = /^# ([A-Z]+)/.exec(query)?.[1] ?? "";
    const { key } = await service.createKey(role);
    const answer = await service.ask(query, { key });
    assert.equal(answer.body?.errors, undefined, `${name}: ${answer.text}`);
    if (name.endsWith("service-authorize")) assert.equal(answer.body.data.authorize.outcome, "ALLOW", answer.text);
    if (name.endsWith("service-batch"))
      assert.deepEqual(
        answer.body.data.authorizeBatch.map((d: { outcome: string }) => d.outcome),
        ["ALLOW", "DENY", "ALLOW"],
        answer.text,
      );
    if (name.endsWith("service-grant"))
      assert.deepEqual(
        answer.body.data.decideGrant.scopes.map((grant: { outcome: string }) => grant.outcome),
        ["NARROWED", "NARROWED", "UNKNOWN"],
        answer.text,
      );
    if (name.endsWith("decisions")) assert(answer.body.data.decisions.edges.length > 0);
  }
});

test("the files are served to anyone, under a policy that lets nothing in from elsewhere", async () => {
  for (const path of [
    "/playground",
    "/playground/playground.js",
    "/playground/playground.css",
    "/playground/graphiql.js",
    "/playground/graphiql.css",
    "/playground/react.js",
    "/playground/react-dom.js",
    "/playground/favicon.svg",
    "/playground/examples.json",
  ]) {
    const { status, headers } = await service.get(path);
    assert.equal(status, 200, path);
    assert.match(headers.get("content-security-policy") ?? "", /^default-src 'self'; script-src 'self';/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  }
  assert.equal((await service.get("/")).headers.get("location"), "/playground");
  const page = await service.get("/playground");
  assert(!/https?:\/\//.test(page.text) && !/<script(?![^>]*src=)/.test(page.text));
});

/** `fetch` would undo the compression itself. */
const raw = (path: string, headers: Record<string, string>) =>
  new Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer }>(
    (resolve, reject) => {
      get(service.url + path, { headers }, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (data) => void parts.push(data)).on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
        );
      }).on("error", reject);
    },
  );

test("the files are sent compressed to who takes that, as they are to others, and not again to who has them", async () => {
  const path = "/playground/graphiql.js";
  const plain = await raw(path, {});
  assert.equal(plain.headers["content-encoding"], undefined);
  for (const accepted of ["gzip, deflate, br, zstd", "br;q=1, GZIP;q=0.5", "*"]) {
    const { headers, body } = await raw(path, { "accept-encoding": accepted });
    assert.equal(headers["content-encoding"], "gzip", accepted);
    assert.match(headers["content-type"] ?? "", /^text\/javascript/);
    assert.equal(headers.vary, "accept-encoding");
    assert.ok(body.length < plain.body.length / 2, `${body.length} of ${plain.body.length} bytes`);
    assert.ok(gunzipSync(body).equals(plain.body));
  }
  for (const refused of ["identity", "br", "gzip;q=0", "*;q=0, br"])
    assert.equal((await raw(path, { "accept-encoding": refused })).headers["content-encoding"], undefined, refused);

  const compressed = { "accept-encoding": "gzip" };
  const { etag = "" } = (await raw(path, compressed)).headers;
  const again = await raw(path, { ...compressed, "if-none-match": `"other", W/${etag}` });
  assert.deepEqual([again.status, again.body.length], [304, 0]);
  assert.equal((await raw(path, { "if-none-match": etag })).status, 200, "in this form it is another");
});

async function open(
  browser: Browser,
): Promise<{ readonly page: Page; readonly requests: string[]; readonly complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (r) => requests.push(r.url()));
  page.on("console", (m) => m.type() === "error" && complaints.push(m.text()));
  page.on("pageerror", (e) => complaints.push(e.message));
  await page.goto(`${service.url}/playground`);
  return { page, requests, complaints };
}

test("in a browser: a key, an example, its answer, the docs; and nothing from another host", {
  skip: noBrowser,
  timeout: 60_000,
}, async () => {
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  try {
    const { page, requests, complaints } = await open(browser);
    await page.getByText("No key yet").waitFor();
    await page.getByLabel("API key or access token").fill("wrong");
    await page.getByRole("button", { name: "Use this key" }).click();
    await page.getByText("The API key is not valid.").first().waitFor();

    await page.getByLabel("API key or access token").fill(ADMIN_KEY);
    await page.getByRole("button", { name: "Use this key" }).click();
    await page.getByText("Key accepted").waitFor();
    complaints.length = 0; // The 401s before the key are reported as errors, and should be.

    await page.getByRole("tab", { name: "ServiceAuthorize" }).click();
    await page.getByRole("button", { name: /Execute query/ }).click();
    await page.locator(".result-window", { hasText: '"ALLOW"' }).waitFor();
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    await page.getByText("A GraphQL schema provides a root type").waitFor();
    await page.locator(".graphiql-doc-explorer").getByText("Query", { exact: true }).click();
    await page.locator(".graphiql-doc-explorer").getByText("authorizeBatch", { exact: true }).first().waitFor();
    const picture = process.env.SCREENSHOT;
    if (picture !== undefined) await page.screenshot({ path: picture });

    // The same key after a reload of the tab, and no key in a new one.
    await page.reload();
    await page.getByText("Key accepted").waitFor();
    assert.deepEqual(complaints, []);
    assert.equal(await page.evaluate("localStorage.length"), 0);
    assert.deepEqual(
      requests.filter((url) => !url.startsWith(`${service.url}/`) && !url.startsWith("data:")),
      [],
    );
    assert(!requests.some((url) => url.includes(ADMIN_KEY)));
  } finally {
    await browser.close();
  }
});
