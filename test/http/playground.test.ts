import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { get, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { runInNewContext } from "node:vm";
import { gunzipSync } from "node:zlib";
import { parse, validate } from "graphql";
import type { Locator, Page } from "playwright-core";
import { buildScopewardenSchema } from "../../src/graphql/door/schema.ts";
import { readExamples } from "../../src/http/playgroundRoutes.ts";
import { buildConsole } from "../support/builtConsole.ts";
import { launchChromium, noBrowser } from "../support/chromium.ts";
import { eventually } from "../support/eventually.ts";
import { openHospitalMonth } from "../support/hospitalMonth.ts";
import { playgroundAnswers } from "../support/playgroundAnswers.ts";
import { ADMIN_KEY, type Service, startService } from "./support.ts";

let folder: string;
let service: Service;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "scopewarden-playground-"));
  const url = `sqlite:${join(folder, "month.db")}`;
  const month = await openHospitalMonth({ url, cases: false, incidents: true });
  const monthEnds = month.clock.now;
  await month.close();
  const started = Date.now();
  const consoleFolder = join(folder, "console");
  await buildConsole(consoleFolder);
  service = await startService({ DATABASE_URL: url }, { clock: () => monthEnds + Date.now() - started, consoleFolder });
});
after(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

test("every example is valid against the schema, has one named operation, and says for whom it is", async () => {
  const schema = buildScopewardenSchema();
  const examples = await readExamples();
  assert(examples.length >= 10);
  for (const { name, query, title } of examples) {
    const document = parse(query);
    assert.deepEqual(validate(schema, document), [], name);
    assert.equal(document.definitions.length, 1, name);
    const role = /^# (ANYONE|SERVICE|ADMIN|REVIEWER|AUDITOR|CONSENT): /.exec(query)?.[1]?.toLowerCase();
    assert.equal(name.split("-")[0], role, query);
    assert.ok(title.endsWith(` (${role})`), title);
  }
  for (const role of ["SERVICE", "ADMIN", "REVIEWER", "AUDITOR", "CONSENT"])
    assert(
      examples.some((e) => e.query.startsWith(`# ${role}`)),
      role,
    );
  // A group is one run of the list, or it would be shown twice.
  const groups = examples.map(({ group }) => group).filter((group, i, all) => group !== all[i - 1]);
  assert.deepEqual(groups, [...new Set(groups)]);
  assert.ok(groups.length >= 5, groups.join());
});

/** A key of somebody who has this role alone, as in the demo: whoever approves is somebody else than who proposed. */
async function keyFor(role: string): Promise<string> {
  const { body } = await service.ask(
    'mutation($roles: [CallerRole!]!, $name: String!, $id: ID!) { createApiKey(input: { name: $name, roles: $roles, subject: { id: $id } }, reason: "test") { key } }',
    { variables: { roles: [role], name: role, id: `demo-${role.toLowerCase()}` } },
  );
  return body.data.createApiKey.key;
}

test("every example is answered on the demo hospital, with a key that holds its role alone", async () => {
  const answers = playgroundAnswers();
  for (const { name, query: given } of await readExamples()) {
    const role = /^# ([A-Z]+)/.exec(given)?.[1] ?? "";
    const key = await keyFor(role === "ANYONE" ? "SERVICE" : role);
    // As the page does: an id is taken from an answer before.
    const { missing, query } = answers.fill(given);
    assert.equal(missing, null, name);
    const answer = await service.ask(query, { key });
    assert.equal(answer.body?.errors, undefined, `${name}: ${answer.text}`);
    const { data } = answer.body;
    answers.learn(data);
    if (name.endsWith("-allow")) assert.equal(data.authorize.outcome, "ALLOW", answer.text);
    if (name.endsWith("reviewer-propose")) assert.equal(data.proposePolicy.state, "OPEN", answer.text);
    if (name.endsWith("admin-approve")) assert.equal(data.approveProposal.state, "APPROVED", answer.text);
    if (name.endsWith("reviewer-compare")) assert.ok(data.comparePolicy.rowCount > 10, answer.text);
    if (name.endsWith("client-access")) assert.ok(data.clientAccess.cells.length > 0, answer.text);
    if (name.endsWith("client-holders")) assert.ok(data.clientAccess.holders.cells.length > 0, answer.text);
    if (name.endsWith("who-can")) {
      const lab = data.whoCan.matches.filter(({ clientId }: { clientId: string }) => clientId === "lab-portal");
      assert.ok(
        lab.some(({ subjectId }: { subjectId: string }) => subjectId === "tess"),
        answer.text,
      );
    }
    if (name.endsWith("anyone-service")) assert.ok(data.service.revision > 0, answer.text);
    if (name.endsWith("reviewer-find"))
      assert.deepEqual(
        data.find.matches.map(({ id, kind, name }: { id: string; kind: string; name: string }) => [kind, id, name]),
        [["STAFF", "nina", "Nina Novak"]],
      );
    if (name.endsWith("reviewer-inbox")) {
      assert.ok(data.inbox.cases.length > 0, answer.text);
      assert.ok(
        data.toDo.some(({ atMost }: { atMost: number }) => atMost > 0),
        answer.text,
      );
    }
    if (name.endsWith("patient-access")) assert.ok(data.patientAccess.edges.length > 0, answer.text);
    if (name.endsWith("simulate")) {
      assert.deepEqual([data.simulate.changed, data.simulate.results[0].after.outcome], [1, "DENY"], answer.text);
      assert.ok(data.simulate.access.cells.length > 0, answer.text);
    }
    if (name.endsWith("replay")) assert.ok(data.replay.allowToDeny > 0, answer.text);
    if (name.endsWith("explanation")) assert.equal(data.explanation.reproduced, true, answer.text);
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
        ["NARROWED", "NARROWED", "GRANTED"],
        answer.text,
      );
    if (name === "auditor-decisions") assert(answer.body.data.decisions.edges.length > 0);
    if (name.endsWith("checkpoint")) assert.equal(data.checkpointKeys.length, 1, answer.text);
    if (name.endsWith("inclusion-proof")) assert.match(data.inclusionProof.checkpoint.note, /\n\n— /, answer.text);
    if (name.endsWith("accounting")) assert.ok(data.accountingOfDisclosures.edges.length > 0, answer.text);
    if (name.endsWith("export-page")) {
      assert.equal(data.exportPage.lines.length, 3, answer.text);
      assert.ok(data.exportPage.total > data.exportPage.done, answer.text);
    }
    if (name.endsWith("open-alerts")) {
      assert.ok(data.high.edges.length >= 1 && data.all.edges.length >= 8, answer.text);
      assert.equal(answers.known["alert.id"], data.high.edges[0].node.id);
    }
    if (name.endsWith("alert-decisions")) {
      assert.ok(data.findings.edges.length > 0, answer.text);
      const allowed = data.alert.decisions.edges.find(
        (edge: { node: { outcome: string } }) => edge.node.outcome === "ALLOW",
      );
      assert.equal(answers.known["access.id"], allowed.node.id);
    }
    if (name.endsWith("explain-access")) assert.ok("explained" in data.explanation, answer.text);
    if (name.endsWith("close-alert")) assert.equal(data.closeAlert.state, "CLOSED", answer.text);
    if (name.endsWith("explained-share")) assert.ok(data.stats.rows.length > 10, answer.text);
    if (name.endsWith("shadow-findings")) assert.ok(data.findings.edges.length > 0, answer.text);
    if (name.endsWith("backtest")) assert.ok(data.backtest.alerts > 0 && data.backtest.decisions > 3000, answer.text);
    if (name.endsWith("review-unused-access")) assert.ok(data.startReviewCampaign.itemCount > 5, answer.text);
  }
});

test("an example that takes an id from an answer says of which example, and is not sent without", async () => {
  const examples = await readExamples();
  const titles = new Set(examples.map(({ title }) => title.replace(/ \(.*/, "")));
  const taking = examples.filter(({ query }) => playgroundAnswers().fill(query).missing !== null);
  assert.ok(taking.length >= 7, taking.map(({ name }) => name).join());
  for (const { name, query } of taking) {
    const asked = /^Run the example "(.*)" first/.exec(playgroundAnswers().fill(query).missing ?? "")?.[1] ?? "";
    assert.ok(titles.has(asked), `${name}: ${asked}`);
    for (const [place] of query.matchAll(/"<[a-z.]+>"/g))
      assert.match(query, new RegExp(`# .*${place.slice(1, -1)}`), `${name} says where it comes from`);
  }
  const answers = playgroundAnswers();
  answers.learn({ alerts: { edges: [{ node: { id: 'x" evil' } }] } });
  assert.deepEqual({ ...answers.known }, {}, "nothing that ends the text it is put into");
  answers.learn({ authorize: { id: "d1", outcome: "DENY" }, decisions: null, me: { id: "d2" } });
  assert.deepEqual({ ...answers.known }, { "decision.id": "d1" });
  assert.equal(answers.fill('{ explanation(decisionId: "<decision.id>") }').query, '{ explanation(decisionId: "d1") }');
});

test("another key changes nothing of what is shown, once one was accepted", async () => {
  let sent: () => void = () => {};
  let forgotten = sent;
  const made: unknown[] = [];
  const stored = new Map<string, string>();
  const states: string[] = [];
  const field = { value: "" };
  const state = {
    dataset: {},
    set textContent(text: string) {
      states.push(text);
    },
  };
  const elements: Record<string, object> = {
    key: field,
    "key-state": state,
    forget: { addEventListener: (_: string, on: () => void) => (forgotten = on) },
    "key-form": {
      addEventListener: (_: string, on: (event: object) => void) => (sent = () => on({ preventDefault() {} })),
    },
    graphiql: {},
    "to-console": {},
  };
  const sessionStorage = {
    getItem: (name: string) => stored.get(name) ?? null,
    setItem: (name: string, value: string) => void stored.set(name, value),
    removeItem: (name: string) => void stored.delete(name),
  };
  const answer = (body: unknown) => ({ json: async () => body, url: "" });
  const window = {
    React: { createElement: (_: unknown, { key }: { readonly key: unknown }) => key },
    ReactDOM: { createRoot: () => ({ render: (key: unknown) => made.push(key) }) },
    GraphiQL: {},
    openAnswers: () => ({ known: {}, learn() {}, fill: (query: string) => ({ query, missing: null }) }),
    handedQuestion: async () => null,
    openExamples: () => ({ text: () => "" }),
    addEventListener() {},
  };
  const asked = async (url: string, { headers }: { readonly headers?: Record<string, string> } = {}) =>
    answer(
      url === "console/config.json"
        ? null
        : headers?.authorization === "Bearer wrong"
          ? { errors: [{ message: "no" }] }
          : { data: { me: { name: "n", roles: [] } } },
    );
  const document = { getElementById: (id: string) => elements[id], querySelector: () => null };
  runInNewContext(readFileSync("playground/playground.js", "utf8"), {
    ...{ window, document, sessionStorage, fetch: asked, requestAnimationFrame() {} },
  });
  const press = async (key: string): Promise<void> => {
    const before = states.length;
    field.value = key;
    sent();
    await eventually("the key is looked at", () => states.length > before);
    await new Promise(setImmediate);
  };
  await eventually("the page is there, without a key", () => made.length === 1);
  await press("wrong");
  await press("first");
  const accepted = made.length;
  assert.equal(accepted, 3, "made anew until a key is accepted");
  for (const key of ["second", "wrong", ""]) await press(key);
  assert.equal(made.length, accepted);
  assert.match(states.at(-1) ?? "", /^No key yet/);
  forgotten();
  await eventually("what a forgotten key has shown is gone", () => made.length > accepted);
});

test("the files are served to anyone, under a policy that lets nothing in from elsewhere", async () => {
  for (const path of [
    "/playground",
    "/playground/playground.js",
    "/playground/answers.js",
    "/playground/examples.js",
    "/playground/handed-question.js",
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
    assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none'; script-src 'self';/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  }
  assert.equal((await service.get("/playground/")).headers.get("location"), "../playground");
  for (const path of ["/playground", "/console/signed-in"]) {
    const { text } = await service.get(path);
    assert(!/https?:\/\//.test(text) && !/<script(?![^>]*src=)/.test(text), path);
  }
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

interface Opened {
  readonly page: Page;
  readonly requests: string[];
  readonly complaints: string[];
}

/** The page in a new tab of a browser, and the browser's end. */
async function inBrowser(viewport: { width: number; height: number }, use: (opened: Opened) => Promise<void>) {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport });
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on("request", (r) => requests.push(r.url()));
    page.on("console", (m) => m.type() === "error" && complaints.push(m.text()));
    page.on("pageerror", (e) => complaints.push(e.message));
    await page.goto(`${service.url}/playground`);
    await use({ page, requests, complaints });
  } finally {
    await browser.close();
  }
}

async function useKey(page: Page, key: string): Promise<void> {
  await page.getByLabel("API key or access token").fill(key);
  await page.getByRole("button", { name: "Use this key" }).click();
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

const run = (page: Page): Promise<void> => page.getByRole("button", { name: /Execute query/ }).click();
const result = (page: Page, text: string): Promise<void> => page.locator(".result-window", { hasText: text }).waitFor();
const typed = (page: Page): Promise<string> =>
  page.evaluate("document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.getValue()");
const editor = (page: Page): Locator => page.locator(".graphiql-query-editor .CodeMirror-code");

const browserTest = { skip: noBrowser, timeout: 300_000 };

test("in a browser: a key, an example, its answer, the docs; and nothing from another host", browserTest, () =>
  inBrowser({ width: 1400, height: 900 }, async ({ page, requests, complaints }) => {
    await page.getByText("No key yet").waitFor();
    await useKey(page, "wrong");
    await page.getByText("The API key is not valid.").first().waitFor();

    await useKey(page, ADMIN_KEY);
    await page.getByText(/Key accepted: .*admin/).waitFor();
    complaints.length = 0; // The 401s before the key are reported as errors, and should be.

    await page.getByLabel("Example").selectOption({ label: "Authorize (service)" });
    await run(page);
    await result(page, '"ALLOW"');
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    await page.getByText("A GraphQL schema provides a root type").waitFor();
    await page.locator(".graphiql-doc-explorer").getByText("Query", { exact: true }).click();
    await page.locator(".graphiql-doc-explorer").getByText("authorizeBatch", { exact: true }).first().waitFor();
    await picture(page, "desktop");

    // With another key what is shown stays.
    const { key } = await service.createKey("SERVICE");
    await useKey(page, key);
    await page.getByText(/Key accepted: .*service/).waitFor();
    await result(page, '"ALLOW"');
    await useKey(page, ADMIN_KEY);
    await page.getByText(/Key accepted: .*admin/).waitFor();

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
  }),
);

test(
  "in a browser without a key: the first example says what to paste where, and so does each answer",
  browserTest,
  () =>
    inBrowser({ width: 1400, height: 900 }, async ({ page }) => {
      await editor(page).getByText("data/demo-keys.env").first().waitFor();
      assert.match(await typed(page), /Paste it into the field at the top/);
      await run(page);
      await result(page, "UNAUTHENTICATED");
      await result(page, "Paste a key into the field at the top of the page");
      await picture(page, "no-key");
      await useKey(page, ADMIN_KEY);
      await page.getByText("Key accepted").waitFor();
      await run(page);
      await result(page, '"roles": [');
    }),
);

test("in a browser: examples are in groups, what is changed in one is kept, and can be restored", browserTest, () =>
  inBrowser({ width: 1400, height: 900 }, async ({ page }) => {
    const list = page.getByLabel("Example");
    const restore = page.getByRole("button", { name: "Restore" });
    const examples = await readExamples();
    await editor(page).getByText("Start").first().waitFor();
    assert.deepEqual(
      await list.locator("optgroup").evaluateAll((groups) => groups.map((group) => group.getAttribute("label"))),
      [...new Set(examples.map(({ group }) => group))],
    );
    assert.equal(await list.locator("option").count(), examples.length);

    await list.selectOption("service-authorize");
    assert.equal(await restore.isDisabled(), true);
    await page.locator(".graphiql-query-editor .CodeMirror").click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("# mine");
    await list.getByText("Authorize (service), edited").waitFor({ state: "attached" });
    // At once, while the editor still thinks about what was typed.
    await list.selectOption("service-batch");
    assert.equal(await restore.isDisabled(), true);
    await editor(page).getByText("ServiceBatch").waitFor();

    await page.reload();
    await editor(page).getByText("ServiceBatch").waitFor();
    await list.selectOption("service-authorize");
    assert.match(await typed(page), /# mine$/);
    await restore.click();
    assert.equal(await typed(page), examples.find(({ name }) => name === "service-authorize")?.query);
    assert.equal(await list.locator("option", { hasText: "edited" }).count(), 0);
    assert.equal(await restore.isDisabled(), true);
  }),
);

test(
  "in a browser: the console hands over a question, with its variables, and no address has any of it",
  browserTest,
  () =>
    inBrowser({ width: 1400, height: 900 }, async ({ page, requests, complaints }) => {
      const query =
        "query Asked($patient: ID!) { me { name roles } decisions(filter: { patient: $patient }) { edges { node { id } } } }";
      // As the console does: it answers as soon as the page that it has opened is ready, on a channel of that page alone.
      await page.evaluate(
        `new Promise((resolve) => {
        const channel = new BroadcastChannel("scopewarden.ask.0b1c-2d");
        channel.addEventListener("message", ({ data }) => {
          if (data !== "ready") return;
          channel.postMessage({ query: ${JSON.stringify(query)}, variables: JSON.stringify({ patient: "ada" }) });
          channel.close();
        });
        resolve();
      })`,
      );
      const [asked] = await Promise.all([
        page.context().waitForEvent("page"),
        page.evaluate('void window.open("playground#ask=0b1c-2d", "_blank", "noopener")'),
      ]);
      asked.on("request", (r) => requests.push(r.url()));
      await editor(asked).getByText("Asked").first().waitFor();
      assert.equal(await typed(asked), query);
      assert.equal(asked.url(), `${service.url}/playground`);
      assert.equal(await asked.getByRole("link", { name: "Console" }).count(), 1);
      await useKey(asked, ADMIN_KEY);
      await asked.getByText("Key accepted").waitFor();
      await run(asked);
      await result(asked, '"roles": [');
      await result(asked, '"decisions": {');
      assert.ok(!requests.some((url) => /ada\b|%22|ask=/.test(url)), requests.join());
      complaints.length = 0;

      // Nobody answers: it goes on without.
      await page.goto("about:blank");
      await page.goto(`${service.url}/playground#ask=nobody`);
      await editor(page).getByText("ANYONE").waitFor();
      assert.equal(page.url(), `${service.url}/playground`);
    }),
);

test("in a browser of 390 by 844 pixels, all is within reach of a thumb", browserTest, () =>
  inBrowser({ width: 390, height: 844 }, async ({ page }) => {
    const width = (): Promise<unknown> => page.evaluate("document.documentElement.scrollWidth");
    await editor(page).getByText("ANYONE").waitFor();
    const isWide = async (at: Locator, least: number): Promise<void> => {
      const box = await at.boundingBox();
      assert.ok(box !== null && box.x >= 0 && box.x + box.width <= 390 && box.width >= least, JSON.stringify(box));
      assert.ok(box.y + Math.min(box.height, 100) <= 844, `${at} is below the first screen: ${JSON.stringify(box)}`);
    };
    await isWide(page.getByLabel("API key or access token"), 150);
    await isWide(page.getByLabel("Example"), 150);
    await isWide(page.getByRole("button", { name: "Restore" }), 40);
    await isWide(page.locator(".graphiql-query-editor .CodeMirror"), 250);
    await isWide(page.getByRole("button", { name: /Execute query/ }), 30);
    await useKey(page, ADMIN_KEY);
    await page.getByText("Key accepted").waitFor();
    for (const name of ["service-authorize", "reviewer-scopes"]) {
      await page.getByLabel("Example").selectOption(name);
      await run(page);
      await result(page, name === "service-authorize" ? '"ALLOW"' : '"atoms"');
      assert.equal(await width(), 390);
    }
    const answer = await page.locator(".graphiql-response").boundingBox();
    assert.ok(answer !== null && answer.width >= 350, JSON.stringify(answer));
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    await page.getByText("A GraphQL schema provides a root type").waitFor();
    assert.equal(await width(), 390);
    await picture(page, "phone");
  }),
);
