import { asNamed, requireOtherThan } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import type { Directory } from "../../directory/directory.ts";
import { requireNotPatient } from "../../directory/ownRecords.ts";
import type { Alert } from "./alert.ts";
import type { AlertStore } from "./store.ts";

export const JUDGED_BY = "An alert is judged by somebody whom it is not about";

interface Known {
  readonly store: Pick<AlertStore, "partiesOf">;
  readonly directory: Directory;
}

/** Whom an alert is about, as far as that says who may do something about it. */
export interface AboutAlert {
  readonly parties: readonly { readonly type: string; readonly id: string }[];
  readonly entity: Alert["entity"];
  readonly directory: Directory;
}

/** Whom these alerts are about, read at once. */
export async function aboutAlerts(
  alerts: readonly Pick<Alert, "entity" | "id">[],
  { directory, store }: Known,
): Promise<(alert: Pick<Alert, "entity" | "id">) => AboutAlert> {
  const parties = await store.partiesOf(alerts.map(({ id }) => id));
  return ({ entity, id }) => ({ directory, entity, parties: parties.get(id) ?? [] });
}

/** The same by the ids of alerts; null: there is none of that id. */
export async function aboutAlertsById(
  ids: readonly string[],
  known: Known & { readonly store: Pick<AlertStore, "findAll" | "partiesOf"> },
): Promise<(id: string | null) => AboutAlert | null> {
  const found = new Map((await known.store.findAll(ids)).map((alert) => [alert.id, alert]));
  const about = await aboutAlerts([...found.values()], known);
  return (id) => {
    const alert = id === null ? undefined : found.get(id);
    return alert === undefined ? null : about(alert);
  };
}

/** @throws ScopewardenError FORBIDDEN to whom an alert is about */
export function requireNotAbout(caller: Identity, { directory, entity, parties }: AboutAlert): void {
  requireOtherThan(caller, parties.map(asNamed), JUDGED_BY);
  if (entity.kind === "PATIENT") requireNotPatient(caller, [entity.id], { directory, rule: JUDGED_BY });
}

/**
 * Nobody does anything about an alert that is about them: for whom clients acted in any of its decisions, its clients, and the patient of an
 * alert about one, by the id or by what the directory has of that id under any type, by whatever key or token.
 * @throws ScopewardenError FORBIDDEN
 */
export async function requireSomebodyElse(caller: Identity, alert: Alert, known: Known): Promise<void> {
  requireNotAbout(caller, (await aboutAlerts([alert], known))(alert));
}
