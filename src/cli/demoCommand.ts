import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import { demoEnv, loadConfig } from "../config.ts";
import type { ApiKeys, KeyAuthor } from "../domain/callers/apiKeys.ts";
import { CALLER_ROLES, type CallerRole } from "../domain/callers/types.ts";
import { applySeed, DEMO_HOSPITAL, readSeedFiles } from "./seedCommand.ts";
import type { Io } from "./terminal.ts";

const DEMO: KeyAuthor = { id: "demo", roles: new Set(CALLER_ROLES) };
const DAY_MS = 24 * 60 * 60 * 1000;

const HELP = `
PORT and HOST say where it listens (127.0.0.1:4000). The data is in data/demo.db; delete it to begin afresh.
Starting the demo again makes new keys and revokes those of the time before.

Examples:
  $ scopewarden demo
  $ PORT=4001 scopewarden demo`;

export function addDemo(program: Command): Command {
  return program
    .command("demo")
    .description("Starts the service with the demo hospital, and shows how to ask it.")
    .addHelpText("after", HELP);
}

const MAY: Readonly<Record<CallerRole, string>> = {
  service: "asks for decisions",
  admin: "reads and changes the policy",
  reviewer: "reads the policy and tries changes out",
  auditor: "reads the policy and the decisions",
};

/** One key a role, for a day. The keys of earlier demos stop working. */
async function freshKeys(apiKeys: ApiKeys): Promise<ReadonlyMap<CallerRole, string>> {
  const reason = "scopewarden demo was started";
  const older = (await apiKeys.list()).filter(
    ({ createdBy, revokedAt }) => createdBy === DEMO.id && revokedAt === null,
  );
  for (const { id } of older) await apiKeys.revoke({ id, by: DEMO, reason });
  const keys = new Map<CallerRole, string>();
  for (const role of CALLER_ROLES) {
    const { key } = await apiKeys.create({
      name: `demo ${role}`,
      roles: [role],
      subject: role === "service" ? { type: "client", id: "lab-portal" } : { type: "user", id: `demo-${role}` },
      defaultClientId: role === "service" ? "lab-portal" : null,
      expiresAt: Date.now() + DAY_MS,
      by: DEMO,
      reason,
    });
    keys.set(role, key);
  }
  return keys;
}

/** The laboratory technician Tess reads a report of her own laboratory: allowed by the demo hospital's rules. */
const QUESTION = {
  query: "query ($input: AuthorizeInput!) { authorize(input: $input) { outcome scope reasons { code message } } }",
  variables: {
    input: {
      clientId: "lab-portal",
      subject: { id: "tess" },
      action: "read",
      resource: { type: "DiagnosticReport", id: "d1", patient: "ada", organization: "city-lab" },
      purposeOfUse: "TREAT",
    },
  },
};

/** A command for any POSIX shell; nothing in it needs quoting but by single quotes. */
function curl(url: string, key: string): string {
  return [
    `curl -s ${url}/graphql`,
    `-H 'Authorization: Bearer ${key}'`,
    "-H 'Content-Type: application/json'",
    `-d '${JSON.stringify(QUESTION)}'`,
  ].join(" \\\n  ");
}

function welcome(url: string, revision: number, keys: ReadonlyMap<CallerRole, string>): string {
  const rows = [...keys].map(([role, key]) => `  ${role.padEnd(8)}  ${key}  ${MAY[role]}`);
  return `
Scopewarden is running, with the demo hospital at policy revision ${revision}.

  GraphQL     ${url}/graphql
  Playground  ${url}/playground

Keys, one a role, valid for 24 hours:

${rows.join("\n")}

A first decision. The laboratory technician Tess reads a report:

${curl(url, keys.get("service") ?? "")}

Who is who, and what each may do: docs/demo-hospital.md
Ctrl-C stops it.
`;
}

/** Returns when the demo is up; a signal ends the process. */
export async function demo(io: Io): Promise<void> {
  // A key of this service alone, so that none is made that would outlive the demo.
  const env = demoEnv(randomBytes(32).toString("base64url"));
  const config = loadConfig(env);
  const files = await readSeedFiles(DEMO_HOSPITAL);
  const [{ runApp }, { createLog }] = await Promise.all([import("../app.ts"), import("../process/log.ts")]);
  const log = createLog({ level: config.logLevel, destination: io.stderr });
  const app = await runApp(config, { log });
  try {
    const { policy, apiKeys } = app.domain;
    const { revision } = await applySeed(files, { policy, reason: "The demo hospital" });
    io.stdout.write(welcome(app.url, revision, await freshKeys(apiKeys)));
  } catch (error) {
    await app.close();
    throw error;
  }
}
