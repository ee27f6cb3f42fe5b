import type { Identity } from "../callers/types.ts";
import type { Breathe } from "../kernel/ports.ts";
import { checked } from "../kernel/reader.ts";
import type { CaseDesk } from "./caseDesk.ts";
import type { CaseCode } from "./caseKind.ts";
import { byUrgency, type Urgency, type WaitingCase, type WaitingLine } from "./waitingLine.ts";

/** So many cases of a kind are looked at for an inbox at most. */
const MOST_OF_KIND = 1_000;
/** So many of a kind are counted for `toDo`. */
const MOST_COUNTED = 100;

/** So many cases one answer has at most. */
export const MOST_SHOWN = 1_000;

/** What a caller may do now, of all kinds. */
export interface Inbox {
  /** The first of them: by when it is due, then severity, then age. */
  readonly cases: readonly WaitingCase[];
  /** How many there are: to the letter where all of them are shown, else at most, counted up to 1,000 of a kind. */
  readonly totalCount: number;
  /** Kinds of which more wait than are ever looked at. */
  readonly more: readonly CaseCode[];
}

/** How many entries of a kind an inbox has for the caller, counted up to 100. */
export interface ToDo {
  readonly kind: CaseCode;
  readonly atMost: number;
  readonly isMore: boolean;
}

/** How many cases of a kind were decided; counted up to 1,000. */
export interface Done {
  readonly kind: CaseCode;
  readonly count: number;
}

/** The line of a kind, of which so many were taken; `head` is the next one. */
interface Line {
  readonly kind: CaseCode;
  readonly line: WaitingLine;
  head: Urgency | null;
  taken: number;
}

/** Null: none has a next one. */
function mostUrgent(lines: readonly Line[]): Line | null {
  let found: Line | null = null;
  for (const each of lines)
    if (each.head !== null && (found?.head == null || byUrgency(each.head, found.head) < 0)) found = each;
  return found;
}

interface CaseOf {
  readonly kind: CaseCode;
  readonly id: string;
}

export interface Inboxes {
  /** What the caller may do with each of these cases of a kind, by their ids. @throws ScopewardenError POLICY_UNAVAILABLE */
  viewerMay(
    caller: Identity,
    of: { readonly kind: CaseCode; readonly ids: readonly string[] },
  ): ReturnType<CaseDesk["viewerMay"]>;
  /** What differs as soon as the case does for the caller. Names nobody, and is off the record: see `CaseDesk`. @throws ScopewardenError POLICY_UNAVAILABLE */
  version(caller: Identity, of: CaseOf): Promise<string | null>;
  /** @throws ScopewardenError BAD_USER_INPUT, POLICY_UNAVAILABLE, JOURNAL_UNAVAILABLE where a look that names somebody can't be put on record */
  inbox(caller: Identity, first: number): Promise<Inbox>;
  /** Names nobody, and is off the record: cheap enough to ask each minute. */
  toDo(caller: Identity): Promise<readonly ToDo[]>;
  /** What was decided since then, of the kinds that wait for the caller. It names nobody, and is off the record. */
  doneSince(caller: Identity, since: number): Promise<readonly Done[]>;
}

export function createInboxes(deps: {
  /** A kind without its desk does not compile. */
  readonly desks: Readonly<Record<CaseCode, CaseDesk>>;
  /** Between the parts that are read. */
  readonly breathe: Breathe;
  /** Puts on record that somebody looked at cases which name a person or a patient. */
  readonly recordLook: (caller: Identity, shown: number) => Promise<void>;
}): Inboxes {
  return {
    async viewerMay(caller, { ids, kind }) {
      return deps.desks[kind].viewerMay(caller, ids);
    },
    async version(caller, { id, kind }) {
      return deps.desks[kind].version(caller, id);
    },
    async inbox(caller, first) {
      checked((read) => {
        if (first < 1 || first > MOST_SHOWN) read.problem("first", `must be from 1 to ${MOST_SHOWN}`);
      });
      const lines: Line[] = [];
      for (const { code, waitingFor } of Object.values(deps.desks)) {
        const line = waitingFor(caller, MOST_OF_KIND, deps.breathe);
        if (line !== null) lines.push({ kind: code, line, head: await line.next(), taken: 0 });
      }
      const order: Line[] = [];
      for (let next = mostUrgent(lines); next !== null && order.length < first; next = mostUrgent(lines)) {
        order.push(next);
        next.taken++;
        next.head = await next.line.next();
      }
      let totalCount = order.length;
      const [shown, more] = [new Map<Line, Iterator<WaitingCase>>(), [] as CaseCode[]];
      for (const each of lines) {
        const { atMost, isMore } = await each.line.behind(each.taken);
        totalCount += atMost;
        if (isMore) more.push(each.kind);
        shown.set(each, (await each.line.shown(each.taken)).values());
      }
      const cases = order.flatMap((each) => (shown.get(each)?.next().value as WaitingCase | undefined) ?? []);
      if (cases.some(({ patient, subject }) => patient !== null || subject !== null))
        await deps.recordLook(caller, cases.length);
      return { cases, totalCount, more };
    },
    async toDo(caller) {
      const counted: ToDo[] = [];
      for (const { code, toDo } of Object.values(deps.desks)) {
        await deps.breathe();
        const count = await toDo(caller, { first: MOST_COUNTED + 1, most: MOST_OF_KIND }, deps.breathe);
        if (count > 0)
          counted.push({ kind: code, atMost: Math.min(count, MOST_COUNTED), isMore: count > MOST_COUNTED });
      }
      return counted;
    },
    async doneSince(caller, since) {
      const done: Done[] = [];
      for (const { code, doneSince } of Object.values(deps.desks)) {
        await deps.breathe();
        const count = await doneSince(caller, since, MOST_OF_KIND);
        if (count > 0) done.push({ kind: code, count });
      }
      return done;
    },
  };
}
