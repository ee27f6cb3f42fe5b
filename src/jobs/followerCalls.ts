import type { DetectorCode } from "../domain/monitoring/detectors/detector.ts";
import type { StorageLog } from "../storage/database/connection.ts";
import type { FollowerStatus } from "../storage/journal/followers.ts";
import type { StepTaker } from "../storage/journal/stepTaker.ts";

/** What the process that follows the journal begins with. */
export interface FollowerWork {
  readonly url: string;
  /** Files of places. */
  readonly placeData: readonly string[];
  /** Names the service in what receivers of webhooks are told; null: nobody is told. */
  readonly source: string | null;
  /** By which other instances know this one: its successor goes on with the leases of the one that had to go. */
  readonly instance: string;
}

/** What the service asks of that process. */
export interface FollowerCalls {
  /** First of all, and once. A message, as a command line and an environment can be read by others. */
  follow(work: FollowerWork): void;
  appended(position: number): void;
  capacity(): Promise<void>;
  caughtUp(name: string): Promise<void>;
  /** Leaves the cores to whoever else wants them, for good. False: the system has no such thing. */
  yieldCores(): Promise<boolean>;
  /** Has it end, in its own time. */
  close(): void;
}

/** What that process asks of the service, which writes for it. */
export interface ServiceCalls {
  /** As of a `StepTaker`. An error keeps its text alone. */
  take: StepTaker["take"];
  want: StepTaker["want"];
  release: StepTaker["release"];
  /** Says that it lives: the first thing that it says, and every second. */
  beat(): void;
  /** How its followers are, and how far the journal goes as it was told; null: it was not told yet. */
  status(followers: readonly FollowerStatus[], end: number | null): void;
  log(entry: Parameters<StorageLog>[0]): void;
  /** An error's name is all that is told of it. */
  failed(detector: DetectorCode, errorName: string): void;
}

/** What is not answered. */
export const SERVICE_EVENTS = ["beat", "status", "log", "failed"] satisfies (keyof ServiceCalls)[];
export const FOLLOWER_EVENTS = ["follow", "appended", "close"] satisfies (keyof FollowerCalls)[];
