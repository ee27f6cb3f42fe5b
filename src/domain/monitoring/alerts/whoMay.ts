import type { RecordAudit } from "../../audit/recordReads.ts";
import { asNamed, isSurelySamePerson, requireOtherThan, requirePerson } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import type { CaseKind } from "../../cases/caseKind.ts";
import type { CaseSteps } from "../../cases/steps.ts";
import type { Directory } from "../../directory/directory.ts";
import { requireNotPatient } from "../../directory/ownRecords.ts";
import { conflict, ScopewardenError } from "../../kernel/errors.ts";
import { type Alert, type AlertState, stateOf } from "./alert.ts";
import { isPatientThere } from "./seen.ts";
import type { AlertStore } from "./store.ts";

const JUDGED_BY = "An alert is judged by somebody whom it is not about";

interface Known {
  readonly store: Pick<AlertStore, "ownSubjects" | "partiesOf">;
  readonly directory: Directory;
}

/** How that somebody tried to do something about an alert that is about them is put on record. */
export interface OnRecord {
  readonly recordAudit: RecordAudit;
  /** What they tried, by the mutation. */
  readonly field: string;
}

/** Whom an alert is about, as far as that says who may do something about it. */
export interface AboutAlert {
  readonly parties: readonly {
    readonly type: string;
    readonly id: string;
    /** Whether they have a pseudonym there, as a patient. */
    readonly isHidden: boolean;
  }[];
  readonly entity: Alert["entity"];
  readonly directory: Directory;
}

/** Whom these alerts are about, read at once. */
export async function aboutAlerts(
  alerts: readonly Pick<Alert, "entity" | "id">[],
  { directory, store }: Known,
): Promise<(alert: Pick<Alert, "entity" | "id">) => AboutAlert> {
  const ids = alerts.map(({ id }) => id);
  const [parties, own] = await Promise.all([store.partiesOf(ids), store.ownSubjects(ids)]);
  const hidden = new Set(own.map(({ storyId, subjectId }) => JSON.stringify([storyId, subjectId])));
  return ({ entity, id: of }) => ({
    ...{ directory, entity },
    parties: (parties.get(of) ?? []).map(({ id, type }) => ({
      ...{ id, type },
      isHidden: hidden.has(JSON.stringify([of, id])) || isPatientThere({ patients: [], subject: { id, type } }),
    })),
  });
}

/** The same by the ids of alerts; null: there is none of that id. */
export async function aboutAlertsById(
  ids: readonly string[],
  known: Known & { readonly store: Pick<AlertStore, "findAll" | "ownSubjects" | "partiesOf"> },
): Promise<(id: string | null) => AboutAlert | null> {
  const found = new Map((await known.store.findAll(ids)).map((alert) => [alert.id, alert]));
  const about = await aboutAlerts([...found.values()], known);
  return (id) => {
    const alert = id === null ? undefined : found.get(id);
    return alert === undefined ? null : about(alert);
  };
}

/** @throws ScopewardenError FORBIDDEN to whom an alert is about, as far as who sees pseudonyms sees them by name */
export function requireNotNamed(caller: Identity, { parties }: AboutAlert): void {
  requireOtherThan(caller, parties.filter(({ isHidden }) => !isHidden).map(asNamed), JUDGED_BY);
}

/** @throws ScopewardenError FORBIDDEN to the others whom it is about */
export function requireNotHidden(caller: Identity, { directory, entity, parties }: AboutAlert): void {
  requireOtherThan(caller, parties.filter(({ isHidden }) => isHidden).map(asNamed), JUDGED_BY);
  if (entity.kind === "PATIENT") requireNotPatient(caller, [entity.id], { directory, rule: JUDGED_BY });
}

/** @throws ScopewardenError FORBIDDEN to whom an alert is about */
export function requireNotAbout(caller: Identity, about: AboutAlert): void {
  requireNotNamed(caller, about);
  requireNotHidden(caller, about);
}

/** Puts on record that somebody tried to do something about an alert that is about them, which tells them so. */
export const refusalOf =
  (caller: Identity, alertId: string, recordAudit: RecordAudit) =>
  (field: string): Promise<void> =>
    recordAudit(caller, { field, filter: { alertId }, shown: 0 });

/**
 * Nobody does anything about an alert that is about them: for whom clients acted in any of its decisions, its clients, and the patient of an
 * alert about one, by the id or by what the directory has of that id under any type, by whatever key or token. That they tried is on record.
 * @throws ScopewardenError FORBIDDEN
 */
export async function requireSomebodyElse(
  caller: Identity,
  alert: Alert,
  { field, recordAudit, ...known }: Known & OnRecord,
): Promise<void> {
  try {
    requireNotAbout(caller, (await aboutAlerts([alert], known))(alert));
  } catch (error) {
    await refusalOf(caller, alert.id, recordAudit)(field);
    throw error;
  }
}

/** An alert as a case. What watching made of it is kept apart, with its findings, in the follower's own transactions. */
export const alertKind: Omit<CaseKind<Alert, AlertState>, "caseOf"> = {
  code: "ALERT",
  noun: "Alert",
  states: { OPEN: { kept: ["OPEN"] }, ACKNOWLEDGED: { kept: ["ACKNOWLEDGED"] }, CLOSED: { kept: ["CLOSED"] } },
  rowOf: (alert) => ({
    ...{ id: alert.id, state: stateOf(alert), slot: null, parent: null, clientId: alert.clientId },
    ...{ subject: alert.subject, patient: alert.patient, organization: null, openedAt: alert.alert.openedAt },
    openedBy: { callerId: "scopewarden:alerts", subject: null },
    decided: alert.alert.closed,
    ...{ dueAt: null, endsAt: null, isOver: alert.alert.closed !== null, body: null, life: null },
  }),
};

/** For so long whoever closed an alert may take the verdict back. */
const UNDO_MINUTES = 10;

/** With the time by which a step is judged. */
export interface AlertFacts extends AboutAlert {
  readonly now: number;
}

/** @throws ScopewardenError FORBIDDEN to anybody but who closed it, CONFLICT where it is too late or was corrected */
function requireUndoable(caller: Identity, { alert, id }: Alert, now: number): void {
  const { closed, replaced } = alert;
  if (closed === null) return;
  if (caller.id !== closed.by.callerId && !isSurelySamePerson(caller, closed.by))
    throw new ScopewardenError("FORBIDDEN", "A verdict is taken back by who gave it; somebody else corrects it.");
  const before = replaced.at(-1);
  if (before !== undefined && before.takenBackAt === undefined)
    throw conflict(`The verdict on alert ${id} corrects another one: it stays closed.`);
  if (now - closed.at > UNDO_MINUTES * 60_000)
    throw conflict(`Alert ${id} was closed more than ${UNDO_MINUTES} minutes ago. Somebody else can correct it.`);
}

const judges = (caller: Identity, _: Alert, about: AboutAlert): void => {
  requirePerson(caller, JUDGED_BY);
  requireNotNamed(caller, about);
};
const requireHidden = (caller: Identity, _: Alert, about: AlertFacts): void => requireNotHidden(caller, about);

/** Nobody judges an alert that is about them; a verdict is taken back by who gave it, soon, and corrected by somebody else. */
export const ALERT_STEPS: CaseSteps<"acknowledge" | "close" | "correct" | "reopen", Alert, AlertState, AlertFacts> = {
  acknowledge: { field: "acknowledgeAlert", from: ["OPEN"], require: judges, requireHidden },
  close: { field: "closeAlert", from: ["OPEN", "ACKNOWLEDGED"], isAwaited: true, require: judges, requireHidden },
  correct: {
    field: "correctVerdict",
    from: ["CLOSED"],
    requireHidden,
    require(caller, alert, about) {
      judges(caller, alert, about);
      const { closed } = alert.alert;
      if (closed !== null)
        requireOtherThan(caller, [closed.by], "A verdict is corrected by somebody else than who gave it");
    },
  },
  reopen: {
    field: "reopenAlert",
    from: ["CLOSED"],
    requireHidden,
    require(caller, alert, about) {
      judges(caller, alert, about);
      requireUndoable(caller, alert, about.now);
    },
  },
};
