import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { extname } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FastifyInstance } from "fastify";

const TYPES: { readonly [extension: string]: string } = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".json": "application/json; charset=utf-8",
};

interface StaticAnswer {
  readonly status: 200 | 304;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

/** Answers a GET for one file: compressed where that is accepted, and not at all where the caller has it (RFC 9110 sections 12.5.3 and 13.1.2). */
type StaticFile = (headers: IncomingHttpHeaders) => Promise<StaticAnswer>;

/** Whether an `Accept-Encoding` header names gzip, or anything, and does not refuse it with `q=0`. */
function acceptsGzip(header: string | string[] | undefined): boolean {
  const weights = new Map<string, number>();
  for (const part of String(header ?? "").split(",")) {
    const [coding = "", weight = ""] = part.split(";").map((text) => text.trim().toLowerCase());
    weights.set(coding, weight.startsWith("q=") ? Number(weight.slice(2)) : 1);
  }
  return (weights.get("gzip") ?? weights.get("*") ?? 0) > 0;
}

/** Compressed once, and kept: strangers may ask for it as often as they like, and none of them makes this work again. */
async function load(path: string) {
  const plain = await readFile(path);
  const compressed = await promisify(gzip)(plain, { level: 9 });
  const hash = createHash("sha256").update(plain).digest("base64url").slice(0, 22);
  return {
    plain: { body: plain, headers: { etag: `"${hash}"` } },
    gzip: { body: compressed, headers: { etag: `"${hash}-gzip"`, "content-encoding": "gzip" } },
  };
}

/** The file is read at the first request for it. */
function staticFile(path: string): StaticFile {
  let loading: ReturnType<typeof load> | null = null;
  const type = TYPES[extname(path)] ?? "application/octet-stream";
  return async ({ "accept-encoding": accepted, "if-none-match": known }) => {
    loading ??= load(path);
    const file = await loading;
    const { body, headers } = acceptsGzip(accepted) ? file.gzip : file.plain;
    const all = { ...headers, vary: "accept-encoding", "content-type": type };
    const has = (known ?? "").split(",").some((tag) => tag.trim().replace(/^W\//, "") === headers.etag);
    return has ? { status: 304, headers: all, body: null } : { status: 200, headers: all, body };
  };
}

type Headers = Readonly<Record<string, string>>;

/** Serves a file at a URL to anyone, with these headers beside those of a file. */
export function serveFile(
  server: FastifyInstance,
  url: string,
  { path, headers }: { readonly path: string; readonly headers: () => Headers | Promise<Headers> },
): void {
  const file = staticFile(path);
  server.get(url, { config: { open: true } }, async (request, reply) => {
    const answer = await file(request.headers);
    return reply
      .code(answer.status)
      .headers({ ...(await headers()), ...answer.headers })
      .send(answer.body);
  });
}
