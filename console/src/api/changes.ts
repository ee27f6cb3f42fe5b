// The one thing that is asked again by itself: how much waits, and which version the open case has. It names nobody and is not put on record. What
// others did is said so, and read when the viewer asks for it. In one place, so that a feed can take its place.
import { useEffect, useSyncExternalStore } from "react";
import type { CaseKind } from "../generated/schema.ts";
import { ask, currentSession, onSession } from "../session/session.ts";
import { CaseNow, ToDoCounts } from "./changes.graphql.ts";
import { onRenewed } from "./renewal.ts";

const EVERY_MS = 30_000;
type Counts = Readonly<Partial<Record<CaseKind, { readonly atMost: number; readonly isMore: boolean }>>>;
export interface Case {
  readonly kind: CaseKind;
  readonly id: string;
}
interface Seen {
  readonly counts: Counts;
  /** Of the open case; null: there is none, or it is not known. */
  readonly version: string | null;
}
interface Changes {
  readonly now: Seen;
  /** As it was when what is shown was read; null: not known. */
  readonly base: Seen | null;
  readonly open: Case | null;
}

const NOTHING: Seen = { counts: {}, version: null };
let changes: Changes = { now: NOTHING, base: null, open: null };
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();
function become(next: Changes): void {
  changes = next;
  for (const listener of listeners) listener();
}

async function see(open: Case | null): Promise<Seen> {
  const answer = open === null ? { ...(await ask(ToDoCounts, {})), caseVersion: null } : await ask(CaseNow, open);
  return {
    counts: Object.fromEntries(answer.toDo.map(({ kind, atMost, isMore }) => [kind, { atMost, isMore }])),
    version: answer.caseVersion,
  };
}

let turn = 0;
/** What was read since the last look that was answered. */
let read = { list: false, case: false };
async function look(): Promise<void> {
  const mine = ++turn;
  const { open } = changes;
  if (currentSession().state !== "signedIn") return;
  try {
    const now = await see(open);
    if (mine !== turn || open !== changes.open) return;
    const { base } = changes;
    const counts = read.list ? now.counts : (base?.counts ?? now.counts);
    const version = read.case ? now.version : (base?.version ?? now.version);
    read = { list: false, case: false };
    become({ ...changes, now, base: { counts, version } });
  } catch {
    // The next look may be answered; what was counted last stays.
  }
}

let soon: ReturnType<typeof setTimeout> | undefined;
/** List and panel come one after the other: one look for both. */
function lookSoon(what: Partial<typeof read>): void {
  read = { ...read, ...what };
  clearTimeout(soon);
  soon = setTimeout(() => void look(), 100);
}
onRenewed(() => {
  become({ ...changes, base: changes.now });
  lookSoon({ list: true, case: true });
});

let visit = -1;
onSession(() => {
  const { state, visit: now } = currentSession();
  if (state === "signedIn" && now !== visit) {
    visit = now;
    become({ now: NOTHING, base: null, open: null });
    lookSoon({ list: true });
  }
});

function useChanges(): Changes {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      timer ??= setInterval(() => {
        if (document.visibilityState !== "hidden") void look();
      }, EVERY_MS);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
    () => changes,
  );
}

/** How many cases of each kind wait, counted as To do lists them. */
export const useToDo = (): Counts => useChanges().now.counts;

/** Whether others have changed the open case, or how much waits of these kinds, since it was read. */
export function useMeanwhile(kinds: readonly CaseKind[]): { readonly isCase: boolean; readonly isList: boolean } {
  const { base, now } = useChanges();
  if (base === null) return { isCase: false, isList: false };
  return {
    isCase: base.version !== null && base.version !== now.version,
    isList: kinds.some((kind) => base.counts[kind]?.atMost !== now.counts[kind]?.atMost),
  };
}

const withCase = (open: Case | null): Changes => ({
  now: { ...changes.now, version: null },
  base: changes.base && { ...changes.base, version: null },
  open,
});

/** What is shown from memory was read before: what has changed since stays said. */
const FRESH_MS = 1000;

/** A list was read then, or the open case; null: something else, which nobody watches. */
export function useRead(asOf: Date | null, of: Case | "LIST" | null): void {
  const at = of === null ? 0 : (asOf?.getTime() ?? 0);
  const { kind = null, id = null } = of === "LIST" ? {} : (of ?? {});
  useEffect(() => {
    if (kind === null || id === null) return;
    become(withCase({ kind, id }));
    return () => {
      if (changes.open?.id === id) become(withCase(null));
    };
  }, [kind, id]);
  const isList = of === "LIST";
  useEffect(() => {
    if (at !== 0 && Date.now() - at < FRESH_MS) lookSoon(isList ? { list: true } : { case: true });
  }, [at, isList]);
}
