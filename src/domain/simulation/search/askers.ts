import { isPatient } from "../../consent/isPatient.ts";
import { besideClient } from "../../decisions/accessInput.ts";
import { consentPatients } from "../../decisions/consentSource.ts";
import { decide } from "../../decisions/decide.ts";
import type { DecideFacts } from "../../decisions/facts.ts";
import { type HeldRoles, rolesIn } from "../../decisions/holds/roles.ts";
import { mergeFacts } from "../../decisions/mergeFacts.ts";
import type { RuleEngine } from "../../decisions/ruleEngine.ts";
import type { AccessRequest, Subject, Verdict } from "../../decisions/types.ts";
import { workOf } from "../../decisions/workOf.ts";
import { entityOf } from "../../directory/directory.ts";
import type { Rule } from "../../policy/types.ts";

/** One who may ask: a subject by way of a client, or, where there is none, the client itself; with the roles that count. */
export interface Asker {
  readonly clientId: string;
  readonly subject: Subject | null;
  readonly held: HeldRoles;
}

/** To look at one about whom it is known already what is answered. */
const REMEMBERED = 1;

/** Whether a condition may see who asks. CEL has no other way to name a variable than by its letters. */
export const readsSubject = ({ when }: Pick<Rule, "when">): boolean => when?.includes("subject") ?? false;

/** The engine, and what it was seen to be asked. */
function noted(engine: RuleEngine) {
  const seen = { wasAsked: false, readsSubject: false };
  const evaluate: RuleEngine["evaluate"] = (query) => {
    seen.wasAsked = true;
    seen.readsSubject ||= query.candidates.some(readsSubject);
    return engine.evaluate(query);
  };
  return { engine: { ...engine, evaluate }, seen };
}

/** What was answered to one subject, and to whom else it would be. */
interface Remembered {
  readonly verdict: Verdict;
  /** To every subject that holds the same roles. */
  readonly counts: boolean;
  /** To every subject: the rules, by which roles count, were not asked. */
  readonly isForAll: boolean;
}

/**
 * The same question, asked by one after the other. Where no condition sees who asks, whoever holds the same roles is
 * answered alike, and is decided once: a role that a hundred thousand hold costs little more than one that ten hold.
 */
export class Askers {
  readonly facts: DecideFacts;
  readonly #template: AccessRequest;
  /** Whose data is asked for: who is one of them is answered otherwise than others who hold the same roles. */
  readonly #patients: readonly string[];
  /** Where roles must be held. */
  readonly #organization: string | null;
  #client: string | null = null;
  #byRoles = new Map<HeldRoles, Remembered>();
  #forAll: Remembered | null = null;

  /** Client and subject of the template don't matter. */
  constructor(facts: DecideFacts, template: AccessRequest) {
    this.facts = facts;
    this.#template = { ...template, subject: null };
    const { request } = mergeFacts(facts.directory, this.#template);
    this.#organization = request.resource.organization;
    this.#patients = consentPatients(request);
  }

  asker(clientId: string, name: { readonly type: string; readonly id: string } | null): Asker {
    const named = name === null ? null : { ...name, organization: null, roles: null, attributes: null };
    const subject = besideClient(named, clientId);
    return { clientId, subject, held: rolesIn(this.facts, { clientId, subject }, this.#organization) };
  }

  requestOf({ clientId, subject }: Pick<Asker, "clientId" | "subject">): AccessRequest {
    return { ...this.#template, clientId, subject };
  }

  #isPatient({ id, type }: Subject): boolean {
    const record = this.facts.directory && entityOf(this.facts.directory, type, id)?.properties?.patientRecord;
    return this.#patients.some((patient) => isPatient({ id, type }, patient, record));
  }

  #known({ clientId, held, subject }: Asker): Remembered | null {
    if (subject === null || this.#client !== clientId || this.#isPatient(subject)) return null;
    return this.#forAll ?? this.#byRoles.get(held) ?? null;
  }

  /** What it takes to look at one, in the units of `Turns`. */
  workOf(asker: Asker): number {
    return this.#known(asker)?.counts ? REMEMBERED : workOf(this.facts.snapshot, this.requestOf(asker));
  }

  verdictOf(asker: Asker): Verdict {
    const known = this.#known(asker);
    if (known?.counts) return known.verdict;
    const request = this.requestOf(asker);
    if (asker.subject === null || known !== null || this.#isPatient(asker.subject)) return decide(this.facts, request);
    const { engine, seen } = noted(this.facts.engine);
    const verdict = decide({ ...this.facts, engine }, request);
    // Consents may name who asks, and emergencies and restrictions do.
    const { breakGlasses = [], consents = [], restrictions = [] } = this.facts.gathered ?? {};
    const isNamed = consents.length + breakGlasses.length + restrictions.length > 0;
    this.#remember(asker, {
      verdict,
      counts: !isNamed && !seen.readsSubject,
      isForAll: !isNamed && !seen.wasAsked,
    });
    return verdict;
  }

  #remember({ clientId, held }: Asker, remembered: Remembered): void {
    if (this.#client !== clientId) {
      this.#client = clientId;
      this.#byRoles = new Map();
      this.#forAll = null;
    }
    if (remembered.isForAll) this.#forAll = remembered;
    else this.#byRoles.set(held, remembered);
  }

  /** Whether no subject can do it by way of this client, as far as was seen. */
  isClosed(clientId: string): boolean {
    return this.#client === clientId && this.#forAll !== null;
  }
}
