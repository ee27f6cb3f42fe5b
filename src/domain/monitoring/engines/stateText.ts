import type { Memory } from "./memory.ts";

/** In which part of the memory a state stands. */
type Part = "people" | "clients" | "patients" | "networks" | "places" | "house";
const PARTS: readonly Exclude<Part, "house">[] = ["people", "clients", "patients", "networks", "places"];

/** One state as it is kept; `text` null: it has gone. */
export interface KeptState {
  readonly part: Part;
  readonly id: string;
  readonly text: string | null;
  /** The day on which it was seen last; of the house that of the clock. */
  readonly seen: number;
}

const MAP = "map";
const SET = "set";

/** Maps and sets as lists that name what they were. */
const plain = (_: string, value: unknown): unknown =>
  value instanceof Map ? { [MAP]: [...value] } : value instanceof Set ? { [SET]: [...value] } : value;

function made(_: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const { [MAP]: entries, [SET]: members } = value as { readonly [MAP]?: unknown; readonly [SET]?: unknown };
  if (Array.isArray(entries)) return new Map(entries as [unknown, unknown][]);
  return Array.isArray(members) ? new Set(members) : value;
}

const seenOf = (state: unknown): number =>
  state instanceof Map
    ? Math.max(0, ...(state.values() as IterableIterator<number>))
    : (state as { readonly seen: number }).seen;

/** What has changed since this was asked last, as it is kept. The house always has. */
export function changedStates(memory: Memory): readonly KeptState[] {
  const cells = PARTS.flatMap((part) =>
    memory[part].takeChanged().map((id): KeptState => {
      const state = memory[part].get(id);
      return state === undefined
        ? { part, id, text: null, seen: 0 }
        : { part, id, text: JSON.stringify(state, plain), seen: seenOf(state) };
    }),
  );
  return [...cells, { part: "house", id: "", text: JSON.stringify(memory.house, plain), seen: memory.house.day }];
}

/** Puts kept states into a memory. */
export function restore(memory: Memory, kept: Iterable<Pick<KeptState, "part" | "id" | "text">>): void {
  for (const { id, part, text } of kept) {
    if (text === null) continue;
    const state = JSON.parse(text, made);
    if (part === "house") Object.assign(memory.house, state);
    else memory[part].set(id, state as never);
  }
}
