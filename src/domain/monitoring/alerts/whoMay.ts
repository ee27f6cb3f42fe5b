import { samePerson } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { Alert } from "./alert.ts";
import type { AlertStore } from "./store.ts";

const forbidden = (message: string): ScopewardenError => new ScopewardenError("FORBIDDEN", message);

/**
 * Nobody judges an alert that is about them: for whom clients acted in any of its decisions, its clients, and the patient of an alert
 * about one, by whatever key.
 * @throws ScopewardenError FORBIDDEN
 */
export async function requireSomebodyElse(
  caller: Identity,
  { entity, id }: Alert,
  store: Pick<AlertStore, "partiesOf">,
): Promise<void> {
  if (caller.subject === null)
    throw forbidden(
      "An alert is judged by somebody whom it is not about: that needs a key or token that says whose it is.",
    );
  const parties = await store.partiesOf(id, caller.subject.id);
  const isParty = parties.some((party) => samePerson(caller, { subject: { ...party, issuer: null } }));
  if (isParty || (entity.kind === "PATIENT" && entity.id === caller.subject.id))
    throw forbidden(
      "An alert is judged by somebody whom it is not about; another key of the same person is the same person.",
    );
}
