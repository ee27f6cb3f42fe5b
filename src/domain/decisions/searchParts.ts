import type { Caller } from "../callers/types.ts";
import { badInput, type Problem } from "../kernel/errors.ts";
import { Memo } from "../kernel/memo.ts";
import type { Clock } from "../kernel/ports.ts";
import { requestedAction } from "../scopes/atom.ts";
import { patientsOfDecision } from "./patientsOfDecision.ts";
import type { AccessRecord, AccessRequest, DecisionReader, DecisionRecord } from "./types.ts";

/** For how long after a search its entries may be decided as its parts. */
const PARTS_MS = 5 * 60 * 1000;
/** Searches that are remembered. One that is forgotten is read again, and then a patient may count twice, never not at all. */
const MOST_SEARCHES = 1_000;

/** Whose a search is, and what of it counts already. */
interface Search {
  readonly callerId: string;
  readonly decidedAt: number;
  readonly request: Asker;
  readonly counted: Set<string>;
}

/** The parts of searches among the questions of one call. */
export interface Parts {
  /** Whether this one is the same access as its search or an earlier part, those of this call included. */
  isAgain(record: AccessRecord): boolean;
  /** These are durable: what they count is the same access from now on. */
  counted(records: readonly DecisionRecord[]): void;
}

export interface SearchParts {
  /** Null: no question is a part of a search. @throws ScopewardenError BAD_USER_INPUT that names `partOf`, JOURNAL_UNAVAILABLE */
  of(caller: Caller, requests: readonly AccessRequest[], pathOf: (index: number) => string): Promise<Parts | null>;
}

type Asker = Pick<AccessRequest, "clientId" | "subject">;

const byOneSubject = (a: Asker, b: Asker): boolean =>
  a.clientId === b.clientId && a.subject?.id === b.subject?.id && a.subject?.type === b.subject?.type;

/**
 * What makes an access one of its own beside others of the same search: another patient, and of the same one another label, labels that
 * are not known, and an emergency. Of what is nobody's, another type.
 */
function marksOf(record: AccessRecord): readonly string[] {
  const { labels, type } = record.request.resource;
  const patients = patientsOfDecision(record);
  const whose = patients.length > 0 ? patients.map((patient) => [patient]) : [["", type]];
  const inEmergency = record.reasons.some(({ code }) => code === "BREAK_GLASS");
  const kinds = [
    [],
    ...(labels?.map((label) => [label]) ?? [["", "UNKNOWN"]]),
    ...(inEmergency ? [["", "EMERGENCY"]] : []),
  ];
  return whose.flatMap((each) => kinds.map((kind) => JSON.stringify([each, kind])));
}

/** Of a search that names patients, or is confined to them, their first entries are the access that it is itself. */
const countedBySearch = (record: AccessRecord): readonly string[] =>
  patientsOfDecision(record).map((patient) => JSON.stringify([[patient], []]));

/** Takes the entries of searches as parts of one access (countedAs.ts). */
export function createSearchParts({
  clock,
  decisions,
}: {
  readonly clock: Clock;
  readonly decisions?: Pick<DecisionReader, "decision">;
}): SearchParts {
  const searches = new Memo<Search>(MOST_SEARCHES);

  async function find(id: string): Promise<Search | null> {
    const known = searches.get(id);
    if (known !== undefined) return known;
    const record = await decisions?.decision(id);
    const isSearch =
      record?.kind === "ACCESS" &&
      record.outcome === "ALLOW" &&
      record.request.partOf === undefined &&
      requestedAction(record.request.action, record.request.resource) === "search";
    if (!isSearch) return null;
    const { callerId, decidedAt } = record;
    const { clientId, subject } = record.request;
    const search = { callerId, decidedAt, request: { clientId, subject }, counted: new Set(countedBySearch(record)) };
    searches.set(id, search);
    return search;
  }

  return {
    async of(caller, requests, pathOf) {
      const named = new Set(requests.flatMap(({ partOf }) => partOf ?? []));
      if (named.size === 0) return null;
      // All at once: a batch waits for the slowest of them, and not for each.
      const found = new Map(await Promise.all([...named].map(async (id) => [id, await find(id)] as const)));
      const problems: Problem[] = [];
      for (const [i, request] of requests.entries()) {
        const { action, partOf, resource } = request;
        if (partOf === undefined) continue;
        const search = found.get(partOf) ?? null;
        const isTheirs =
          search !== null &&
          search.callerId === caller.id &&
          byOneSubject(search.request, request) &&
          // Another instance's clock may be ahead.
          Math.abs(clock() - search.decidedAt) <= PARTS_MS;
        const path = `${pathOf(i)}.partOf`;
        // Somebody else's search gets the same words as one that is not there.
        if (!isTheirs)
          problems.push({
            path,
            message:
              "must be the id of a search that this caller was allowed in the last five minutes, for the same client and subject",
          });
        else if (requestedAction(action, resource) !== "read")
          problems.push({ path, message: "must be absent: only what is read can be a part of a search" });
      }
      if (problems.length > 0) throw badInput(problems);
      const here = new Map<string, Set<string>>();
      return {
        isAgain(record) {
          const { partOf } = record.request;
          if (partOf === undefined || record.outcome === "DENY") return false;
          const marks = marksOf(record);
          const counted = found.get(partOf)?.counted;
          const own = here.get(partOf) ?? new Set();
          here.set(partOf, own);
          const isAgain = marks.every((mark) => own.has(mark) || counted?.has(mark));
          for (const mark of marks) own.add(mark);
          return isAgain;
        },
        counted(records) {
          for (const record of records) {
            if (record.kind !== "ACCESS" || record.request.partOf === undefined || record.outcome === "DENY") continue;
            const counted = found.get(record.request.partOf)?.counted;
            for (const mark of marksOf(record)) counted?.add(mark);
          }
        },
      };
    },
  };
}
