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

/**
 * Nobody does anything about an alert that is about them: for whom clients acted in any of its decisions, its clients, and the patient of an
 * alert about one, by the id or by what the directory has of that id under any type, by whatever key or token.
 * @throws ScopewardenError FORBIDDEN
 */
export async function requireSomebodyElse(
  caller: Identity,
  { entity, id }: Alert,
  { directory, store }: Known,
): Promise<void> {
  requireOtherThan(caller, (await store.partiesOf(id)).map(asNamed), RULE);
  if (entity.kind === "PATIENT") requireNotPatient(caller, [entity.id], { directory, rule: RULE });
}

/** Nor is one judged by a token without a person. @throws ScopewardenError FORBIDDEN */
export async function requireJudge(caller: Identity, alert: Alert, known: Known): Promise<void> {
  requirePerson(caller, RULE);
  await requireSomebodyElse(caller, alert, known);
}
