import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import type { Log } from "../process/log.ts";
import { fileHeaders, pageHeaders } from "./pageHeaders.ts";
import type { SignIn } from "./signIn.ts";
import { serveFile } from "./staticFile.ts";

export interface PageSettings {
  readonly console: boolean;
  readonly playground: boolean;
  readonly docs: boolean;
  /** Where callers find this service behind a proxy: `/scopewarden`; empty: at the root. */
  readonly basePath: string;
}

/** What `npm --workspace console run build` makes. */
const BUILT_CONSOLE = fileURLToPath(new URL("../../console/dist", import.meta.url));
const NOT_BUILT =
  "The console is not built. In the folder of Scopewarden, run `npm ci`, which builds it, and start the service again.\n";
/** The names of these files change with what is in them. */
const FOR_GOOD = { "cache-control": "public, max-age=31536000, immutable" };

/** The files that are there at the start, each by name: no path of a request ever meets the file system. Null: it is not built, or not wholly. */
async function filesOf(folder: string) {
  const namesIn = (path: string) => readdir(path).catch((): string[] => []);
  const [top, assets] = [await namesIn(folder), await namesIn(join(folder, "assets"))];
  const pages = {
    "/console/": "index.html",
    "/console/signed-in": "signed-in.html",
    "/console/favicon.svg": "favicon.svg",
    "/console/playground-sign-in.js": "playground-sign-in.js",
  };
  if (assets.length === 0 || !Object.values(pages).every((name) => top.includes(name))) return null;
  return { pages, assets };
}

/** The console at /console/, open to all: its files show nothing without a key or an account. Answers whether it is there. */
async function registerConsole(
  server: FastifyInstance,
  { folder, signIn }: { readonly folder: string; readonly signIn: SignIn | null },
): Promise<boolean> {
  // Relative, so that it holds under the prefix of any proxy.
  server.get("/console", { config: { open: true } }, (_request, reply) => reply.redirect("console/"));
  const found = await filesOf(folder);
  if (found === null) {
    server.get("/console/", { config: { open: true } }, (_request, reply) =>
      reply.code(404).type("text/plain; charset=utf-8").send(NOT_BUILT),
    );
    return false;
  }
  for (const [url, name] of Object.entries(found.pages))
    serveFile(server, url, {
      path: join(folder, name),
      headers: url === "/console/" ? () => pageHeaders(signIn) : fileHeaders,
    });
  for (const name of found.assets)
    serveFile(server, `/console/assets/${name}`, {
      path: join(folder, "assets", name),
      headers: () => ({ ...fileHeaders(), ...FOR_GOOD }),
    });
  return true;
}

/** What `tools/docs/pages.mjs` makes. */
const BUILT_DOCS = fileURLToPath(new URL("../../docs/dist", import.meta.url));

const NO_DOCS =
  "The documentation is not served here. It stands in the folder docs of Scopewarden; SCOPEWARDEN_DOCS=on, where it is built, serves it.\n";

/** Where help of the console would lead nowhere, it says why. */
function registerNoDocs(server: FastifyInstance): void {
  for (const url of ["/docs", "/docs/*"])
    server.get(url, { config: { open: true } }, (_request, reply) =>
      reply.code(404).type("text/plain; charset=utf-8").send(NO_DOCS),
    );
}

/** The documentation at /docs/, open to all. */
async function registerDocs(server: FastifyInstance, log: Log): Promise<void> {
  const entries = await readdir(BUILT_DOCS, { recursive: true, withFileTypes: true }).catch(() => []);
  if (entries.length === 0) {
    registerNoDocs(server);
    return log.warn({ folder: BUILT_DOCS }, "the documentation is not built, so it is not there");
  }
  server.get("/docs", { config: { open: true } }, (_request, reply) => reply.redirect("docs/"));
  for (const entry of entries.filter((entry) => entry.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const url = `/docs/${relative(BUILT_DOCS, path).split(sep).join("/")}`;
    serveFile(server, url.replace(/(?<=\/)index\.html$/, ""), { path, headers: fileHeaders });
  }
}

/** The pages for people, as far as they are on, with where to sign in to them; / leads to the first of them. */
export async function registerPages(
  server: FastifyInstance,
  deps: {
    readonly signIn: SignIn | null;
    readonly log: Log;
    readonly settings: PageSettings;
    /** Absent: as it was built. */
    readonly consoleFolder?: string | undefined;
  },
): Promise<void> {
  const { log, settings, signIn, consoleFolder: folder = BUILT_CONSOLE } = deps;
  const { basePath, playground } = settings;
  if (settings.docs) await registerDocs(server, log);
  else registerNoDocs(server);
  if (!settings.console && !playground) return;
  const hasConsole = settings.console && (await registerConsole(server, { folder, signIn }));
  if (settings.console && !hasConsole) log.warn({ folder }, "the console is not built, so it is not there");
  if (playground) {
    const { registerPlayground } = await import("./playgroundRoutes.ts");
    await registerPlayground(server, hasConsole ? signIn : null);
  }
  // Null: nobody can sign in here. The playground does it by what the console is built with.
  server.get("/console/config.json", { config: { open: true } }, async (_request, reply) =>
    reply
      .type("application/json; charset=utf-8")
      .send(JSON.stringify((hasConsole ? await signIn?.find() : null) ?? null)),
  );
  const first = hasConsole ? "console/" : playground ? "playground" : null;
  // Whoever was at the prefix itself, without a slash, would go too far up by a relative address.
  const before = basePath === "" ? "" : `${basePath}/`;
  if (first !== null) server.get("/", { config: { open: true } }, (_request, reply) => reply.redirect(before + first));
}
