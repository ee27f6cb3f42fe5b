import type { CaseReader } from "../../cases/caseDesk.ts";
import type { CasePage } from "../../cases/casePages.ts";
import type { Page, PageRequest } from "../../kernel/pages.ts";
import type { CarriedOut } from "../../policy/fourEyes.ts";
import type { Severity } from "../detectors/detector.ts";
import type { KeptFinding } from "../watch/keptFinding.ts";
import type { AlertLife, EarlierVerdict, GivenVerdict, Story } from "../watch/story.ts";
import type { Alert, AlertFilter, AlertPageRequest, AlertState, AlertSuppression, FindingFilter } from "./alert.ts";

/** How many alerts are not closed, by severity. */
export type OpenAlerts = { readonly [S in Severity]: number };

/**
 * Where alerts and what they rest on are kept. Each write is one transaction with its act on record. All reject with
 * POLICY_UNAVAILABLE when the store can't answer; writes also with UNAUTHENTICATED when the key of who takes the step is no longer
 * in force, and with CONFLICT where the step can't be taken any more.
 */
export interface AlertStore extends CaseReader<Alert, AlertState> {
  find(id: string): Promise<Alert | null>;
  /**
   * Open ones first, those of HIGH, then by rank, points and newness, then those that are part of another, and closed ones, the newest first; with all that was found in what was on record at `asOf`, in milliseconds since 1970. `ownToo` absent: a
   * subject finds none in which they are a patient. Rejects with JOURNAL_UNAVAILABLE when that can't be known.
   */
  page(query: {
    readonly filter: AlertFilter;
    readonly page: AlertPageRequest;
    readonly ownToo?: boolean;
  }): Promise<CasePage<Alert> & { readonly asOf: number }>;
  acknowledge(id: string, step: NonNullable<AlertLife["acknowledged"]>): Promise<void>;
  /** `quiet`: what begins with it; null: nothing. `earlier`: how many verdicts were taken back before. */
  close(
    id: string,
    step: GivenVerdict,
    about: { readonly quiet: AlertSuppression | null; readonly earlier: number },
  ): Promise<void>;
  /** Another verdict in the place of the last of `replaced`. `endsQuiet`: what is suppressed because of the alert ends with it. */
  correct(
    id: string,
    step: GivenVerdict,
    about: {
      readonly replaced: readonly EarlierVerdict[];
      readonly quiet: AlertSuppression | null;
      readonly endsQuiet: boolean;
    },
  ): Promise<void>;
  /**
   * Takes the standing verdict back, and ends what it suppressed.
   * @throws ScopewardenError CONFLICT where another alert about the same is open
   */
  reopen(
    id: string,
    step: { readonly at: number; readonly author: string },
    about: { readonly closed: GivenVerdict; readonly replaced: readonly EarlierVerdict[] },
  ): Promise<void>;
  /** Until when looks at its patient are suppressed because of it; null: they are not. */
  quietUntil(id: string, now: number): Promise<number | null>;
  /** Its findings with the most points. */
  findingsOf(id: string, first: number): Promise<readonly KeptFinding[]>;
  /** For whom clients acted in its decisions, its clients, and of an alert about a patient whoever saw that one in its time. */
  partiesOf(
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, readonly { readonly type: string; readonly id: string }[]>>;
  /** Who saw the patient of an alert about one in its time, at most `MOST_VIEWERS`: those whom less explains first; of another alert nobody. */
  viewersOf(id: string): Promise<readonly PatientViewer[]>;
  /** The decisions by which one of them did, newest first. */
  sightsOf(
    id: string,
    viewer: { readonly type: string; readonly id: string },
    first: number,
  ): Promise<readonly string[]>;
  /** The ids of its decisions, newest first, each once, by their positions. */
  decisionsOf(id: string, page: PageRequest<number>): Promise<Page<string, number>>;
  /** Which of these decisions it rests on. */
  decisionsAmong(id: string, decisionIds: readonly string[]): Promise<readonly string[]>;
  /** Of stories, alerts or not: the subjects of findings who are among the patients of one of them. */
  ownSubjects(
    storyIds: readonly string[],
  ): Promise<readonly { readonly storyId: string; readonly subjectId: string }[]>;
  /** Likewise of whatever stories rest on a decision. */
  ownOfDecision(decisionId: string): Promise<readonly string[]>;
  /** Newest first; likewise. `ownToo` absent: a subject finds none of a story in which they are a patient, or that are so themselves. */
  findings(query: {
    readonly filter: FindingFilter;
    readonly page: PageRequest<number>;
    readonly ownToo?: boolean;
  }): Promise<Page<KeptFinding, number> & { readonly asOf: number }>;
  /** Closed alerts that rest on these decisions, each once. */
  verdictsOn(decisionIds: readonly string[]): Promise<readonly KnownVerdict[]>;
  openAlerts(): Promise<OpenAlerts>;
  /** Whether one of severity HIGH that is not closed rests on what clients did for this subject. */
  isHighOpenOf(subject: { readonly type: string; readonly id: string }): Promise<boolean>;

  findSuppression(id: string): Promise<AlertSuppression | null>;
  /** Newest first. `now`: those that are in force then alone. */
  suppressions(query: {
    readonly inForceAt: number | null;
    readonly page: PageRequest<string>;
  }): Promise<Page<AlertSuppression, string>>;
  suppress(suppression: AlertSuppression, carriedOut?: CarriedOut): Promise<void>;
  endSuppression(
    id: string,
    step: { readonly at: number; readonly by: string; readonly reason: string },
  ): Promise<void>;
}

/** So many viewers of a patient are shown. */
export const MOST_VIEWERS = 200;

/** Somebody who saw the patient of an alert. */
export interface PatientViewer {
  readonly subject: { readonly type: string; readonly id: string };
  readonly accesses: number;
  /** Of which nothing explains so many. */
  readonly unexplained: number;
  readonly lastAt: number;
  /** Their own open alert about this patient; null: there is none. */
  readonly alertId: string | null;
}

/** What people said of an alert. */
export interface KnownVerdict {
  readonly alertId: string;
  readonly verdict: NonNullable<NonNullable<Story["alert"]>["closed"]>["verdict"];
}
