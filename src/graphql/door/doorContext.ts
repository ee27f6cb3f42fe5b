import type { RequestFacts } from "../../doors/requestFacts.ts";
import type { GraphqlContext } from "../context.ts";
import type { JournalTurns } from "./journalTurns.ts";

/** The context of a request as the door knows it; resolvers see less of it. */
export interface DoorContext extends GraphqlContext {
  readonly facts: RequestFacts;
  /** In which the fields that read the journal are answered. */
  readonly journalTurns: JournalTurns;
  /** What the compiled operation came to where it could not answer: graphql-js takes it, and asks no second time. */
  settled: { readonly field: string; readonly answer: Promise<unknown> } | null;
}
