import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { keyCaller } from "../../src/domain/callers/callerName.ts";
import type { ApiKey, Identity } from "../../src/domain/callers/types.ts";
import { EMPTY_DIRECTORY } from "../../src/domain/directory/directory.ts";
import { createKeyAuthenticator } from "../../src/http/keyAuthenticator.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { storedKey } from "./keys.ts";

let made = 0;

/** The bearer of a new key that another key made, as the service knows it once it has authenticated. */
export async function bearerOf(
  { apiKeys }: Pick<Storage, "apiKeys">,
  key: Pick<ApiKey, "roles" | "subject"> & { readonly by: string; readonly fourEyes?: boolean },
): Promise<Identity> {
  const { by, fourEyes = false, ...rest } = key;
  const id = String(++made).padStart(12, "k");
  const secret = "s".repeat(43);
  const secretHash = createHash("sha256").update(secret).digest("hex");
  await apiKeys.add(storedKey(id, { ...rest, createdBy: by, secretHash }));
  const keys = createKeyAuthenticator({
    ...{
      store: apiKeys,
      clock: () => 2,
      monotonic: () => 1,
      directory: () => EMPTY_DIRECTORY,
      adminKey: null,
      fourEyes,
    },
  });
  const authenticated = await keys.authenticate(`swk_${id}_${secret}`);
  assert.ok(authenticated?.ok, keyCaller(id));
  return authenticated.caller;
}
