import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import { staticFile } from "./staticFile.ts";

const PAGE = fileURLToPath(new URL("../../playground", import.meta.url));
const EXAMPLES = join(PAGE, "examples");

/** Everything from here, nothing from anywhere else, and no script in the page itself. Fonts are within the style sheet. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The files that are served, each by name: no path of a request ever meets the file system. */
function files(): { readonly [url: string]: string } {
  const { resolve } = createRequire(import.meta.url);
  return {
    "/playground": join(PAGE, "playground.html"),
    "/playground/playground.js": join(PAGE, "playground.js"),
    "/playground/playground.css": join(PAGE, "playground.css"),
    "/playground/favicon.svg": join(PAGE, "favicon.svg"),
    "/playground/react.js": join(dirname(resolve("react/package.json")), "umd/react.production.min.js"),
    "/playground/react-dom.js": join(dirname(resolve("react-dom/package.json")), "umd/react-dom.production.min.js"),
    "/playground/graphiql.js": join(dirname(resolve("graphiql/package.json")), "graphiql.min.js"),
    "/playground/graphiql.css": join(dirname(resolve("graphiql/package.json")), "graphiql.min.css"),
  };
}

export interface Example {
  readonly name: string;
  readonly query: string;
}

/** The example operations, one a file, in the order of their file names. */
export async function readExamples(): Promise<readonly Example[]> {
  const names = (await readdir(EXAMPLES)).filter((name) => name.endsWith(".graphql")).sort();
  return Promise.all(
    names.map(async (name) => ({
      name: name.replace(/\.graphql$/, ""),
      query: await readFile(join(EXAMPLES, name), "utf8"),
    })),
  );
}

/** GraphiQL at /playground, with a field for the key. Open to all: these files say nothing that the README does not. */
export async function registerPlayground(server: FastifyInstance): Promise<void> {
  const examples = JSON.stringify(await readExamples());
  const headers = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
  };

  for (const [url, path] of Object.entries(files())) {
    const file = staticFile(path);
    server.get(url, { config: { open: true } }, async (request, reply) => {
      const answer = await file(request.headers);
      return reply
        .code(answer.status)
        .headers({ ...headers, ...answer.headers })
        .send(answer.body);
    });
  }
  server.get("/playground/examples.json", { config: { open: true } }, (_request, reply) =>
    reply.headers(headers).type("application/json; charset=utf-8").send(examples),
  );
  for (const url of ["/", "/playground/"])
    server.get(url, { config: { open: true } }, (_request, reply) => reply.redirect("/playground"));
}
