import { basename } from "node:path";
import type { Command } from "commander";
import type { Json } from "../domain/kernel/canonical.ts";
import { isObject, type Members } from "../domain/kernel/reader.ts";
import { isoTime } from "../domain/kernel/time.ts";
import { readCheckpoint, verifiedCheckpoint } from "../domain/record/tree/checkpoint.ts";
import type { TlogProof } from "../domain/record/tree/tlogProof.ts";
import type { ProofFile, ProofVerdict } from "../domain/record/verify/verifyProof.ts";
import { badUsage, EXIT, type ExitCode } from "./exit.ts";
import { writeOutput } from "./output.ts";
import { shellWord } from "./shellWord.ts";
import { type Io, printJson, printLines } from "./terminal.ts";
import { givenKeys, readInput } from "./verifyCommand.ts";
import { zoneOf } from "./zone.ts";

interface VerifyProofOptions {
  readonly decision?: string;
  readonly publicKey: readonly string[];
  readonly json?: boolean;
  readonly html?: string;
  readonly timeZone?: string;
}

const HELP = `
Proves from a file alone that a decision is on record as the file says: no service and no database is asked. The file is the answer
of inclusionProof, as JSON, or its tlogProof. Values that identify people are proved where the file has their openings. With --decision
the file is an archive, which proves every decision that is in it, and that another is not. --html writes what was proved to a page that
can be printed and handed to a patient or a court, with the command that verifies it: nothing is written that was not proved.

A decision that somebody claims is refuted by an archive, or an export of the whole record, that does not have it: --decision says so, and shows
what is on record where it does.

Exit codes: 0 it is proved, 1 it is refuted, or the file proves nothing, 2 the options or the file are not valid.

Examples:
  $ scopewarden record verify-proof decision.json --public-key record.pub
  $ scopewarden record verify-proof decision.json --public-key record.pub --html decision.html
  $ scopewarden record verify-proof scopewarden-2024-05.ndjson --decision 018f5c1e-... --public-key record.pub`;

const listed = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function addVerifyProof(program: Command): Command {
  return program
    .command("verify-proof")
    .description("Proves from a file that a decision is on record.")
    .argument("<file>", "the proof; with --decision an archive")
    .option("--decision <id>", "a decision that an archive has")
    .option(
      "--public-key <key>",
      "a public key of checkpoints, or a file with some, one a line; may be repeated",
      listed,
      [],
    )
    .option("--html <file>", "write what was proved to this new page for print, which needs nothing beside itself")
    .option(
      "--time-zone <name>",
      "of --html: the zone of times, such as America/New_York; absent: that of this machine",
    )
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP);
}

interface WireProof {
  readonly index: number;
  readonly entry: string;
  readonly hashes: readonly string[];
  readonly openings?: readonly { readonly path: string; readonly salt: string; readonly value: Json }[];
  readonly checkpoint: {
    readonly note: string;
    readonly size?: unknown;
    readonly origin?: unknown;
    readonly rootHash?: unknown;
  };
  readonly tlogProof?: unknown;
}

/** What the schema has: of another member nobody knows whether it was to prove something. */
const MEMBERS = ["__typename", "index", "entry", "hashes", "openings", "checkpoint", "tlogProof"];
const CHECKPOINT_MEMBERS = ["__typename", "note", "size", "origin", "rootHash", "at"];
const isMadeOf = (members: readonly string[], value: object): boolean =>
  Object.keys(value).every((name) => members.includes(name));

type TlogProofReader = (text: string) => TlogProof | null;

const isText = (value: unknown): value is string => typeof value === "string";

/** What stands beside a note for people must be what the note says: it is read, and not signed. */
function saysTheSame({ note, origin, rootHash, size }: WireProof["checkpoint"]): boolean {
  const head = readCheckpoint(note);
  return (
    (size === undefined || size === head?.size) &&
    (origin === undefined || origin === head?.origin) &&
    (rootHash === undefined || rootHash === head?.root)
  );
}

/** What may be handed on by itself must prove the same as what stands beside it. */
function isSameProof(
  text: unknown,
  { checkpoint, entry, hashes, index }: WireProof,
  readTlogProof: TlogProofReader,
): boolean {
  if (text === undefined) return true;
  const proof = isText(text) ? readTlogProof(text) : null;
  return (
    proof !== null &&
    proof.index === index &&
    proof.hashes.join() === hashes.join() &&
    proof.checkpoint === checkpoint.note &&
    proof.extra === Buffer.from(entry, "utf8").toString("base64")
  );
}

/** What a file has, and whether all of it that may be handed on by itself is the same proof. */
interface GivenProof {
  readonly proof: ProofFile;
  readonly isAlike: boolean;
}

/** The answer of `inclusionProof`, by itself or as the whole answer of GraphQL; null: it is none. */
function proofInJson(text: string, readTlogProof: TlogProofReader): GivenProof | null {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return null;
  }
  const whole = answer as { readonly data?: { readonly inclusionProof?: unknown } } | null;
  const proof = (whole?.data?.inclusionProof ?? answer) as Partial<WireProof> | null;
  if (typeof proof !== "object" || proof === null) return null;
  const { checkpoint, entry, hashes, index, openings = [] } = proof;
  if (typeof index !== "number" || !isText(entry) || !Array.isArray(hashes) || !isText(checkpoint?.note)) return null;
  if (!hashes.every(isText) || !Array.isArray(openings)) return null;
  if (!openings.every((each) => isText(each?.path) && isText(each.salt) && each.value !== undefined)) return null;
  // Of two values by one path whoever reads the file may take the other one.
  if (new Set(openings.map(({ path }) => path)).size < openings.length || !saysTheSame(checkpoint)) return null;
  if (!isMadeOf(MEMBERS, proof) || !isMadeOf(CHECKPOINT_MEMBERS, checkpoint)) return null;
  const byPath = Object.fromEntries(openings.map(({ path, salt, value }) => [path, { salt, value }]));
  return {
    proof: { index, entry, hashes, checkpoint: checkpoint.note, openings: byPath },
    isAlike: isSameProof(proof.tlogProof, { checkpoint, entry, hashes, index }, readTlogProof),
  };
}

async function proofIn(text: string): Promise<GivenProof | null> {
  const { readTlogProof } = await import("../domain/record/tree/tlogProof.ts");
  const proof = readTlogProof(text);
  if (proof === null) return proofInJson(text, readTlogProof);
  const { checkpoint, extra, hashes, index } = proof;
  if (extra === null) return null;
  const entry = Buffer.from(extra, "base64").toString("utf8");
  return { proof: { index, entry, hashes, checkpoint, openings: {} }, isAlike: true };
}

type Verdict =
  | ProofVerdict
  | { readonly proved: false; readonly reason: "OTHER_TLOG_PROOF"; readonly path?: undefined };

const WHY: { readonly [Reason in Extract<Verdict, { readonly proved: false }>["reason"]]: string } = {
  FORGED_SIGNATURE: "Not proved: the checkpoint is signed by none of the keys.",
  NOT_IN_THE_TREE: "Not proved: this decision is not in the record that was signed: it, or the proof, was changed.",
  NO_ENTRY: "Not proved: what is in the record is no act of this service.",
  OTHER_VALUE: "Refuted: a value in the file is not the one that is on record",
  OTHER_TLOG_PROOF:
    "Not proved: the tlogProof in the file is not the proof that stands beside it: the file was changed.",
};

/** `DENY, read of Observation by client app for ada, on 2026-11-24T12:00:00.000Z`: what a decision on record says, as far as it is proved. */
function decisionText(record: Json, personal: { readonly [path: string]: Json }): string {
  const { decidedAt, outcome, request }: Members = isObject(record) ? record : {};
  const { action, clientId, resource }: Members = isObject(request) ? request : {};
  const type = isObject(resource) ? resource.type : undefined;
  const subject = personal["request.subject.id"];
  const what = isText(action) && isText(type) ? [`${action} of ${type}`] : [];
  const who = isText(clientId) ? [`by client ${clientId}`] : [];
  const whom = isText(subject) ? [`for ${subject}`] : [];
  const asked = [...what, ...who, ...whom].join(" ");
  const when = typeof decidedAt === "number" ? `on ${isoTime(decidedAt)}` : "";
  return [isText(outcome) ? outcome : "", asked, when].filter((part) => part !== "").join(", ");
}

function provedText({ head, personal, record }: Extract<ProofVerdict, { readonly proved: true }>, index: number) {
  const id = isObject(record) ? record.id : null;
  return [
    `Proved: decision ${id} is on record as the file says: ${decisionText(record, personal)}.`,
    `It is act number ${index + 1} of the ${head.size} that ${head.origin} had signed:`,
    `  ${JSON.stringify(record)}`,
    ...Object.entries(personal).map(([path, value]) => `  ${path}: ${JSON.stringify(value)}`),
  ];
}

export async function verifyProof(file: string, options: VerifyProofOptions, io: Io): Promise<ExitCode> {
  if (options.publicKey.length === 0)
    throw badUsage("--public-key is needed: a proof proves nothing by a key that comes with it.");
  const keys = await givenKeys(options.publicKey);
  const { decision, json = false } = options;
  if (decision !== undefined && options.html !== undefined)
    throw badUsage(
      "--html goes with a proof by itself. Open the archive, and ask for one: scopewarden record open-archive.",
    );
  if (decision !== undefined) {
    const { decisionInFile } = await import("./archive/decisionInFile.ts");
    return decisionInFile(file, { id: decision, keys, json }, io);
  }
  const text = await readInput(file, { of: "<file>" });
  const given = await proofIn(text);
  if (given === null)
    throw badUsage(`${file} is no answer of inclusionProof as it was given, and no tlog-proof with its entry.`);
  const [{ verifyProofFile }, { recordHash }, { leafHash }, { proofPage }] = await Promise.all([
    import("../domain/record/verify/verifyProof.ts"),
    import("../process/recordHash.ts"),
    import("../domain/record/tree/merkleTree.ts"),
    import("./proofPage.ts"),
  ]);
  const { isAlike, proof } = given;
  const own = verifyProofFile(proof, { hash: recordHash, keys: keys.map(({ verifier }) => verifier) });
  const verdict: Verdict = own.proved && !isAlike ? { proved: false, reason: "OTHER_TLOG_PROOF" } : own;
  if (verdict.proved && options.html !== undefined) {
    if (JSON.parse(proof.entry).kind !== "DECISION")
      throw badUsage("--html shows a decision, and the file proves another act.");
    const key = keys.find(({ verifier }) => verifiedCheckpoint(proof.checkpoint, [verifier]) !== null)?.publicKey ?? "";
    const command = `scopewarden record verify-proof ${shellWord(basename(file))} --public-key ${shellWord(key)}`;
    const leaf = leafHash(proof.entry, recordHash);
    const page = proofPage({ ...verdict, command, leaf, proof, text }, zoneOf(options.timeZone));
    await writeOutput(page, options.html, io);
  }
  if (options.json === true) printJson(io.stdout, verdict);
  else if (verdict.proved) printLines(io.stdout, provedText(verdict, proof.index));
  else
    printLines(io.stdout, [
      verdict.path === undefined ? WHY[verdict.reason] : `${WHY[verdict.reason]}: ${verdict.path}.`,
    ]);
  return verdict.proved ? EXIT.ok : EXIT.refused;
}
