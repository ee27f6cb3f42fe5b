import { isIP } from "node:net";
import type { ExportFormat } from "./domain/audit/export/actLine.ts";
import type { SinkPersonal } from "./domain/audit/sink/sinkEvent.ts";
import { CALLER_ROLES } from "./domain/callers/types.ts";
import { Reader } from "./domain/kernel/reader.ts";
import { isKeyName } from "./domain/record/tree/signedNote.ts";
import { DEFAULT_FHIR_VERSION, FHIR_VERSIONS, type FhirVersion } from "./domain/scopes/fhir.ts";

/** One environment variable: what `docs/` and `--help` say about it, and what `loadConfig` expects of it. */
export interface Variable {
  readonly name: string;
  /** As it would stand in the environment; null: nothing, and the description says what that means. */
  readonly default: string | null;
  readonly description: string;
}

const variables = {
  NODE_ENV: {
    default: "development",
    description:
      "`production` turns off the playground, introspection and every detail in errors. `prod`, or another case, is refused.",
  },
  PORT: { default: "4000", description: "TCP port to listen on; 0 takes a free one." },
  HOST: {
    default: "127.0.0.1",
    description: "Address to listen on. Put TLS in front before this is anything but loopback.",
  },
  DATABASE_URL: { default: "sqlite:data/scopewarden.db", description: "`sqlite:<path>` or `postgres://...`." },
  SCOPEWARDEN_PUBLIC_URL: {
    default: null,
    description:
      "The URL under which callers reach this service, such as `https://pdp.example.org`. Unset: the AuthZEN metadata name the address that a request has reached.",
  },
  SCOPEWARDEN_BASE_PATH: {
    default: null,
    description:
      "The path under which a proxy has this service, such as `/scopewarden`; the path of `SCOPEWARDEN_PUBLIC_URL`, where that is set. Unset: none.",
  },
  SCOPEWARDEN_FHIR_VERSION: {
    default: DEFAULT_FHIR_VERSION,
    description: "`DSTU2`, `STU3`, `R4`, `R4B` or `R5`: whose resource types and search parameters scopes may name.",
  },
  LOG_LEVEL: { default: "info", description: "`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`." },
  SCOPEWARDEN_ADMIN_KEY: {
    default: null,
    description: `A key that holds all roles (${CALLER_ROLES.join(", ")}): at least 32 letters, digits or - . _ ~ + /. Unset: where there are no keys at all, one is made at the first start.`,
  },
  SCOPEWARDEN_FIRST_KEY_FILE: {
    default: "data/first-admin-key",
    description:
      "The file into which the first start writes the key that it makes, readable by its own user only; an existing one is not overwritten.",
  },
  SCOPEWARDEN_JWKS_URL: {
    default: null,
    description:
      "Where the authorization server publishes its keys; https, or http on loopback. Set with issuer and audience, or not at all.",
  },
  SCOPEWARDEN_JWT_ISSUER: { default: null, description: "The `iss` that access tokens must have, exactly." },
  SCOPEWARDEN_JWT_AUDIENCE: { default: null, description: "The `aud` that access tokens must have, exactly." },
  SCOPEWARDEN_GUARD_AUDIENCES: {
    default: null,
    description:
      "Audiences of FHIR servers, with spaces or commas between: tokens of the one issuer for these may be introspected by their guards (docs/guard.md). They open no door of this service.",
  },
  SCOPEWARDEN_JWT_ISSUERS: {
    default: null,
    description:
      "A file, YAML or JSON, of the issuers whose access tokens are accepted (docs/sign-in.md); in place of the three above.",
  },
  SCOPEWARDEN_JWT_PEOPLE: {
    default: null,
    description:
      "The claim that only people's access tokens have, such as `auth_time`, or with its value in theirs, such as `token_use=employee`. Unset: whose a token is can't be told, and such tokens approve nothing.",
  },
  SCOPEWARDEN_JWT_MAX_AGE: {
    default: null,
    description:
      "Seconds for which an access token is accepted after its issue, whatever it says itself. Unset: as long as the token says.",
  },
  SCOPEWARDEN_STEP_UP_MINUTES: {
    default: null,
    description:
      "Minutes after a sign-in within which a person with an access token may do what allows or hides more, approve, apply, give access, lift a legal hold, end a revocation of tokens, make a key; later a fresh sign-in is asked for (RFC 9470), as for nothing that only takes away. Unset: any sign-in will do.",
  },
  SCOPEWARDEN_CONSOLE_CLIENT_ID: {
    default: null,
    description:
      "The public OAuth client by which people sign in to the console and the playground (docs/sign-in.md). Unset: with keys only.",
  },
  SCOPEWARDEN_CONSOLE_SCOPES: {
    default: null,
    description:
      "The scopes of a sign-in, with spaces between, `openid` among them. Unset: `openid` and `scopewarden:<role>` of each role where the issuer's scopes give roles, else `openid profile`.",
  },
  SCOPEWARDEN_CONSOLE: {
    default: "on",
    description: "`on` or `off`: the console at /console/, in production too.",
  },
  SCOPEWARDEN_PLAYGROUND: {
    default: null,
    description: "`on` or `off`: GraphiQL at /playground. Unset: on, except in production.",
  },
  SCOPEWARDEN_DOCS: {
    default: "on",
    description: "`on` or `off`: this documentation at /docs/, without sign-in, in production too.",
  },
  SCOPEWARDEN_INTROSPECTION: {
    default: null,
    description: "`on` or `off`: GraphQL introspection for callers. Unset: on, except in production.",
  },
  SCOPEWARDEN_FOUR_EYES: {
    default: "off",
    description: "`on` or `off`: whether a change that may allow more must be proposed, and approved by somebody else.",
  },
  SCOPEWARDEN_REPLAY_REQUIRED: {
    default: "off",
    description: "`on` or `off`: whether a proposal needs a fresh report of past decisions to be approved and applied.",
  },
  SCOPEWARDEN_REPLAY_MAX_AGE_HOURS: {
    default: "168",
    description: "How old the report of a proposal may be. Beyond, the proposal is STALE and must be looked at again.",
  },
  SCOPEWARDEN_REPLAY_MAX_FLIPS: {
    default: "0",
    description:
      "Past decisions that a proposal may flip before its approval needs a reason, where a report is required.",
  },
  SCOPEWARDEN_PROPOSAL_DAYS: {
    default: "30",
    description: "How many days a proposal may wait to be applied. Then it is EXPIRED; an emergency after an hour.",
  },
  SCOPEWARDEN_MAX_REQUEST_BYTES: {
    default: "49152",
    description:
      "Bytes of a request body; four times as many once defaults, aliases, fragments and variables are written out.",
  },
  SCOPEWARDEN_MAX_DECISIONS: {
    default: "100",
    description: "Decisions that one request may ask for, aliases and batches together.",
  },
  SCOPEWARDEN_MAX_DEPTH: { default: "12", description: "Levels of nested fields in a GraphQL operation." },
  SCOPEWARDEN_MAX_FIELDS: {
    default: "100000",
    description:
      "Fields of the answer to a GraphQL operation, each list counted at the length that its `first` lets it have.",
  },
  SCOPEWARDEN_MAX_JOURNAL_READS: {
    default: "50",
    description:
      "Fields of one request that read the journal or review access, aliases counted; and how many of one caller may wait.",
  },
  SCOPEWARDEN_MAX_TOKENS: { default: "1000", description: "Tokens of a GraphQL document." },
  SCOPEWARDEN_MAX_CONTEXT_BYTES: { default: "16384", description: "Characters of each `attributes` object as JSON." },
  SCOPEWARDEN_MAX_CONTEXT_DEPTH: { default: "6", description: "Levels of nesting in each `attributes` object." },
  SCOPEWARDEN_JOURNAL_QUEUE: {
    default: "10000",
    description: "Decisions that may wait for the disk; beyond, callers get 503 at once.",
  },
  SCOPEWARDEN_JOURNAL_QUEUE_BYTES: {
    default: "33554432",
    description: "Bytes of the decisions that may wait for the disk; beyond, the same.",
  },
  SCOPEWARDEN_POLICY_POLL_MS: {
    default: "1000",
    description: "How often to look for policy changes made by other processes.",
  },
  SCOPEWARDEN_RETENTION_MS: {
    default: "3600000",
    description: "How often to erase acts whose time is over.",
  },
  SCOPEWARDEN_SUNSET_POLL_MS: {
    default: "30000",
    description: "How often to retire scopes that have reached their sunset.",
  },
  SCOPEWARDEN_REQUEST_TIMEOUT_MS: {
    default: "30000",
    description:
      "How long a client may take to send one request; for its headers 10 s at most. Then its connection is closed.",
  },
  SCOPEWARDEN_SEND_TIMEOUT_MS: {
    default: "30000",
    description: "How long a client may take to read one answer. Then its connection is closed.",
  },
  SCOPEWARDEN_AUTH_FAILURES: {
    default: "20",
    description:
      "Failed authentications a minute of one key, or one token's client, from one address; beyond, the answer is 429.",
  },
  SCOPEWARDEN_TRUSTED_PROXIES: {
    default: null,
    description:
      "The proxies in front, as addresses or networks with commas between (`10.0.0.7, 10.1.0.0/16`), whose `X-Forwarded-For` is believed. Unset: nobody's.",
  },
  SCOPEWARDEN_PLACE_DATA: {
    default: null,
    description:
      "MaxMind DB files (`.mmdb`) of countries and autonomous systems, with commas between, by which watching knows where an address is. Unset: it knows networks alone.",
  },
  SCOPEWARDEN_SHUTDOWN_TIMEOUT_MS: {
    default: "10000",
    description: "How long a shutdown may take to finish what is in flight.",
  },
  SCOPEWARDEN_DRAIN_MS: {
    default: "0",
    description:
      "How long a shutdown goes on taking requests while `/readyz` says 503; counts towards `SCOPEWARDEN_SHUTDOWN_TIMEOUT_MS`.",
  },
  SCOPEWARDEN_WEBHOOK_URL: {
    default: null,
    description:
      "The address that notifications are posted to; https, or http on loopback. Set with the secret. Unset: there are none.",
  },
  SCOPEWARDEN_WEBHOOK_SECRET: {
    default: null,
    description:
      "The secret that signs notifications (Standard Webhooks): `whsec_` and 24 to 64 random bytes in base64; two with a space between while it is exchanged.",
  },
  SCOPEWARDEN_WEBHOOK_TIMEOUT_MS: {
    default: "10000",
    description: "How long the receiver may take to answer a notification. Then the attempt has failed.",
  },
  SCOPEWARDEN_WEBHOOK_ATTEMPTS: {
    default: "12",
    description: "How often a notification is tried before it is given up; 12 take a day and a half.",
  },
  SCOPEWARDEN_WEBHOOK_KEEP_DAYS: {
    default: "30",
    description: "How many days a delivered notification can be looked up; undelivered ones are kept.",
  },
  SCOPEWARDEN_WEBHOOK_POLL_MS: {
    default: "1000",
    description: "How often to look for notifications to send.",
  },
  SCOPEWARDEN_REMIND_WAITING_MINUTES: {
    default: "120",
    description: "After how long a waiting access request is reminded of, once; 0: never.",
  },
  SCOPEWARDEN_REMIND_ENDING_MINUTES: {
    default: "30",
    description:
      "How long before its end access for a while is reminded of, once, but not before half of its time is over; 0: never.",
  },
  SCOPEWARDEN_CHECKPOINT_KEY: {
    default: null,
    description:
      "The file with the private key that signs checkpoints of the record, made at the first start. Unset: beside the file of a SQLite database (`<database>.checkpoint-key`), in the database itself on PostgreSQL.",
  },
  SCOPEWARDEN_CHECKPOINT_ORIGIN: {
    default: null,
    description:
      "The record's name in its checkpoints, such as `pdp.example.org/record`, without spaces and plus. Unset: a name that is made with the key.",
  },
  SCOPEWARDEN_CHECKPOINT_MS: {
    default: "60000",
    description: "How often a checkpoint is signed, while something is put on record; and at a shutdown.",
  },
  SCOPEWARDEN_CHECKPOINT_COPY: {
    default: null,
    description:
      "A file that checkpoints are added to, or an https URL (http on loopback) that they are posted to, out of reach of the database's administrators. Unset: they are not copied.",
  },
  SCOPEWARDEN_SINK_FILE: {
    default: null,
    description: "A file to which acts on record are added, line by line, for a SIEM. Unset: there is none.",
  },
  SCOPEWARDEN_SINK_FILE_MAX_BYTES: {
    default: "104857600",
    description:
      "Bytes of that file: a full one is renamed, with a number behind its name, and another takes its place.",
  },
  SCOPEWARDEN_SINK_FILE_DAILY: {
    default: "off",
    description: "`on` or `off`: whether a new one is begun each day (UTC) as well.",
  },
  SCOPEWARDEN_SINK_FILE_KEEP: {
    default: "10",
    description: "How many full files are kept. The oldest goes first, collected or not.",
  },
  SCOPEWARDEN_SINK_URL: {
    default: null,
    description:
      "The address that acts on record are posted to, for a SIEM, as batches of CloudEvents; https, or http on loopback. Set with the secret. Unset: none.",
  },
  SCOPEWARDEN_SINK_SECRET: {
    default: null,
    description: "The secret that signs these batches, as that of notifications.",
  },
  SCOPEWARDEN_SINK_TIMEOUT_MS: {
    default: "10000",
    description: "How long the receiver may take to answer a batch. Then it is sent again.",
  },
  SCOPEWARDEN_SINK_ATTEMPTS: {
    default: "5",
    description:
      "How often an act that the receiver refuses by itself (400, 413, 422) is sent before it is put aside; after other failures it is tried without end.",
  },
  SCOPEWARDEN_SINK_FORMAT: {
    default: "ndjson",
    description: "`ndjson` (every act), `ocsf` or `fhir` (decisions): the format of sinks (docs/keep-the-record.md).",
  },
  SCOPEWARDEN_SINK_PERSONAL: {
    default: "none",
    description:
      "`none`, `pseudonyms` or `all`: what sinks have of people. `pseudonyms`: who asked for a decision, and stable pseudonyms of patients, resources and addresses.",
  },
  SCOPEWARDEN_SINK_BEGIN: {
    default: "now",
    description: "`now` or `start`: whether a new sink begins with the acts from then on, or with the first act.",
  },
  SCOPEWARDEN_SINK_POLL_MS: {
    default: "1000",
    description: "How often sinks look for what is new on record.",
  },
  SCOPEWARDEN_JWKS_REFRESH_MS: {
    default: "300000",
    description: "How often to fetch the keys again; a withdrawn key stops working by then.",
  },
  SCOPEWARDEN_JWKS_MAX_STALE_MS: {
    default: "3600000",
    description: "How long known keys go on working while the authorization server can't be reached.",
  },
} as const satisfies { readonly [name: string]: Omit<Variable, "name"> };
type Name = keyof typeof variables;

/** Every variable that the service reads, in the order of the documentation. */
export const VARIABLES: readonly Variable[] = Object.entries(variables).map(([name, rest]) => ({ name, ...rest }));

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** The one issuer that the environment names. */
interface ShortIssuer {
  readonly jwksUrl: URL;
  readonly issuer: string;
  readonly audience: string;
  /** By what the tokens of people are known, as it stands in the file of issuers; undefined: it is not set. */
  readonly people: string | { readonly claim: string; readonly values: string } | undefined;
  /** Audiences of FHIR servers whose tokens may be introspected. */
  readonly guardAudiences: readonly string[];
}

interface JwtConfig {
  /** A file of issuers, or the one that the environment names. */
  readonly issuers: string | ShortIssuer;
  /** Seconds; null: as long as each token says. */
  readonly maxAge: number | null;
  /** How long ago a person may have signed in for what weighs, in seconds; null: nothing is asked. */
  readonly stepUp: number | null;
  readonly refreshMs: number;
  readonly maxStaleMs: number;
}

/** Where checkpoints are copied to. */
type CheckpointCopy = { readonly kind: "FILE"; readonly path: string } | { readonly kind: "URL"; readonly url: URL };

/** Says all that is wrong with the environment. Names variables and expectations, never values: some are secrets. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((p) => `  ${p}`).join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Reads variables by their names, which are the paths of problems. */
class EnvReader extends Reader {
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    super();
    this.#env = env;
  }

  /** An empty variable counts as unset: that is how most launchers unset one. */
  optional(name: Name): string | null {
    const value = this.#env[name]?.trim();
    return value === undefined || value === "" ? variables[name].default : value;
  }
  matching(name: Name, pattern: RegExp, expectation: string): string {
    const value = this.optional(name) ?? "";
    this.expect(name, pattern.test(value) ? null : expectation);
    return value;
  }
  oneOf<T extends string>(name: Name, values: readonly T[], fallback: T): T {
    const value = this.optional(name);
    const found = value === null ? fallback : values.find((v) => v === value);
    return found ?? this.problem(name, `must be one of ${values.join(", ")}`) ?? fallback;
  }
  whole(name: Name, min: number, max: number): number {
    const value = this.optional(name) ?? "";
    const number = /^\d{1,12}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    return this.problem(name, `must be a whole number from ${min} to ${max}`) ?? min;
  }
  onOff(name: Name, fallback: boolean): boolean {
    return this.oneOf(name, ["on", "off"], fallback ? "on" : "off") === "on";
  }
}

/** An IPv4 or IPv6 address, or a network of them; all of them is no network that anyone means. */
function isNetwork(text: string): boolean {
  const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const most = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  return most > 0 && !address.includes("%") && (bits === undefined || (Number(bits) > 0 && Number(bits) <= most));
}

/** Not of a folder. */
const FILE_PATH = /^[^\0]*[^\0/]$/;

function readHost(read: EnvReader): string {
  const host = read.matching("HOST", /^[^\s/]+$/, "must be an address or a host name");
  if (/^[\d.]+$/.test(host) && isIP(host) === 0) read.problem("HOST", "must be an address such as 127.0.0.1");
  return host;
}

function readDatabaseUrl(read: EnvReader): string {
  const name = "DATABASE_URL";
  const url = read.matching(name, /^(sqlite:.+|postgres(ql)?:\/\/.+)$/, "must be sqlite:<path> or postgres://...");
  // As the driver reads it.
  if (/^postgres/.test(url) && !URL.canParse(url, "postgres://base"))
    read.problem(name, "must be a URL such as postgres://user:password@host:5432/database");
  return url;
}

function readTrustedProxies(read: EnvReader): readonly string[] {
  const name = "SCOPEWARDEN_TRUSTED_PROXIES";
  const text = read.optional(name);
  const proxies = text === null ? [] : text.split(",").map((proxy) => proxy.trim());
  if (!proxies.every(isNetwork))
    read.problem(name, "must be addresses or networks such as 10.0.0.7 or 10.1.0.0/16, with commas between");
  return proxies;
}

function readPlaceData(read: EnvReader): readonly string[] {
  const name = "SCOPEWARDEN_PLACE_DATA";
  const paths = (read.optional(name)?.split(",") ?? []).map((path) => path.trim());
  if (!paths.every((path) => /^[^\0]+$/.test(path)))
    read.problem(name, "must be paths of .mmdb files, with commas between");
  return paths;
}

function readPublicUrl(read: EnvReader): string | null {
  const text = read.optional("SCOPEWARDEN_PUBLIC_URL");
  if (text === null) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain =
    url !== null && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "" && url.username === "";
  if (!plain)
    return read.problem(
      "SCOPEWARDEN_PUBLIC_URL",
      "must be an http or https URL without query, fragment or credentials",
    );
  return text.replace(/\/+$/, "");
}

/** What begins the paths of the service itself: a prefix like that would be taken for one of them. */
const OWN_PATHS = /^\/(\.well-known|access|console|docs|graphql|jobs|livez|metrics|playground|readyz)(\/|$)/;

function readBasePath(read: EnvReader, publicUrl: string | null): string {
  const name = "SCOPEWARDEN_BASE_PATH";
  const path = read.optional(name) ?? "";
  if (path === "") return path;
  if (!/^(\/(?!\.{1,2}(\/|$))[\w.~-]+)+$/.test(path))
    read.problem(
      name,
      "must be a path such as /scopewarden, of letters, digits and - . _ ~, without a slash at its end",
    );
  else if (OWN_PATHS.test(path))
    read.problem(name, "must not begin with a path that the service itself answers at, such as /console");
  else if (publicUrl !== null && new URL(publicUrl).pathname !== path)
    read.problem(name, "must be the path of SCOPEWARDEN_PUBLIC_URL, where both are set");
  return path;
}

/** Nobody on the way can read or change it. */
const isSafe = ({ protocol, hostname }: URL): boolean =>
  protocol === "https:" || (protocol === "http:" && LOOPBACK.test(hostname));

/** Standard Webhooks asks for 24 to 64 bytes. */
function isSigningSecret(secret: string): boolean {
  const [, base64 = ""] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  const bytes = Buffer.from(base64, "base64");
  return bytes.toString("base64") === base64 && bytes.length >= 24 && bytes.length <= 64;
}

/** Where to post and what with to sign, each secret by itself: both or neither. Null: neither, or a problem was told. */
function readReceiver(
  read: EnvReader,
  urlName: Name,
  secretName: Name,
): { readonly url: URL; readonly secrets: readonly string[] } | null {
  const [text, secret] = [read.optional(urlName), read.optional(secretName)];
  if (text === null && secret === null) return null;
  const together = `must be set too: ${urlName} and ${secretName} go together`;
  if (text === null) read.problem(urlName, together);
  if (secret === null) read.problem(secretName, together);
  const url = text !== null && URL.canParse(text) ? new URL(text) : null;
  if (text !== null && !(url !== null && isSafe(url) && url.username === "" && url.password === "" && url.hash === ""))
    read.problem(urlName, "must be an https URL (http is for loopback only) without credentials or fragment");
  const secrets = secret?.split(/\s+/) ?? [];
  if (!secrets.every(isSigningSecret))
    read.problem(secretName, "must be whsec_ and 24 to 64 bytes in base64, or two of them");
  return url === null ? null : { url, secrets };
}

const MOST_MINUTES = 7 * 24 * 60;

const SINK_FORMATS = { ndjson: "NDJSON", ocsf: "OCSF", fhir: "FHIR" } as const satisfies {
  readonly [name: string]: ExportFormat;
};
const SINK_PERSONAL = { none: "NONE", pseudonyms: "PSEUDONYMS", all: "ALL" } as const satisfies {
  readonly [name: string]: SinkPersonal;
};
const SINK_BEGINS = { now: "NOW", start: "START" } as const;
const namesOf = <Names extends object>(names: Names): readonly (keyof Names & string)[] =>
  Object.keys(names) as (keyof Names & string)[];

/** Null: nobody is told of anything. */
function readWebhook(read: EnvReader) {
  const options = {
    timeoutMs: read.whole("SCOPEWARDEN_WEBHOOK_TIMEOUT_MS", 100, 60_000),
    attempts: read.whole("SCOPEWARDEN_WEBHOOK_ATTEMPTS", 1, 50),
    keepDays: read.whole("SCOPEWARDEN_WEBHOOK_KEEP_DAYS", 1, 3_660),
    pollMs: read.whole("SCOPEWARDEN_WEBHOOK_POLL_MS", 10, 3_600_000),
    remindWaitingMinutes: read.whole("SCOPEWARDEN_REMIND_WAITING_MINUTES", 0, MOST_MINUTES),
    remindEndingMinutes: read.whole("SCOPEWARDEN_REMIND_ENDING_MINUTES", 0, MOST_MINUTES),
  };
  const receiver = readReceiver(read, "SCOPEWARDEN_WEBHOOK_URL", "SCOPEWARDEN_WEBHOOK_SECRET");
  return receiver === null ? null : { ...receiver, ...options };
}

/** Where what is put on record goes, for a SIEM. */
function readSinks(read: EnvReader) {
  const path = read.optional("SCOPEWARDEN_SINK_FILE");
  if (path !== null) read.expect("SCOPEWARDEN_SINK_FILE", FILE_PATH.test(path) ? null : "must be the path of a file");
  const file = {
    maxBytes: read.whole("SCOPEWARDEN_SINK_FILE_MAX_BYTES", 65_536, 100_000_000_000),
    daily: read.onOff("SCOPEWARDEN_SINK_FILE_DAILY", false),
    keep: read.whole("SCOPEWARDEN_SINK_FILE_KEEP", 1, 100_000),
  };
  const timeoutMs = read.whole("SCOPEWARDEN_SINK_TIMEOUT_MS", 100, 60_000);
  const receiver = readReceiver(read, "SCOPEWARDEN_SINK_URL", "SCOPEWARDEN_SINK_SECRET");
  return {
    file: path === null ? null : { path, ...file },
    webhook: receiver === null ? null : { ...receiver, timeoutMs },
    format: SINK_FORMATS[read.oneOf("SCOPEWARDEN_SINK_FORMAT", namesOf(SINK_FORMATS), "ndjson")],
    personal: SINK_PERSONAL[read.oneOf("SCOPEWARDEN_SINK_PERSONAL", namesOf(SINK_PERSONAL), "none")],
    begin: SINK_BEGINS[read.oneOf("SCOPEWARDEN_SINK_BEGIN", namesOf(SINK_BEGINS), "now")],
    attempts: read.whole("SCOPEWARDEN_SINK_ATTEMPTS", 1, 50),
    everyMs: read.whole("SCOPEWARDEN_SINK_POLL_MS", 10, 3_600_000),
  };
}

function readCheckpointCopy(read: EnvReader): CheckpointCopy | null {
  const text = read.optional("SCOPEWARDEN_CHECKPOINT_COPY");
  if (text === null) return null;
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && FILE_PATH.test(text)) return { kind: "FILE", path: text };
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && isSafe(url) && url.username === "" && url.password === "" && url.hash === "")
    return { kind: "URL", url };
  read.problem(
    "SCOPEWARDEN_CHECKPOINT_COPY",
    "must be the path of a file, or an https URL (http is for loopback only) without credentials or fragment",
  );
  return null;
}

function readCheckpoints(read: EnvReader) {
  const origin = read.optional("SCOPEWARDEN_CHECKPOINT_ORIGIN");
  if (origin !== null && !(isKeyName(origin) && origin.length <= 200))
    read.problem("SCOPEWARDEN_CHECKPOINT_ORIGIN", "must be a name of at most 200 characters without spaces and plus");
  const keyFile = read.optional("SCOPEWARDEN_CHECKPOINT_KEY");
  if (keyFile !== null && !FILE_PATH.test(keyFile))
    read.problem("SCOPEWARDEN_CHECKPOINT_KEY", "must be the path of a file");
  return {
    /** Null: where the database is. */
    keyFile,
    /** Null: the name is made with the key. */
    origin,
    everyMs: read.whole("SCOPEWARDEN_CHECKPOINT_MS", 100, 86_400_000),
    copy: readCheckpointCopy(read),
  };
}

/** `claim`, or `claim=value`. */
function readPeopleClaim(read: EnvReader): ShortIssuer["people"] {
  const text = read.optional("SCOPEWARDEN_JWT_PEOPLE");
  if (text === null) return undefined;
  const [, claim = "", values] = /^([^\s=]+)(?:=(.+))?$/.exec(text) ?? [];
  if (claim === "") read.problem("SCOPEWARDEN_JWT_PEOPLE", "must be the name of a claim, or <claim>=<value>");
  return values === undefined ? claim : { claim, values };
}

function readJwt(read: EnvReader): JwtConfig | null {
  const refreshMs = read.whole("SCOPEWARDEN_JWKS_REFRESH_MS", 1000, 86_400_000);
  const maxStaleMs = read.whole("SCOPEWARDEN_JWKS_MAX_STALE_MS", 1000, 604_800_000);
  const maxAge =
    read.optional("SCOPEWARDEN_JWT_MAX_AGE") === null ? null : read.whole("SCOPEWARDEN_JWT_MAX_AGE", 10, 86_400);
  const minutes =
    read.optional("SCOPEWARDEN_STEP_UP_MINUTES") === null ? null : read.whole("SCOPEWARDEN_STEP_UP_MINUTES", 1, 1440);
  const shared = { maxAge, stepUp: minutes === null ? null : minutes * 60, refreshMs, maxStaleMs };
  const file = read.optional("SCOPEWARDEN_JWT_ISSUERS");
  const names = ["SCOPEWARDEN_JWKS_URL", "SCOPEWARDEN_JWT_ISSUER", "SCOPEWARDEN_JWT_AUDIENCE"] as const;
  const [url, issuer, audience] = [read.optional(names[0]), read.optional(names[1]), read.optional(names[2])];
  const isShort = url !== null || issuer !== null || audience !== null;
  const people = readPeopleClaim(read);
  const guardAudiences =
    read
      .optional("SCOPEWARDEN_GUARD_AUDIENCES")
      ?.split(/[\s,]+/)
      .filter(Boolean) ?? [];
  if (audience !== null && guardAudiences.includes(audience))
    read.problem("SCOPEWARDEN_GUARD_AUDIENCES", "must not have this service's own audience");
  // What stands before # in a caller id is the issuer (RFC 8414 section 2: it has no fragment).
  if (issuer !== null && !/^[^@#][^#]*$/.test(issuer))
    read.problem("SCOPEWARDEN_JWT_ISSUER", "must be a URL without #");
  if (audience !== null && !/^\P{Cc}{1,1000}$/u.test(audience))
    read.problem("SCOPEWARDEN_JWT_AUDIENCE", "must be at most 1000 characters without control characters");
  const jwksUrl = url !== null && URL.canParse(url) ? new URL(url) : null;
  // Whoever can change the keys on their way can sign tokens.
  if (url !== null && !(jwksUrl !== null && isSafe(jwksUrl)))
    read.problem("SCOPEWARDEN_JWKS_URL", "must be an https URL (http is for loopback only)");
  if (file !== null) {
    if (isShort) read.problem("SCOPEWARDEN_JWT_ISSUERS", `names all issuers: leave out ${names.join(", ")}`);
    if (people !== undefined)
      read.problem("SCOPEWARDEN_JWT_PEOPLE", "stands with each issuer in the file, as `people`");
    if (guardAudiences.length > 0)
      read.problem("SCOPEWARDEN_GUARD_AUDIENCES", "stands with each issuer in the file, as `guardAudiences`");
    return { issuers: file, ...shared };
  }
  if (!isShort) {
    if (people !== undefined) read.problem("SCOPEWARDEN_JWT_PEOPLE", `goes with ${names.join(", ")}`);
    if (guardAudiences.length > 0) read.problem("SCOPEWARDEN_GUARD_AUDIENCES", `goes with ${names.join(", ")}`);
    return null;
  }
  for (const name of names)
    if (read.optional(name) === null) read.problem(name, `must be set too: ${names.join(", ")} go together`);
  return jwksUrl === null || issuer === null || audience === null
    ? null
    : { issuers: { jwksUrl, issuer, audience, guardAudiences, people }, ...shared };
}

/** How people sign in to the pages; null: with keys only. Its scopes are null where the issuer's roles say which. */
function readSignIn(read: EnvReader, jwt: JwtConfig | null) {
  const [idName, scopesName] = ["SCOPEWARDEN_CONSOLE_CLIENT_ID", "SCOPEWARDEN_CONSOLE_SCOPES"] as const;
  const [clientId, text] = [read.optional(idName), read.optional(scopesName)];
  const scopes = text?.split(/\s+/) ?? null;
  // RFC 6749 section 3.3 and appendix A.1.
  if (scopes !== null && !(scopes.includes("openid") && scopes.every((scope) => /^[!#-[\]-~]{1,256}$/.test(scope))))
    read.problem(scopesName, "must be scopes with spaces between, openid among them");
  if (clientId === null)
    return text === null ? null : read.problem(idName, `must be set too: ${scopesName} are its scopes`);
  if (!/^[ -~]{1,256}$/.test(clientId)) read.problem(idName, "must be 1 to 256 characters of ASCII");
  if (jwt === null)
    return read.problem(
      idName,
      "needs an issuer: set SCOPEWARDEN_JWT_ISSUERS, or SCOPEWARDEN_JWT_ISSUER with audience and keys",
    );
  if (typeof jwt.issuers !== "string") {
    const { issuer } = jwt.issuers;
    const url = URL.canParse(issuer) ? new URL(issuer) : null;
    if (url === null || !isSafe(url) || /[?#]/.test(issuer))
      read.problem("SCOPEWARDEN_JWT_ISSUER", `must be an https URL (http is for loopback only) for ${idName}`);
  }
  return { clientId, scopes };
}

const readFhirVersion = (read: EnvReader): FhirVersion =>
  read.oneOf("SCOPEWARDEN_FHIR_VERSION", FHIR_VERSIONS, DEFAULT_FHIR_VERSION);

/** The one setting that a command goes by which starts no service. @throws ConfigError */
export function configuredFhirVersion(env: Readonly<Record<string, string | undefined>> = process.env): FhirVersion {
  const read = new EnvReader(env);
  const version = readFhirVersion(read);
  if (read.problems.length > 0) throw new ConfigError(read.problems.map(({ path, message }) => `${path} ${message}`));
  return version;
}

/** What the commands that ask a running service take from the environment; the service itself has no use for them. */
export interface ClientConfig {
  readonly url: string | null;
  readonly key: string | null;
}
export const CLIENT_VARIABLES: ReadonlySet<string> = new Set(["SCOPEWARDEN_URL", "SCOPEWARDEN_KEY"]);

export function clientConfig(env: Readonly<Record<string, string | undefined>> = process.env): ClientConfig {
  return { url: env.SCOPEWARDEN_URL?.trim() || null, key: env.SCOPEWARDEN_KEY?.trim() || null };
}

/** The demo's own database, whatever DATABASE_URL says. */
export const DEMO_DATABASE = "data/demo.db";

/** Whose access tokens a demo believes: of an issuer of its own, for the guard before its FHIR store. */
export interface DemoTokens {
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly guardAudience: string;
}

/** The variable by which somebody says whose tokens count, so that a demo has no issuer of its own; null: none does. */
export const tokensSetBy = (env: Readonly<Record<string, string | undefined>> = process.env): string | null =>
  Object.keys(variables).find(
    (name) => /^SCOPEWARDEN_(JWT_|JWKS_URL$|GUARD_|CONSOLE_CLIENT_ID$)/.test(name) && (env[name]?.trim() ?? "") !== "",
  ) ?? null;

/** The environment, but for what makes a demo: its own key and database, the pages, its own issuer, and a quiet log. */
export function demoEnv(
  { adminKey, tokens }: { readonly adminKey: string; readonly tokens: DemoTokens | null },
  env: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<Record<string, string | undefined>> {
  return {
    ...env,
    SCOPEWARDEN_ADMIN_KEY: adminKey,
    NODE_ENV: "development",
    DATABASE_URL: `sqlite:${DEMO_DATABASE}`,
    SCOPEWARDEN_CONSOLE: "on",
    SCOPEWARDEN_PLAYGROUND: "on",
    LOG_LEVEL: env.LOG_LEVEL?.trim() || "warn",
    ...(tokens !== null && {
      SCOPEWARDEN_JWKS_URL: tokens.jwksUrl,
      SCOPEWARDEN_JWT_ISSUER: tokens.issuer,
      // Of the service itself; no token is made for it.
      SCOPEWARDEN_JWT_AUDIENCE: "urn:scopewarden:demo",
      SCOPEWARDEN_JWT_PEOPLE: "auth_time",
      SCOPEWARDEN_GUARD_AUDIENCES: tokens.guardAudience,
    }),
  };
}

/** How the service runs. Times are milliseconds, sizes bytes unless the variable's description says otherwise. */
export type Config = ReturnType<typeof readConfig>["config"];

/** Reads the whole environment, and looks at no file. @throws ConfigError naming every variable that is wrong. */
export function loadConfig(env?: Readonly<Record<string, string | undefined>>): Config {
  const { config, problems } = readConfig(env);
  if (problems.length > 0) throw new ConfigError(problems.map(({ path, message }) => `${path} ${message}`));
  return config;
}

/** The same, with what is wrong beside it, by the names of variables: what is read of those means nothing. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env) {
  const read = new EnvReader(env);
  // NODE_ENV has values of other tools' making (`test`): only the one that matters is looked at.
  const nodeEnv = read.optional("NODE_ENV");
  const production = nodeEnv === "production";
  if (!production && /^prod(uction)?$/i.test(nodeEnv ?? ""))
    read.problem("NODE_ENV", "must be `production`, written so: any other value turns playground and introspection on");
  const adminKey = read.optional("SCOPEWARDEN_ADMIN_KEY");
  if (adminKey !== null && !/^[A-Za-z0-9._~+/-]{32,512}=*$/.test(adminKey)) {
    read.problem("SCOPEWARDEN_ADMIN_KEY", "must be 32 to 512 letters, digits or - . _ ~ + / (RFC 6750 section 2.1)");
  }
  // Problems are told in the order in which the variables are read.
  const port = read.whole("PORT", 0, 65_535);
  const jwt = readJwt(read);
  const publicUrl = readPublicUrl(read);
  const config = {
    production,
    port,
    host: readHost(read),
    /** Without a slash at its end. */
    publicUrl,
    /** Without a slash at its end; empty: none. */
    basePath: readBasePath(read, publicUrl),
    databaseUrl: readDatabaseUrl(read),
    fhirVersion: readFhirVersion(read),
    logLevel: read.oneOf("LOG_LEVEL", LOG_LEVELS, "info"),
    adminKey,
    firstKeyFile: read.matching("SCOPEWARDEN_FIRST_KEY_FILE", FILE_PATH, "must be the path of a file"),
    jwt,
    signIn: readSignIn(read, jwt),
    console: read.onOff("SCOPEWARDEN_CONSOLE", true),
    playground: read.onOff("SCOPEWARDEN_PLAYGROUND", !production),
    docs: read.onOff("SCOPEWARDEN_DOCS", true),
    introspection: read.onOff("SCOPEWARDEN_INTROSPECTION", !production),
    limits: {
      requestBytes: read.whole("SCOPEWARDEN_MAX_REQUEST_BYTES", 1024, 16 * 1024 * 1024),
      decisions: read.whole("SCOPEWARDEN_MAX_DECISIONS", 1, 10_000),
      depth: read.whole("SCOPEWARDEN_MAX_DEPTH", 3, 100),
      fields: read.whole("SCOPEWARDEN_MAX_FIELDS", 1_000, 10_000_000),
      journalReads: read.whole("SCOPEWARDEN_MAX_JOURNAL_READS", 1, 1_000),
      tokens: read.whole("SCOPEWARDEN_MAX_TOKENS", 100, 100_000),
      contextBytes: read.whole("SCOPEWARDEN_MAX_CONTEXT_BYTES", 0, 16 * 1024 * 1024),
      contextDepth: read.whole("SCOPEWARDEN_MAX_CONTEXT_DEPTH", 1, 100),
    },
    fourEyes: read.onOff("SCOPEWARDEN_FOUR_EYES", false),
    proposals: {
      replayRequired: read.onOff("SCOPEWARDEN_REPLAY_REQUIRED", false),
      reportMaxAgeHours: read.whole("SCOPEWARDEN_REPLAY_MAX_AGE_HOURS", 1, 8_784),
      mostFlips: read.whole("SCOPEWARDEN_REPLAY_MAX_FLIPS", 0, 1_000_000_000),
      days: read.whole("SCOPEWARDEN_PROPOSAL_DAYS", 1, 366),
    },
    webhook: readWebhook(read),
    checkpoints: readCheckpoints(read),
    sinks: readSinks(read),
    journalQueue: read.whole("SCOPEWARDEN_JOURNAL_QUEUE", 1, 10_000_000),
    journalQueueBytes: read.whole("SCOPEWARDEN_JOURNAL_QUEUE_BYTES", 65_536, 16 * 1024 * 1024 * 1024),
    policyPollMs: read.whole("SCOPEWARDEN_POLICY_POLL_MS", 10, 3_600_000),
    retentionMs: read.whole("SCOPEWARDEN_RETENTION_MS", 10, 86_400_000),
    sunsetPollMs: read.whole("SCOPEWARDEN_SUNSET_POLL_MS", 10, 86_400_000),
    requestTimeoutMs: read.whole("SCOPEWARDEN_REQUEST_TIMEOUT_MS", 1000, 600_000),
    sendTimeoutMs: read.whole("SCOPEWARDEN_SEND_TIMEOUT_MS", 1000, 600_000),
    authFailures: read.whole("SCOPEWARDEN_AUTH_FAILURES", 1, 1_000_000),
    trustedProxies: readTrustedProxies(read),
    /** Paths of files; empty: places are not known. */
    placeData: readPlaceData(read),
    shutdownTimeoutMs: read.whole("SCOPEWARDEN_SHUTDOWN_TIMEOUT_MS", 100, 600_000),
    drainMs: read.whole("SCOPEWARDEN_DRAIN_MS", 0, 600_000),
    /** Variables that begin with SCOPEWARDEN_ and mean nothing here: most likely a slip of the keyboard. */
    unknownVariables: Object.keys(env).filter(
      (name) => name.startsWith("SCOPEWARDEN_") && !Object.hasOwn(variables, name) && !CLIENT_VARIABLES.has(name),
    ),
  };
  if (config.drainMs >= config.shutdownTimeoutMs)
    read.expect("SCOPEWARDEN_DRAIN_MS", "must be less than SCOPEWARDEN_SHUTDOWN_TIMEOUT_MS");
  return { config, problems: read.problems };
}
