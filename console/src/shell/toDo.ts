// The one thing that is asked again by itself: how much waits. It names nobody and is not put on record. In one place, so that a feed can
// take its place.
import { useSyncExternalStore } from "react";
import { onActed } from "../api/useAsk.ts";
import type { CaseKind } from "../generated/schema.ts";
import { ask, currentSession, onSession } from "../session/session.ts";
import { ToDoCounts } from "./toDo.graphql.ts";

const EVERY_MS = 60_000;
type Counts = Readonly<Partial<Record<CaseKind, { readonly atMost: number; readonly isMore: boolean }>>>;

let counts: Counts = {};
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

async function look(): Promise<void> {
  if (currentSession().state !== "signedIn" || document.visibilityState === "hidden") return;
  try {
    const { toDo } = await ask(ToDoCounts, {});
    counts = Object.fromEntries(toDo.map(({ kind, atMost, isMore }) => [kind, { atMost, isMore }]));
  } catch {
    // The next look may be answered; what was counted last stays.
  }
  for (const listener of listeners) listener();
}

onActed(() => void look());
let visit = -1;
onSession(() => {
  const { state, visit: now } = currentSession();
  if (state === "signedIn" && now !== visit) {
    visit = now;
    counts = {};
    void look();
  }
});

/** How many cases of each kind wait at most. */
export function useToDo(): Counts {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      timer ??= setInterval(() => void look(), EVERY_MS);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) {
          clearInterval(timer);
          timer = undefined;
        }
      };
    },
    () => counts,
  );
}
