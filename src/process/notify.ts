import type { Hints, Listening } from "../domain/kernel/hints.ts";

/**
 * Acts on hints of what any instance has committed: policy and directory are looked for as they are at intervals, only now, and a
 * revoked key is forgotten, so that its next use asks the database.
 */
export function followHints(deps: {
  readonly hints: Hints;
  readonly policy: { look(): unknown };
  readonly directory: { look(): unknown };
  readonly keys: { forget(id: string): void; forgetAll(): void };
}): Listening {
  const { hints, policy, directory, keys } = deps;
  return hints.listen({
    policy: () => void policy.look(),
    directory: () => void directory.look(),
    apiKey: (id) => keys.forget(id),
    missed() {
      keys.forgetAll();
      policy.look();
      directory.look();
    },
  });
}
