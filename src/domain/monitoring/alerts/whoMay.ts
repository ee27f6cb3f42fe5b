import { samePerson } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import type { Directory } from "../../directory/directory.ts";
import { ownRecords } from "../../directory/ownRecords.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { Alert } from "./alert.ts";
import type { AlertStore } from "./store.ts";

const forbidden = (message: string): ScopewardenError => new ScopewardenError("FORBIDDEN", message);

/**
 * Nobody judges an alert that is about them: for whom clients acted in any of its decisions, its clients, and the patient of an alert
 * about one, by the id or by what the directory has of that id under any type, by whatever key or token.
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
  const isPatient = entity.kind === "PATIENT" && ownRecords(directory, caller.subject.id).has(entity.id);
  if (isParty || isPatient)
    throw forbidden(
      "An alert is judged by somebody whom it is not about; another key of the same person is the same person.",
    );
}
