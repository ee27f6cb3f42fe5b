import type { PolicyOperation } from "../../generated/schema.ts";
import type { ApiError } from "../../transport/apiError.ts";

export interface Unjustified {
  /** Which operation, from 0. */
  readonly at: number;
  /** What it is about: the id or name that it gives. */
  readonly what: string;
  readonly problems: readonly string[];
}

const bodyOf = (operation: PolicyOperation): readonly [string, Readonly<Record<string, unknown>>] => {
  const [entry] = Object.entries(operation);
  return entry as [string, Readonly<Record<string, unknown>>];
};

/** The operations that the service takes only with a justification; empty where anything else is wrong as well. */
export function unjustified(error: ApiError | null, operations: readonly PolicyOperation[]): readonly Unjustified[] {
  const found = new Map<number, string[]>();
  for (const { path, message } of error?.problems ?? []) {
    const [, number] = /\boperations\[(\d+)\]/.exec(path) ?? [];
    if (number === undefined || !message.includes("justification")) return [];
    found.set(Number(number), [...(found.get(Number(number)) ?? []), message]);
  }
  return [...found].map(([at, problems]) => {
    const [kind, body] = bodyOf(operations[at] as PolicyOperation);
    return { at, what: String(body.id ?? body.name ?? body.organization ?? kind), problems };
  });
}

/** The operations with what was said for some of them, by their places. */
export const justified = (
  operations: readonly PolicyOperation[],
  texts: Readonly<Record<number, string>>,
): readonly PolicyOperation[] =>
  operations.map((operation, at) => {
    const text = texts[at]?.trim() ?? "";
    if (text === "") return operation;
    const [kind, body] = bodyOf(operation);
    return { [kind]: { ...body, justification: text } } as unknown as PolicyOperation;
  });
