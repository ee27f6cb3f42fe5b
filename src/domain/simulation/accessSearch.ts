import type { Caller } from "../callers/types.ts";
import type { InputLimits } from "../decisions/inputReader.ts";
import { patientsOf } from "../decisions/patientsOf.ts";
import type { Json } from "../kernel/canonical.ts";
import { badInput, ScopewardenError } from "../kernel/errors.ts";
import type { Breathe, NewId, Sha256 } from "../kernel/ports.ts";
import type { Turns } from "../kernel/turns.ts";
import type { Snapshots } from "../policy/snapshots.ts";
import type { Act } from "../record/acts.ts";
import type { AskedBy } from "./askedFacts.ts";
import { factsAsOf } from "./factsAsOf.ts";
import { searchRecorder, withGathered } from "./search/onRecord.ts";
import { type Places, placesOf } from "./search/place.ts";
import { type AskerPlace, readWhoCan, type WhoCanInput, type WhoCanMatch, whoCan } from "./search/whoCan.ts";

export interface WhoCan {
  readonly policyRevision: number;
  /** Whether nobody is left. */
  readonly complete: boolean;
  /** Where to go on; null: it is complete. */
  readonly endCursor: string | null;
  readonly matches: readonly WhoCanMatch[];
}

/** Which part of an answer. `after` is an `endCursor`. */
export interface SearchPart {
  readonly first: number;
  readonly after: string | null;
}

/**
 * Who can do what, for people who review access. That it was asked is on record before it is answered. All reject with
 * POLICY_UNAVAILABLE and JOURNAL_UNAVAILABLE.
 */
export interface AccessSearch {
  /** Who is neither reviewer nor auditor asks about its own client. @throws ScopewardenError BAD_USER_INPUT, FORBIDDEN */
  whoCan(caller: Caller, input: WhoCanInput, part: SearchPart): Promise<WhoCan>;
}

const mayReadPolicy = ({ roles }: Caller): boolean => roles.has("reviewer") || roles.has("auditor");

/** The client that the caller may ask about; null: any. @throws ScopewardenError BAD_USER_INPUT, FORBIDDEN */
function clientFor(caller: Caller, asked: string | null): string | null {
  if (mayReadPolicy(caller)) return asked;
  const own = caller.defaultClientId;
  if (own !== null && asked !== null && asked !== own)
    throw new ScopewardenError("FORBIDDEN", `This caller may ask about its own client alone, which is ${own}.`);
  const client = asked ?? own;
  if (client !== null) return client;
  const message = "is missing, and this caller has no default client: name the OAuth client";
  throw badInput([{ path: "input.clientId", message }]);
}

const askerPlaces = (question: Json, sha256: Sha256): Places<AskerPlace> =>
  placesOf<AskerPlace>(question, {
    sha256,
    toTexts: ({ clientId, subject }) => [clientId, subject?.type ?? null, subject?.id ?? null],
    of([clientId, type, id]) {
      if (typeof clientId !== "string") return null;
      return { clientId, subject: typeof type === "string" && typeof id === "string" ? { type, id } : null };
    },
  });

export function createAccessSearch(deps: {
  readonly askedBy: AskedBy;
  readonly snapshots: Snapshots;
  readonly limits: InputLimits;
  readonly breathe: Breathe;
  readonly turns: Turns;
  readonly recordAct: (act: Act) => Promise<void>;
  readonly sha256: Sha256;
  readonly newId: NewId;
}): AccessSearch {
  const { askedBy, breathe, limits, sha256, snapshots, turns } = deps;
  const record = searchRecorder(deps);

  return {
    async whoCan(caller, input, { after, first }) {
      const { asOf = null, asOfRevision = null, subjectType = null } = input;
      const clientId = clientFor(caller, input.clientId ?? null);
      const template = readWhoCan({ ...input, clientId }, limits);
      const narrowed = { clientId, subjectType };
      const places = askerPlaces([narrowed, template as unknown as Json, asOf, asOfRevision], sha256);
      const place = after === null ? null : places.read(after);
      const { facts: now, gather } = await askedBy(caller);
      const asked = await factsAsOf(now, input, { snapshots, path: "input." });
      const facts = await withGathered(asked.facts, gather, template);
      const { matches, next } = await whoCan({ ...asked, facts, breathe, turns }, template, { first, place, narrowed });
      const { revision } = asked.facts.snapshot;
      await record(caller, {
        field: "whoCan",
        at: now.now,
        baseRevision: revision,
        patients: patientsOf(template.resource),
      });
      return {
        policyRevision: revision,
        complete: next === null,
        endCursor: next === null ? null : places.textOf(next),
        matches: mayReadPolicy(caller) ? matches : matches.map((match) => ({ ...match, conditions: [] })),
      };
    },
  };
}
