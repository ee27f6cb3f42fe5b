import { isPurpose, PURPOSE_SYSTEM } from "../../scopes/purposes.ts";
import { isAllData } from "../dataMatch.ts";
import { codingOf } from "../hl7Codes.ts";
import {
  type ConsentEffect,
  type ConsentException,
  DATA_MEANINGS,
  type DataReference,
  type RecipientTerms,
} from "../types.ts";
import {
  type CodingCheck,
  checkAction,
  checkClass,
  checkCode,
  checkLabel,
  checkPurpose,
  labelCoding,
} from "./fhirCodes.ts";
import { type FhirProvision, OTHER_TERMS, RECIPIENT_ROLE } from "./fhirConsent.ts";
import type { FhirReader } from "./fhirReader.ts";
import { type FlatTerms, readOtherTerms, TERMS } from "./otherTerms.ts";
import { readRecipients, readTarget } from "./references.ts";

const ELEMENTS = {
  modifierExtension: true,
  type: true,
  period: true,
  actor: true,
  action: true,
  securityLabel: true,
  purpose: true,
  class: true,
  code: true,
  dataPeriod: true,
  data: true,
  provision: true,
} satisfies Record<keyof FhirProvision, true>;
const NAMES = Object.keys(ELEMENTS);

/** What a period says. */
const UNLIMITING: ReadonlySet<keyof FlatTerms> = new Set(["validFrom", "validUntil"]);

const EFFECTS: ReadonlyMap<unknown, ConsentEffect> = new Map([
  ["permit", "PERMIT"],
  ["deny", "DENY"],
]);

/** A purpose without a system is HL7's own, if HL7 has it. */
const purposeSystem = (code: string): string => (isPurpose(code) ? PURPOSE_SYSTEM : "");

const noSystem = (): string => "";

/** Only who gets the data: other roles have no say in who may. */
function readActor(read: FhirReader, value: unknown, path: string): readonly RecipientTerms[] {
  const members = read.element(value, path, ["role", "reference"]);
  if (members === null) return [];
  const known = read.problems.length;
  const anyRole: CodingCheck = () => null;
  const roles = members.role === undefined ? [] : read.concept(members.role, `${path}.role`, anyRole);
  if (read.problems.length === known && !roles.includes(`${RECIPIENT_ROLE.system}|${RECIPIENT_ROLE.code}`))
    read.problem(`${path}.role`, `must be ${RECIPIENT_ROLE.code} of ${RECIPIENT_ROLE.system}, who receives the data`);
  if (members.reference === undefined) {
    read.problem(`${path}.reference`, "is missing");
    return [];
  }
  return readRecipients(read, members.reference, `${path}.reference`);
}

function readData(read: FhirReader, value: unknown, path: string): DataReference | null {
  const members = read.element(value, path, ["meaning", "reference"]);
  if (members === null) return null;
  const meaning = DATA_MEANINGS.find((each) => each === members.meaning);
  if (meaning === undefined) return read.problem(`${path}.meaning`, `must be one of ${DATA_MEANINGS.join(", ")}`);
  const target = readTarget(read, members.reference, `${path}.reference`);
  return target === null ? null : { meaning, reference: `${target.type}/${target.id}` };
}

/** What FHIR R4 has a place for. */
function readNative(
  read: FhirReader,
  members: { readonly [name: string]: unknown },
  { effect, path }: { readonly effect: ConsentEffect | null; readonly path: string },
): FlatTerms {
  const actors = read.each(members.actor, `${path}.actor`, (item, at) => readActor(read, item, at));
  const valid = read.validity(members.period, `${path}.period`, effect);
  const made = read.period(members.dataPeriod, `${path}.dataPeriod`);
  const classes = read.each(members.class, `${path}.class`, (item, at) => read.coding(item, at, checkClass));
  return {
    recipients: actors === null ? null : actors.flat(),
    scopes: null,
    purposes: read.each(members.purpose, `${path}.purpose`, (item, at) =>
      read.coding(item, at, checkPurpose, purposeSystem),
    ),
    actions: read.concepts(members.action, `${path}.action`, checkAction),
    validFrom: valid.from,
    validUntil: valid.until,
    resourceTypes: classes === null ? null : classes.map((each) => codingOf(each).code),
    categories: null,
    labels: read.each(members.securityLabel, `${path}.securityLabel`, (item, at) =>
      read.coding(item, at, checkLabel, noSystem, labelCoding),
    ),
    codes: read.concepts(members.code, `${path}.code`, checkCode),
    references: read.each(members.data, `${path}.data`, (item, at) => readData(read, item, at)),
    authors: null,
    from: made.from,
    until: made.until,
    grantId: null,
    answers: null,
  };
}

/** A provision as it stands, with what stands in it. */
export interface ReadProvision extends Pick<FlatTerms, "answers" | "grantId"> {
  readonly terms: Omit<ConsentException, "effect" | "grantId">;
  /** Whether it says more than a period, and the exceptions to it. */
  readonly isLimited: boolean;
  /** Undefined: it says neither; null: that is no type, and noted. */
  readonly effect: ConsentEffect | null | undefined;
  /** The exceptions to it; null: it has none. */
  readonly inner: unknown;
}

/** `base`: what it does where it says neither. */
export function readProvision(
  read: FhirReader,
  value: unknown,
  { base, path }: { readonly base: ConsentEffect | null; readonly path: string },
): ReadProvision | null {
  const members = read.element(value, path, NAMES, [OTHER_TERMS]);
  if (members === null) return null;
  const effect = members.type === undefined ? undefined : (EFFECTS.get(members.type) ?? null);
  const native = readNative(read, members, { effect: effect === undefined ? base : effect, path });
  const other = readOtherTerms(read, members, path);
  const said: FlatTerms = { ...native, ...other };
  for (const name of TERMS)
    if (native[name] !== null && other[name] !== undefined)
      read.problem(`${path}.modifierExtension`, `says ${name} once more`);
  const { actions, answers, grantId, purposes, recipients, scopes, validFrom, validUntil, ...data } = said;
  if (effect === null) read.problem(`${path}.type`, "must be permit or deny");
  return {
    terms: { recipients, scopes, purposes, actions, data, validFrom, validUntil },
    answers,
    grantId,
    isLimited: TERMS.some((name) => !UNLIMITING.has(name) && (said[name] ?? null) !== null),
    effect,
    inner: members.provision,
  };
}

/**
 * An exception: its type must be said, and it has none of its own. One for a grant permits something of a refusal (`of`: the effect
 * of the whole), and all data of it: nothing else is looked at where the grant is.
 */
export function readException(
  read: FhirReader,
  value: unknown,
  { of, path }: { readonly of: ConsentEffect | null; readonly path: string },
): ConsentException | null {
  const provision = readProvision(read, value, { base: null, path });
  if (provision === null) return null;
  const { answers, effect, grantId, inner, terms } = provision;
  const at = `${path}.modifierExtension`;
  if (answers !== null) read.problem(at, "says answers, which is of the whole consent");
  if (grantId !== null && (of !== "DENY" || effect !== "PERMIT" || !isAllData(terms.data)))
    read.problem(at, "says grantId, which is of what is permitted as an exception to a refusal, of all data");
  if (inner !== undefined)
    read.problem(`${path}.provision[0]`, "is an exception to an exception, which is not understood");
  if (effect === undefined) read.problem(`${path}.type`, "must be permit or deny");
  return effect === null || effect === undefined ? null : { effect, ...terms, ...(grantId !== null && { grantId }) };
}
