import type { FastifyInstance } from "fastify";
import type { Log } from "../process/log.ts";
import { BUILT_CONSOLE, registerConsole } from "./consoleRoutes.ts";
import type { SignIn } from "./signIn.ts";

export interface PageSettings {
  readonly console: boolean;
  readonly playground: boolean;
  /** Where callers find this service behind a proxy: `/scopewarden`; empty: at the root. */
  readonly basePath: string;
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
