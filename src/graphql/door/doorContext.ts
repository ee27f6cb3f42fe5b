import type { RequestFacts } from "../../doors/requestFacts.ts";
import type { GraphqlContext } from "../context.ts";
import { createLoaders, type Loaders } from "../loaders.ts";
import type { JournalTurns } from "./journalTurns.ts";

/** The context of a request as the door knows it; resolvers see less of it. */
export interface DoorContext extends GraphqlContext {
  readonly facts: RequestFacts;
  /** In which the fields that read the journal are answered. */
  readonly journalTurns: JournalTurns;
  /** What the compiled operation came to where it could not answer: graphql-js takes it, and asks no second time. */
  settled: { readonly field: string; readonly answer: Promise<unknown> } | null;
}

class RequestContext implements DoorContext {
  readonly caller;
  readonly domain;
  readonly facts;
  readonly journalTurns;
  settled: DoorContext["settled"] = null;
  // A member that Apollo copies with the others when it clones a context: a private one would not be there.
  readonly made: { loaders: Loaders | null } = { loaders: null };

  constructor({ caller, domain, facts, journalTurns }: Omit<DoorContext, "loaders" | "settled">) {
    this.caller = caller;
    this.domain = domain;
    this.facts = facts;
    this.journalTurns = journalTurns;
  }

  // Most requests ask for one decision, in which nothing is nested.
  get loaders(): Loaders {
    this.made.loaders ??= createLoaders(this.domain);
    return this.made.loaders;
  }
}

/** Of one request. */
export const createDoorContext = (request: Omit<DoorContext, "loaders" | "settled">): DoorContext =>
  new RequestContext(request);
