import { isProgram } from "../../callers/samePerson.ts";
import type { DecideFacts } from "../../decisions/facts.ts";
import { type HeldRoles, rolesIn } from "../../decisions/holds/roles.ts";
import { entityOf } from "../../directory/directory.ts";
import { after } from "../../kernel/after.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { textProblem } from "../../kernel/text.ts";
import type { Turns } from "../../kernel/turns.ts";
import type { Rule } from "../../policy/types.ts";
import type { AllowedAccess } from "../access/accessDifference.ts";
import { Answers } from "../search/answers.ts";
import { Askers, readsSubject } from "../search/askers.ts";
import { knownSubjects, knownSubjectTypes } from "../search/candidates.ts";
import { walk } from "../search/walk.ts";
import { isRefused } from "./refused.ts";
import { type RowFilter, type RowQuestion, rowQuestions } from "./rowQuestions.ts";
import type { PatientAccess } from "./rows.ts";

/** What somebody may reach by the rules for one role. */
interface ReachByRole {
  /** Null: the rules for every role. */
  readonly role: string | null;
  /** ALLOW: a request would be allowed that says no more than a row; CONDITIONAL: one that says more could be. */
  readonly access: AllowedAccess;
}

/** Somebody who may reach a patient's data. */
export interface PersonWhoReaches {
  readonly subjectId: string;
  readonly subjectType: string;
  /** As the directory has it. */
  readonly subjectName: string | null;
  readonly by: readonly [ReachByRole, ...ReachByRole[]];
}

/** After whom a page goes on. */
export interface PersonPlace {
  readonly type: string;
  readonly id: string;
}

export interface PeoplePage {
  readonly people: readonly PersonWhoReaches[];
  /** Null: nobody is left. */
  readonly next: PersonPlace | null;
}

/** Work of one page, in the units of `Turns`: some two seconds, as each page is an act on record. */
const WORK_PER_PAGE = 400_000;
/** Questions that are answered without a break. */
const AT_ONCE = 16;
/** To look at one who holds none of the roles. */
const NOBODY = 1;

interface Deps {
  readonly facts: DecideFacts;
  readonly isPast: boolean;
  readonly breathe: Breathe;
  readonly turns: Turns;
}

/** A question of the rows, and how it is answered to one after the other. */
interface Asked {
  readonly question: RowQuestion;
  readonly askers: Askers;
  readonly answers: Answers;
}

/** The questions by the role that the rows are about; null: rules for every role. */
function askedByRole(facts: DecideFacts, questions: readonly RowQuestion[]): ReadonlyMap<string | null, Asked[]> {
  const byRole = new Map<string | null, Asked[]>();
  for (const question of questions) {
    const { open, request, role } = question;
    const askers = new Askers(facts, request);
    const counts = (rule: { readonly role: string }): boolean => rule.role === (role ?? "*");
    const asked = { question, askers, answers: new Answers(askers, { counts, open }) };
    byRole.set(role, [...(byRole.get(role) ?? []), asked]);
  }
  return byRole;
}

/** Whether a condition may see a member; one that looks members up by a name that it makes may see all. */
const sees = ({ when }: Rule, member: string): boolean =>
  when?.includes(member) === true || when?.includes("[") === true;

/** Looks at one person after the other. */
class Looking {
  readonly #facts: DecideFacts;
  readonly #breathe: Breathe;
  readonly #byRole: ReadonlyMap<string | null, Asked[]>;
  #asked = 0;
  #spent = 0;

  constructor({ breathe, facts }: Pick<Deps, "breathe" | "facts">, questions: readonly RowQuestion[]) {
    this.#facts = facts;
    this.#breathe = breathe;
    this.#byRole = askedByRole(facts, questions);
  }

  /** Since the last time, in the units of `Turns`. */
  work(): number {
    const spent = this.#spent;
    this.#spent = 0;
    return spent;
  }

  async look({ id, type }: PersonPlace): Promise<PersonWhoReaches | null> {
    const subject = { id, type, organization: null, roles: null, attributes: null };
    const places = new Map<string | null, HeldRoles>();
    const heldIn = (organization: string | null): HeldRoles => {
      const held = places.get(organization) ?? rolesIn(this.#facts, { clientId: "-", subject }, organization);
      places.set(organization, held);
      return held;
    };
    const by: ReachByRole[] = [];
    for (const [role, all] of this.#byRole) {
      const asked = all.filter(
        ({ question: { request } }) => role === null || heldIn(request.resource.organization).has(role),
      );
      const access =
        asked.length === 0 ? null : await this.#accessOf(this.#possible(asked, { id, type }), { id, type });
      if (access !== null) by.push({ role, access });
    }
    const [first, ...others] = by;
    if (first === undefined) return null;
    const name = this.#facts.directory && entityOf(this.#facts.directory, type, id)?.properties?.name;
    const subjectName = typeof name === "string" && textProblem(name, 256) === null ? name : null;
    return { subjectId: id, subjectType: type, subjectName, by: [first, ...others] };
  }

  /** Without the questions whose rules, which see who asks, are not for this one: of a patient's own role all holders but one go here. */
  #possible(asked: readonly Asked[], person: PersonPlace): readonly Asked[] {
    const known = new Map<string, boolean>();
    const couldBy = (rule: Rule, { answers, askers, question: { request } }: Asked): boolean => {
      if (!readsSubject(rule)) return true;
      const { action, clientId, context, purposeOfUse, scopes } = request;
      const asker = askers.asker(clientId, person);
      // As the client itself: it says nothing of how this one acts by way of others.
      if (asker.subject === null) return false;
      // What a condition does not see makes no difference to it.
      const seen = (member: string, value: unknown) => (sees(rule, member) ? value : null);
      const where = [seen("action", action), seen("client", clientId), seen("scope", scopes)];
      const key = JSON.stringify([rule.id, context?.patient, purposeOfUse, ...where]);
      let is = known.get(key);
      if (is === undefined) {
        is = answers.couldBy(rule, asker);
        this.#spent += answers.workBeyond();
        known.set(key, is);
      }
      return is;
    };
    return asked.filter((each) => each.question.rules.some((rule) => couldBy(rule, each)));
  }

  async #accessOf(asked: readonly Asked[], person: PersonPlace): Promise<AllowedAccess | null> {
    const ask = async (access: AllowedAccess) => {
      for (const { answers, askers, question } of asked) {
        if (++this.#asked % AT_ONCE === 0) await this.#breathe();
        const asker = askers.asker(question.request.clientId, person);
        // Who is the client itself is no person who acts by way of it.
        if (asker.subject === null) continue;
        if (access === "ALLOW") this.#spent += answers.workOf(asker);
        const found = access === "ALLOW" ? answers.allowedTo(asker) : answers.possibleFor(asker);
        this.#spent += answers.workBeyond();
        if (found === null) continue;
        const { open } = question;
        if (access === "ALLOW" || !isRefused(this.#facts, askers.requestOf(asker), "type" in open)) return access;
      }
      return null;
    };
    return (await ask("ALLOW")) ?? (await ask("CONDITIONAL"));
  }
}

/**
 * One page of the people who may reach a patient's data by some rows of `patientAccess`, each once, with the roles by whose rules. Somebody
 * is listed with a role exactly where `decide` allows them something of a row of it, by a rule for it: as the row stands, or if more were said.
 */
export async function patientPeople(
  deps: Deps,
  asked: { readonly patient: string; readonly rows: readonly PatientAccess[]; readonly filter: RowFilter },
  {
    first,
    place,
    work = WORK_PER_PAGE,
  }: { readonly first: number; readonly place: PersonPlace | null; readonly work?: number },
): Promise<PeoplePage> {
  const { breathe, facts, turns } = deps;
  const looking = new Looking(deps, rowQuestions(asked.patient, asked.rows, { ...asked, facts }));
  async function* candidates() {
    for (const type of await knownSubjectTypes({ ...facts, isPast: deps.isPast }, breathe)) {
      if (isProgram(type) || (place !== null && type < place.type)) continue;
      const ids = await knownSubjects({ ...facts, isPast: deps.isPast }, type, breathe);
      for (const id of after(ids, type === place?.type ? place.id : null))
        yield { at: { type, id }, person: await looking.look({ type, id }) };
    }
  }
  const walked = {
    candidates: candidates(),
    look: ({ person }: { readonly person: PersonWhoReaches | null }) => person,
    workOf: () => NOBODY,
    workBeyond: () => looking.work(),
  };
  const { isLast, last, results } = await walk(walked, { limit: first, work }, turns);
  return { people: results, next: isLast || last === null ? null : last.at };
}
