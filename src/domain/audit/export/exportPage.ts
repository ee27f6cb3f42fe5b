import type { Caller } from "../../callers/types.ts";
import type { DecisionRecord } from "../../decisions/types.ts";
import type { Json } from "../../kernel/canonical.ts";
import { canonicalJson } from "../../kernel/canonical.ts";
import type { Sha256 } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { type ActKind, FORMATS } from "../../record/acts.ts";
import { wholeRecord } from "../../record/personal.ts";
import type { RecordAudit } from "../recordReads.ts";
import { ocsfEvent } from "./ocsfEvent.ts";
import type { StoredAct, StoredActReader } from "./store.ts";

/** NDJSON: each act as it is stored, all that a proof needs. OCSF: each decision as an event of the class API Activity. */
export type ExportFormat = "NDJSON" | "OCSF";

const LINE_OF: { readonly [Format in ExportFormat]: (act: StoredAct) => string } = {
  // What is stored is canonical JSON, and stands here byte by byte.
  NDJSON: ({ format, id, kind, personal, position, record, salt }) =>
    `{"format":${format},"id":${JSON.stringify(id)},"kind":"${kind}","personal":${personal},"position":${position},"record":${record},"salt":${JSON.stringify(salt)}}`,
  OCSF: ({ personal, position, record }) =>
    canonicalJson(ocsfEvent(wholeRecord(record, personal) as DecisionRecord, position) as Json),
};

/** How far an export is: after which position it goes on, and where it ends. */
export interface ExportPlace {
  readonly after: number;
  readonly until: number;
}

interface ExportInput {
  readonly format: ExportFormat;
  /** Of these kinds; absent: all. Of OCSF DECISION alone. */
  readonly kinds?: readonly string[] | null | undefined;
  /** Null: from the beginning, to what is on record now. */
  readonly place: ExportPlace | null;
  readonly first: number;
}

interface ExportPage {
  /** Without line ends. */
  readonly lines: readonly string[];
  /** Where to go on; the same again gives the same lines. */
  readonly place: ExportPlace;
  readonly hasNextPage: boolean;
}

/**
 * A part of all that is on record, in its order. That it was taken, with a digest of it, is on record before the answer; and is no part of an
 * export that began before. @throws ScopewardenError BAD_USER_INPUT, JOURNAL_UNAVAILABLE
 */
export type TakeExportPage = (caller: Caller, input: ExportInput) => Promise<ExportPage>;

function readKinds({ format, kinds }: ExportInput): readonly ActKind[] | null {
  const read = new Reader();
  const isKind = (kind: string): kind is ActKind => Object.hasOwn(FORMATS, kind);
  const known = (kinds ?? []).filter(isKind);
  if (known.length < (kinds ?? []).length) read.problem("kinds", `must be among ${Object.keys(FORMATS).join(", ")}`);
  const others = known.filter((kind) => kind !== "DECISION");
  if (format === "OCSF" && others.length > 0) read.problem("kinds", "of OCSF must be DECISION alone");
  if (kinds !== null && kinds !== undefined && kinds.length === 0)
    read.problem("kinds", "must name a kind, or be absent");
  read.check();
  if (format === "OCSF") return ["DECISION"];
  return kinds === null || kinds === undefined ? null : known;
}

export const createTakeExportPage =
  (deps: {
    readonly stored: StoredActReader;
    readonly sha256: Sha256;
    readonly recordAudit: RecordAudit;
  }): TakeExportPage =>
  async (caller, input) => {
    const kinds = readKinds(input);
    const { format, first } = input;
    const { after, until } = input.place ?? { after: 0, until: await deps.stored.end() };
    const acts = await deps.stored.acts({ after, until, first, kinds });
    const lines = acts.map(LINE_OF[format]);
    const last = acts.at(-1)?.position;
    const filter = { format, after, until, ...(kinds !== null && { kinds }) };
    const sha256 = deps.sha256(lines.map((line) => `${line}\n`).join(""));
    await deps.recordAudit(caller, { field: "exportPage", filter, shown: lines.length, sha256 });
    // One that is full may be followed by nothing: then the next has no lines, and is the last.
    return { lines, place: { after: last ?? until, until }, hasNextPage: last !== undefined && last < until };
  };
