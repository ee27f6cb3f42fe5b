import type { Caller } from "../../callers/types.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { Sha256 } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { isoTime } from "../../kernel/time.ts";
import { actTime } from "../../record/actTime.ts";
import { type ExportPart, exportBeginLine, exportEndLine } from "../../record/exportLine.ts";
import type { ActKind } from "../../record/kinds.ts";
import type { RecordAudit } from "../recordReads.ts";
import { actLine, type ExportFormat, KINDS_OF, type Leaf } from "./actLine.ts";
import type { ExportProofs } from "./exportProofs.ts";
import type { StoredActReader } from "./store.ts";

/** How far an export is: after which position it began, after which it goes on, and where it ends. */
export interface ExportPlace {
  readonly began: number;
  readonly after: number;
  readonly until: number;
}

/** From a time on, and before another, in milliseconds since 1970; null: without that end. */
interface TimeWindow {
  readonly from: number | null;
  readonly to: number | null;
}

export const isInWindow = (time: number, { from, to }: TimeWindow): boolean =>
  (from === null || time >= from) && (to === null || time < to);

/**
 * How far two acts may stand in another order than their times say. Acts are in the order in which they were put on record, and have the
 * time of the clock of who decided: twice the most by which such a clock may be wrong.
 */
const DISORDER_MS = 24 * 60 * 60 * 1000;

/**
 * Between which positions all acts of a window stand, as long as no clock was wrong by more than half of `DISORDER_MS`; others may stand
 * there too. Costs some tens of reads of one act, however long the record is.
 */
export async function positionsOf(
  { from, to }: TimeWindow,
  { end, stored }: { readonly end: number; readonly stored: StoredActReader },
): Promise<{ readonly after: number; readonly until: number }> {
  /** A position of which the act is before that time, and the next one is not; 0: the first is not. */
  async function lastBefore(time: number): Promise<number> {
    let [low, high] = [0, end];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const [act] = (await stored.acts({ after: middle, until: high, first: 1, kinds: null })).acts;
      if (act !== undefined && actTime(act) < time) low = act.position;
      else high = middle;
    }
    return low;
  }
  const after = from === null ? 0 : await lastBefore(from - DISORDER_MS);
  const until = to === null ? end : await lastBefore(to + DISORDER_MS);
  return { after, until: Math.max(after, until) };
}

interface ExportInput extends TimeWindow {
  readonly format: ExportFormat;
  /** Of these kinds; absent: all. Of all formats but NDJSON DECISION alone. */
  readonly kinds?: readonly ActKind[] | null | undefined;
  /** Null: from the beginning, to what is on record now. */
  readonly place: ExportPlace | null;
  readonly first: number;
}

interface ExportPage {
  /** Without line ends. There may be none, and more to follow. */
  readonly lines: readonly string[];
  /** Of NDJSON the line that comes before the first one, where what was before is archived; null: there is none, or it is not the first page. */
  readonly opening: string | null;
  /** Of NDJSON the line that comes after the last one: by what the export proves itself, or what it is a part by. Null: more may follow. */
  readonly closing: string | null;
  /** Where to go on; the same again gives the same lines. */
  readonly place: ExportPlace;
  readonly hasNextPage: boolean;
}

/**
 * A part of all that is on record, in its order. That it was taken, with a digest of it, is on record before the answer; and is no part of an
 * export that began before.
 * @throws ScopewardenError BAD_USER_INPUT; CONFLICT where what it would go on with was archived meanwhile; JOURNAL_UNAVAILABLE
 */
export type TakeExportPage = (caller: Caller, input: ExportInput) => Promise<ExportPage>;

function readKinds({ format, from, kinds, to }: ExportInput): readonly ActKind[] | null {
  const read = new Reader();
  const told = KINDS_OF[format];
  if (told !== null && kinds?.some((kind) => !told.includes(kind)))
    read.problem("kinds", `of ${format} must be ${told.join(", ")} alone`);
  if (kinds !== null && kinds !== undefined && kinds.length === 0)
    read.problem("kinds", "must name a kind, or be absent");
  if (from !== null && to !== null && from >= to) read.problem("to", "must be later than `from`");
  read.check();
  if (told !== null) return told;
  return kinds ?? null;
}

/** By what an export has not all acts; null: it has. */
function partBy(kinds: readonly ActKind[] | null, { from, to }: TimeWindow): ExportPart | null {
  if (kinds === null && from === null && to === null) return null;
  const times = { ...(from !== null && { from: isoTime(from) }), ...(to !== null && { to: isoTime(to) }) };
  return { kinds, ...times };
}

export const createTakeExportPage =
  (deps: {
    readonly stored: StoredActReader;
    readonly proofs: ExportProofs;
    readonly sha256: Sha256;
    readonly recordAudit: RecordAudit;
  }): TakeExportPage =>
  async (caller, input) => {
    const { proofs, stored } = deps;
    const kinds = readKinds(input);
    const { first, format, from, to } = input;
    const part = partBy(kinds, input);
    const isWhole = format === "NDJSON" && part === null;
    const archived = await proofs.archived();
    if (input.place !== null && input.place.after < archived.until)
      throw new ScopewardenError(
        "CONFLICT",
        "Acts that this export would go on with were archived meanwhile. Begin a new one, and keep the archive with it.",
      );
    const begin = async (): Promise<ExportPlace> => {
      const end = isWhole ? await proofs.end() : await stored.end();
      const found = await positionsOf(input, { end, stored });
      const after = Math.max(found.after, archived.until);
      return { began: after, after, until: Math.max(after, found.until) };
    };
    const { after, began, until } = input.place ?? (await begin());
    const before = isWhole && input.place === null ? await proofs.begin(archived.size) : null;
    const opening = before === null ? null : exportBeginLine(before);
    const { acts, reached } = await stored.acts({ after, until, first, kinds });
    const inTime = from === null && to === null ? acts : acts.filter((act) => isInWindow(actTime(act), input));
    const leaves = isWhole ? await proofs.leavesOf(inTime) : new Map<number, Leaf>();
    const lines = inTime.map((act) => actLine(format, act, leaves.get(act.position) ?? null));
    const hasNextPage = reached < until;
    const closing =
      hasNextPage || format !== "NDJSON"
        ? null
        : exportEndLine({ part, ...(await proofs.closing(isWhole ? until : null)) });
    const filter = {
      ...{ format, after, until },
      ...(kinds !== null && { kinds }),
      ...(from !== null && { from }),
      ...(to !== null && { to }),
    };
    const taken = [opening, ...lines, closing].filter((line) => line !== null);
    const sha256 = deps.sha256(taken.map((line) => `${line}\n`).join(""));
    await deps.recordAudit(caller, { field: "exportPage", filter, shown: lines.length, sha256 });
    return { lines, opening, closing, place: { began, after: reached, until }, hasNextPage };
  };
