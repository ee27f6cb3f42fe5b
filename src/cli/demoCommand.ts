import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import type { App } from "../app.ts";
import { type Config, DEMO_DATABASE, demoEnv, tokensSetBy } from "../config.ts";
import type { ApiKeys, KeyAuthor } from "../domain/callers/apiKeys.ts";
import { keyCaller } from "../domain/callers/callerName.ts";
import { CALLER_ROLES, type CallerRole, type Identity } from "../domain/callers/types.ts";
import type { Log } from "../process/log.ts";
import { DEMO_STARTED, deleteDemo, isThere } from "./demoDatabase.ts";
import {
  type DemoGuard,
  type GuardedTokens,
  guardedSearches,
  linkAccounts,
  startDemoGuard,
  startTokens,
} from "./demoGuard.ts";
import { readIncidents, setDetectors, withIncidents } from "./demoIncidents.ts";
import { keyVariable, sourceCommand, writeDemoKeys } from "./demoKeys.ts";
import { occasionsOf, readMonth, readyForMonth } from "./demoMonth.ts";
import { recordOccasions } from "./demoRecord.ts";
import { badUsage } from "./exit.ts";
import { applySeed, DEMO_HOSPITAL, readSeedFiles, seedConsents, seedDirectory } from "./seedCommand.ts";
import { type Io, type Line, printLines, styled } from "./terminal.ts";

export interface DemoOptions {
  readonly reset?: boolean;
  readonly guardPort: string;
}

const DEMO: KeyAuthor = { id: "demo", roles: new Set(CALLER_ROLES) };
const DAY_MS = 24 * 60 * 60 * 1000;

const HELP = `
PORT and HOST say where it listens (127.0.0.1:4000). Before a small FHIR store of its own stands a guard, at
127.0.0.1:4080. The data is in ${DEMO_DATABASE}, and the next start goes on
with it, as you left it. Each start makes new keys and revokes those of the start before. The keys are in
data/demo-keys.env, for a shell to source; only you can read it.

Examples:
  $ scopewarden demo
  $ scopewarden demo --reset                 # begin afresh
  $ PORT=4001 scopewarden demo --guard-port 4081
  $ . data/demo-keys.env                     # in a second terminal`;

export function addDemo(program: Command): Command {
  return program
    .command("demo")
    .description("Starts it with the demo hospital, and shows how to ask it.")
    .option("--reset", `delete ${DEMO_DATABASE} first, and nothing else`)
    .option("--guard-port <port>", "where the guard listens, on 127.0.0.1", "4080")
    .addHelpText("after", HELP);
}

/** What whoever holds the role finds in the console; in the order in which a newcomer would try them. */
const FINDS: Readonly<Record<CallerRole, string>> = {
  auditor: "alerts of the month, who saw whose data, the record and its proof   docs/monitoring.md",
  reviewer: "what a client can see, what a change would have done, reviews      docs/reviewing.md",
  admin: "scopes, clients, roles and rules, what waits for approval, keys",
  consent: "what a patient was asked and has agreed to                          docs/consent.md",
  service: "is for programs: asks for decisions, sees its own denials",
};

/** One key a role, for a day from `now`. The keys of earlier demos stop working. */
export async function freshKeys(apiKeys: ApiKeys, now: number): Promise<ReadonlyMap<CallerRole, string>> {
  const reason = DEMO_STARTED;
  const older = (await apiKeys.list()).filter(
    ({ createdBy, revokedAt }) => createdBy === DEMO.id && revokedAt === null,
  );
  for (const { id } of older) await apiKeys.revoke({ id, by: DEMO, reason });
  const keys = new Map<CallerRole, string>();
  for (const role of CALLER_ROLES) {
    const { key } = await apiKeys.createOnMachine({
      name: `demo ${role}`,
      roles: [role],
      subject: role === "service" ? { type: "client", id: "lab-portal" } : { type: "user", id: `demo-${role}` },
      defaultClientId: role === "service" ? "lab-portal" : null,
      expiresAt: now + DAY_MS,
      by: DEMO.id,
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
const CURL = [
  'curl -s "$SCOPEWARDEN_URL/graphql"',
  '-H "Authorization: Bearer $SCOPEWARDEN_KEY"',
  "-H 'Content-Type: application/json'",
  `-d '${JSON.stringify(QUESTION)}'`,
].join(" \\\n  ");

interface Welcome {
  readonly url: string;
  readonly revision: number;
  /** The demo goes on with what an earlier one left. */
  readonly continues: boolean;
  readonly keysFile: string;
  readonly guard: DemoGuard;
}

function welcome({ url, revision, continues, keysFile, guard }: Welcome): readonly Line[] {
  const source = sourceCommand(keysFile);
  const width = Math.max(...CALLER_ROLES.map((role) => keyVariable(role).length));
  return [
    "",
    [styled("bold", `Scopewarden is running, with the demo hospital at policy revision ${revision}.`)],
    ...(continues
      ? [
          `It goes on with ${DEMO_DATABASE} of an earlier start, with all that was asked and changed there.`,
          "To begin afresh: npm run demo -- --reset",
        ]
      : []),
    "",
    ["  Console     ", styled("cyan", `${url}/console/`)],
    ["  Playground  ", styled("cyan", `${url}/playground`)],
    ["  GraphQL     ", styled("cyan", `${url}/graphql`)],
    ...("url" in guard ? [["  FHIR        ", styled("cyan", guard.url)]] : []),
    "",
    `Sign in with a key, one a role, valid for 24 hours. They are in ${keysFile}, which only you can read:`,
    "",
    ...Object.entries(FINDS).map(([role, finds]) => `  ${keyVariable(role as CallerRole).padEnd(width)}  ${finds}`),
    "",
    "A first decision, in a second terminal. The laboratory technician Tess reads a report:",
    "",
    source,
    ...CURL.split("\n"),
    "",
    ...("leftOut" in guard
      ? [`The guarded FHIR store is left out: ${guard.leftOut}.`]
      : [
          "One search of a guarded FHIR server, by three people, with access tokens that are valid for an hour.",
          ...guardedSearches,
          "To see ids alone, add: | grep -o 'Observation/[a-z0-9-]*'",
        ]),
    "",
    "Who is who, and what happened in the month on record: docs/demo-hospital.md",
    "Ctrl-C stops it.",
  ];
}

/** Deletes what earlier demos left, and says what. */
async function reset(io: Io): Promise<void> {
  const deleted = await deleteDemo(DEMO_DATABASE);
  printLines(io.stdout, [
    deleted.length === 0 ? "There is nothing to reset." : `Deleted, to begin afresh: ${deleted.join(", ")}`,
  ]);
}

/**
 * Seeds the hospital as of the working day before the month that ends at `until`, and records what happened in it since: reviewers and auditors
 * find something from the first minute. What somebody tried out stays as it is: putting the hospital back is what --reset is for.
 */
export async function makeHospital(
  config: Config,
  { io, log, until }: { readonly io: Io; readonly log: Log; readonly until: number },
): Promise<void> {
  const [files, routines, watched] = [await readSeedFiles(DEMO_HOSPITAL), await readMonth(), await readIncidents()];
  let now = readyForMonth(until);
  const { openDomain } = await import("../app.ts");
  // The hospital is there before anybody could approve it.
  const { domain, close } = await openDomain({ ...config, fourEyes: false }, { log, clock: () => now });
  try {
    await domain.policy.refresh();
    if (domain.policy.current().revision > 0) return;
    const reason = "The demo hospital";
    await applySeed(files, { policy: domain.policy, reason });
    await domain.directory.refresh();
    await seedDirectory(DEMO_HOSPITAL, { directory: domain.directory, reason });
    await seedConsents(domain, { id: DEMO.id, roles: new Set(["consent"]), defaultClientId: null }, io);
    const gateway = await domain.apiKeys.create({
      name: "the hospital's gateway",
      roles: ["service"],
      subject: { type: "client", id: "gateway" },
      defaultClientId: null,
      expiresAt: null,
      by: DEMO,
      reason: "The demo's month",
    });
    const { id, name, roles } = gateway.apiKey;
    const caller: Identity = {
      ...{ id: keyCaller(id), kind: "KEY", name, roles: new Set(roles), defaultClientId: null, expiresAt: null },
      subject: { type: "client", id: "gateway", issuer: null },
    };
    await setDetectors(domain.detectors, watched.detectors, {
      ...{ id: DEMO.id, kind: "KEY", name: "the demo's admin", roles: new Set(["admin"]), defaultClientId: null },
      ...{ expiresAt: null, subject: null },
    });
    const decisions = await recordOccasions({
      domain,
      caller,
      occasions: withIncidents(occasionsOf(routines, until), watched, until),
      setClock: (at) => {
        now = at;
      },
    });
    now = until;
    await domain.apiKeys.revoke({ id: gateway.apiKey.id, by: DEMO, reason: "The demo's month is over" });
    printLines(io.stdout, [`Recorded a month of the demo hospital: ${decisions} decisions.`]);
  } finally {
    await close();
  }
}

/** Says whose the accounts of the demo's tokens are. As the hospital, they are there before anybody could approve them. */
async function openAccounts(config: Config, log: Log): Promise<void> {
  const { openDomain } = await import("../app.ts");
  const { domain, close } = await openDomain({ ...config, fourEyes: false }, { log });
  try {
    await linkAccounts(domain.directory, DEMO);
  } finally {
    await close();
  }
}

/** The guard asks with a key of its own, for nobody but whom it names. */
async function guardDemo(app: App, tokens: GuardedTokens, now: number): Promise<DemoGuard> {
  const { apiKeys } = app.domain;
  const { apiKey, key } = await apiKeys.createOnMachine({
    name: "demo guard",
    roles: ["service"],
    subject: { type: "client", id: "fhir-guard" },
    defaultClientId: null,
    expiresAt: now + DAY_MS,
    by: DEMO.id,
    reason: DEMO_STARTED,
  });
  const guard = await startDemoGuard(tokens, { service: { url: app.url, key }, now });
  if ("leftOut" in guard) await apiKeys.revoke({ id: apiKey.id, by: DEMO, reason: "The guard was left out" });
  return guard;
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw badUsage("--guard-port must be a whole number from 1 to 65535.");
  return port;
}

/** Returns when the demo is up; a signal ends the process. */
export async function demo(options: DemoOptions, io: Io): Promise<void> {
  const guardPort = portOf(options.guardPort);
  const others = tokensSetBy();
  const guarded = others === null ? await startTokens(guardPort) : null;
  // A key of this service alone, so that none is made that would outlive the demo.
  const env = demoEnv({ adminKey: randomBytes(32).toString("base64url"), tokens: guarded?.tokens ?? null });
  const { readSettings } = await import("../settings.ts");
  const config = await readSettings(env);
  if (options.reset === true) await reset(io);
  const continues = await isThere(DEMO_DATABASE);
  const [{ runApp }, { createLog }] = await Promise.all([import("../app.ts"), import("../process/log.ts")]);
  const log = createLog({ level: config.logLevel, destination: io.stderr });
  await makeHospital(config, { io, log, until: Date.now() });
  if (guarded !== null) await openAccounts(config, log);
  const app = await runApp(config, { log });
  let guard: DemoGuard | null = null;
  try {
    const revision = app.policyRevision() ?? 0;
    const now = Date.now();
    const keys = await freshKeys(app.domain.apiKeys, now);
    guard = guarded === null ? { leftOut: `${others} says whose tokens count` } : await guardDemo(app, guarded, now);
    const keysFile = await writeDemoKeys(app.url, keys, "url" in guard ? guard.variables : new Map());
    printLines(io.stdout, welcome({ url: app.url, revision, continues, keysFile, guard }));
  } catch (error) {
    if (guard !== null && "close" in guard) await guard.close();
    await app.close();
    throw error;
  }
}
