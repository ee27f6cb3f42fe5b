import { type DestinationStream, type Logger, pino } from "pino";

export type Log = Logger;

/** One JSON line an event, on stdout unless told otherwise. */
export function createLog(options: { readonly level: string; readonly destination?: DestinationStream }): Log {
  const settings = { level: options.level, base: { service: "scopewarden" }, timestamp: pino.stdTimeFunctions.isoTime };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}

export interface ErrorFacts {
  readonly type: string;
  readonly code?: string;
  readonly frames?: readonly string[];
  readonly cause?: ErrorFacts;
}

/**
 * What may be logged of an error: its type, its code, where it came from, and the same of its cause. Never its
 * message, its SQL or its parameters: drivers quote values in all three, and the values are health data.
 */
export function errorFacts(error: unknown, depth = 3): ErrorFacts {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code, cause, driverError } = error as Error & { code?: unknown; driverError?: unknown };
  const inner = cause ?? driverError;
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    type: error.constructor.name,
    ...(typeof code === "string" || typeof code === "number" ? { code: String(code) } : {}),
    ...(frames.length > 0 ? { frames: frames.slice(0, 8).map((line) => line.trim()) } : {}),
    ...(inner !== undefined && inner !== null && depth > 0 ? { cause: errorFacts(inner, depth - 1) } : {}),
  };
}
