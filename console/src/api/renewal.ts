// Reading is an act on record: what was asked is asked once, and all that is in sight again together, when somebody presses Refresh or has changed
// something.
import { type Query, QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { onNewVisit } from "../session/session.ts";
import { type ApiError, errorOf, isPassing } from "../transport/apiError.ts";

declare module "@tanstack/react-query" {
  interface Register {
    queryMeta: {
      /** It asks, and changes nothing even when it is sent as a mutation that is only tried. */
      readonly isQuestion: boolean;
      /** Its rows stay where they are while the viewer works through them: Refresh alone asks again. */
      readonly staysPut: boolean;
      readonly hasPages: boolean;
    };
  }
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      // Patients' data does not linger when its page is left.
      gcTime: 30_000,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      refetchOnMount: false,
      retry: (times, error) => times < 2 && isPassing(error),
      retryDelay: (times, error) => errorOf(error).retryAfterMs ?? 500 * 2 ** times,
    },
  },
});

export interface Renewal {
  readonly isRunning: boolean;
  /** Why what is shown is still as it was; null: it is as of now. */
  readonly error: ApiError | null;
}

const IDLE: Renewal = { isRunning: false, error: null };
let renewal = IDLE;
const listeners = new Set<() => void>();
function become(next: Renewal): void {
  renewal = next;
  for (const listener of listeners) listener();
}
onNewVisit(() => {
  void queryClient.cancelQueries();
  queryClient.clear();
  become(IDLE);
});

export const useRenewal = (): Renewal =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => renewal,
  );

/** Of a list the first page alone: asking each page anew would put each on record again. What was shown stays until there is an answer. */
async function askAnew(query: Query): Promise<unknown> {
  // An answer to a question from before the change is none.
  await query.cancel({ silent: true });
  const options = { ...query.options, queryKey: query.queryKey, staleTime: 0 };
  return query.meta?.hasPages === true
    ? queryClient.fetchInfiniteQuery({ ...options, initialPageParam: null, pages: 1 } as never)
    : queryClient.fetchQuery(options as never);
}

const renewed = new Set<() => void>();
/** Called when all that is in sight was asked again. */
export function onRenewed(listener: () => void): void {
  renewed.add(listener);
}

let turn = 0;

/** Asks again what is in sight: list, panel and what stands beside them. */
export async function renew(by: "REFRESH" | "CHANGE"): Promise<void> {
  const mine = ++turn;
  // What was asked before, and is not in sight, is asked anew when it is shown again.
  queryClient.removeQueries({ type: "inactive" });
  become({ isRunning: true, error: null });
  const inSight = queryClient
    .getQueryCache()
    .findAll({ type: "active" })
    .filter(({ meta }) => meta?.isQuestion === true && !(by === "CHANGE" && meta.staysPut));
  const answers = await Promise.allSettled(inSight.map(askAnew));
  if (mine !== turn) return;
  const failed = answers.find((answer) => answer.status === "rejected");
  become({ isRunning: false, error: failed === undefined ? null : errorOf(failed.reason) });
  if (failed === undefined) for (const listener of renewed) listener();
}

/** Somebody presses for an answer: none that was given before is one. */
export const forgetAsked = (): void => queryClient.removeQueries({ type: "inactive" });

export const refreshAll = (): void => void renew("REFRESH");
/** Somebody reads what has failed to come another time by another way, or leaves. */
export const forgetFailure = (): void => {
  if (renewal.error !== null) become(IDLE);
};
