import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import { fileHeaders, pageHeaders } from "./pageHeaders.ts";
import type { SignIn } from "./signIn.ts";
import { serveFile } from "./staticFile.ts";

const PAGE = fileURLToPath(new URL("../../playground", import.meta.url));
const EXAMPLES = join(PAGE, "examples");
const PAGE_URL = "/playground";

/** Those of GraphiQL are within its style sheet. */
const FONTS = "'self' data:";

/** The files that are served, each by name: no path of a request ever meets the file system. */
function files(): { readonly [url: string]: string } {
  const { resolve } = createRequire(import.meta.url);
  return {
    [PAGE_URL]: join(PAGE, "playground.html"),
    "/playground/answers.js": join(PAGE, "answers.js"),
    "/playground/handed-question.js": join(PAGE, "handedQuestion.js"),
    "/playground/examples.js": join(PAGE, "examples.js"),
    "/playground/playground.js": join(PAGE, "playground.js"),
    "/playground/playground.css": join(PAGE, "playground.css"),
    "/playground/favicon.svg": join(PAGE, "favicon.svg"),
    "/playground/react.js": join(dirname(resolve("react/package.json")), "umd/react.production.min.js"),
    "/playground/react-dom.js": join(dirname(resolve("react-dom/package.json")), "umd/react-dom.production.min.js"),
    "/playground/graphiql.js": join(dirname(resolve("graphiql/package.json")), "graphiql.min.js"),
    "/playground/graphiql.css": join(dirname(resolve("graphiql/package.json")), "graphiql.min.css"),
  };
}

/** What the list of examples is grouped by: the first digit of a file's name. */
const GROUPS: Readonly<Record<string, string>> = {
  "0": "Begin here",
  "1": "Decide",
  "2": "Change the policy",
  "3": "Read the policy",
  "4": "Before a change",
  "5": "Audit",
  "6": "Keys",
  "7": "What patients say",
  "8": "The privacy officer's morning",
};

export interface Example {
  /** Of the file, without its number: `service-authorize`. */
  readonly name: string;
  readonly group: string;
  /** For people: `Authorize (service)`. */
  readonly title: string;
  readonly query: string;
}

/** `10-service-authorize.graphql`: group and place, the role of the key that it needs, and what it does. */
const FILE_NAME = /^(\d)\d-(([a-z]+)-([a-z-]+))\.graphql$/;

async function readExample(file: string): Promise<Example> {
  const [, digit = "", name = "", role = "", words = ""] = FILE_NAME.exec(file) ?? [];
  const group = GROUPS[digit];
  if (group === undefined) throw new Error(`playground/examples/${file} is not named as ${FILE_NAME}, or has no group`);
  const text = words.replaceAll("-", " ");
  return {
    name,
    group,
    title: `${text.charAt(0).toUpperCase()}${text.slice(1)} (${role})`,
    query: await readFile(join(EXAMPLES, file), "utf8"),
  };
}

/** The example operations, one a file, in the order of their file names. */
export async function readExamples(): Promise<readonly Example[]> {
  return Promise.all((await readdir(EXAMPLES)).sort().map(readExample));
}

/** GraphiQL at /playground, with a field for the key and a way to sign in. Open to all: these files say nothing that the README does not. */
export async function registerPlayground(server: FastifyInstance, signIn: SignIn | null): Promise<void> {
  const examples = JSON.stringify(await readExamples());
  const headers = () => fileHeaders({ fonts: FONTS });
  for (const [url, path] of Object.entries(files()))
    serveFile(server, url, { path, headers: url === PAGE_URL ? () => pageHeaders(signIn, FONTS) : headers });
  server.get("/playground/examples.json", { config: { open: true } }, (_request, reply) =>
    reply.headers(headers()).type("application/json; charset=utf-8").send(examples),
  );
  // Relative, so that it holds under the prefix of any proxy.
  server.get("/playground/", { config: { open: true } }, (_request, reply) => reply.redirect("../playground"));
}
