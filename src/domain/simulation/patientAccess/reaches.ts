import type { DecideFacts } from "../../decisions/facts.ts";
import { cellNames } from "../../decisions/granting/cellNames.ts";
import { type Cell, cellsOf } from "../../decisions/granting/cells.ts";
import { mergeFacts } from "../../decisions/mergeFacts.ts";
import { PartlyKnown, UNKNOWN, Unknown } from "../../decisions/partial.ts";
import type { PartialFacts } from "../../decisions/ruleEngine.ts";
import { PATIENT_TYPE } from "../../kernel/patientId.ts";
import type { Breathe } from "../../kernel/ports.ts";
import type { Rule } from "../../policy/types.ts";
import { EXPORT } from "../../scopes/exports.ts";
import type { AccessCondition } from "../access/accessCell.ts";
import type { AllowedAccess } from "../access/accessDifference.ts";
import {
  grantQuestion,
  type KnownScope,
  needsPatient,
  type OpenAccess,
  possibilities,
} from "../possible/possibilities.ts";
import type { Evaluations } from "./evaluations.ts";
import type { AccessPlace, By } from "./places.ts";

/** What one rule lets somebody do with the patient's data, for one purpose, by one scope. */
export interface Reach {
  readonly purposeOfUse: string | null;
  readonly exceptPurposes: readonly string[];
  readonly rule: Rule;
  readonly scope: string;
  readonly access: AllowedAccess;
  readonly conditions: readonly AccessCondition[];
  readonly action: string;
  /** `*`: every type but those in `exceptTypes`. */
  readonly resourceType: string;
  readonly exceptTypes: readonly string[];
}

export interface PatientQuestion {
  readonly facts: DecideFacts;
  readonly patient: string;
  readonly evaluations: Evaluations;
  readonly breathe: Breathe;
  /** Counts work, in the units of `Turns`. */
  readonly count: (work: number) => void;
}

/** What it takes to look for the rules of one kind of request. */
const CELL = 8;

const ANYBODY = { id: UNKNOWN, type: UNKNOWN, organization: UNKNOWN, attributes: UNKNOWN };

/** What conditions can see of the patient's own resource: what the directory knows of it is known. */
function ownResource({ facts, patient }: PatientQuestion): Partial<PartialFacts["request"]["resource"]> {
  const nothing = { attributes: null, labels: null, organization: null, patients: null };
  const asked = { type: PATIENT_TYPE, id: patient, patient, ...nothing };
  const rest = { action: "read", context: null, purposeOfUse: null, requestId: null, scopes: null, subject: null };
  const { attributes, labels } = mergeFacts(facts.directory, { ...rest, clientId: "-", resource: asked }).request
    .resource;
  return {
    id: patient,
    attributes: attributes === null ? UNKNOWN : new PartlyKnown(attributes),
    labels: labels ?? UNKNOWN,
  };
}

function factsOf(
  question: PatientQuestion,
  asked: { readonly clientId: string; readonly by: By },
  cell: Cell,
): PartialFacts {
  const { facts, patient } = question;
  const { clientId, by } = asked;
  const { action, place, typeForConditions } = cell;
  const own = typeForConditions === PATIENT_TYPE && action !== EXPORT ? ownResource(question) : {};
  return {
    client: { id: clientId, name: facts.snapshot.clients.get(clientId)?.name ?? null },
    now: facts.now,
    request: {
      subject: by.kind === "CLIENT" ? null : ANYBODY,
      purposeOfUse: UNKNOWN,
      context: UNKNOWN,
      resource: {
        type: typeForConditions,
        id: UNKNOWN,
        // An export names nobody.
        patient: action === EXPORT ? null : patient,
        patients: null,
        organization: place.organization,
        labels: UNKNOWN,
        attributes: UNKNOWN,
        ...own,
      },
    },
  };
}

const countsFor = (by: By): ((rule: Rule) => boolean) => {
  if (by.kind === "CLIENT") return () => true;
  const role = by.kind === "ROLE" ? by.role : "*";
  return (rule) => rule.role === role;
};

/** A scope as it is presented: for `patient/` with the patient in context, and for all else without, as deny rules for it need one. */
function* presented(scopes: readonly KnownScope[], patient: string) {
  for (const known of scopes) {
    yield { known, contextPatient: null, patients: "OTHERS" } as const;
    if (needsPatient(known)) yield { known, contextPatient: patient, patients: "CONTEXT" } as const;
  }
}

/** All that is reached by way of a client in one place, scope by scope; with a break after each kind of request. */
export async function reachesIn(
  question: PatientQuestion,
  asked: { readonly clientId: string; readonly by: By; readonly scopes: readonly KnownScope[] },
  { forConditions, held }: AccessPlace,
): Promise<readonly Reach[]> {
  const { breathe, evaluations, facts, patient } = question;
  const { by, clientId, scopes } = asked;
  const counts = countsFor(by);
  const reaches: Reach[] = [];
  for (const { contextPatient, known, patients } of presented(scopes, patient)) {
    const client = { facts, clientId, hasSubject: by.kind !== "CLIENT", contextPatient };
    const place = { organization: forConditions, roles: held, patients };
    const names = cellNames(grantQuestion(client), known);
    for (const cell of cellsOf(facts.snapshot, known.meanings, [place], names)) {
      await breathe();
      question.count(CELL);
      const { action, typeForConditions } = cell;
      const open: OpenAccess = { ...client, cell, asked: action, query: null };
      for (const possibility of possibilities(open, [known])) {
        if (!possibility.rules.some((rule) => rule.effect === "ALLOW" && counts(rule))) continue;
        const conditionFacts = factsOf(question, asked, cell);
        for (const outcome of evaluations.outcomes({ possibility, action, facts: conditionFacts, counts })) {
          const { access, conditions, except, purposeOfUse, rule } = outcome;
          const isRest = typeForConditions instanceof Unknown;
          reaches.push({
            ...{ access, action, conditions, purposeOfUse, rule, scope: known.scope },
            exceptPurposes: except,
            resourceType: isRest ? "*" : typeForConditions,
            exceptTypes: isRest ? typeForConditions.not : [],
          });
        }
      }
    }
  }
  return reaches;
}
