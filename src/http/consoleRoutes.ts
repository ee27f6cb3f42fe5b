import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import { fileHeaders, pageHeaders } from "./pageHeaders.ts";
import type { SignIn } from "./signIn.ts";
import { serveFile } from "./staticFile.ts";

/** What `npm --prefix console run build` makes. */
export const BUILT_CONSOLE = fileURLToPath(new URL("../../console/dist", import.meta.url));
const NOT_BUILT =
  "The console is not built. In the folder of Scopewarden, run `npm --prefix console ci` and `npm --prefix console run build`, and start the service again.\n";
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
export async function registerConsole(
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
