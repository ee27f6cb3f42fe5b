import { type ExportBegin, type ExportEnd, type ExportedAct, readExportLine } from "../exportLine.ts";
import { readCheckpoint } from "../tree/checkpoint.ts";
import type { StoredAct } from "../tree/leafEntry.ts";
import type { RecordHash } from "../tree/recordHash.ts";
import type { NoteVerifier } from "../tree/signedNote.ts";
import type { TrustedKey } from "./checkpointCheck.ts";
import { placeOf, type RecordFinding } from "./finding.ts";
import { type LineFinding, LineOrder } from "./lineOrder.ts";
import { flat, type RecordSource } from "./recordSource.ts";
import { type Verification, verifyRecord } from "./verifyRecord.ts";

/** What is wrong with acts of an export, with the line of the first; null: it is about no line. */
interface ActFinding {
  readonly line: number | null;
  readonly finding: RecordFinding;
}

export interface ExportVerification extends Omit<Verification, "findings" | "pending" | "signedPosition"> {
  /** The first wrong line first, and in the end what is about no line. */
  readonly findings: readonly (LineFinding | ActFinding)[];
  /** The number of its first act in the tree, from 0. */
  readonly first: number;
  /** Of an archive: its month; null: it is none. */
  readonly month: string | null;
}

/** Why a file can't be verified at all. PART: it has not all acts of the record. CUT: its last line is gone. */
export type Unverifiable = "NO_EXPORT" | "PART" | "CUT";

/** The lines of a file without line ends, in parts; may be asked for again. */
export type FileLines = () => AsyncIterable<readonly string[]>;

interface Options {
  readonly lines: FileLines;
  readonly hash: RecordHash;
  readonly keys: readonly TrustedKey[];
  /** Reads a public key that a rotation on record names. */
  readonly readKey: (publicKey: string) => NoteVerifier | null;
  /** Checkpoints that were kept elsewhere. */
  readonly elsewhere: readonly string[];
}

/** Which lines of a file are acts: so many, after as many others. */
interface ActLines {
  readonly lines: FileLines;
  readonly skipped: number;
  readonly count: number;
}

/** The acts of the first lines of a file; tells where one is not written as it should be, and ends there. */
async function* actsIn(
  { count, lines, skipped }: ActLines,
  changed: (line: number) => void,
): AsyncGenerator<readonly ExportedAct[]> {
  let done = 0;
  let toSkip = skipped;
  for await (const part of lines()) {
    const acts: ExportedAct[] = [];
    const begin = Math.min(toSkip, part.length);
    toSkip -= begin;
    for (const line of part.slice(begin, begin + count - done)) {
      const act = readExportLine(line);
      if (act === null) {
        changed(skipped + done + 1);
        yield acts;
        return;
      }
      done++;
      acts.push(act);
    }
    yield acts;
    if (done >= count) return;
  }
}

/** Whether a line may be of an act of erasure: a cheap look, as most are not. */
const mayErase = (line: string): boolean => line.includes('"kind":"ERASURE"');
const isMonthAlone = (begin: ExportBegin | null): boolean => begin !== null && begin.month !== null;

/** Acts and hashes as the lines have them, under these checkpoints. */
function sourceOf(
  acts: () => AsyncGenerator<readonly ExportedAct[]>,
  {
    begin,
    end: { checkpoints, heads },
    erasures,
  }: { readonly begin: ExportBegin | null; readonly end: ExportEnd; readonly erasures: readonly StoredAct[] },
): RecordSource {
  return {
    isOfActs: true,
    async *leaves() {
      for await (const { act, leaf } of flat(acts())) yield { act, position: act.position, digest: leaf?.digest ?? "" };
    },
    async *erasures() {
      yield erasures;
    },
    ...(begin !== null && { begin: { size: begin.first, roots: begin.before } }),
    // What does not say that it is a month alone has all that there was: signed over more, its tail was cut; and what was erased, it says.
    ...(isMonthAlone(begin) && { isErasedLater: true }),
    ...(heads !== undefined && isMonthAlone(begin) && { heads }),
    async *checkpoints() {
      yield checkpoints.map((note) => {
        const { root, size } = readCheckpoint(note) ?? { root: "", size: 0 };
        return { note, root, size };
      });
    },
    // An export has no hashes above its leaves: no row of them is ever full.
    width: Number.MAX_SAFE_INTEGER,
    async *inner() {},
    grownTo: Number.MAX_SAFE_INTEGER,
  };
}

/** On which lines the acts of these positions stand. */
async function linesOf(positions: ReadonlySet<number>, where: ActLines): Promise<ReadonlyMap<number, number>> {
  const found = new Map<number, number>();
  let line = where.skipped;
  if (positions.size === 0) return found;
  for await (const acts of actsIn(where, () => undefined))
    for (const { act } of acts) {
      line++;
      if (positions.has(act.position) && !found.has(act.position)) found.set(act.position, line);
    }
  return found;
}

/**
 * Proves from a file alone that an export has all that was on record, as it was signed: by the verification of a database, up to the
 * first line that is not in its place. Nothing of the file is trusted but what the keys signed. Rejects with what reading rejects with.
 */
export async function verifyExport({ lines, ...rest }: Options): Promise<ExportVerification | Unverifiable> {
  const order = new LineOrder();
  const erasures: StoredAct[] = [];
  for await (const part of lines())
    for (const line of part) {
      order.look(line);
      const erasure = mayErase(line) ? readExportLine(line) : null;
      if (erasure !== null) erasures.push(erasure.act);
    }
  const { acts: count, begin, end } = order;
  if (end === null) return count > 0 ? "CUT" : "NO_EXPORT";
  if (end.part !== null || end.size === null) return "PART";

  let problem = order.problem;
  const changed = (line: number) => {
    problem = { kind: "CHANGED_LINE", line };
  };
  const where = { lines, count, skipped: begin === null ? 0 : 1 };
  const source = sourceOf(() => actsIn(where, changed), { begin, end, erasures });
  const {
    pending: _,
    signedPosition: __,
    ...verification
  } = await verifyRecord({ ...rest, source, progress: () => undefined });
  const isShort = problem === null && end.size > verification.size;
  // Where the lines stop being in order what was signed over more is no news; it would be told as cut, or as another tree.
  const isOfMore = ({ kind }: RecordFinding): boolean => {
    if (kind === "CUT_TAIL") return problem !== null;
    const isOfHead = kind === "REWRITTEN" || kind === "FORGED_SIGNATURE";
    return isOfHead && end.heads !== undefined && isMonthAlone(begin) && (problem !== null || isShort);
  };
  const own = verification.findings.filter((finding) => !isOfMore(finding));
  if (isShort && !own.some(({ kind }) => kind === "CUT_TAIL"))
    own.push({ kind: "CUT_TAIL", position: null, size: verification.size, expected: end.size });
  const places = own.map(placeOf).filter((position) => position < Number.MAX_SAFE_INTEGER);
  const at = await linesOf(new Set(places), where);
  const placed = own.map((finding) => ({ line: at.get(placeOf(finding)) ?? null, finding }));
  return {
    ...verification,
    first: begin?.first ?? 0,
    month: begin?.month ?? null,
    findings: [
      ...placed.filter(({ line }) => line !== null),
      ...(problem === null ? [] : [problem]),
      ...placed.filter(({ line }) => line === null),
    ],
  };
}
