import type { Caller } from "../../callers/types.ts";
import type { DecisionRecord } from "../../decisions/types.ts";
import type { Json } from "../../kernel/canonical.ts";
import { canonicalJson } from "../../kernel/canonical.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { Sha256 } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { type ActKind, FORMATS } from "../../record/acts.ts";
import { exportBeginLine, exportEndLine, exportLine } from "../../record/exportLine.ts";
import { wholeRecord } from "../../record/personal.ts";
import type { Digest } from "../../record/tree/recordHash.ts";
import type { RecordAudit } from "../recordReads.ts";
import { auditEvent } from "./auditEvent.ts";
import type { ExportProofs } from "./exportProofs.ts";
import { ocsfEvent } from "./ocsfEvent.ts";
import type { StoredAct, StoredActReader } from "./store.ts";

/**
 * NDJSON: each act as it is stored, all that a proof needs. OCSF: each decision as an event of the class API Activity. FHIR: each
 * decision as an AuditEvent of R4.
 */
export type ExportFormat = "NDJSON" | "OCSF" | "FHIR";

interface Leaf {
  readonly index: number;
  readonly digest: Digest;
}
const decisionOf = ({ personal, record }: StoredAct) => wholeRecord(record, personal) as DecisionRecord;
const LINE_OF: { readonly [Format in ExportFormat]: (act: StoredAct, leaf: Leaf | null) => string } = {
  NDJSON: (act, leaf) => exportLine({ act, leaf }),
  OCSF: (act) => canonicalJson(ocsfEvent(decisionOf(act), act.position) as Json),
  FHIR: (act) => canonicalJson(auditEvent(decisionOf(act)) as Json),
};

/** How far an export is: after which position it goes on, and where it ends. */
export interface ExportPlace {
  readonly after: number;
  readonly until: number;
}

interface ExportInput {
  readonly format: ExportFormat;
  /** Of these kinds; absent: all. Of all formats but NDJSON DECISION alone. */
  readonly kinds?: readonly string[] | null | undefined;
  /** Null: from the beginning, to what is on record now. */
  readonly place: ExportPlace | null;
  readonly first: number;
}

interface ExportPage {
  /** Without line ends. */
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

function readKinds({ format, kinds }: ExportInput): readonly ActKind[] | null {
  const read = new Reader();
  const isKind = (kind: string): kind is ActKind => Object.hasOwn(FORMATS, kind);
  const known = (kinds ?? []).filter(isKind);
  if (known.length < (kinds ?? []).length) read.problem("kinds", `must be among ${Object.keys(FORMATS).join(", ")}`);
  const others = known.filter((kind) => kind !== "DECISION");
  if (format !== "NDJSON" && others.length > 0) read.problem("kinds", `of ${format} must be DECISION alone`);
  if (kinds !== null && kinds !== undefined && kinds.length === 0)
    read.problem("kinds", "must name a kind, or be absent");
  read.check();
  if (format !== "NDJSON") return ["DECISION"];
  return kinds === null || kinds === undefined ? null : known;
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
    const { format, first } = input;
    const isWhole = format === "NDJSON" && kinds === null;
    const archived = await proofs.archived();
    if (input.place !== null && input.place.after < archived.until)
      throw new ScopewardenError(
        "CONFLICT",
        "Acts that this export would go on with were archived meanwhile. Begin a new one, and keep the archive with it.",
      );
    const begin = async () => ({ after: archived.until, until: isWhole ? await proofs.end() : await stored.end() });
    const { after, until } = input.place ?? (await begin());
    const before = isWhole && input.place === null ? await proofs.begin(archived.size) : null;
    const opening = before === null ? null : exportBeginLine(before);
    const acts = await stored.acts({ after, until, first, kinds });
    const leaves = isWhole ? await proofs.leavesOf(acts) : new Map<number, Leaf>();
    const lines = acts.map((act) => LINE_OF[format](act, leaves.get(act.position) ?? null));
    const last = acts.at(-1)?.position;
    const hasNextPage = last !== undefined && last < until;
    const part = isWhole ? null : { kinds };
    const closing =
      hasNextPage || format !== "NDJSON"
        ? null
        : exportEndLine({ part, ...(await proofs.closing(isWhole ? until : null)) });
    const filter = { format, after, until, ...(kinds !== null && { kinds }) };
    const taken = [opening, ...lines, closing].filter((line) => line !== null);
    const sha256 = deps.sha256(taken.map((line) => `${line}\n`).join(""));
    await deps.recordAudit(caller, { field: "exportPage", filter, shown: lines.length, sha256 });
    // One that is full may be followed by nothing: then the next has no lines, and is the last.
    return { lines, opening, closing, place: { after: last ?? until, until }, hasNextPage };
  };
