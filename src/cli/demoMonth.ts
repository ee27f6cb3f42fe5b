import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { BreakGlassInput } from "../domain/consent/breakGlass/breakGlassInput.ts";
import type { AuthorizeInput } from "../domain/decisions/accessInput.ts";
import { parseOwn } from "../yaml/yaml.ts";
import type { Occasion } from "./demoRecord.ts";

const DEMO_MONTH = fileURLToPath(new URL("../../seeds/month.yaml", import.meta.url));
const DAYS = 30;
const HOUR_MS = 60 * 60 * 1000;
export const DAY_MS = 24 * HOUR_MS;

export interface Ask {
  readonly scopes: readonly string[];
  readonly action: string;
  readonly type: string;
  readonly id?: string;
  readonly labels?: readonly string[];
  readonly attributes?: object;
}
/** Who asks, where and what for. */
export interface Situation {
  readonly client: string;
  readonly subject?: string;
  readonly organization: string;
  readonly purposeOfUse?: string;
  readonly context?: AuthorizeInput["context"];
}
/** Something that happens again and again; seeds/month.yaml says what its members mean. */
interface Routine extends Situation {
  readonly name: string;
  /** Opened each time before anything is asked, for one of the reasons. */
  readonly emergency?: { readonly reasons: readonly string[]; readonly minutes: number };
  readonly days?: readonly number[];
  readonly hours: readonly [from: number, to: number];
  readonly times: number;
  readonly patients: readonly (string | null)[];
  readonly asks: readonly Ask[];
}

/** Numbers from 0 to just below 1, the same ones from the same seed (mulberry32): a demo is no secret. */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Monday is 1, Sunday 7. */
const weekday = (at: number): number => new Date(at).getUTCDay() || 7;

/** What is asked for; `id`: of a resource that has none of its own. */
export function inputOf(
  situation: Situation,
  ask: Ask,
  about: { readonly patient: string | null; readonly id: string },
): AuthorizeInput {
  const { client, subject, organization, purposeOfUse = null, context = null } = situation;
  const { scopes, action, type, id, labels, attributes } = ask;
  const one = action !== "search" && action !== "create";
  return {
    clientId: client,
    subject: subject === undefined ? null : { id: subject },
    scopes,
    action,
    resource: {
      type,
      id: one ? (id?.replace("{patient}", about.patient ?? "") ?? about.id) : null,
      patient: about.patient,
      organization,
      labels: labels ?? null,
      attributes: attributes ?? null,
    },
    purposeOfUse,
    context,
  };
}

function emergencyOf(
  { emergency, organization, subject }: Routine,
  { patient, day }: { readonly patient: string | null; readonly day: number },
): BreakGlassInput | null {
  if (emergency === undefined || subject === undefined || patient === null) return null;
  const { minutes, reasons } = emergency;
  const reason = reasons[Math.floor(day / DAY_MS) % reasons.length] ?? "";
  return { reason, minutes, subject: { id: subject }, patient, organization };
}

function* ofDay(routine: Routine, day: number, random: () => number): Generator<Occasion> {
  const { asks, days, hours, patients, times } = routine;
  const happens = days === undefined || days.includes(weekday(day));
  // Drawn also where nothing happens: a routine that is changed does not change the days of another.
  const count = Math.floor(times + random());
  for (let i = 0; i < (happens ? count : 0); i++) {
    const at = day + Math.floor((hours[0] + random() * (hours[1] - hours[0])) * HOUR_MS);
    const patient = patients[Math.floor(random() * patients.length)] ?? null;
    const inputs = asks.map((ask, n) =>
      inputOf(routine, ask, { patient, id: `${ask.type.toLowerCase()}-${Math.floor(random() * 900) + 100 + n}` }),
    );
    yield { at, inputs, emergency: emergencyOf(routine, { patient, day }) };
  }
}

/** The occasions of the thirty days before a time, in their order: whoever makes them gets the same ones. */
export function occasionsOf(routines: readonly Routine[], until: number): readonly Occasion[] {
  const today = Math.floor(until / DAY_MS) * DAY_MS;
  const occasions = routines.flatMap((routine, n) => {
    const random = pseudoRandom(n + 1);
    return Array.from({ length: DAYS }, (_, i) => [...ofDay(routine, today - (DAYS - i) * DAY_MS, random)]).flat();
  });
  return occasions.sort((a, b) => a.at - b.at);
}

/** The routines of the demo hospital. */
export async function readMonth(): Promise<readonly Routine[]> {
  const { routines } = parseOwn(await readFile(DEMO_MONTH, "utf8")) as {
    readonly routines: readonly Routine[];
  };
  return routines;
}

/** When the month before a time began. */
export const monthBefore = (until: number): number => Math.floor(until / DAY_MS) * DAY_MS - DAYS * DAY_MS;

const FRIDAY = 5;
/** The same day, or the Friday before one of a weekend. */
export const workdayUntil = (day: number): number => day - Math.max(0, weekday(day) - FRIDAY) * DAY_MS;

/** When all was made ready for the month before a time: ten in the morning of the working day before. */
export const readyForMonth = (until: number): number => workdayUntil(monthBefore(until) - DAY_MS) + 10 * HOUR_MS;
