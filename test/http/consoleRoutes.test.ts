import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { BUILT, buildConsole } from "../support/builtConsole.ts";
import { type Answer, type Service, startService } from "./support.ts";

const SCRIPT = "assets/index-Ab12_.js";
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "scopewarden-console-"));
  await buildConsole(folder);
});
after(() => rm(folder, { recursive: true, force: true }));

async function started(
  env: Record<string, string>,
  consoleFolder: string,
  use: (service: Service) => Promise<void>,
): Promise<void> {
  const service = await startService(env, { consoleFolder });
  try {
    await use(service);
  } finally {
    await service.stop();
  }
}

describe("the console's files", () => {
  const told = ({ headers }: Answer): readonly (string | null)[] => [
    headers.get("content-type"),
    headers.get("cache-control"),
  ];

  test("are there for anyone, in production too, under a policy that lets nothing in from elsewhere", async () => {
    await started({ NODE_ENV: "production" }, folder, async (service) => {
      for (const [path, type, cache, text] of [
        ["/console/", "text/html; charset=utf-8", "no-store", BUILT["index.html"]],
        ["/console/signed-in", "text/html; charset=utf-8", "no-cache", BUILT["signed-in.html"]],
        ["/console/favicon.svg", "image/svg+xml", "no-cache", BUILT["favicon.svg"]],
        ...[
          ["/console/assets/index-Ab12_.js", "text/javascript; charset=utf-8", BUILT[SCRIPT]],
          ["/console/assets/index-Cd34.css", "text/css; charset=utf-8", "body {}"],
        ].map(([path, type, text]) => [path, type, "public, max-age=31536000, immutable", text] as const),
      ]) {
        const answer = await service.get(path ?? "");
        assert.deepEqual([answer.status, answer.text, ...told(answer)], [200, text, type, cache], path);
        assert.equal(answer.headers.get("content-security-policy"), POLICY);
        assert.equal(answer.headers.get("referrer-policy"), "no-referrer");
        assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
      }
      for (const [path, to] of [
        ["/", "console/"],
        ["/console", "console/"],
      ] as const) {
        const { headers, status } = await service.get(path);
        assert.deepEqual([status, headers.get("location")], [302, to]);
      }
      assert.deepEqual((await service.get("/console/config.json")).text, "null");
    });
  });

  test("come compressed, and not again to whoever has them", async () => {
    await started({}, folder, async (service) => {
      const path = "/console/assets/index-Ab12_.js";
      const { headers, text } = await service.get(path);
      assert.deepEqual([headers.get("content-encoding"), text], ["gzip", BUILT[SCRIPT]]);
      const again = await service.get(path, { headers: { "if-none-match": headers.get("etag") ?? "" } });
      assert.deepEqual([again.status, again.text], [304, ""]);
      assert.equal(again.headers.get("cache-control"), "public, max-age=31536000, immutable");
    });
  });

  test("are those that were there at the start, by their names alone", async () => {
    await started({}, folder, async (service) => {
      await writeFile(join(folder, "assets/later.js"), "later");
      await writeFile(join(folder, "secret"), "secret");
      for (const path of [
        ...["/console/assets/later.js", "/console/secret", "/console/assets/", "/console/index.html"],
        ...["/console/assets/..%2fsecret", "/console/assets/%2e%2e/secret", "/console/signed-in.html", "/console/x"],
      ])
        assert.equal((await service.get(path)).status, 404, path);
      assert.equal((await service.get("/console/", { method: "POST" })).status, 404);
    });
    await rm(join(folder, "assets/later.js"));
  });

  test("are not there where the console is off, and / leads to the playground as long as that is on", async () => {
    await started({ SCOPEWARDEN_CONSOLE: "off" }, folder, async (service) => {
      for (const path of ["/console", "/console/", "/console/signed-in", "/console/assets/index-Ab12_.js"])
        assert.equal((await service.get(path)).status, 404, path);
      assert.equal((await service.get("/")).headers.get("location"), "playground");
      assert.equal((await service.get("/console/config.json")).status, 200);
    });
    await started({ SCOPEWARDEN_CONSOLE: "off", NODE_ENV: "production" }, folder, async (service) => {
      for (const path of ["/", "/console/", "/console/config.json"])
        assert.equal((await service.get(path)).status, 404, path);
    });
  });

  test("are missing: the log and the address say what to run, and all else is as ever", async () => {
    const empty = await mkdtemp(join(tmpdir(), "scopewarden-console-"));
    // Half a build is none.
    for (const left of [[], ["signed-in.html"], ["assets/index-Ab12_.js", "assets/index-Cd34.css"]]) {
      if (left.length > 0) await buildConsole(empty);
      for (const name of left) await rm(join(empty, name));
      await started({}, empty, async (service) => {
        const { headers, status, text } = await service.get("/console/");
        assert.deepEqual([status, headers.get("content-type")], [404, "text/plain; charset=utf-8"]);
        assert.match(text, /^The console is not built\..*npm ci/);
        const line = service.lines.map((each) => JSON.parse(each)).find(({ msg }) => /console is not built/.test(msg));
        assert.equal(line.folder, empty);
        assert.equal((await service.get("/")).headers.get("location"), "playground");
        assert.equal((await service.ask("{ me { name } }")).body.errors, undefined);
      });
    }
    await rm(empty, { recursive: true });
  });
});
