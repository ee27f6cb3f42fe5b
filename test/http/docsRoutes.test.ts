import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileHeaders } from "../../src/http/pageHeaders.ts";
import { type Service, startService } from "./support.ts";

const BUILT = "docs/dist";
const files = readdirSync(BUILT, { recursive: true, encoding: "utf8" });
const pages = files.filter((name) => name.endsWith(".html"));
const textOf = (name: string) => readFileSync(join(BUILT, name), "utf8");

describe("the documentation at /docs/", () => {
  let service: Service;
  before(async () => {
    service = await startService({ NODE_ENV: "production" });
  });
  after(() => service.stop());

  test("is there for anyone, under the console's headers", async () => {
    for (const [path, type] of [
      ["", "text/html; charset=utf-8"],
      ["choices/", "text/html; charset=utf-8"],
      ["console.html", "text/html; charset=utf-8"],
      ["docs.css", "text/css; charset=utf-8"],
      ["search.js", "text/javascript; charset=utf-8"],
      ["search.json", "application/json; charset=utf-8"],
    ] as const) {
      const { status, headers } = await service.get(`/docs/${path}`);
      assert.deepEqual([status, headers.get("content-type")], [200, type], path);
      for (const [name, value] of Object.entries(fileHeaders())) assert.equal(headers.get(name), value);
      assert.match(headers.get("etag") ?? "", /^"/);
    }
  });

  test("answers for no other path", async () => {
    for (const path of ["nothing.html", "..%2f..%2fpackage.json", "%2e%2e/package.json", "choices/..%2f..%2fmain.js"]) {
      const { status, text } = await service.get(`/docs/${path}`);
      assert.ok(status >= 400, path);
      assert.doesNotMatch(text, /"name": "scopewarden"/);
    }
  });

  test("is not there where it is off, and says so to whoever was led there", async () => {
    const off = await startService({ SCOPEWARDEN_DOCS: "off" });
    try {
      for (const path of ["/docs", "/docs/", "/docs/console.html"]) {
        const { status, text } = await off.get(path);
        assert.deepEqual([status, text.split(".")[0]], [404, "The documentation is not served here"], path);
      }
    } finally {
      await off.stop();
    }
  });
});

test("no page has a script, a style or a handler in itself", () => {
  assert.ok(pages.length > 40, String(pages.length));
  for (const name of pages)
    assert.doesNotMatch(textOf(name), /<style|<script(?! defer src=)|<[^>]* (style|on[a-z]+)="/, name);
});

test("every link between pages leads to a page and an anchor that are there", () => {
  const wrong = pages.flatMap((name) =>
    [...textOf(name).matchAll(/<(?:a|img|link|script)[^>]* (?:href|src)="([^"]*)"/g)].flatMap(([, address = ""]) => {
      if (/^[a-z]+:/.test(address)) return [];
      const [path = "", anchor] = address.split("#");
      const joined = path === "" ? name : normalize(join(dirname(name), path));
      const target = joined === "." || joined.endsWith("/") ? join(joined, "index.html") : joined;
      const there =
        files.includes(target) && (!anchor || textOf(target).includes(`id="${decodeURIComponent(anchor)}"`));
      return there ? [] : [`${name} links ${address}`];
    }),
  );
  assert.deepEqual(wrong, []);
});
