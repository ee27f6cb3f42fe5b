import { readFile } from "node:fs/promises";
import { CALLER_ROLES, type CallerRole } from "../../domain/callers/types.ts";
import { isObject, type Members, Reader } from "../../domain/kernel/reader.ts";
import { yaml } from "../../yaml/yaml.ts";
import { type ClaimPath, readNames, readPath, readRequired, refuseOthers } from "./claimNames.ts";
import { type AccessTokenClaim, readAccessTokens } from "./readAccessTokens.ts";
import { readPeople } from "./readPeople.ts";
import { type HolderSettings, TOKEN_PROFILES, type TokenProfile } from "./tokenHolder.ts";

/** Which claims of an issuer's access tokens say what; of several the first that is there counts, and none may say otherwise. */
interface Claims {
  /** The client that the token was issued to. */
  readonly client: readonly string[];
  /** Null: its tokens have none, and are named by the SHA-256 of what is signed. */
  readonly tokenId: string | null;
  /** Who signed in, under an id that is never given to anybody else. */
  readonly person: string;
  /** When they did (OpenID Connect Core section 2), where the issuer says it. */
  readonly authTime: string | null;
  /** For people to read. */
  readonly name: readonly string[];
  readonly organization: string | null;
  readonly fhirUser: string | null;
  /** The patient in context of a token for a FHIR server (SMART App Launch 2.2, section 2.0.11). */
  readonly patient: string;
  /** For what purpose its holder may ask, as IHE IUA or a house writes it; null: its tokens do not say. */
  readonly purpose: ClaimPath | null;
}

/** An authorization server whose access tokens are accepted, and how they are read. */
export interface TokenIssuer extends HolderSettings {
  readonly issuer: string;
  readonly jwksUrl: URL;
  /** Null: its tokens have no `aud`, and are for whom they were issued to: one of `clients`. */
  readonly audience: string | null;
  /** The clients whose tokens are for this service where they have no `aud`; null: they have one. */
  readonly clients: ReadonlySet<string> | null;
  /** The audiences of FHIR servers for which its tokens may be introspected. They open no door of this service. */
  readonly guardAudiences: ReadonlySet<string>;
  /** Accepted `typ` of the header, in lower case and without `application/` (RFC 7515 section 4.1.9); null: its tokens have none. */
  readonly types: readonly string[] | null;
  /** A claim and the values by one of which an access token is told from an ID token; null: `types` or the profile does. */
  readonly accessTokens: AccessTokenClaim | null;
  readonly claims: Claims;
  /** Where roles stand and what each value gives; null: they are the scopes `scopewarden:<role>`. */
  readonly roles: { readonly claim: ClaimPath; readonly map: ReadonlyMap<string, readonly CallerRole[]> } | null;
}

interface Defaults {
  readonly types: readonly string[];
  readonly claims: Claims & { readonly tokenId: string };
}
const RFC_9068: Defaults = {
  types: ["at+jwt"],
  claims: {
    client: ["client_id"],
    tokenId: "jti",
    person: "sub",
    authTime: "auth_time",
    name: [],
    organization: null,
    fhirUser: null,
    patient: "patient",
    purpose: null,
  },
};
const PROFILES: { readonly [Profile in Exclude<TokenProfile, "custom">]: Defaults } = {
  // RFC 9068 section 2.2.
  rfc9068: RFC_9068,
  // Keycloak's mappers of the client scopes `basic`, `profile` and `service_account`; `at+jwt` is a switch of each client.
  keycloak: {
    types: ["jwt", "at+jwt"],
    claims: { ...RFC_9068.claims, client: ["azp", "client_id"], name: ["preferred_username", "name"] },
  },
  // Microsoft's "Access token claims reference": `appid` and `unique_name` stand in version 1.0, `azp` in 2.0; `auth_time` is optional.
  entra: {
    types: ["jwt", "at+jwt"],
    claims: {
      ...RFC_9068.claims,
      ...{ client: ["azp", "appid"], tokenId: "uti", person: "oid" },
      name: ["preferred_username", "unique_name", "name"],
    },
  },
};

/** The issuer of the variables of the environment; what is wrong with `people` goes to the reader, at `path`. */
export function rfc9068Issuer(
  {
    guardAudiences = [],
    people,
    ...settings
  }: Pick<TokenIssuer, "issuer" | "jwksUrl"> & {
    readonly audience: string;
    readonly guardAudiences?: readonly string[];
    readonly people?: unknown;
  },
  read: Reader = new Reader(),
  path = "people",
): TokenIssuer {
  const profile = "rfc9068";
  return {
    ...settings,
    ...RFC_9068,
    profile,
    people: readPeople(read, people, path, { ...RFC_9068, profile }),
    ...{ clients: null, accessTokens: null, roles: null },
    guardAudiences: new Set(guardAudiences),
  };
}

const MEMBERS = [
  ...["issuer", "jwksUrl", "audience", "clients", "guardAudiences", "profile", "types", "accessTokens"],
  ...["claims", "people", "roles"],
];
const CLAIMS = ["client", "tokenId", "person", "authTime", "name", "organization", "fhirUser", "patient", "purpose"];
const MOST_ISSUERS = 20;

export const isLoopback = ({ hostname }: URL): boolean => /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);

/** Whether nobody on the way can change what is read there. */
export const isSafeUrl = (url: URL): boolean =>
  url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url));

function readUrl(read: Reader, value: unknown, path: string): URL | null {
  const text = read.string(value, path);
  if (text === null) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  return url === null || !isSafeUrl(url) ? read.problem(path, "must be an https URL (http is for loopback only)") : url;
}

/** The issuer as its tokens name it. At the profile `custom` a name alone, from which nothing is fetched: AD FS has one that begins with http. */
function readIssuerName(read: Reader, value: unknown, path: string, profile: unknown): string | null {
  const isName = profile === "custom" && typeof value === "string" && value.startsWith("http:") && URL.canParse(value);
  if (!isName && readUrl(read, value, path) === null) return null;
  const issuer = value as string;
  if (/[?#]/.test(issuer)) return read.problem(path, "must have no ? and no # (RFC 8414 section 2)");
  return issuer;
}

/** The clients of an issuer whose tokens are for FHIR servers alone. */
const NO_CLIENTS: ReadonlySet<string> = new Set();

/** Whether the tokens of an issuer are for FHIR servers, and none for this service. */
const isForGuardsAlone = ({ audience, clients, guardAudiences }: Members): boolean =>
  guardAudiences !== undefined && audience === undefined && clients === undefined;

function readGuardAudiences(read: Reader, { audience, guardAudiences }: Members, path: string): ReadonlySet<string> {
  if (guardAudiences === undefined) return new Set();
  const expected = "must be an audience of a FHIR server, or a list of them";
  const names = readNames(read, guardAudiences, path, expected) ?? [];
  if (names.some((name) => name === audience))
    read.problem(path, "must not have this service's own audience: a token for a FHIR server opens no door here");
  return new Set(names);
}

/** For whom its tokens are: an audience, or clients where they name none. */
function readAudience(read: Reader, given: Members, path: string): Pick<TokenIssuer, "audience" | "clients"> | null {
  const { audience, clients, profile } = given;
  if (isForGuardsAlone(given)) return { audience: null, clients: NO_CLIENTS };
  if (clients === undefined) {
    const text = readRequired(read, audience, `${path}.audience`);
    return text === null ? null : { audience: text, clients: null };
  }
  const ids = readNames(read, clients, `${path}.clients`, "must be a client's id, or a list of ids");
  if (profile !== "custom")
    return read.problem(`${path}.clients`, "is for the profile custom; others have an audience");
  if (audience !== undefined)
    return read.problem(`${path}.clients`, "is for tokens without aud: leave it out, or leave out audience");
  return ids === null ? null : { audience: null, clients: new Set(ids) };
}

/** Who is who is fixed by a product's profile; what is only shown may stand elsewhere. */
const FREE: ReadonlySet<string> = new Set(["name", "organization", "fhirUser", "authTime", "patient", "purpose"]);

function readClaims(read: Reader, value: unknown, path: string, profile: TokenProfile): Claims {
  const given = value === undefined ? {} : (read.object(value, path) ?? {});
  refuseOthers(read, given, CLAIMS, path);
  const fixed = profile === "custom" ? null : PROFILES[profile].claims;
  if (fixed !== null)
    for (const name of Object.keys(given).filter((name) => CLAIMS.includes(name) && !FREE.has(name)))
      read.problem(`${path}.${name}`, `is fixed by the profile ${profile}; profile custom sets it`);
  const own = (name: string, ifAbsent: string | null | undefined): string | null =>
    given[name] === undefined && ifAbsent !== undefined ? ifAbsent : readRequired(read, given[name], `${path}.${name}`);
  return {
    client: fixed?.client ?? readNames(read, given.client, `${path}.client`) ?? [],
    tokenId: fixed?.tokenId ?? own("tokenId", null),
    person: fixed?.person ?? own("person", undefined) ?? "",
    authTime: own("authTime", fixed?.authTime ?? null),
    name: given.name === undefined ? (fixed?.name ?? []) : (readNames(read, given.name, `${path}.name`) ?? []),
    organization: own("organization", null),
    fhirUser: own("fhirUser", null),
    patient: own("patient", "patient") ?? "",
    purpose: given.purpose === undefined ? null : readPath(read, given.purpose, `${path}.purpose`),
  };
}

function readRoles(read: Reader, value: unknown, path: string, profile: TokenProfile): TokenIssuer["roles"] {
  if (value === undefined) {
    // Whoever may ask for a scope would be an auditor: products give scopes to clients, roles to people.
    if (profile === "keycloak" || profile === "entra")
      read.problem(path, "is missing: claim, and map from its values to roles");
    return null;
  }
  const given = read.object(value, path);
  if (given === null) return null;
  refuseOthers(read, given, ["claim", "map"], path);
  const map = new Map<string, readonly CallerRole[]>();
  const isRole = (text: unknown): text is CallerRole => (CALLER_ROLES as readonly unknown[]).includes(text);
  for (const [name, role] of Object.entries(read.object(given.map, `${path}.map`) ?? {})) {
    const roles = Array.isArray(role) ? role : [role];
    if (roles.length > 0 && roles.every(isRole)) map.set(name, roles);
    else read.problem(`${path}.map.${name}`, `must be one or a list of ${CALLER_ROLES.join(", ")}`);
  }
  if (map.size === 0 && isObject(given.map)) read.problem(`${path}.map`, "must have a value that gives a role");
  return { claim: readPath(read, given.claim, `${path}.claim`), map };
}

function readTypes(read: Reader, value: unknown, path: string, profile: TokenProfile): readonly string[] | null {
  if (profile !== "custom") {
    if (value !== undefined) read.problem(path, `is fixed by the profile ${profile}; profile custom sets it`);
    return PROFILES[profile].types;
  }
  return value === undefined ? null : (readNames(read, value, path) ?? []).map(typeName);
}

/** A media type as it is compared: letter case does not count, nor does `application/` (RFC 7515 section 4.1.9). */
export const typeName = (text: string): string => text.toLowerCase().replace(/^application\//, "");

function readIssuer(read: Reader, value: unknown, path: string): TokenIssuer | null {
  const given = read.object(value, path);
  if (given === null) return null;
  refuseOthers(read, given, MEMBERS, path);
  const issuer = readIssuerName(read, given.issuer, `${path}.issuer`, given.profile);
  const jwksUrl = readUrl(read, given.jwksUrl, `${path}.jwksUrl`);
  const audience = readAudience(read, given, path);
  const profile = TOKEN_PROFILES.find((each) => each === given.profile);
  if (profile === undefined) {
    read.problem(`${path}.profile`, `must be ${TOKEN_PROFILES.join(", ")}`);
    return null;
  }
  const types = readTypes(read, given.types, `${path}.types`, profile);
  const accessTokens = readAccessTokens(read, given.accessTokens, `${path}.accessTokens`, { profile, types });
  const claims = readClaims(read, given.claims, `${path}.claims`, profile);
  const people = readPeople(read, given.people, `${path}.people`, { claims, profile });
  const guardAudiences = readGuardAudiences(read, given, `${path}.guardAudiences`);
  if (isForGuardsAlone(given) && given.roles !== undefined)
    read.problem(`${path}.roles`, "is for tokens of this service, which has no audience here");
  const roles = isForGuardsAlone(given) ? null : readRoles(read, given.roles, `${path}.roles`, profile);
  return issuer === null || jwksUrl === null || audience === null
    ? null
    : { issuer, jwksUrl, ...audience, guardAudiences, profile, types, accessTokens, claims, people, roles };
}

/** The issuers of a file, as its data came; problems go to the reader, each with its path. */
export function readTokenIssuers(read: Reader, data: unknown): readonly TokenIssuer[] {
  const given = read.object(data, "file");
  if (given === null) return [];
  refuseOthers(read, given, ["issuers"], "file");
  if (!Array.isArray(given.issuers) || given.issuers.length === 0 || given.issuers.length > MOST_ISSUERS) {
    read.problem("issuers", `must be a list of 1 to ${MOST_ISSUERS} issuers`);
    return [];
  }
  const issuers = (given.issuers as readonly unknown[]).flatMap(
    (each, i) => readIssuer(read, each, `issuers[${i}]`) ?? [],
  );
  const names = issuers.map(({ issuer }) => issuer);
  for (const [i, name] of names.entries())
    if (names.indexOf(name) !== i) read.problem(`issuers[${i}].issuer`, "stands twice in the file");
  return issuers;
}

/** The issuers of a file in YAML or JSON, or what is wrong with it, each problem with its line or its path. */
export async function readIssuerFile(
  path: string,
): Promise<{ readonly issuers: readonly TokenIssuer[]; readonly problems: readonly string[] }> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    return {
      issuers: [],
      problems: [
        `${path} can't be read (${(error as NodeJS.ErrnoException).code}): it must be a file of issuers, YAML or JSON`,
      ],
    };
  }
  const { data, problems } = yaml.read(text);
  if (problems.length > 0)
    return { issuers: [], problems: problems.map(({ line, message }) => `line ${line}: ${message}`) };
  const read = new Reader();
  const issuers = readTokenIssuers(read, data);
  return { issuers, problems: read.problems.map(({ message, path: at }) => `${at} ${message}`) };
}
