import type { Caller } from "../callers/types.ts";
import type { DecideFacts } from "../decisions/facts.ts";
import type { InputLimits } from "../decisions/inputReader.ts";
import { patientsOf } from "../decisions/patientsOf.ts";
import type { Json } from "../kernel/canonical.ts";
import { badInput, ScopewardenError } from "../kernel/errors.ts";
import type { Breathe, NewId, Sha256 } from "../kernel/ports.ts";
import type { Turns } from "../kernel/turns.ts";
import type { Snapshots } from "../policy/snapshots.ts";
import { type Act, simulationAct } from "../record/acts.ts";
import { factsAsOf } from "./factsAsOf.ts";
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
export interface Part {
  readonly first: number;
  readonly after: string | null;
}

/**
 * Who can do what, for people who review access. That it was asked is on record before it is answered. All reject with
 * POLICY_UNAVAILABLE and JOURNAL_UNAVAILABLE.
 */
export interface AccessReview {
  /** Who is neither reviewer nor auditor asks about its own client. @throws ScopewardenError BAD_USER_INPUT, FORBIDDEN */
  whoCan(caller: Caller, input: WhoCanInput, part: Part): Promise<WhoCan>;
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

export function createAccessReview(deps: {
  readonly facts: () => DecideFacts;
  readonly snapshots: Snapshots;
  readonly limits: InputLimits;
  readonly breathe: Breathe;
  readonly turns: Turns;
  readonly recordAct: (act: Act) => Promise<void>;
  readonly sha256: Sha256;
  readonly newId: NewId;
}): AccessReview {
  const { breathe, limits, newId, recordAct, sha256, snapshots, turns } = deps;

  const record = (
    caller: Caller,
    asked: {
      readonly field: string;
      readonly at: number;
      readonly baseRevision: number;
      readonly patients: readonly string[];
    },
  ) =>
    recordAct(
      simulationAct(newId(), {
        ...asked,
        callerId: caller.id,
        operations: 0,
        operationsSha256: sha256("[]"),
        questions: 1,
      }),
    );

  return {
    async whoCan(caller, input, { after, first }) {
      const { asOf = null, subjectType = null } = input;
      const clientId = clientFor(caller, input.clientId ?? null);
      const template = readWhoCan({ ...input, clientId }, limits);
      const narrowed = { clientId, subjectType };
      const places = askerPlaces([narrowed, template as unknown as Json, asOf], sha256);
      const place = after === null ? null : places.read(after);
      const now = deps.facts();
      const asked = await factsAsOf(now, asOf, snapshots);
      const { matches, next } = await whoCan({ ...asked, breathe, turns }, template, { first, place, narrowed });
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
