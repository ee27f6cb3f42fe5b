import type { Identity } from "../domain/callers/types.ts";
import type { Domain } from "../domain/domain.ts";
import type { Loaders } from "./loaders.ts";

/** What every resolver is given: who asks, what can be asked, and the loaders of this one request. */
export interface GraphqlContext {
  readonly caller: Identity;
  readonly domain: Domain;
  readonly loaders: Loaders;
}
