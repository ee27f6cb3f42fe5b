import { samePerson } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import { type Directory, entityOf } from "../../directory/directory.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { Alert } from "./alert.ts";
import type { AlertStore } from "./store.ts";

const forbidden = (message: string): ScopewardenError => new ScopewardenError("FORBIDDEN", message);

/**
 * Nobody judges an alert that is about them: for whom clients acted in any of its decisions, its clients, and the patient of an alert
 * about one, by the id or as the directory says, by whatever key.
 * @throws ScopewardenError FORBIDDEN
 */
export async function requireSomebodyElse(
  caller: Identity,
  { entity, id }: Alert,
  { directory, store }: { readonly store: Pick<AlertStore, "partiesOf">; readonly directory: Directory },
): Promise<void> {
  if (caller.subject === null)
    throw forbidden(
      "An alert is judged by somebody whom it is not about: that needs a key or token that says whose it is.",
    );
  const parties = await store.partiesOf(id, caller.subject.id);
  const isParty = parties.some((party) => samePerson(caller, { subject: { ...party, issuer: null } }));
  const { id: own, type } = caller.subject;
  const known = type === null ? undefined : entityOf(directory, type, own);
  const isPatient = entity.id === own || known?.properties?.patientRecord === entity.id;
  if (isParty || (entity.kind === "PATIENT" && isPatient))
    throw forbidden(
      "An alert is judged by somebody whom it is not about; another key of the same person is the same person.",
    );
}
