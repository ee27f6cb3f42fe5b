import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { App } from "../app.ts";
import type { DemoTokens } from "../config.ts";
import type { KeyAuthor } from "../domain/callers/apiKeys.ts";
import { type Account, accountKey, accountsIn } from "../domain/directory/accounts.ts";
import type { DirectoryAdmin } from "../domain/directory/admin.ts";
import { linkedTo } from "../domain/directory/directory.ts";
import { startDemoFhirServer } from "./demoFhirServer.ts";
import { type DemoIssuer, startDemoIssuer } from "./demoIssuer.ts";

/** The guard as it is built: a package of its own, of which nothing is imported but what starts it. */
const GUARD = new URL("../../guard/dist/server.js", import.meta.url);

/** Of `GuardSettings` in guard/src what a demo sets; the test of this file holds that the guard starts with no less. */
interface GuardSettings {
  readonly upstream: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly timeoutMs: number;
    readonly maxBytes: number;
  };
  readonly base: string;
  readonly host: string;
  readonly port: number;
  readonly service: { readonly url: string; readonly key: string; readonly timeoutMs: number };
  readonly organization: string;
  readonly purposes: ReadonlyMap<string, string>;
  readonly linkKey: null;
  readonly smart: null;
  readonly mostLookedAt: number;
}
export type StartGuard = (settings: GuardSettings, log: () => void) => Promise<{ close(): Promise<void> }>;

const ISSUER = "https://login.demo-hospital.example";
const HOUR_S = 60 * 60;
const HOST = "127.0.0.1";

/**
 * Who searches through the guard, each with what a token says of them, and what comes of it. Ada's app asks for what it
 * has asked for all month: for more, watching would open an alert.
 */
const PEOPLE = [
  {
    id: "ada",
    claims: { client_id: "patient-app", scope: "patient/Observation.rs patient/Condition.rs", patient: "ada" },
    purpose: "PATRQT",
    finds: "Ada, the patient, sees all five of her observations:",
  },
  {
    id: "nina",
    claims: {
      client_id: "ehr",
      scope: "view_demographics view_conditions view_lab_results view_vital_signs",
    },
    purpose: "TREAT",
    finds: "Nina, a nurse, sees four of them, and not the answers to a questionnaire:",
  },
  {
    id: "rosa",
    claims: { client_id: "research-export", scope: "view_deidentified_observations" },
    purpose: "HRESCH",
    finds: "Rosa, a researcher, sees none, as they say whose they are:",
  },
] as const;

const accountOf = (id: string): Account => ({ issuer: ISSUER, id });
const tokenVariable = (id: string): string => `DEMO_${id.toUpperCase()}_TOKEN`;
const FHIR_VARIABLE = "DEMO_FHIR_URL";

/** A guard that runs; or why there is none, in a sentence. */
export type DemoGuard =
  | {
      readonly url: string;
      /** What the file of keys has for a shell, by variable. */
      readonly variables: ReadonlyMap<string, string>;
      close(): Promise<void>;
    }
  | { readonly leftOut: string };

/** What has begun before the service does, which reads whose tokens count when it starts. */
export interface GuardedTokens {
  readonly issuer: DemoIssuer;
  readonly tokens: DemoTokens;
  readonly port: number;
}

export async function startTokens(port: number): Promise<GuardedTokens> {
  const issuer = await startDemoIssuer();
  const guardAudience = `http://${HOST}:${port}/fhir`;
  return { issuer, port, tokens: { issuer: ISSUER, jwksUrl: issuer.jwksUrl, guardAudience } };
}

/** Says in the directory whose the accounts of the demo's tokens are. What stands there stays, and so does an account that somebody has. */
export async function linkAccounts(directory: DirectoryAdmin, by: KeyAuthor): Promise<void> {
  const known = await directory.refresh();
  const entities = PEOPLE.flatMap(({ id }) => {
    const account = accountOf(id);
    if (linkedTo(known, accountKey(account)).length > 0) return [];
    const properties = directory.entity({ type: "user", id })?.properties ?? {};
    return [{ type: "user", id, properties: { ...properties, accounts: [...accountsIn(properties), { ...account }] } }];
  });
  if (entities.length > 0)
    await directory.put({ entities, author: by.id, reason: "The accounts of the demo's access tokens" });
}

/** A token of each of them, for an hour from `now`, by the variable that holds it. */
function tokensAt({ issuer, tokens }: GuardedTokens, now: number): ReadonlyMap<string, string> {
  const iat = Math.floor(now / 1000);
  return new Map(
    PEOPLE.map(({ claims, id }) => [
      tokenVariable(id),
      issuer.token({
        ...{ iss: tokens.issuer, aud: tokens.guardAudience, sub: id, iat, auth_time: iat, exp: iat + HOUR_S },
        ...claims,
      }),
    ]),
  );
}

const isTaken = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "EADDRINUSE";

/** Starts a FHIR server with a few records of the hospital, and the guard before it, which asks the service with this key. */
export async function startDemoGuard(
  given: GuardedTokens,
  { now, service }: { readonly service: Pick<App, "url"> & { readonly key: string }; readonly now: number },
): Promise<DemoGuard> {
  if (!existsSync(fileURLToPath(GUARD))) return { leftOut: "it is not built here; in a checkout: npm run build" };
  const { port, tokens } = given;
  const { startGuard } = (await import(GUARD.href)) as { readonly startGuard: StartGuard };
  const upstream = await startDemoFhirServer();
  const { headers, url } = upstream;
  try {
    const guard = await startGuard(
      {
        upstream: { url, headers, timeoutMs: 10_000, maxBytes: 1 << 22 },
        ...{ base: tokens.guardAudience, host: HOST, port, organization: "general-hospital" },
        service: { url: service.url, key: service.key, timeoutMs: 5000 },
        purposes: new Map(PEOPLE.map(({ claims, purpose }) => [claims.client_id, purpose])),
        ...{ linkKey: null, smart: null, mostLookedAt: 500 },
      },
      () => undefined,
    );
    return {
      url: tokens.guardAudience,
      variables: new Map([[FHIR_VARIABLE, tokens.guardAudience], ...tokensAt(given, now)]),
      async close() {
        await guard.close();
        upstream.close();
      },
    };
  } catch (error) {
    upstream.close();
    if (!isTaken(error)) throw error;
    return { leftOut: `port ${port} on ${HOST} is taken; --guard-port takes another one` };
  }
}

/** The same search by each of them, as a shell takes it that has sourced the file of keys. */
export const guardedSearches: readonly string[] = PEOPLE.flatMap(({ finds, id }) => [
  finds,
  `curl -s "$${FHIR_VARIABLE}/Observation?patient=ada" -H "Authorization: Bearer $${tokenVariable(id)}"`,
]);
