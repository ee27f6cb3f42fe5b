import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { ask } from "../session/session.ts";
import { type ApiError, errorOf } from "../transport/apiError.ts";
import type { Operation } from "../transport/operation.ts";
import { renew } from "./renewal.ts";

export interface Asked<R> {
  readonly data: R | undefined;
  readonly error: ApiError | null;
  /** Nothing is known yet. */
  readonly isPending: boolean;
  /** It is being asked, for the first time or anew. */
  readonly isAsking: boolean;
  /** When the answer came. */
  readonly asOf: Date | null;
  /** Asks it again, and nothing else: where it failed. */
  readonly refresh: () => void;
  /** What "Ask this yourself" shows. */
  readonly question: Question;
}

export interface Question {
  readonly operation: Operation<unknown, never>;
  readonly variables: unknown;
}

interface AskOptions {
  /** False: do not ask yet, as something is missing. */
  readonly when?: boolean;
}

interface PagesOptions extends AskOptions {
  /** How many rows a page must have, where filtered pages are short. */
  readonly enough?: number;
  /** What the viewer changes is not asked again by itself, as they work through the rows. */
  readonly staysPut?: boolean;
}

const keyOf = (operation: { readonly name: string }, variables: unknown) => [operation.name, variables];
const questionOf = (operation: object, variables: unknown): Question => ({
  operation: operation as Question["operation"],
  variables,
});

/** Asks once for these variables, and says as of when the answer is. */
export function useAsk<R, V>(operation: Operation<R, V>, variables: V, { when = true }: AskOptions = {}): Asked<R> {
  const query = useQuery({
    queryKey: keyOf(operation, variables),
    queryFn: ({ signal }) => ask(operation, variables, signal),
    enabled: when,
    meta: { isQuestion: operation.kind === "query", staysPut: false, hasPages: false },
  });
  return {
    data: query.data,
    error: query.error === null ? null : errorOf(query.error),
    isPending: when && query.isPending,
    isAsking: query.isFetching,
    asOf: query.dataUpdatedAt === 0 ? null : new Date(query.dataUpdatedAt),
    refresh: () => void query.refetch(),
    question: questionOf(operation, variables),
  };
}

/** A Relay connection, as the service answers. */
export interface Connection<N> {
  readonly edges: readonly { readonly node: N }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly totalCount?: number | null;
}

export interface Pages<N, R> extends Omit<Asked<R>, "data"> {
  readonly rows: readonly N[];
  readonly hasMore: boolean;
  readonly more: () => void;
  /** The service's count of all; null: it does not count them. */
  readonly totalCount: number | null;
  /** The first answer, for what stands beside the list. */
  readonly first: R | undefined;
}

/** A filtered page may be short with more to come: so many are walked in one go. */
const WALK = 8;

interface Page<R> {
  readonly answers: readonly R[];
  readonly last: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** A list, page by page. `variables` without `after`, which is filled in here. */
export function usePages<R, V extends { readonly after?: string | null }, N>(
  operation: Operation<R, V>,
  variables: Omit<V, "after">,
  pick: (answer: R) => Connection<N>,
  { when = true, enough = 10, staysPut = false }: PagesOptions = {},
): Pages<N, R> {
  const query = useInfiniteQuery({
    queryKey: [...keyOf(operation, variables), "pages"],
    initialPageParam: null as string | null,
    enabled: when,
    meta: { isQuestion: true, staysPut, hasPages: true },
    queryFn: async ({ pageParam, signal }): Promise<Page<R>> => {
      const answers: R[] = [];
      let after = pageParam;
      let found = 0;
      for (;;) {
        const answer = await ask(operation, { ...variables, after } as unknown as V, signal);
        answers.push(answer);
        const { edges, pageInfo } = pick(answer);
        found += edges.length;
        if (!pageInfo.hasNextPage || found >= enough || answers.length >= WALK) return { answers, last: pageInfo };
        after = pageInfo.endCursor;
      }
    },
    getNextPageParam: ({ last }) => (last.hasNextPage ? last.endCursor : undefined),
  });
  const answers = useMemo(() => query.data?.pages.flatMap((page) => page.answers) ?? [], [query.data]);
  const picked = useRef(pick);
  picked.current = pick;
  const rows = useMemo(
    () => answers.flatMap((answer) => picked.current(answer).edges.map((edge) => edge.node)),
    [answers],
  );
  const first = answers[0];
  return {
    rows,
    first,
    hasMore: query.hasNextPage,
    more: () => void (query.isFetchingNextPage || query.fetchNextPage()),
    totalCount: (first === undefined ? null : pick(first).totalCount) ?? null,
    // That what is shown could not be asked again is said by who asked all again.
    error: query.error === null || query.isRefetchError ? null : errorOf(query.error),
    isPending: when && query.isPending,
    isAsking: query.isFetching,
    asOf: query.dataUpdatedAt === 0 ? null : new Date(query.dataUpdatedAt),
    refresh: () => void query.refetch(),
    question: questionOf(operation, { ...variables, after: null }),
  };
}

export interface Act<R, V> {
  /** Does it; null: it was refused, and `error` says why. */
  readonly run: (variables: V) => Promise<R | null>;
  readonly isRunning: boolean;
  readonly error: ApiError | null;
  readonly clear: () => void;
}

/** Whether a mutation is only tried, and changes nothing. */
const isTried = ({ text }: { readonly text: string }, variables: unknown): boolean =>
  text.includes("dryRun: true") || saysDryRun(variables);
const saysDryRun = (variables: unknown): boolean =>
  typeof variables === "object" &&
  variables !== null &&
  Object.entries(variables).some(
    ([name, value]) => (name === "dryRun" && value === true) || (name === "input" && saysDryRun(value)),
  );

/** Something that takes its time, begun by pressing a button: what `useAct` does for one operation. */
export function useTask<V, R>(task: (given: V) => Promise<R>): Act<R, V> {
  const [state, setState] = useState<{ isRunning: boolean; error: ApiError | null }>({ isRunning: false, error: null });
  const mounted = useRef(true);
  useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
    };
  }, []);
  const isRunning = useRef(false);
  const run = async (given: V): Promise<R | null> => {
    // A second press of the button does nothing twice.
    if (isRunning.current) return null;
    isRunning.current = true;
    setState({ isRunning: true, error: null });
    try {
      const answer = await task(given);
      if (mounted.current) setState({ isRunning: false, error: null });
      return answer;
    } catch (error) {
      if (mounted.current) setState({ isRunning: false, error: errorOf(error) });
      return null;
    } finally {
      isRunning.current = false;
    }
  };
  return { run, ...state, clear: () => setState({ isRunning: false, error: null }) };
}

/**
 * A mutation, or a question that is asked by pressing a button. Never tried again by itself. What is in sight is asked anew after a change, but with
 * `renews: false`: what it answers with is shown once, and would go.
 */
export function useAct<R, V>(
  operation: Operation<R, V>,
  done?: (answer: R) => void,
  { renews = true }: { readonly renews?: boolean } = {},
): Act<R, V> {
  return useTask(async (variables: V) => {
    const answer = await ask(operation, variables);
    done?.(answer);
    // After what `done` shows in the place of what was there.
    if (renews && operation.kind === "mutation" && !isTried(operation, variables))
      setTimeout(() => void renew("CHANGE"));
    return answer;
  });
}
