import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Identity } from "../domain/callers/types.ts";
import type { BreakGlassInput } from "../domain/consent/breakGlass/breakGlassInput.ts";
import type { DetectorCode } from "../domain/monitoring/detectors/detector.ts";
import type { DetectorAdmin } from "../domain/monitoring/detectors/detectorAdmin.ts";
import { parseOwn } from "../yaml/yaml.ts";
import { type Ask, DAY_MS, inputOf, type Situation, workdayUntil } from "./demoMonth.ts";
import type { Occasion, PersonsChange } from "./demoRecord.ts";

const DEMO_INCIDENTS = fileURLToPath(new URL("../../seeds/incidents.yaml", import.meta.url));
const MINUTE_MS = 60_000;

interface Step extends Situation {
  readonly daysAgo: number;
  /** Hours and minutes in UTC. */
  readonly at: string;
  readonly patient?: string | null;
  readonly emergency?: Pick<BreakGlassInput, "reason" | "minutes">;
  readonly asks?: readonly Ask[];
  readonly tokens?: readonly string[];
  readonly policy?: PersonsChange;
}
/** Something that happens once; seeds/incidents.yaml says what its members mean. */
interface Incident {
  readonly name: string;
  /** The one that tells it. */
  readonly detector: DetectorCode;
  readonly steps: readonly Step[];
}
interface Setting {
  readonly detector: DetectorCode;
  readonly reason: string;
  /** Parameters. */
  readonly alertAt?: number;
  readonly days?: number;
}
/** What happens beside the routines, and how watching was set before. */
export interface WatchedMonth {
  readonly detectors: readonly Setting[];
  readonly incidents: readonly Incident[];
  /** What only looks like an incident. */
  readonly harmless: readonly Incident[];
}

export const readIncidents = async (): Promise<WatchedMonth> =>
  parseOwn(await readFile(DEMO_INCIDENTS, "utf8")) as WatchedMonth;

/** The time of a step; on a weekend it is the Friday before. */
function timeOf({ at, daysAgo }: Step, until: number): number {
  const [hours = 0, minutes = 0] = at.split(":").map(Number);
  const day = Math.floor(until / DAY_MS) * DAY_MS - daysAgo * DAY_MS;
  return workdayUntil(day) + (hours * 60 + minutes) * MINUTE_MS;
}

function occasionOf(step: Step, at: number): Occasion {
  const { asks = [], client, context = null, emergency, organization, patient = null, policy, subject, tokens } = step;
  const who = subject === undefined ? null : { id: subject };
  return {
    at,
    inputs: asks.map((ask, n) => inputOf(step, ask, { patient, id: `${ask.type.toLowerCase()}-${n + 1}` })),
    emergency:
      emergency === undefined || who === null || patient === null
        ? null
        : { ...emergency, subject: who, patient, organization },
    ...(tokens && {
      token: { clientId: client, subject: who, scopes: tokens, purposeOfUse: step.purposeOfUse ?? null, context },
    }),
    ...(policy && { policy }),
  };
}

/** What an incident comes to in the thirty days before a time. */
export const occasionsOfIncident = ({ steps }: Incident, until: number): readonly Occasion[] =>
  steps.map((step) => occasionOf(step, timeOf(step, until)));

/** What happens once in the thirty days before a time, with the routines of these days, in their order. */
export function withIncidents(
  routines: readonly Occasion[],
  { harmless, incidents }: Pick<WatchedMonth, "harmless" | "incidents">,
  until: number,
): readonly Occasion[] {
  const once = [...incidents, ...harmless].flatMap((each) => occasionsOfIncident(each, until));
  return [...routines, ...once].sort((a, b) => a.at - b.at);
}

/** Sets the detectors as the demo's admin did, each with its reason. */
export async function setDetectors(
  detectors: Pick<DetectorAdmin, "configure">,
  settings: readonly Setting[],
  admin: Identity,
): Promise<void> {
  for (const { detector, reason, ...parameters } of settings)
    await detectors.configure(admin, { detector, mode: "ON", parameters, reason });
}
