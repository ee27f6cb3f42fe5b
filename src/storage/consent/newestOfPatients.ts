import { setImmediate as nextTurn } from "node:timers/promises";
import type { Consent } from "../../domain/consent/types.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import type { RawRow } from "../database/connection.ts";
import { byBytes } from "../database/text.ts";
import { consentOf } from "./consentTables.ts";

/** Patients of one statement: each may have so many consents that more would hold up others. */
const PATIENTS = 250;
/** Rows that are read without a break, for the same reason. */
const ROWS = 250;

type ByPatient = ReadonlyMap<string, readonly Consent[]>;

interface Question {
  readonly patients: readonly string[];
  readonly resolve: (found: ByPatient) => void;
  readonly reject: (error: unknown) => void;
}

async function byPatient(rows: readonly RawRow[]): Promise<ByPatient> {
  const found = new Map<string, Consent[]>();
  for (const [i, row] of rows.entries()) {
    if (i > 0 && i % ROWS === 0) await nextTurn();
    const consent = consentOf(row);
    const others = found.get(consent.patient);
    if (others === undefined) found.set(consent.patient, [consent]);
    else others.push(consent);
  }
  return found;
}

/**
 * Answers who asks for the newest consents of patients. Those who ask while statements are under way share the next one,
 * so that many requests cost few statements; none is answered by one that began before it asked, as what was recorded
 * meanwhile would be missing.
 */
export function createNewestOfPatients(deps: {
  /** The rows of these patients, by id, in one statement. */
  readonly read: (patients: readonly string[]) => Promise<readonly RawRow[]>;
  /** Statements that are under way at once, at most. */
  readonly atOnce: number;
}): (patients: readonly string[]) => Promise<readonly Consent[]> {
  const { read, atOnce } = deps;
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

  async function answer(questions: readonly Question[]): Promise<void> {
    const patients = [...new Set(questions.flatMap((question) => question.patients))];
    try {
      const rows = await answerWithin(LOOKUP_MS, () => read(patients));
      const found = await byPatient(rows);
      for (const { resolve } of questions) resolve(found);
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

  const ask = (patients: readonly string[]): Promise<ByPatient> =>
    new Promise((resolve, reject) => {
      waiting.push({ patients, resolve, reject });
      goOn();
    });

  return async (patients) => {
    const parts: Promise<ByPatient>[] = [];
    for (let at = 0; at < patients.length; at += PATIENTS) parts.push(ask(patients.slice(at, at + PATIENTS)));
    // Also the time in which it waits for its turn.
    const found = await answerWithin(LOOKUP_MS, () => Promise.all(parts));
    const own = patients.flatMap((patient, i) => found[Math.floor(i / PATIENTS)]?.get(patient) ?? []);
    return patients.length === 1 ? own : own.sort((a, b) => byBytes(a.id, b.id));
  };
}
