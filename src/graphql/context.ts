import type { Caller } from "../domain/callers/types.ts";
import type { Domain } from "../domain/domain.ts";
import type { Loaders } from "./loaders.ts";

/** What every resolver is given: who asks, what can be asked, and the loaders of this one request. */
export interface GraphqlContext {
  readonly caller: Caller;
  readonly domain: Domain;
  readonly loaders: Loaders;
  /** Names the request in logs. */
  readonly requestId?: string;
  /** What a root field came to before graphql-js executes it: it gives this answer, and is not asked a second time. */
  settled?: { readonly field: string; readonly answer: Promise<unknown> } | null;
}
