import { type AskedWindow, readCountedWindow } from "../../audit/countedWindow.ts";
import type { Breathe, Clock } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Detector } from "../detectors/detector.ts";
import type { BlindSpotStore } from "./store.ts";
import { withoutBaseline } from "./withoutBaseline.ts";

/** How many of some things watching sees nothing of. */
export interface BlindShare {
  readonly count: number;
  readonly of: number;
  /** From 0 to 1; null: of nothing. */
  readonly share: number | null;
}

/** What watching can't see, in a window and now. */
export interface BlindSpots {
  /** Whole days in UTC, and today until now; milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** Accesses whose request said no address. */
  readonly withoutAddress: BlindShare;
  /** Accesses to types that belong to patients whose request named none. */
  readonly withoutPatient: BlindShare;
  /** Accesses whose request said no purpose. */
  readonly withoutPurpose: BlindShare;
  /** Of accesses that nothing explained, by patient: those of whose person or patient the directory knows nothing now. */
  readonly unknownInDirectory: BlindShare;
  /** Active clients with no baseline of any detector. */
  readonly clientsWithoutBaseline: BlindShare;
  /** Their ids, a hundred at most. */
  readonly clientIds: readonly string[];
  /** People and programs that hold a role with no baseline of any detector. */
  readonly peopleWithoutBaseline: BlindShare;
}

const MAX_DAYS = 31;
const MOST_CLIENTS = 100;

const share = (count: number, of: number): BlindShare => ({ count, of, share: of === 0 ? null : count / of });

/** @throws ScopewardenError BAD_USER_INPUT */
function readWindow(asked: AskedWindow, now: number): { readonly from: number; readonly to: number } {
  const read = new Reader();
  const { from, to } = readCountedWindow(read, asked, { by: "day", now, maxDays: MAX_DAYS, path: "" });
  read.check();
  return { from, to };
}

/**
 * What watching can't see. No baseline is shown, of people only how many have none.
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
  asked: AskedWindow,
): Promise<BlindSpots> {
  const { clock, store } = deps;
  const window = readWindow(asked, clock());
  const counts = await store.counts(window);
  const unexplained = await store.unexplained(window);
  const { clients, people } = await withoutBaseline({ ...deps, snapshot: deps.snapshot() });
  return {
    ...window,
    withoutAddress: share(counts.withoutAddress, counts.accesses),
    withoutPatient: share(counts.withoutPatient, counts.ofPatients),
    withoutPurpose: share(counts.withoutPurpose, counts.accesses),
    unknownInDirectory: share(unexplained.unknown, unexplained.accesses),
    clientsWithoutBaseline: share(clients.ids.length, clients.of),
    clientIds: clients.ids.slice(0, MOST_CLIENTS),
    peopleWithoutBaseline: share(people.count, people.of),
  };
}
