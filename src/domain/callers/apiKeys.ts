import { ScopewardenError } from "../kernel/errors.ts";
import type { Clock, NewId, Sha256 } from "../kernel/ports.ts";
import { Reader } from "../kernel/reader.ts";
import { identifierProblem, textProblem } from "../kernel/text.ts";
import { type ApiKey, type ApiKeyStore, CALLER_ROLES } from "./types.ts";

/** What a key is made with; the rest of it is noted when it is made or revoked. */
interface NewApiKey
  extends Omit<ApiKey, "id" | "createdAt" | "createdBy" | "revokedAt" | "revokedBy" | "revocationReason"> {
  readonly author: string;
}

/** API keys as their admins see them. The key itself is answered once, by `create`, and is stored nowhere. */
export interface ApiKeys {
  /** `key` is the whole secret text to be sent as a bearer token: `swk_<id>_<secret>`. */
  create(input: NewApiKey): Promise<{ readonly key: string; readonly apiKey: ApiKey }>;
  list(): Promise<readonly ApiKey[]>;
  /** @throws ScopewardenError NOT_FOUND */
  revoke(input: { readonly id: string; readonly author: string; readonly reason: string }): Promise<ApiKey>;
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

const reasonProblem = (reason: string): string | null =>
  reason.trim() === "" ? "must say why: it is kept with the key" : textProblem(reason, 2000);

export function createApiKeys(deps: {
  readonly store: ApiKeyStore;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly newSecret: () => string;
  readonly newId: NewId;
}): ApiKeys {
  const { store, clock, sha256, newSecret, newId } = deps;

  function check(input: Omit<NewApiKey, "author">): void {
    const read = new Reader();
    read.expect("input.name", input.name.trim() === "" ? "must not be empty" : textProblem(input.name, 256));
    if (input.roles.length === 0) read.problem("input.roles", `must have at least one of ${CALLER_ROLES.join(", ")}`);
    read.expect("input.clientId", input.defaultClientId === null ? null : identifierProblem(input.defaultClientId));
    if (input.expiresAt !== null && input.expiresAt <= clock())
      read.problem("input.expiresAt", "must be in the future");
    read.expect("reason", reasonProblem(input.reason));
    read.check();
  }

  return {
    async create({ author, ...input }) {
      check(input);
      const id = sha256(newId()).slice(0, 12);
      const secret = newSecret();
      const apiKey: ApiKey = {
        ...input,
        id,
        roles: CALLER_ROLES.filter((role) => input.roles.includes(role)),
        createdAt: clock(),
        createdBy: author,
        revokedAt: null,
        revokedBy: null,
        revocationReason: null,
      };
      await store.add({ ...apiKey, secretHash: sha256(secret) });
      return { key: `swk_${id}_${secret}`, apiKey };
    },
    list: () => store.list(),
    async revoke({ id, author, reason }) {
      const read = new Reader();
      read.expect("id", identifierProblem(id));
      read.expect("reason", reasonProblem(reason));
      read.check();
      const revoked = await store.revoke(id, { at: clock(), author, reason });
      if (revoked === null) throw new ScopewardenError("NOT_FOUND", `There is no API key ${id}.`);
      return revoked;
    },
  };
}
