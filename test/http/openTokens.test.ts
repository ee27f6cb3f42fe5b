import assert from "node:assert/strict";
import { test } from "node:test";
import type { RevokedTokens } from "../../src/domain/consent/revocations/tokenRevocation.ts";
import { EMPTY_DIRECTORY } from "../../src/domain/directory/directory.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { openTokens } from "../../src/http/tokens/openTokens.ts";
import { rfc9068Issuer } from "../../src/http/tokens/tokenIssuer.ts";
import { startIssuer } from "../support/localIssuer.ts";

test("what another instance revoked holds here within a second; what can't be read lets nobody in", async () => {
  const issuer = await startIssuer("scopewarden");
  let passed = 0;
  let reads = 0;
  let standing: readonly RevokedTokens[] | null = [];
  const tokens = openTokens({
    ...{ maxAge: null, stepUp: null, refreshMs: 60_000, maxStaleMs: 60_000 },
    issuers: [rfc9068Issuer({ issuer: issuer.url, audience: "scopewarden", jwksUrl: new URL(issuer.jwksUrl) })],
    directory: () => EMPTY_DIRECTORY,
    async standing() {
      reads += 1;
      if (standing === null) throw new ScopewardenError("POLICY_UNAVAILABLE", "No revocation can be read or written.");
      return standing;
    },
    log: { warn: () => undefined },
    clock: () => Date.now(),
    monotonic: () => passed,
  });
  try {
    const token = await issuer.sign({ sub: "nora", scope: "scopewarden:auditor" });
    const checkOf = async (): Promise<string | null> => {
      const verdict = await tokens.read(token);
      return verdict.ok ? null : verdict.check;
    };
    assert.deepEqual([await checkOf(), await checkOf(), reads], [null, null, 1]);
    standing = [{ issuer: issuer.url, person: "nora", clientId: null, tokenId: null, until: null }];
    passed = 999;
    assert.deepEqual([await checkOf(), reads], ["revoked", 2]);
    standing = [{ issuer: "https://other.example", person: "nora", clientId: null, tokenId: null, until: null }];
    assert.equal(await checkOf(), "revoked");
    tokens.forgetRevoked();
    assert.deepEqual([await checkOf(), reads], [null, 3]);
    standing = null;
    passed = 2000;
    assert.deepEqual([await checkOf(), await checkOf(), reads], ["state_unavailable", "state_unavailable", 5]);
  } finally {
    tokens.close();
    await issuer.close();
  }
});
