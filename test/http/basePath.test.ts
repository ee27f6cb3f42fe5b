import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { request as ask, createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildConsole } from "../support/builtConsole.ts";
import { launchChromium, noBrowser } from "../support/chromium.ts";
import { eventually } from "../support/eventually.ts";
import { ADMIN_KEY, request, type Service, startService } from "./support.ts";

const PREFIX = "/care/scopewarden";
const METADATA = "/.well-known/authzen-configuration";

/** A proxy that has the service under the prefix, and takes it away or leaves it; elsewhere is nothing but the metadata's place at the root. */
async function startProxy(to: string, { strips }: { readonly strips: boolean }): Promise<Server> {
  const { hostname, port } = new URL(to);
  const server = createServer((incoming, outgoing) => {
    const { headers, method, url = "/" } = incoming;
    const isUnder = url === PREFIX || url.startsWith(`${PREFIX}/`);
    if (!isUnder && !url.startsWith(METADATA)) return outgoing.writeHead(404).end("nothing of the service");
    const path = strips && isUnder ? url.slice(PREFIX.length) || "/" : url;
    const asked = ask(
      { hostname, port, method, path, headers: { ...headers, host: `${hostname}:${port}` } },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(outgoing);
      },
    );
    asked.on("error", () => outgoing.destroy());
    incoming.pipe(asked);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

for (const strips of [true, false])
  describe(`behind a proxy that ${strips ? "takes the prefix away" : "leaves the prefix"}`, () => {
    let folder: string;
    let service: Service;
    let proxy: Server;
    let origin: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "scopewarden-console-"));
      await buildConsole(folder);
      service = await startService({ SCOPEWARDEN_BASE_PATH: PREFIX }, { consoleFolder: folder });
      proxy = await startProxy(service.url, { strips });
      origin = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    });
    after(async () => {
      proxy?.close();
      proxy?.closeAllConnections();
      await service?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    test("each way in leads to the console", async () => {
      for (const path of ["", "/", "/?x=/", "/console", "/console/"]) {
        const { status, url } = await fetch(origin + PREFIX + path);
        assert.deepEqual([status, url], [200, `${origin}${PREFIX}/console/`], path);
      }
      const { status, url } = await fetch(`${origin}${PREFIX}/playground/`);
      assert.deepEqual([status, url], [200, `${origin}${PREFIX}/playground`]);
    });

    test("each page finds what belongs to it", async () => {
      for (const path of ["/console/", "/playground"]) {
        const { text, status } = await request(origin + PREFIX + path);
        assert.equal(status, 200, path);
        const links = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = ""]) => link);
        assert.ok(links.length >= 2, `${path}: ${links.join()}`);
        for (const link of links)
          assert.equal((await request(new URL(link, origin + PREFIX + path).href)).status, 200, `${path}: ${link}`);
      }
      assert.equal((await request(`${origin}${PREFIX}/console/config.json`)).text, "null");
    });

    test("the metadata name addresses under the prefix, which are answered; the description is found there, too", async () => {
      const at = [`${PREFIX}${METADATA}`, `${METADATA}${PREFIX}`];
      for (const path of at) {
        const { body, status } = await request(origin + path);
        assert.equal(status, 200, path);
        const base = `${service.url}${PREFIX}`;
        assert.equal(body.policy_decision_point, base);
        assert.equal(body.access_evaluation_endpoint, `${base}/access/v1/evaluation`);
        const headers = { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" };
        const own = await request(body.access_evaluation_endpoint, { method: "POST", headers, body: "{}" });
        assert.equal(own.status, 400, own.text);
      }
      const document = `${origin}${PREFIX}/access/v1/openapi.json`;
      const { body } = await request(document, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
      assert.equal(new URL(body.servers[0].url, document).href, `${origin}${PREFIX}/`);
    });

    test("a longer name than the prefix is another, and its routes are told to the log without it", async () => {
      for (const path of [`${PREFIX}x/livez`, `${PREFIX}${PREFIX}/livez`])
        assert.equal((await request(service.url + path)).status, 404, path);
      assert.equal((await request(`${service.url}${PREFIX}/livez`)).status, 200);
      assert.equal((await request(`${service.url}/livez`)).status, 200);
      const routes = service.lines.map((line) => JSON.parse(line).route).filter((route) => route !== undefined);
      assert.ok(routes.includes("/livez") && !routes.some((route) => String(route).includes("care")), routes.join());
    });

    test("the playground asks under the prefix", { skip: noBrowser, timeout: 300_000 }, async () => {
      const browser = await launchChromium();
      try {
        const page = await browser.newPage();
        const complaints: string[] = [];
        // GraphiQL asks for the schema without a key as often as it likes, and Chromium complains of each answer.
        const refused = { withoutKey: 0, withKey: 0 };
        page.on("response", (response) => {
          if (response.status() < 400) return;
          if (response.status() === 401 && response.request().headers().authorization === undefined)
            refused.withoutKey++;
          else refused.withKey++;
        });
        page.on("console", (message) => {
          const isOfResponse = message.text().startsWith("Failed to load resource");
          if (message.type() === "error" && !isOfResponse) complaints.push(message.text());
        });
        page.on("pageerror", (error) => complaints.push(error.message));
        await page.goto(`${origin}${PREFIX}/playground`);
        await page.getByText("No key yet").waitFor();
        await page.locator(".graphiql-query-editor .CodeMirror-wrap").waitFor();
        await eventually("without a key GraphiQL is refused the schema", () => refused.withoutKey > 0);
        await page.getByLabel("API key or access token").fill(ADMIN_KEY);
        await page.getByRole("button", { name: "Use this key" }).click();
        await page.getByText(/Key accepted/).waitFor();
        await page.getByRole("button", { name: /Execute query/ }).click();
        await page.locator(".result-window", { hasText: '"roles": [' }).waitFor();
        assert.deepEqual(complaints, []);
        assert.equal(refused.withKey, 0);
      } finally {
        await browser.close();
      }
    });
  });

test("a public URL with the same path is what the metadata name", async () => {
  const service = await startService({
    SCOPEWARDEN_BASE_PATH: PREFIX,
    SCOPEWARDEN_PUBLIC_URL: `https://pdp.example.org${PREFIX}/`,
  });
  try {
    for (const path of [METADATA, METADATA + PREFIX, PREFIX + METADATA]) {
      const { body } = await service.get(path);
      assert.equal(body.policy_decision_point, `https://pdp.example.org${PREFIX}`, path);
    }
  } finally {
    await service.stop();
  }
});
