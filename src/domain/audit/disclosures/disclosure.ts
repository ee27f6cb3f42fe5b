import type { AccessRecord } from "../../decisions/types.ts";
import { isoTime } from "../../kernel/time.ts";
import { consentsOf, emergencyOf } from "./basis.ts";
import { dataText, doingText } from "./dataText.ts";
import type { DisclosureKind } from "./disclosureKind.ts";
import { mayBeUse, type NamesNow, type Recipient, recipientOf } from "./parties.ts";
import { type PlainWords, plainWords } from "./plainWords.ts";
import { purposeText } from "./purposeText.ts";

/** One allowed access to a patient's data, as 45 CFR 164.528(b)(2) wants it told. */
export interface Disclosure {
  readonly decisionId: string;
  /** When it was allowed; milliseconds since 1970. */
  readonly at: number;
  readonly kind: DisclosureKind;
  readonly recipient: Recipient;
  /** What was disclosed. */
  readonly description: string;
  /** Its basis, in words. */
  readonly purpose: string;
  /** As it was told; null: it was not. */
  readonly purposeOfUse: string | null;
  /** The consents on which it rests. */
  readonly consents: readonly string[];
  /** The emergency in which it was; null: in none. */
  readonly emergency: string | null;
  /** Whether it may be use inside the house, and no disclosure: the recipient is of the organization of the data, or that is not known. */
  readonly mayBeUse: boolean;
  /** As it is handed to the patient. */
  readonly inPlainWords: PlainWords;
  /** The line of what is handed to the patient on which it stands: the same text for those that are one. */
  readonly line: string;
  /** All of it in one sentence. */
  readonly summary: string;
}

/** `on 2026-03-01 at 09:30 UTC`. */
export const whenText = (at: number): string => `on ${isoTime(at).slice(0, 10)} at ${isoTime(at).slice(11, 16)} UTC`;

const began = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What an access rests on beside its purpose. */
export function basisText(record: AccessRecord): string {
  const [consents, emergency] = [consentsOf(record), emergencyOf(record)];
  return [
    ...(emergency === null ? [] : [`in the emergency ${emergency}`]),
    ...(consents.length === 0 ? [] : [`by the consent ${consents.join(", ")}`]),
  ]
    .map((text) => `, ${text}`)
    .join("");
}

/**
 * What went to the same recipient for the same purpose is one line (45 CFR 164.528(b)(3)): by who it is and not by name, as two people may bear
 * one. What may be use inside the house is a line of its own, as it may be struck.
 */
const lineOf = ({ inPlainWords: { purpose, recipient: name }, mayBeUse, recipient: who }: Omit<Disclosure, "line">) =>
  JSON.stringify([name, purpose, who.clientId, who.subjectType, who.subjectId, who.address, mayBeUse]);

export function disclosureOf(record: AccessRecord, kind: DisclosureKind, now: NamesNow): Disclosure {
  const { decidedAt: at, id, request } = record;
  const recipient = recipientOf(record, now);
  const purpose = `${purposeText(request.purposeOfUse)}${basisText(record)}`;
  const told = {
    decisionId: id,
    at,
    kind,
    recipient,
    description: dataText(record),
    purpose: began(purpose),
    purposeOfUse: request.purposeOfUse,
    consents: consentsOf(record),
    emergency: emergencyOf(record),
    mayBeUse: mayBeUse(record, now),
    inPlainWords: plainWords(record, recipient),
    summary: `${began(whenText(at))} ${recipient.name} was allowed to ${doingText(record)} ${purpose}.`,
  };
  return { ...told, line: lineOf(told) };
}
