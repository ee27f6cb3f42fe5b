import type { Directory } from "../directory/directory.ts";
import type { Problem } from "../kernel/errors.ts";
import { organizationId, organizationProblem } from "../kernel/organizationId.ts";
import { patientId, patientProblem } from "../kernel/patientId.ts";
import { type Check, Reader } from "../kernel/reader.ts";
import { identifierProblem, reasonProblem, seenTextProblem } from "../kernel/text.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import { USER } from "../policy/types.ts";
import type { FhirVersion } from "../scopes/fhir.ts";
import { groupReference } from "../scopes/fhirReference.ts";
import { type CodeKind, codeOf, codeProblem } from "./codes.ts";
import {
  clientProblem,
  nameProblem,
  referenceProblem,
  resourceTypeProblem,
  roleProblem,
  scopeProblem,
  subjectTypeProblem,
} from "./known.ts";
import { linksOf, personNamed, unlinkedNames, unlinkedProblem } from "./recipientLinks.ts";
import { recipientCount, recipientsOf } from "./recipients.ts";
import type { Consent, ConsentEffect, ConsentException, DataReference, DataTerms } from "./types.ts";

type Maybe<T> = T | null | undefined;
type List = Maybe<readonly string[]>;

/** What both a consent and its exceptions can say; what is absent or null is any. Times are milliseconds since 1970. */
export interface ProvisionInput {
  readonly clientId?: Maybe<string>;
  readonly subjectId?: Maybe<string>;
  /** Absent: `user`. */
  readonly subjectType?: Maybe<string>;
  readonly organization?: Maybe<string>;
  readonly roles?: List;
  readonly groups?: List;
  readonly identifiers?: List;
  readonly scopes?: List;
  readonly purposes?: List;
  readonly actions?: List;
  readonly resourceTypes?: List;
  readonly categories?: List;
  readonly labels?: List;
  readonly codes?: List;
  readonly references?: Maybe<readonly DataReference[]>;
  readonly authors?: List;
  readonly dataFrom?: Maybe<number>;
  readonly dataUntil?: Maybe<number>;
  readonly validFrom?: Maybe<number>;
  readonly validUntil?: Maybe<number>;
}

export interface ConsentExceptionInput extends ProvisionInput {
  /** Absent: the other one than its consent's. */
  readonly effect?: Maybe<ConsentEffect>;
}

export interface ConsentSourceInput {
  readonly kind: Consent["source"]["kind"];
  readonly reference?: Maybe<string>;
}

/** A consent as it arrives. */
export interface RecordConsentInput extends ProvisionInput {
  /** Absent: a new one. */
  readonly id?: Maybe<string>;
  readonly patient: string;
  readonly effect: ConsentEffect;
  readonly includeNarrower?: Maybe<boolean>;
  readonly exceptions?: Maybe<readonly ConsentExceptionInput[]>;
  /** Whether it ends all that was said before of the same recipients and purposes; absent: of refusals what it names of the data. */
  readonly replacesAll?: Maybe<boolean>;
  /** ALL: a refusal of a name to which nobody is linked counts for all who may be meant, until somebody is. Absent: it is refused. */
  readonly untilLinked?: Maybe<"ALL">;
  readonly source: ConsentSourceInput;
  /** When the patient said it; absent: now. */
  readonly madeAt?: Maybe<number>;
  readonly reason: string;
}

/** What a consent is to say; who recorded it, when and as which version comes with the recording. */
export type NewConsent = Omit<Consent, "id" | "recordedAt" | "recordedBy" | "version"> & {
  /** Null: a new one. */
  readonly id: string | null;
};

/** What a consent is read against. */
export interface InputFacts {
  readonly directory: Pick<Directory, "entities" | "linked">;
  readonly snapshot: Snapshot;
  readonly fhirVersion: FhirVersion;
  readonly now: number;
}

/** Exceptions of one consent. */
export const MOST_EXCEPTIONS = 50;
/** Values of one list. */
export const MOST_VALUES = 100;
/** Scopes of one consent, those of its exceptions included: to read one takes longer than any other value. */
const MOST_SCOPES = 250;
/** Recipients of one consent or exception: its roles, groups and identifiers, one of each. */
export const MOST_RECIPIENTS = 100;
/** After so many no more are looked for in lists. */
const MOST_PROBLEMS = 50;
const MAX_REFERENCE = 1_024;

class ConsentReader extends Reader {
  readonly facts: InputFacts;

  constructor(facts: InputFacts) {
    super();
    this.facts = facts;
  }

  /** The values of a list, each once; null: any. */
  list(values: List, path: string, check: Check): readonly string[] | null {
    if (values === undefined || values === null) return null;
    if (values.length === 0) return this.problem(path, "must have an item; leave it out for any");
    if (values.length > MOST_VALUES) return this.problem(path, `must have at most ${MOST_VALUES} items`);
    for (const [i, value] of values.entries()) {
      // To say what each of thousands of names was meant to be would keep decisions waiting.
      if (this.problems.length >= MOST_PROBLEMS) break;
      this.expect(`${path}[${i}]`, check(value));
    }
    return [...new Set(values)];
  }

  codes(values: List, path: string, kind: CodeKind): readonly string[] | null {
    const read = this.list(values, path, (value) => codeProblem(kind, value));
    return read === null ? null : [...new Set(read.map((value) => codeOf(kind, value)))];
  }

  time(value: Maybe<number>, path: string): number | null {
    if (value === undefined || value === null) return null;
    return Number.isSafeInteger(value) ? value : this.problem(path, "must be a time");
  }

  /** A period, its end excluded. */
  period(path: string, [from, until]: readonly [Maybe<number>, Maybe<number>], names: readonly [string, string]) {
    const [start, end] = [this.time(from, `${path}.${names[0]}`), this.time(until, `${path}.${names[1]}`)];
    if (start !== null && end !== null && end <= start)
      this.problem(`${path}.${names[1]}`, `must be after ${names[0]}`);
    return [start, end] as const;
  }
}

function readRecipients(read: ConsentReader, input: ProvisionInput, path: string) {
  const { snapshot } = read.facts;
  const subjectId = read.text(input.subjectId, path, "subjectId", nameProblem);
  const subjectType = read.text(input.subjectType, path, "subjectType", subjectTypeProblem);
  if (subjectId === null && subjectType !== null)
    read.problem(`${path}.subjectId`, "is missing: subjectType alone names nobody");
  const written = {
    clientId: read.text(input.clientId, path, "clientId", (id) => clientProblem(snapshot, id)),
    subject: subjectId === null ? null : { id: subjectId, type: subjectType ?? USER },
    organization: read.text(
      input.organization && organizationId(input.organization),
      path,
      "organization",
      organizationProblem,
    ),
    roles: read.list(input.roles, `${path}.roles`, (role) => roleProblem(snapshot, role)),
    groups: read.list(input.groups, `${path}.groups`, nameProblem),
    identifiers: read.codes(input.identifiers, `${path}.identifiers`, "identifier"),
  };
  if (recipientCount(written) > MOST_RECIPIENTS)
    return read.problem(
      path,
      `has more than ${MOST_RECIPIENTS} recipients: roles, groups and identifiers, one of each`,
    );
  return recipientsOf(written);
}

function readReferences(read: ConsentReader, given: ProvisionInput["references"], path: string) {
  if (given === undefined || given === null) return null;
  const texts = read.list(
    given.map(({ meaning, reference }) => `${meaning} ${reference}`),
    path,
    () => null,
  );
  if (texts === null) return null;
  for (const [i, { reference }] of given.entries())
    if (read.problems.length < MOST_PROBLEMS)
      read.expect(`${path}[${i}].reference`, referenceProblem(reference, read.facts));
  return given.map(({ meaning, reference }) => ({ meaning, reference }));
}

function readData(read: ConsentReader, input: ProvisionInput, path: string): DataTerms {
  const [from, until] = read.period(path, [input.dataFrom, input.dataUntil], ["dataFrom", "dataUntil"]);
  return {
    resourceTypes: read.list(input.resourceTypes, `${path}.resourceTypes`, (type) =>
      resourceTypeProblem(type, read.facts),
    ),
    categories: read.codes(input.categories, `${path}.categories`, "other"),
    labels: read.codes(input.labels, `${path}.labels`, "label"),
    codes: read.codes(input.codes, `${path}.codes`, "other"),
    references: readReferences(read, input.references, `${path}.references`),
    authors: read.list(input.authors, `${path}.authors`, (author) => referenceProblem(author, read.facts)),
    from,
    until,
  };
}

function readProvision(read: ConsentReader, input: ProvisionInput, path: string): Omit<ConsentException, "effect"> {
  const [validFrom, validUntil] = read.period(path, [input.validFrom, input.validUntil], ["validFrom", "validUntil"]);
  if (validUntil !== null && validUntil <= read.facts.now)
    read.problem(`${path}.validUntil`, "must be in the future: what has ended is no consent any more");
  return {
    recipients: readRecipients(read, input, path),
    scopes: read.list(input.scopes, `${path}.scopes`, (scope) => scopeProblem(scope, read.facts)),
    purposes: read.codes(input.purposes, `${path}.purposes`, "purpose"),
    actions: read.codes(input.actions, `${path}.actions`, "action"),
    data: readData(read, input, path),
    validFrom,
    validUntil,
  };
}

/** Whether it says of nothing in particular what it says: an exception that does is none. */
const saysNothing = ({ data, ...terms }: Omit<ConsentException, "effect">): boolean =>
  [...Object.values(terms), ...Object.values(data)].every((member) => member === null);

function readExceptions(
  read: ConsentReader,
  { effect, exceptions }: Pick<RecordConsentInput, "effect" | "exceptions">,
  path: string,
): readonly ConsentException[] {
  if (exceptions === undefined || exceptions === null) return [];
  if (exceptions.length > MOST_EXCEPTIONS) {
    read.problem(path, `must have at most ${MOST_EXCEPTIONS} items`);
    return [];
  }
  return exceptions.map((input, i) => {
    const problems = read.problems.length;
    const terms = readProvision(read, input, `${path}[${i}]`);
    if (read.problems.length === problems && saysNothing(terms))
      read.problem(`${path}[${i}]`, "is empty: it would reverse the whole consent; say for whom or what it is");
    return { effect: input.effect ?? (effect === "PERMIT" ? "DENY" : "PERMIT"), ...terms };
  });
}

function readSource(read: ConsentReader, { kind, reference }: ConsentSourceInput, path: string): Consent["source"] {
  const check: Check = (text) => (text.trim() === "" ? "must not be empty" : seenTextProblem(text, MAX_REFERENCE));
  return { kind, reference: read.text(reference, path, "reference", check) };
}

/** Why a consent names too many scopes, its exceptions included; null: it does not. */
export function scopesProblem(provisions: readonly { readonly scopes?: Maybe<readonly string[]> }[]): string | null {
  const count = provisions.reduce((sum, { scopes }) => sum + (scopes?.length ?? 0), 0);
  return count <= MOST_SCOPES ? null : `must name at most ${MOST_SCOPES} scopes, those of exceptions included`;
}

/** The names of recipients that somebody must be linked to, in the one form, each with where it is said. */
function* namesSaid(input: RecordConsentInput, path: string): Generator<readonly [path: string, name: string]> {
  const provisions = [input, ...(input.exceptions ?? [])];
  for (const [i, { groups, identifiers, subjectId, subjectType }] of provisions.entries()) {
    const at = i === 0 ? path : `${path}.exceptions[${i - 1}]`;
    const person = subjectId ? personNamed({ id: subjectId, type: subjectType ?? USER }) : null;
    if (person !== null) yield [`${at}.subjectId`, person];
    for (const [k, group] of (groups ?? []).entries()) yield [`${at}.groups[${k}]`, groupReference(group)];
    for (const [k, text] of (identifiers ?? []).entries())
      yield [`${at}.identifiers[${k}]`, codeOf("identifier", text)];
  }
}

/** What a consent is to say, or every problem with its path from `path`. */
export function readConsent(
  input: RecordConsentInput,
  facts: InputFacts,
  path = "input",
): NewConsent | readonly Problem[] {
  const tooMany = scopesProblem([input, ...(input.exceptions ?? [])]);
  if (tooMany !== null) return [{ path: `${path}.scopes`, message: tooMany }];
  const read = new ConsentReader(facts);
  const madeAt = read.time(input.madeAt, `${path}.madeAt`) ?? facts.now;
  if (madeAt > facts.now) read.problem(`${path}.madeAt`, "must not be in the future");
  const consent: NewConsent = {
    id: read.text(input.id, path, "id", identifierProblem),
    step: "RECORDED",
    patient: read.text(patientId(input.patient), path, "patient", patientProblem) ?? input.patient,
    effect: input.effect,
    ...readProvision(read, input, path),
    includeNarrower: input.includeNarrower ?? false,
    ...(input.replacesAll === true && { replacesAll: true }),
    exceptions: readExceptions(read, input, `${path}.exceptions`),
    source: readSource(read, input.source, `${path}.source`),
    madeAt,
    reason: input.reason,
  };
  read.expect(`${path}.reason`, reasonProblem(input.reason));
  if (read.problems.length > 0) return read.problems;
  const links = linksOf(consent, facts.directory);
  const unlinked = unlinkedNames(links);
  if (input.untilLinked !== "ALL" && unlinked.size > 0) {
    for (const [at, name] of namesSaid(input, path)) if (unlinked.has(name)) read.problem(at, unlinkedProblem(name));
    return read.problems;
  }
  return links.length === 0 ? consent : { ...consent, links };
}
