import { dataText } from "../domain/audit/disclosures/dataText.ts";
import { purposeWords } from "../domain/audit/disclosures/purposeText.ts";
import { decisionSubject } from "../domain/decisions/decisionSubject.ts";
import { summaryText } from "../domain/decisions/summaryText.ts";
import type { DecisionRecord } from "../domain/decisions/types.ts";
import type { Json } from "../domain/kernel/canonical.ts";
import { isoTime } from "../domain/kernel/time.ts";
import type { TreeHead } from "../domain/record/tree/checkpoint.ts";
import type { ProofFile } from "../domain/record/verify/verifyProof.ts";
import { wholeDecision } from "../domain/record/wholeDecision.ts";
import { heading, listOfPairs, pageOf, paragraph, preformatted } from "./disclosures/page.ts";
import { plain } from "./terminal.ts";
import type { Zone } from "./zone.ts";

/** A proof that was verified, and what was found out by it. */
export interface ProvedDecision {
  readonly proof: ProofFile;
  readonly head: TreeHead;
  readonly leaf: string;
  readonly record: Json;
  readonly personal: { readonly [path: string]: Json };
  /** The file as it came, and the command that verifies it. */
  readonly text: string;
  readonly command: string;
}

/** The decision as it is on record. What the file has no value for is as if it were erased. */
function decisionIn({ personal, proof, record }: ProvedDecision): DecisionRecord {
  const { commitments } = JSON.parse(proof.entry) as { readonly commitments: { readonly [path: string]: string } };
  const fields = Object.entries(commitments).map(([path, commitment]) => [
    path,
    Object.hasOwn(personal, path) ? { value: personal[path] } : { commitment },
  ]);
  return wholeDecision(JSON.stringify(record), JSON.stringify(Object.fromEntries(fields)), true);
}

const WITHHELD = "not told in this file";

function whomText({ erased = [], request: { subject } }: DecisionRecord): string {
  if (subject === null) return "nobody: the client acted for itself";
  return erased.includes("request.subject.id") ? WITHHELD : `${subject.type} ${subject.id}`;
}

function patientText(record: DecisionRecord): string {
  if ((record.erased ?? []).some((path) => /^patients$|^request\.resource\.patients?$/.test(path))) return WITHHELD;
  const { patients } = decisionSubject(record);
  return patients.length === 0 ? "none was named" : patients.join(", ");
}

function askedText(record: DecisionRecord): string {
  if (record.kind === "GRANT") return `Scopes for a token: ${record.request.scopes.join(" ")}`;
  return (record.erased ?? []).includes("request.resource.id")
    ? `${record.request.action}, type ${record.request.resource.type}; which record is ${WITHHELD}`
    : dataText(record);
}

/** What somebody who knows no JSON wants to know first. */
function facts(record: DecisionRecord, zone: Zone): readonly (readonly [string, string])[] {
  const { callerId, decidedAt, id, outcome, policyRevision, request } = record;
  return [
    ["Answer", outcome === "ALLOW" ? "Allowed" : "Denied"],
    ["Why", summaryText(record)],
    ["When", `${zone.time(decidedAt)} (${isoTime(decidedAt)})`],
    ["What was asked", askedText(record)],
    ["Patient", patientText(record)],
    ["For whom", whomText(record)],
    ["By which client", request.clientId],
    ["For what purpose", purposeWords(request.purposeOfUse) ?? "not stated"],
    ["Asked by", `${callerId}, a caller of this service`],
    ["By which policy", `revision ${policyRevision}`],
    ["Number", id],
  ];
}

const pairsOf = (pairs: readonly (readonly [string, string])[]): string =>
  listOfPairs(pairs.map(([name, value]) => [name, plain(value)] as const));

/** A page that shows a decision whose proof was verified, and how anybody verifies it again. */
export function proofPage(proved: ProvedDecision, zone: Zone): string {
  const { command, head, leaf, proof, text } = proved;
  const record = decisionIn(proved);
  return pageOf("A decision, as it is on record", [
    pairsOf(facts(record, zone)),
    ...(record.erased === undefined
      ? []
      : [
          paragraph("What is not told was left out of the file, or erased after its time. The proof holds without it."),
        ]),
    heading("How to verify this"),
    paragraph(
      "Anybody can verify it without the service that decided. Take the file that came with this page, or copy it from the end of the page, and compare the public key in the command with the one that you were given by another way. Then run:",
    ),
    preformatted(command),
    paragraph("It must begin with “Proved”. What it prints is what is proved; this page only shows it."),
    heading("What is proved"),
    pairsOf([
      ["Record", head.origin],
      ["Act", `number ${proof.index + 1} of ${head.size}`],
      ["Hash of the act", leaf],
      ["Hash of the record", head.root],
      ["Between them", proof.hashes.length === 0 ? "nothing: it is the only act" : proof.hashes.join(", ")],
    ]),
    paragraph(
      "Hashes are SHA-256 in base64. The act hashed with those between them gives the hash of the record (RFC 6962), which this checkpoint signs:",
    ),
    preformatted(proof.checkpoint),
    heading("The file"),
    preformatted(text),
  ]);
}
