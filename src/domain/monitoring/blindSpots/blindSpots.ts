import { readCountedWindow } from "../../audit/countedWindow.ts";
import type { Breathe, Clock } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Detector } from "../detectors/detector.ts";
import { COUNTED_BY, NOT_TOLD, refuseFilter, type Stats, type StatsInput, type StatsRow } from "../stats/stats.ts";
import type { BlindSpotStore } from "./store.ts";
import { withoutBaseline } from "./withoutBaseline.ts";

const MAX_DAYS = 31;
const MOST_CLIENTS = 100;

const rowOf = (key: string, part: number, count: number, clientIds: readonly string[] = []): StatsRow => ({
  ...NOT_TOLD,
  key: [key],
  count,
  part,
  share: count === 0 ? null : part / count,
  clientIds,
});

const FEW = 10;
/**
 * As who is no auditor sees it: rounded down to ten, and null below ten, nobody too. Whoever changes the directory or the assignments chooses
 * who is counted, and would learn by two exact numbers what there is of that person.
 */
const openRow = (row: StatsRow): StatsRow => {
  const part = row.part === null || row.part < FEW ? null : row.part - (row.part % FEW);
  return { ...row, part, share: part === null ? null : part / row.count };
};

/** @throws ScopewardenError BAD_USER_INPUT */
function readInput(input: StatsInput, now: number) {
  const read = new Reader();
  if (input.by.length > 0) read.problem("by", "must be empty: BLIND_SPOTS has a row for each of them");
  refuseFilter(read, input);
  const window = readCountedWindow(read, input, { by: COUNTED_BY.BLIND_SPOTS, now, maxDays: MAX_DAYS });
  read.check();
  return window;
}

/**
 * What watching can't see, in a window and now: a row for each blind spot. No baseline is shown, of people only how many have none.
 * @throws ScopewardenError BAD_USER_INPUT, JOURNAL_UNAVAILABLE
 */
export async function blindSpots(
  deps: {
    readonly store: BlindSpotStore;
    readonly snapshot: () => Snapshot;
    readonly detectors: readonly Detector[];
    readonly clock: Clock;
    readonly breathe: Breathe;
  },
  input: StatsInput,
  mayIdentify: boolean,
): Promise<Stats> {
  const { clock, store } = deps;
  const { isWhole, ...window } = readInput(input, clock());
  const counts = await store.counts(window);
  const unexplained = await store.unexplained(window);
  const { clients, people } = await withoutBaseline({ ...deps, snapshot: deps.snapshot() });
  const ofPeople = (row: StatsRow): StatsRow => (mayIdentify ? row : openRow(row));
  const rows = [
    rowOf("WITHOUT_ADDRESS", counts.withoutAddress, counts.accesses),
    rowOf("WITHOUT_PATIENT", counts.withoutPatient, counts.ofPatients),
    rowOf("WITHOUT_PURPOSE", counts.withoutPurpose, counts.accesses),
    ofPeople(rowOf("UNKNOWN_IN_DIRECTORY", unexplained.unknown, unexplained.accesses)),
    rowOf("CLIENTS_WITHOUT_BASELINE", clients.ids.length, clients.of, clients.ids.slice(0, MOST_CLIENTS)),
    ofPeople(rowOf("PEOPLE_WITHOUT_BASELINE", people.count, people.of)),
  ];
  const asOf = Math.min(counts.asOf, unexplained.asOf);
  return { ...window, asOf, total: counts.accesses, complete: isWhole, rows };
}
