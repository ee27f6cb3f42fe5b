import { badInput, ScopewardenError } from "../../kernel/errors.ts";
import { type JsonBounds, jsonObjectProblem } from "../../kernel/jsonObject.ts";
import { type Check, isObject, Reader } from "../../kernel/reader.ts";
import { identifierProblem, reasonProblem } from "../../kernel/text.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { canonicalCode } from "../../scopes/codeSystems.ts";
import { isFhirType } from "../../scopes/fhir.ts";
import { type CodeKind, codeProblem } from "../codes.ts";
import {
  type InputFacts,
  MOST_EXCEPTIONS,
  MOST_RECIPIENTS,
  MOST_VALUES,
  type NewConsent,
  scopesProblem,
} from "../consentInput.ts";
import { referenceProblem, resourceTypeProblem, roleProblem, scopeProblem } from "../known.ts";
import { linksOf, refusedRecipients, unlinkedNames, unlinkedProblem } from "../recipientLinks.ts";
import type { ConsentException, ConsentTerms, RecipientLink, RecipientTerms } from "../types.ts";
import { FIRST_ZONE_MS } from "./fhirReader.ts";
import type { FlatTerms } from "./otherTerms.ts";
import { type FhirConsentReading, readFhirConsent } from "./readFhirConsent.ts";

/** A Consent of FHIR R4 as it arrives. */
export interface RecordFhirConsentInput {
  /** The resource, as JSON. */
  readonly resource: unknown;
  readonly includeNarrower?: boolean | null | undefined;
  /** Whether it ends all that was said before of the same recipients and purposes. */
  readonly replacesAll?: boolean | null | undefined;
  /**
   * ALL: a refusal of somebody to whom nobody is linked counts for all who may be meant, until somebody is; one of a client that is not in the
   * policy for that client, once it is. Absent: it is refused.
   */
  readonly untilLinked?: "ALL" | null | undefined;
  readonly reason: string;
}

/** What a Consent of FHIR R4 is to say here, and the last moment at which it may have been said, in milliseconds since 1970; null: not known. */
export interface ReadFhirInput {
  readonly content: NewConsent;
  readonly saidUntil: number | null;
}

/** FHIR nests provisions and concepts deeper than attributes may. */
const BOUNDS: JsonBounds = { depth: 16, characters: 64 * 1024 };

type Checks = {
  readonly [N in keyof FlatTerms]: (value: NonNullable<FlatTerms[N]>, facts: InputFacts) => string | null;
};

const each =
  <Value>(check: (value: Value, facts: InputFacts) => string | null) =>
  (values: readonly Value[], facts: InputFacts): string | null => {
    if (values.length === 0) return "must have an item; leave it out for any";
    if (values.length > MOST_VALUES) return `must have at most ${MOST_VALUES} items`;
    for (const value of values) {
      const problem = check(value, facts);
      if (problem !== null) return problem;
    }
    return null;
  };

const codes = (kind: CodeKind) =>
  each((code: string) => (code.includes("|") ? codeProblem(kind, code) : "must be system|code"));

const named = (value: string | null, check: Check): string | null => (value === null ? null : check(value));

function recipientProblem(recipient: RecipientTerms, { snapshot }: InputFacts): string | null {
  const { clientId, group, identifier, organization, role, subject } = recipient;
  return (
    named(clientId, identifierProblem) ??
    named(group, identifierProblem) ??
    named(organization, identifierProblem) ??
    named(identifier, (text) => codeProblem("identifier", text)) ??
    named(subject?.id ?? null, identifierProblem) ??
    named(subject?.type ?? null, identifierProblem) ??
    named(role, (name) => roleProblem(snapshot, name))
  );
}

/** What must hold of each member beside what FHIR says of it. Most of it can be said in extensions of our own alone. */
const CHECKS: Checks = {
  recipients: (all, facts) =>
    all.length > MOST_RECIPIENTS ? `must have at most ${MOST_RECIPIENTS} items` : each(recipientProblem)(all, facts),
  scopes: each(scopeProblem),
  purposes: codes("purpose"),
  actions: codes("action"),
  validFrom: () => null,
  validUntil: () => null,
  resourceTypes: each((type, facts) => (isFhirType(type) ? null : resourceTypeProblem(type, facts))),
  categories: codes("other"),
  labels: codes("label"),
  codes: codes("other"),
  references: each(({ reference }, facts) => referenceProblem(reference, facts)),
  authors: each(referenceProblem),
  from: () => null,
  until: () => null,
  grantId: identifierProblem,
  answers: identifierProblem,
};

/** Where FHIR R4 says it; null: in an extension. */
const ELEMENT: { readonly [N in keyof FlatTerms]: string | null } = {
  recipients: "actor",
  scopes: null,
  purposes: "purpose",
  actions: "action",
  validFrom: "period",
  validUntil: "period",
  resourceTypes: "class",
  categories: null,
  labels: "securityLabel",
  codes: "code",
  references: "data",
  authors: null,
  from: "dataPeriod",
  until: "dataPeriod",
  grantId: null,
  answers: null,
};

function checkProvision(
  read: Reader,
  { answers, data, effect: _, grantId, ...terms }: ConsentException & Pick<ConsentTerms, "answers">,
  of: [path: string, InputFacts],
) {
  const [path, facts] = of;
  const flat: FlatTerms = {
    recipients: terms.recipients,
    scopes: terms.scopes,
    purposes: terms.purposes,
    actions: terms.actions,
    validFrom: terms.validFrom,
    validUntil: terms.validUntil,
    ...data,
    grantId: grantId ?? null,
    answers: answers ?? null,
  };
  for (const name of Object.keys(CHECKS) as (keyof FlatTerms)[]) {
    const value = flat[name];
    const check = CHECKS[name] as (value: unknown, facts: InputFacts) => string | null;
    const problem = value === null ? null : check(value, facts);
    const element = ELEMENT[name];
    if (problem !== null)
      read.problem(`${path}.${element ?? "modifierExtension"}`, element === null ? `${name}: ${problem}` : problem);
  }
}

/** Where a provision and its exceptions name actors: the names of one actor, in the one form, each with its FHIR path. */
function* actorsOf(provision: unknown, path: string): Generator<readonly (readonly [name: string, path: string])[]> {
  if (!isObject(provision)) return;
  for (const [i, actor] of (Array.isArray(provision.actor) ? provision.actor : []).entries()) {
    const { identifier, reference } = (actor?.reference ?? {}) as { readonly [name: string]: unknown };
    const { system, value } = (identifier ?? {}) as { readonly [name: string]: unknown };
    const at = `${path}.actor[${i}].reference`;
    yield [
      ...(typeof reference === "string" ? [[reference, `${at}.reference`] as const] : []),
      ...(identifier === undefined ? [] : [[canonicalCode(`${system}|${value}`), `${at}.identifier`] as const]),
    ];
  }
  for (const [i, inner] of (Array.isArray(provision.provision) ? provision.provision : []).entries())
    yield* actorsOf(inner, `${path}.provision[${i}]`);
}

/** The names of those who are refused, and nobody here, each with what to do: a Device is a client of the policy. */
function nobodyHere(terms: ConsentTerms, links: readonly RecipientLink[], { clients }: Snapshot) {
  const problems = new Map([...unlinkedNames(links)].map((name) => [name, unlinkedProblem(name)]));
  for (const { clientId } of refusedRecipients(terms))
    if (clientId !== null && !clients.has(clientId))
      problems.set(
        `Device/${clientId}`,
        `there is no client ${clientId} in the policy, so the refusal would meet nobody: name one, or say untilLinked: ALL, by which it counts once there is one`,
      );
  return problems;
}

/** What is wrong with refusals of names that are nobody's: all of them, each where it stands. Of an actor's names one will do. */
function* unmetProblems(
  resource: unknown,
  unmet: ReadonlyMap<string, string>,
): Generator<readonly [path: string, message: string]> {
  if (unmet.size === 0 || !isObject(resource)) return;
  const found = new Set<string>();
  for (const names of actorsOf(resource.provision, "Consent.provision")) {
    for (const [name] of names) found.add(name);
    if (names.every(([name]) => unmet.has(name))) for (const [name, path] of names) yield [path, unmet.get(name) ?? ""];
  }
  // What our own extension says has no actor.
  for (const [name, message] of unmet) if (!found.has(name)) yield ["Consent.provision.modifierExtension", message];
}

/** What the resource says; null, with the problems, where it can't be kept. */
function readResource(
  read: Reader,
  { includeNarrower, replacesAll, resource }: RecordFhirConsentInput,
): FhirConsentReading | null {
  if (!read.expect("resource", jsonObjectProblem(resource, BOUNDS))) return null;
  try {
    return readFhirConsent(resource, {
      includeNarrower: includeNarrower ?? false,
      replacesAll: replacesAll ?? false,
    });
  } catch (error) {
    if (!(error instanceof ScopewardenError)) throw error;
    read.problems.push(...error.problems);
    return null;
  }
}

/**
 * What a Consent of FHIR R4 is to say here. What it says stands as it was said: a period that is over, and a date to come, are
 * recorded too, but for one that is said in the future. @throws ScopewardenError BAD_USER_INPUT with every problem, each with its FHIR path
 */
export function readFhirInput(input: RecordFhirConsentInput, facts: InputFacts): ReadFhirInput {
  const { reason } = input;
  const read = new Reader();
  read.expect("reason", reasonProblem(reason));
  const reading = readResource(read, input);
  if (reading === null) throw badInput(read.problems);
  const { id, madeAt, said, step, terms } = reading;
  if (id !== null) read.expect("Consent.id", identifierProblem(id));
  const tooMany = scopesProblem([terms, ...terms.exceptions]);
  if (tooMany !== null)
    throw badInput([{ path: "Consent.provision.modifierExtension", message: `scopes: ${tooMany}` }]);
  checkProvision(read, terms, ["Consent.provision", facts]);
  const inner = "Consent.provision.provision";
  if (terms.exceptions.length > MOST_EXCEPTIONS) read.problem(inner, `must have at most ${MOST_EXCEPTIONS} items`);
  else for (const [i, each] of terms.exceptions.entries()) checkProvision(read, each, [`${inner}[${i}]`, facts]);
  // A day without a zone has begun somewhere before it has here.
  if (said !== null && said[0] > facts.now + FIRST_ZONE_MS)
    read.problem("Consent.dateTime", "must not be in the future");
  const all = linksOf(terms, facts.directory);
  if (input.untilLinked !== "ALL")
    for (const problem of unmetProblems(input.resource, nobodyHere(terms, all, facts.snapshot)))
      read.problem(...problem);
  read.check();
  const reference = id === null ? null : `Consent/${id}`;
  // Where an actor's other name is linked the refusal meets somebody, and counts for nobody else.
  const links = input.untilLinked === "ALL" ? all : all.filter(({ subjects }) => subjects.length > 0);
  const linked = links.length === 0 ? null : { links };
  const source = { kind: "FHIR", reference } as const;
  const at = madeAt === null ? null : Math.min(madeAt, facts.now);
  return { content: { ...terms, ...linked, id, madeAt: at, step, source, reason }, saidUntil: said?.[1] ?? null };
}
