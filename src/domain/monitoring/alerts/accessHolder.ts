import type { Identity } from "../../callers/types.ts";
import type { Directory } from "../../directory/directory.ts";
import { badInput, ScopewardenError } from "../../kernel/errors.ts";
import { identifierProblem } from "../../kernel/text.ts";
import type { Alerts } from "./alerts.ts";
import type { AlertStore } from "./store.ts";
import { requireSomebodyElse } from "./whoMay.ts";

/** Whose access is reviewed because of an alert: a subject's or a client's. */
export type AccessHolder =
  | { readonly subjectId: string; readonly subjectType: string; readonly clientId: null }
  | { readonly subjectId: null; readonly subjectType: null; readonly clientId: string };

/**
 * Whom an alert is about, so that their access is reviewed: its subject, else its client.
 * @throws ScopewardenError BAD_USER_INPUT; NOT_FOUND; CONFLICT where its decisions have neither in common; FORBIDDEN to whom it is about, and
 * to whom the subject has a pseudonym, who would learn whose that is
 */
export type HolderOfAlert = (caller: Identity, alertId: string) => Promise<AccessHolder>;

export const createHolderOfAlert =
  (deps: {
    readonly store: AlertStore;
    readonly alerts: Pick<Alerts, "find">;
    readonly directory: () => Directory;
  }): HolderOfAlert =>
  async (caller, alertId) => {
    const message = identifierProblem(alertId);
    if (message !== null) throw badInput([{ path: "input.alertId", message }]);
    const alert = await deps.store.find(alertId);
    const seen = alert === null ? null : await deps.alerts.find(caller, alertId);
    if (alert === null || seen === null) throw new ScopewardenError("NOT_FOUND", `There is no alert ${alertId}.`);
    await requireSomebodyElse(caller, alert, { store: deps.store, directory: deps.directory() });
    const { clientId, entity, subject } = alert;
    if (entity.kind === "CLIENT") return { subjectId: null, subjectType: null, clientId: entity.id };
    if (subject === null && clientId !== null) return { subjectId: null, subjectType: null, clientId };
    if (subject === null)
      throw new ScopewardenError(
        "CONFLICT",
        `The decisions of alert ${alertId} have neither subject nor client in common.`,
      );
    if (seen.subject?.id !== subject.id)
      throw new ScopewardenError(
        "FORBIDDEN",
        "The person is a patient too, and has a pseudonym here: a review would tell whose that is. An auditor can begin it.",
      );
    return { subjectId: subject.id, subjectType: subject.type, clientId: null };
  };
