import type { DetectorCode } from "../domain/monitoring/detectors/detector.ts";
import type { StorageLog } from "../storage/database/connection.ts";
import type { FollowerStatus } from "../storage/journal/followers.ts";
import type { StepTaker } from "../storage/journal/stepTaker.ts";

/** What the thread that follows the journal is started with. */
export interface FollowerWork {
  readonly url: string;
  /** Files of places. */
  readonly placeData: readonly string[];
  /** Names the service in what receivers of webhooks are told; null: nobody is told. */
  readonly source: string | null;
}

/** What the service asks of that thread. */
export interface FollowerCalls {
  appended(position: number): void;
  capacity(): Promise<void>;
  caughtUp(name: string): Promise<void>;
  /** Has it end, in its own time. */
  close(): void;
}

/** What that thread asks of the service, which writes for it. */
export interface ServiceCalls {
  /** As of a `StepTaker`. An error keeps its text alone. */
  take: StepTaker["take"];
  want: StepTaker["want"];
  release: StepTaker["release"];
  /** How its followers are, and how far the journal goes as it was told; null: it was not told yet. */
  status(followers: readonly FollowerStatus[], end: number | null): void;
  log(entry: Parameters<StorageLog>[0]): void;
  /** An error's name is all that is told of it. */
  failed(detector: DetectorCode, errorName: string): void;
}

/** What is not answered. */
export const SERVICE_EVENTS = ["status", "log", "failed"] satisfies (keyof ServiceCalls)[];
export const FOLLOWER_EVENTS = ["appended", "close"] satisfies (keyof FollowerCalls)[];
