import { setImmediate as nextTurn } from "node:timers/promises";
import type { Consent } from "../../domain/consent/types.ts";
import { badInput } from "../../domain/kernel/errors.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import { byBytes } from "../database/text.ts";

/** Patients of one statement: each may have so many consents that more would hold up others. */
const PATIENTS = 250;

type ByPatient = ReadonlyMap<string, readonly Consent[]>;

interface Question {
  readonly patients: readonly string[];
  /** Whether they may be read in more than one statement. */
  readonly inParts: boolean;
  readonly resolve: (found: ByPatient) => void;
  readonly reject: (error: unknown) => void;
}

/** Mostly they are: so they are remembered. */
const isById = (consents: readonly Consent[]): boolean =>
  consents.every(({ id }, i) => i === 0 || byBytes((consents[i - 1] as Consent).id, id) < 0);

/** Of each patient by id. */
function byPatient(consents: readonly Consent[]): ByPatient {
  const found = new Map<string, Consent[]>();
  for (const consent of consents) {
    const others = found.get(consent.patient);
    if (others === undefined) found.set(consent.patient, [consent]);
    else others.push(consent);
  }
  for (const theirs of found.values()) if (!isById(theirs)) theirs.sort((a, b) => byBytes(a.id, b.id));
  return found;
}

/**
 * Answers who asks for the newest consents of patients. Those who ask while statements are under way share the next one,
 * so that many requests cost few statements; none is answered by one that began before it asked, as what was recorded
 * meanwhile would be missing. `most`: who asks is refused where the patients have more, before they are read.
 */
export function createNewestOfPatients(deps: {
  /** The consents of these patients, of one moment; null: they are more than `rows`. */
  readonly read: (patients: readonly string[]) => Promise<readonly Consent[] | null>;
  /** Consents that one statement reads, at most. */
  readonly rows: number;
  /** Statements that are under way at once, at most. */
  readonly atOnce: number;
}): (patients: readonly string[], most?: number) => Promise<readonly Consent[]> {
  const { read, rows, atOnce } = deps;
  const waiting: Question[] = [];
  let underWay = 0;
  let isStarting = false;

  function taken(): readonly Question[] {
    const questions: Question[] = [];
    let patients = 0;
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      patients += next.patients.length;
      if (questions.length > 0 && patients > PATIENTS) break;
      questions.push(next);
      waiting.shift();
    }
    return questions;
  }

  /** In as many statements as it takes. */
  async function inParts(patients: readonly string[]): Promise<readonly Consent[]> {
    const found = await read(patients);
    if (found !== null) return found;
    const half = patients.length >> 1;
    if (half === 0) throw new Error(`a patient has more than ${rows} consents`);
    return [...(await inParts(patients.slice(0, half))), ...(await inParts(patients.slice(half)))];
  }

  async function answerAlone(question: Question): Promise<void> {
    const found = question.inParts ? await inParts(question.patients) : await read(question.patients);
    if (found === null) throw tooMany(rows);
    question.resolve(byPatient(found));
  }

  async function answer(questions: readonly Question[]): Promise<void> {
    const patients = [...new Set(questions.flatMap((question) => question.patients))];
    try {
      await answerWithin(LOOKUP_MS, async () => {
        const consents = await read(patients);
        if (consents !== null) {
          const found = byPatient(consents);
          for (const { resolve } of questions) resolve(found);
          return;
        }
        // Who asks for little does not go without because others ask for much.
        for (const question of questions) await answerAlone(question).catch(question.reject);
      });
    } catch (error) {
      for (const { reject } of questions) reject(error);
    }
  }

  async function start(): Promise<void> {
    // Those who come in the same turn of the event loop share it: what they write then is one commit.
    await nextTurn();
    isStarting = false;
    const questions = taken();
    goOn();
    await answer(questions);
    underWay--;
    goOn();
  }
  function goOn(): void {
    if (isStarting || underWay === atOnce || waiting.length === 0) return;
    isStarting = true;
    underWay++;
    void start();
  }

  const ask = (patients: readonly string[], isBounded: boolean): Promise<ByPatient> =>
    new Promise((resolve, reject) => {
      waiting.push({ patients, inParts: !isBounded, resolve, reject });
      goOn();
    });

  return async (patients, most = Number.POSITIVE_INFINITY) => {
    const parts: Promise<ByPatient>[] = [];
    const isBounded = most <= rows;
    for (let at = 0; at < patients.length; at += PATIENTS)
      parts.push(ask(patients.slice(at, at + PATIENTS), isBounded));
    // Also the time in which it waits for its turn.
    const found = await answerWithin(LOOKUP_MS, () => Promise.all(parts));
    const own = patients.flatMap((patient, i) => found[Math.floor(i / PATIENTS)]?.get(patient) ?? []);
    if (own.length > most) throw tooMany(most);
    return own;
  };
}

const tooMany = (most: number) =>
  badInput([{ path: "patients", message: `have more than ${most} consents, the most that are read at once` }]);
