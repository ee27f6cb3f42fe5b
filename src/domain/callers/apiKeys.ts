import { ScopewardenError } from "../kernel/errors.ts";
import type { Clock, NewId, Sha256 } from "../kernel/ports.ts";
import { Reader } from "../kernel/reader.ts";
import { identifierProblem, nameProblem, seenTextProblem, textProblem } from "../kernel/text.ts";
import { type CarriedOut, requireMayAlone } from "../policy/fourEyes.ts";
import { ALL_ORGANIZATIONS } from "../policy/types.ts";
import { type CallerName, callerName, keyIdOf } from "./callerName.ts";
import { isForPeople, isInForce, onlyAsks, requireMayGive, requireMayRevoke } from "./keyRoles.ts";
import { makerOf } from "./makers.ts";
import { isProgram } from "./samePerson.ts";
import { type ApiKey, type ApiKeyStore, CALLER_ROLES, type CallerSubject, type Identity } from "./types.ts";

/** Who makes or revokes a key. */
export type KeyAuthor = Pick<Identity, "id" | "roles"> &
  Partial<Pick<Identity, "staleSignIn" | "subject" | "withoutPerson">>;

/** What a key is to be. */
export interface KeyContent extends Pick<ApiKey, "name" | "roles" | "subject" | "defaultClientId" | "expiresAt"> {
  /** Absent: none. */
  readonly assertRoles?: ApiKey["assertRoles"];
}
/** What a key is made with; the rest of it is noted when it is made, used or revoked. */
interface NewApiKey extends KeyContent {
  readonly reason: string;
  readonly by: KeyAuthor;
}

interface MadeApiKey {
  /** The whole secret text to be sent as a bearer token: `swk_<id>_<secret>`. Stored nowhere. */
  readonly key: string;
  readonly apiKey: ApiKey;
}

/** API keys as their admins see them. The key itself is answered once, by what makes it. */
export interface ApiKeys {
  /**
   * Under four eyes every key but one that only asks for decisions, and asserts no roles, carries out a proposal.
   * @throws ScopewardenError BAD_USER_INPUT with every problem, FORBIDDEN for a role that is not theirs to give,
   * FOUR_EYES_REQUIRED, and CONFLICT where the proposal is not approved.
   */
  create(input: NewApiKey, carriedOut?: CarriedOut): Promise<MadeApiKey>;
  /** Made by a command on the machine, and no caller: it needs no proposal, and `by` stands on record. @throws ScopewardenError BAD_USER_INPUT */
  createOnMachine(input: Omit<NewApiKey, "by"> & { readonly by: string }): Promise<MadeApiKey>;
  /** What `create` would refuse for what it is, now. @throws ScopewardenError BAD_USER_INPUT with every problem */
  check(input: KeyContent & { readonly reason: string }): void;
  /**
   * @throws ScopewardenError FORBIDDEN for a role that is not theirs to give, to a token without a person for more than `service`, and under
   * four eyes to whoever does not say whose they are
   */
  requireMayMake(by: KeyAuthor, key: KeyContent): void;
  /**
   * Where there is no key at all, makes the first, which holds every role for a day and `admin` after it. `keep` takes it
   * before it works, so that no key works that nobody has. Null: there is a key already, even if `keep` was called.
   */
  createFirst(keep: (made: MadeApiKey) => Promise<void>): Promise<ApiKey | null>;
  list(): Promise<readonly ApiKey[]>;
  /** Who made the key of a caller; null: the caller has no key, or nobody is named. */
  makerOf(callerId: string): Promise<CallerSubject | null>;
  /** The roles that keys in force may assert. */
  assertable(): Promise<ApiKey["assertRoles"]>;
  /** Who these caller ids stand for. */
  names(callerIds: readonly string[]): Promise<readonly CallerName[]>;
  /** @throws ScopewardenError NOT_FOUND, FORBIDDEN, and CONFLICT for the last key in force that holds `admin`. */
  revoke(input: { readonly id: string; readonly by: KeyAuthor; readonly reason: string }): Promise<ApiKey>;
  readonly events: ApiKeyStore["events"];
}

export interface ApiKeyParts {
  readonly id: string;
  readonly secret: string;
}

/** The id and the secret in the text of a key, or null when it is not the text of a key. */
export function parseApiKey(text: string): ApiKeyParts | null {
  const match = /^swk_([a-z0-9]{12})_([A-Za-z0-9_-]{43})$/.exec(text);
  return match?.[1] !== undefined && match[2] !== undefined ? { id: match[1], secret: match[2] } : null;
}

/** What writes where no caller does: at the first start. */
const ITSELF = "scopewarden";
const DAY_MS = 24 * 60 * 60 * 1000;

const reasonProblem = (reason: string): string | null =>
  reason.trim() === "" ? "must say why: it is kept with the key" : textProblem(reason, 2000);

/** More than any program needs to pass on. */
const MOST_ASSERTABLE = 100;

/**
 * A program's key stands for its maker, so that nobody approves their own: that takes a maker who is named.
 * @throws ScopewardenError FORBIDDEN to who does not say who they are, for a program's key that may approve
 */
function requireNamedMaker({ subject = null }: KeyAuthor, key: KeyContent): void {
  const mayApprove = isForPeople(key.roles) && isProgram(key.subject?.type ?? null);
  if (mayApprove && subject === null)
    throw new ScopewardenError(
      "FORBIDDEN",
      "Under four eyes a program's key that holds admin, reviewer or auditor is made by a person, for whom it stands, too: use a key or token that says whose it is.",
    );
}

/** Whoever is behind it could be anybody, and the key would outlive the token. @throws ScopewardenError FORBIDDEN */
function requirePersonFor({ withoutPerson }: KeyAuthor, key: KeyContent): void {
  if (withoutPerson === true && !onlyAsks(key))
    throw new ScopewardenError(
      "FORBIDDEN",
      "A token without a person (its sub is its client) makes only keys that hold `service` alone and assert no roles. Use a key or token of a person.",
    );
}

/** What a key may assert is for questions, which services ask; whether the policy has the role is seen when it is asserted. */
function checkAssertable(read: Reader, { assertRoles = [], roles }: Omit<NewApiKey, "by" | "subject">): void {
  if (assertRoles.length > MOST_ASSERTABLE)
    read.problem("input.assertRoles", `must have at most ${MOST_ASSERTABLE} items`);
  if (assertRoles.length > 0 && !roles.includes("service"))
    read.problem("input.assertRoles", "is only for a key that holds service: no other role asks for decisions");
  for (const [i, { role, organization }] of assertRoles.entries()) {
    read.expect(`input.assertRoles[${i}].role`, identifierProblem(role));
    const known = organization === ALL_ORGANIZATIONS ? null : identifierProblem(organization);
    read.expect(`input.assertRoles[${i}].organization`, known);
  }
}

export function createApiKeys(deps: {
  readonly store: ApiKeyStore;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly newSecret: () => string;
  readonly newId: NewId;
  /** Whether a key that does more than ask for decisions needs an approved proposal. */
  readonly fourEyes?: boolean;
}): ApiKeys {
  const { store, clock, sha256, newSecret, newId, fourEyes = false } = deps;

  function check({ subject, ...input }: Omit<NewApiKey, "by">): void {
    const read = new Reader();
    read.expect("input.name", input.name.trim() === "" ? "must not be empty" : seenTextProblem(input.name, 256));
    if (input.roles.length === 0) read.problem("input.roles", `must have at least one of ${CALLER_ROLES.join(", ")}`);
    if (subject !== null) {
      read.expect("input.subject.type", nameProblem(subject.type));
      read.expect("input.subject.id", identifierProblem(subject.id));
    } else if (isForPeople(input.roles))
      read.problem("input.subject", "is missing: a key that holds admin, reviewer or auditor says whose it is");
    read.expect("input.clientId", input.defaultClientId === null ? null : identifierProblem(input.defaultClientId));
    checkAssertable(read, input);
    if (input.expiresAt !== null && input.expiresAt <= clock()) read.problem("input.until", "must be in the future");
    read.expect("reason", reasonProblem(input.reason));
    read.check();
  }

  /** A new key, not stored yet. */
  function make(input: Omit<NewApiKey, "by"> & Pick<ApiKey, "allRolesUntil" | "createdBy">) {
    const id = sha256(newId()).slice(0, 12);
    const secret = newSecret();
    const apiKey: ApiKey = {
      ...input,
      id,
      assertRoles: input.assertRoles ?? [],
      roles: CALLER_ROLES.filter((role) => input.roles.includes(role)),
      createdAt: clock(),
      lastUsedAt: null,
      revokedAt: null,
      revokedBy: null,
      revocationReason: null,
    };
    return { made: { key: `swk_${id}_${secret}`, apiKey }, stored: { ...apiKey, secretHash: sha256(secret) } };
  }

  async function add(
    input: Omit<NewApiKey, "by"> & Pick<ApiKey, "createdBy">,
    carriedOut?: CarriedOut,
  ): Promise<MadeApiKey> {
    const { made, stored } = make({ ...input, allRolesUntil: null });
    await store.add(stored, carriedOut);
    return made;
  }

  function requireMayMake(by: KeyAuthor, key: KeyContent): void {
    requireMayGive(by, key.roles);
    requirePersonFor(by, key);
    if (fourEyes) requireNamedMaker(by, key);
  }

  return {
    check,
    requireMayMake,
    async create({ by, ...input }, carriedOut) {
      check(input);
      requireMayMake(by, input);
      if (carriedOut === undefined && !onlyAsks(input))
        requireMayAlone("a key that does more than ask for decisions", fourEyes, by);
      return add({ ...input, createdBy: by.id }, carriedOut);
    },
    async createOnMachine({ by, ...input }) {
      check(input);
      return add({ ...input, createdBy: by });
    },
    async createFirst(keep) {
      if ((await store.list()).length > 0) return null;
      const { made, stored } = make({
        name: "first admin",
        roles: ["admin"],
        allRolesUntil: clock() + DAY_MS,
        subject: null,
        defaultClientId: null,
        expiresAt: null,
        createdBy: ITSELF,
        reason: "There was no key at the first start.",
      });
      await keep(made);
      return (await store.addFirst(stored)) ? made.apiKey : null;
    },
    list: () => store.list(),
    async makerOf(callerId) {
      const id = keyIdOf(callerId);
      const key = id === null ? null : await store.find(id);
      return key === null ? null : makerOf(store, key);
    },
    async assertable() {
      const now = clock();
      return (await store.list()).filter((key) => isInForce(key, now)).flatMap(({ assertRoles }) => assertRoles);
    },
    async names(callerIds) {
      const ids = [...new Set(callerIds.flatMap((callerId) => keyIdOf(callerId) ?? []))];
      const keys = new Map((ids.length === 0 ? [] : await store.findAll(ids)).map((key) => [key.id, key]));
      return callerIds.map((callerId) => callerName(callerId, keys.get(keyIdOf(callerId) ?? "") ?? null));
    },
    async revoke({ id, by, reason }) {
      const read = new Reader();
      read.expect("id", identifierProblem(id));
      read.expect("reason", reasonProblem(reason));
      read.check();
      const key = await store.find(id);
      if (key !== null) requireMayRevoke(by, key);
      const revoked = key === null ? null : await store.revoke(id, { at: clock(), author: by.id, reason });
      if (revoked === null) throw new ScopewardenError("NOT_FOUND", `There is no API key ${id}.`);
      return revoked;
    },
    events: (query) => store.events(query),
  };
}
