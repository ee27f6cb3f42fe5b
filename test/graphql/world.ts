import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { type GraphQLError, type GraphQLFormattedError, graphql } from "graphql";
import type { CallerRole, Identity } from "../../src/domain/callers/types.ts";
import { createDomain, type Domain, type Ports } from "../../src/domain/domain.ts";
import { createEngine } from "../../src/engine/engine.ts";
import { responseStatus } from "../../src/graphql/door/apolloPlugin.ts";
import { createJournalTurns } from "../../src/graphql/door/journalTurns.ts";
import { buildScopewardenSchema } from "../../src/graphql/door/schema.ts";
import { causeOf, formatGraphqlError } from "../../src/graphql/door/wireErrors.ts";
import { createLoaders } from "../../src/graphql/loaders.ts";
import { createJobThreads } from "../../src/jobs/jobThreads.ts";
import { pseudonyms } from "../../src/process/pseudonyms.ts";
import { recordHash } from "../../src/process/recordHash.ts";
import { openStorage, type Storage, type StorageOptions } from "../../src/storage/storage.ts";
import { yaml } from "../../src/yaml/yaml.ts";
import { UNHURRIED, UNHURRIED_APP } from "../support/unhurried.ts";

export const NOW = Date.parse("2026-11-24T12:00:00Z");

/** The value at a path of an answer, for tests that know its shape: `at(data, "scopes", "edges", 0, "node")`. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (here, step) => (here as Record<string | number, unknown> | null | undefined)?.[step],
    value,
  );
}

interface Answer {
  readonly data: unknown;
  readonly errors: readonly GraphQLFormattedError[];
  /** The status that each error alone would give the response; null: it stays as it is. */
  readonly statuses: readonly (number | null)[];
  readonly internal: readonly unknown[];
}

export interface World {
  readonly domain: Domain;
  readonly storage: Storage;
  readonly schema: ReturnType<typeof buildScopewardenSchema>;
  readonly clock: { now: number };
  /** Of its database; empty where others made that. */
  readonly url: string;
  ask(source: string, variables?: Readonly<Record<string, unknown>>, as?: Identity): Promise<Answer>;
  /** Asks, expects no error, and answers with the data. */
  data(source: string, variables?: Readonly<Record<string, unknown>>, as?: Identity): Promise<unknown>;
  /** Asks, expects one error of the code, and answers with it. */
  error(
    code: string,
    source: string,
    variables?: Readonly<Record<string, unknown>>,
    as?: Identity,
  ): Promise<GraphQLFormattedError>;
}

export const callerOf = (id: string, ...roles: readonly CallerRole[]): Identity => ({
  id,
  kind: "KEY",
  name: id,
  subject: null,
  expiresAt: null,
  roles: new Set(roles),
  defaultClientId: null,
});
export const ROOT = callerOf("key:root", "service", "admin", "reviewer", "auditor", "consent");

/** No looks at other instances: some tests count statements. */
const QUIET = { ...UNHURRIED, lookAtOthersEveryMs: 3_600_000 };

let ids = 0;

const opened: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of opened) await close();
});

/**
 * The schema over the real domain, the real engine and a SQLite database of its own, or the one at `url`. Closed after the tests of
 * the file. `through` says what the domain sees of the storage.
 */
export async function openWorld({
  through = (storage) => storage,
  following = {},
  url: given,
  ...more
}: Partial<Pick<Ports, "service">> &
  Pick<Ports, "checkpointSigner" | "detectors" | "fourEyes" | "proposalRules" | "giveWay" | "giveWayBriefly"> & {
    readonly url?: string;
    readonly through?: (storage: Storage) => Storage;
    readonly following?: StorageOptions["following"];
  } = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "scopewarden-graphql-"));
  const clock = { now: NOW };
  const url = given ?? `sqlite:${join(folder, "test.db")}`;
  const opening = await openStorage({
    url,
    clock: () => clock.now,
    following: { ...QUIET, ...following },
    ...(more.detectors && { detectors: more.detectors }),
  });
  const storage = through(opening);
  const { close: closeThreads, ...threads } = createJobThreads({ databaseUrl: url });
  opened.push(async () => {
    await domain.jobs.close();
    await closeThreads();
    await opening.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const domain = createDomain({
    clock: () => clock.now,
    monotonic: UNHURRIED_APP.monotonic,
    newId: () => `id-${String(++ids).padStart(8, "0")}`,
    sha256: (text) => createHash("sha256").update(text, "utf8").digest("hex"),
    newSecret: () => randomBytes(32).toString("base64url"),
    engine: await createEngine(),
    stores: storage,
    pseudonym: pseudonyms(() => storage.sharedSecret("pseudonyms")),
    service: { version: "0.0.0-test", tokens: [] },
    sampleKey: pseudonyms(() => storage.sharedSecret("weekly sample")),
    recordHash,
    ...threads,
    writeYaml: yaml.write,
    giveWay: storage.giveWay,
    ...more,
  });
  await domain.policy.refresh();
  await domain.directory.refresh();
  return { ...worldOver(domain, storage, clock), url };
}

/** An error with the code that Apollo Server gives to those of graphql-js. */
function asApollo(error: GraphQLError): GraphQLFormattedError {
  const own = error.message.startsWith("Variable ") ? "BAD_USER_INPUT" : "GRAPHQL_VALIDATION_FAILED";
  const code = error.extensions.code ?? (error.path === undefined ? own : "INTERNAL_SERVER_ERROR");
  return { ...error.toJSON(), extensions: { ...error.extensions, code } };
}

export function worldOver(domain: Domain, storage: Storage, clock: { now: number } = { now: NOW }): World {
  const schema = buildScopewardenSchema();
  const journalTurns = createJournalTurns(50);
  const world: World = {
    domain,
    storage,
    schema,
    clock,
    url: "",
    async ask(source, variables = {}, as = ROOT) {
      const contextValue = { caller: as, domain, loaders: createLoaders(domain), journalTurns };
      const result = await graphql({ schema, source, variableValues: variables, contextValue });
      const thrown = result.errors ?? [];
      const format = { hideSuggestions: true, maxTokens: 1000 };
      const errors = thrown.map((error) => formatGraphqlError(asApollo(error), error, format));
      const codes = errors.map(({ extensions }) => String(extensions?.code));
      const statuses = codes.map((code) => responseStatus([code], { executed: true }));
      const internal = thrown.filter((_, i) => codes[i] === "INTERNAL").map(causeOf);
      // As it leaves over HTTP: enough to lose the null prototypes of graphql-js.
      return { data: JSON.parse(JSON.stringify(result.data ?? null)) as unknown, errors, statuses, internal };
    },
    async data(source, variables, as) {
      const { data, errors, internal } = await world.ask(source, variables, as);
      assert.deepEqual(errors, [], String(internal));
      return data;
    },
    async error(code, source, variables, as) {
      const { errors } = await world.ask(source, variables, as);
      assert.equal(errors.length, 1, JSON.stringify(errors));
      const [error] = errors;
      assert.ok(error);
      assert.equal(error.extensions?.code, code, JSON.stringify(error));
      return error;
    },
  };
  return world;
}

/** The paths of an error's problems. */
export const pathsOf = (error: GraphQLFormattedError): unknown[] =>
  (error.extensions?.problems as readonly { readonly path: string }[] | undefined)?.map((problem) => problem.path) ??
  [];

/** Applies operations, and answers with the revision. */
export async function apply(world: World, operations: readonly unknown[], reason = "setting up"): Promise<number> {
  const data = await world.data("mutation ($input: ApplyPolicyInput!) { applyPolicy(input: $input) { revision } }", {
    input: { operations, reason },
  });
  return Number(at(data, "applyPolicy", "revision"));
}
