import { asNamed, requireOtherThan, requirePerson } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import type { Directory } from "../../directory/directory.ts";
import { requireNotPatient } from "../../directory/ownRecords.ts";
import type { Alert } from "./alert.ts";
import type { AlertStore } from "./store.ts";

const RULE = "An alert is judged by somebody whom it is not about";

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

const aboutAlert = async ({ entity, id }: Alert, { directory, store }: Known): Promise<AboutAlert> => ({
  ...{ directory, entity },
  parties: await store.partiesOf(id),
});

/** Whom these alerts are about, each read once; of an alert that there is not, nobody. */
export async function aboutAlerts(
  ids: readonly string[],
  known: Known & { readonly store: Pick<AlertStore, "find" | "partiesOf"> },
): Promise<ReadonlyMap<string, AboutAlert>> {
  const found = await Promise.all([...new Set(ids)].map((id) => known.store.find(id)));
  const about = found.flatMap((alert) => (alert === null ? [] : [alert]));
  return new Map(await Promise.all(about.map(async (alert) => [alert.id, await aboutAlert(alert, known)] as const)));
}

/** @throws ScopewardenError FORBIDDEN to whom an alert is about */
export function requireNotAbout(caller: Identity, { directory, entity, parties }: AboutAlert): void {
  requireOtherThan(caller, parties.map(asNamed), RULE);
  if (entity.kind === "PATIENT") requireNotPatient(caller, [entity.id], { directory, rule: RULE });
}

/**
 * Nobody does anything about an alert that is about them: for whom clients acted in any of its decisions, its clients, and the patient of an
 * alert about one, by the id or by what the directory has of that id under any type, by whatever key or token.
 * @throws ScopewardenError FORBIDDEN
 */
export async function requireSomebodyElse(caller: Identity, alert: Alert, known: Known): Promise<void> {
  requireNotAbout(caller, await aboutAlert(alert, known));
}

/** Nor is one judged by a token without a person. @throws ScopewardenError FORBIDDEN */
export async function requireJudge(caller: Identity, alert: Alert, known: Known): Promise<void> {
  requirePerson(caller, RULE);
  await requireSomebodyElse(caller, alert, known);
}
