import type { RecordAudit } from "../../audit/recordReads.ts";
import type { Identity } from "../../callers/types.ts";
import type { Directory } from "../../directory/directory.ts";
import { type Problem, ScopewardenError } from "../../kernel/errors.ts";
import type { Clock, NewId } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { identifierProblem, reasonProblem } from "../../kernel/text.ts";
import { type CarriedOut, mayAlone, requireMayAlone } from "../../policy/fourEyes.ts";
import type { ProposedSuppressions, SuppressionChange } from "../../simulation/proposals/suppressionChange.ts";
import type { Detector, DetectorCode } from "../detectors/detector.ts";
import { patientOfMatter } from "../watch/matter.ts";
import { type GivenVerdict, MATTER_DAYS } from "../watch/story.ts";
import type { Alert, AlertSuppression } from "./alert.ts";
import type { AlertStore } from "./store.ts";
import { aboutAlertsById, requireNotAbout, requireSomebodyElse } from "./whoMay.ts";

/** What is to be suppressed, as it arrives. */
export interface SuppressAlertsInput {
  /** The alert that is about whom alerts are suppressed of. */
  readonly alertId: string;
  /** Null: whatever is found. */
  readonly detector: DetectorCode | null;
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly reason: string;
}

/** For so many days alerts are suppressed at most; then somebody looks again. */
const SUPPRESSED_DAYS = 90;
const DAY_MS = 86_400_000;
/** A verdict that explains looks of one person at one patient suppresses them for so many days: as long as they are one matter. */
const QUIET_DAYS = MATTER_DAYS;

/** Whether a verdict says that there was a reason, which the directory did not know. */
export const explains = ({ cause, verdict }: Pick<GivenVerdict, "cause" | "verdict">): boolean =>
  verdict === "EXPECTED" || (verdict === "FALSE_POSITIVE" && cause === "MISSING_RELATION");

/** How a suppression begins: at once, or, under four eyes, by a proposal. */
export interface Suppressing {
  /** @throws ScopewardenError as `Alerts.suppress` */
  begin(caller: Identity, input: SuppressAlertsInput): Promise<AlertSuppression>;
  /** What a verdict on an alert suppresses; null: nothing, as always where its giver may not hide anything alone. */
  byVerdict(caller: Identity, alert: Alert, verdict: GivenVerdict): AlertSuppression | null;
  /** For proposals, which somebody else approves. */
  readonly proposed: ProposedSuppressions;
}

export function createSuppressing(deps: {
  readonly store: Pick<AlertStore, "find" | "findAll" | "ownSubjects" | "partiesOf" | "suppress">;
  readonly detectors: readonly Detector[];
  readonly directory: () => Directory;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly fourEyes: boolean;
  readonly recordAudit: RecordAudit;
}): Suppressing {
  const { clock, detectors, newId, store } = deps;

  function read(change: SuppressionChange, reason: string, now: number): Reader {
    const { alertId, detector, until } = change;
    const reader = new Reader();
    reader.expect("input.alertId", identifierProblem(alertId));
    reader.expect("input.reason", reasonProblem(reason));
    if (detector !== null && !detectors.some(({ code }) => code === detector))
      reader.problem("input.detector", "must be one of those that `detectors` lists");
    if (!Number.isFinite(until) || until <= now || until > now + SUPPRESSED_DAYS * DAY_MS)
      reader.problem("input.until", `must be later than now, and within ${SUPPRESSED_DAYS} days`);
    return reader;
  }
  const none = (id: string): ScopewardenError => new ScopewardenError("NOT_FOUND", `There is no alert ${id}.`);
  async function known(id: string): Promise<Alert> {
    const found = await store.find(id);
    if (found === null) throw none(id);
    return found;
  }
  async function write(
    { entity, matter }: Alert,
    { alertId, detector, until }: SuppressionChange,
    by: { readonly author: string; readonly reason: string; readonly carriedOut?: CarriedOut },
  ): Promise<AlertSuppression> {
    const { author, carriedOut, reason } = by;
    const begun = {
      ...{ id: newId(), alertId, detector: detector as DetectorCode | null, reason, until, entity },
      patient: patientOfMatter(matter),
      ...{ from: clock(), by: author, ended: null },
    };
    await store.suppress(begun, carriedOut);
    return begun;
  }

  return {
    async begin(caller, input) {
      requireMayAlone(
        "what hides something (alerts that are suppressed, or another setting of a detector that may hide more)",
        deps.fourEyes,
        caller,
      );
      read(input, input.reason, clock()).check();
      const alert = await known(input.alertId);
      await requireSomebodyElse(caller, alert, {
        ...{ store, directory: deps.directory(), recordAudit: deps.recordAudit, field: "suppressAlerts" },
      });
      return write(alert, input, { author: caller.id, reason: input.reason });
    },
    byVerdict(caller, { entity, id: alertId, matter }, verdict) {
      const patient = patientOfMatter(matter);
      if (!mayAlone(deps.fourEyes, caller) || patient === null || !explains(verdict)) return null;
      const { at: from, by, text: reason } = verdict;
      return {
        ...{ id: newId(), alertId, detector: null, entity, patient, from, until: from + QUIET_DAYS * DAY_MS },
        ...{ by: by.callerId, reason, ended: null },
      };
    },
    proposed: {
      async problemsOf(change) {
        const inField = ({ message, path }: Problem) => ({ path: path.replace(/^input/, "suppressAlerts"), message });
        try {
          read(change, "proposed", clock()).check();
        } catch (error) {
          if (!(error instanceof ScopewardenError) || error.code !== "BAD_USER_INPUT") throw error;
          return error.problems.map(inField);
        }
        if ((await store.find(change.alertId)) !== null) return [];
        return [{ path: "suppressAlerts.alertId", message: "must be an alert that there is" }];
      },
      async requireSomebodyElse(changes) {
        const ids = changes.map(({ alertId }) => alertId);
        const about = await aboutAlertsById(ids, { store, directory: deps.directory() });
        return (caller, { alertId }) => {
          const alert = about(alertId);
          if (alert === null) throw none(alertId);
          requireNotAbout(caller, alert);
        };
      },
      async carryOut(change, by, { asApproved, carriedOut }) {
        read(change, by.reason, clock()).check();
        const alert = await known(change.alertId);
        await asApproved();
        await write(alert, change, { ...by, carriedOut });
      },
    },
  };
}
