// An export runs in this page, page by page, and goes on while other pages are looked at; what it took away is given up at sign-out.
import { useSyncExternalStore } from "react";
import type { ActKind, ExportFormat } from "../generated/schema.ts";
import { ask, onNewVisit } from "../session/session.ts";
import { type ApiError, errorOf, isPassing } from "../transport/apiError.ts";
import { ExportPart } from "./exportRun.graphql.ts";

export interface ExportAsked {
  readonly format: ExportFormat;
  /** Null: all kinds. */
  readonly kind: ActKind | null;
  readonly from: string | null;
  readonly to: string | null;
}

export interface ExportRun {
  readonly asked: ExportAsked;
  readonly state: "RUNNING" | "DONE" | "STOPPED" | "FAILED";
  /** From 0 to 1. */
  readonly progress: number;
  readonly acts: number;
  readonly bytes: number;
  readonly error: ApiError | null;
  /** Of the whole file, in hexadecimal; null: it is not whole, or the browser can't say, as the page came without https. */
  readonly sha256: string | null;
  readonly fileName: string;
}

/** More than this is for the command line, which needs no memory for it. */
const MOST_BYTES = 256 * 1024 * 1024;
const RETRY_MS = 2_000;
const PAGE = 200;

let run: ExportRun | null = null;
let parts: string[] = [];
let abort: AbortController | null = null;
const listeners = new Set<() => void>();

function become(next: ExportRun | null): void {
  run = next;
  for (const listener of listeners) listener();
}

export const useExportRun = (): ExportRun | null =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => run,
  );

/** The lines that were taken, in their order; of a run that is done, the whole file. */
export const exportedParts = (): readonly string[] => parts;

/** Forgets the run and what it took away. */
export function forgetExport(): void {
  abort?.abort();
  parts = [];
  become(null);
}
onNewVisit(forgetExport);

export function stopExport(): void {
  abort?.abort();
  if (run?.state === "RUNNING") become({ ...run, state: "STOPPED" });
}

async function digest(): Promise<string | null> {
  // There is none on a page that came without https from another machine.
  if (crypto.subtle === undefined) return null;
  const hash = await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer());
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const sizeOf = (text: string): number => new TextEncoder().encode(text).length;

/** Asks for a page until it is answered, where that may help. */
async function page(asked: ExportAsked, after: string | null, signal: AbortSignal) {
  const { format, from, kind, to } = asked;
  for (let tries = 0; ; tries++) {
    try {
      return (
        await ask(ExportPart, { format, from, to, kinds: kind === null ? null : [kind], first: PAGE, after }, signal)
      ).exportPage;
    } catch (error) {
      if (signal.aborted || tries === 4 || !isPassing(error)) throw error;
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  }
}

async function take(asked: ExportAsked, signal: AbortSignal): Promise<void> {
  for (let after: string | null = null; ; ) {
    const { closing, done, endCursor, hasNextPage, lines, opening, total } = await page(asked, after, signal);
    if (signal.aborted || run === null) return;
    const text = [opening, ...lines, closing]
      .filter((line) => line !== null)
      .map((line) => `${line}\n`)
      .join("");
    parts.push(text);
    const bytes: number = run.bytes + sizeOf(text);
    become({ ...run, acts: run.acts + lines.length, bytes, progress: total === 0 ? 1 : done / total });
    if (!hasNextPage) break;
    if (bytes > MOST_BYTES) throw new Error("It is too much for a browser: take it by the command below.");
    after = endCursor;
  }
  const sha256 = await digest();
  if (!signal.aborted && run !== null) become({ ...run, state: "DONE", progress: 1, sha256 });
}

const EXTENSIONS = { NDJSON: "ndjson", OCSF: "ocsf.ndjson", FHIR: "fhir.ndjson" } as const;

/** The days of a period, by which files are told apart; empty: all time. */
const periodOf = ({ from, to }: { readonly from: string; readonly to: string }): string =>
  from === "" && to === "" ? "" : `-${from || "first"}-to-${to || "now"}`;

/** Begins an export of these days; another one that was there is forgotten. */
export function startExport(
  asked: ExportAsked,
  { day, ...days }: { readonly day: string; readonly from: string; readonly to: string },
): void {
  forgetExport();
  abort = new AbortController();
  const { signal } = abort;
  const name = `scopewarden-${asked.kind === null ? "record" : asked.kind.toLowerCase()}${periodOf(days)}-${day}.${EXTENSIONS[asked.format]}`;
  become({ asked, state: "RUNNING", progress: 0, acts: 0, bytes: 0, error: null, sha256: null, fileName: name });
  take(asked, signal).catch((error) => {
    if (!signal.aborted && run !== null) become({ ...run, state: "FAILED", error: errorOf(error) });
  });
}
