import type { Identity } from "../callers/types.ts";
import { checked } from "../kernel/reader.ts";
import type { CaseDesk, WaitingCase } from "./caseDesk.ts";
import type { CaseCode } from "./caseKind.ts";

/** So many cases of a kind are looked at for an inbox. */
const MOST_OF_KIND = 1_000;
/** So many of a kind are counted for `toDo`. */
const MOST_COUNTED = 100;

/** So many cases one answer has at most. */
export const MOST_SHOWN = 1_000;

/** What a caller may do now, of all kinds. */
export interface Inbox {
  /** The first of them: by when it is due, then severity, then age. */
  readonly cases: readonly WaitingCase[];
  /** How many there are, as far as was looked. */
  readonly totalCount: number;
  /** Kinds of which more wait than were looked at. */
  readonly more: readonly CaseCode[];
}

/** At most how many cases of a kind wait for the caller; `counted` up to 100. */
export interface ToDo {
  readonly kind: CaseCode;
  readonly atMost: number;
  readonly isMore: boolean;
}

const SEVERITIES = ["HIGH", "MEDIUM", "LOW", "INFO"];
const weight = ({ severity }: WaitingCase): number =>
  severity === null ? SEVERITIES.length : SEVERITIES.indexOf(severity);

/** What is due comes first; of what has time, the severe and then the old. */
function byUrgency(a: WaitingCase, b: WaitingCase): number {
  const [dueA, dueB] = [a.due ?? Number.POSITIVE_INFINITY, b.due ?? Number.POSITIVE_INFINITY];
  return (dueA === dueB ? 0 : dueA - dueB) || weight(a) - weight(b) || a.since - b.since || (a.id < b.id ? -1 : 1);
}

export interface Inboxes {
  /** What the caller may do with each of these cases of a kind, by their ids. @throws ScopewardenError POLICY_UNAVAILABLE */
  viewerMay(
    caller: Identity,
    of: { readonly kind: CaseCode; readonly ids: readonly string[] },
  ): ReturnType<CaseDesk["viewerMay"]>;
  /** @throws ScopewardenError BAD_USER_INPUT, POLICY_UNAVAILABLE, JOURNAL_UNAVAILABLE where a look that names somebody can't be put on record */
  inbox(caller: Identity, first: number): Promise<Inbox>;
  /** Names nobody, and is off the record: cheap enough to ask each minute. */
  toDo(caller: Identity): Promise<readonly ToDo[]>;
}

export function createInboxes(deps: {
  readonly desks: readonly CaseDesk[];
  /** Puts on record that somebody looked at cases which name a person or a patient. */
  readonly recordLook: (caller: Identity, shown: number) => Promise<void>;
}): Inboxes {
  return {
    async viewerMay(caller, { ids, kind }) {
      const desk = deps.desks.find(({ code }) => code === kind);
      return desk === undefined ? new Map() : desk.viewerMay(caller, ids);
    },
    async inbox(caller, first) {
      checked((read) => {
        if (first < 1 || first > MOST_SHOWN) read.problem("first", `must be from 1 to ${MOST_SHOWN}`);
      });
      const found: WaitingCase[] = [];
      const more: CaseCode[] = [];
      for (const desk of deps.desks) {
        const of = await desk.inbox(caller, MOST_OF_KIND);
        found.push(...of.cases);
        if (of.more) more.push(desk.code);
      }
      const cases = found.sort(byUrgency).slice(0, first);
      if (cases.some(({ patient, subject }) => patient !== null || subject !== null))
        await deps.recordLook(caller, cases.length);
      return { cases, totalCount: found.length, more };
    },
    async toDo(caller) {
      const counted: ToDo[] = [];
      for (const { code, toDo } of deps.desks) {
        const count = await toDo(caller, MOST_COUNTED + 1);
        if (count > 0)
          counted.push({ kind: code, atMost: Math.min(count, MOST_COUNTED), isMore: count > MOST_COUNTED });
      }
      return counted;
    },
  };
}
