import type { RecordAudit } from "../../audit/recordReads.ts";
import type { Identity } from "../../callers/types.ts";
import type { Directory } from "../../directory/directory.ts";
import { badInput, ScopewardenError } from "../../kernel/errors.ts";
import { identifierProblem } from "../../kernel/text.ts";
import { isPatientThere } from "./seen.ts";
import type { AlertStore } from "./store.ts";
import { requireSomebodyElse } from "./whoMay.ts";

/** Whose access is reviewed because of an alert: a subject's or a client's. */
export type AccessHolder =
  | { readonly subjectId: string; readonly subjectType: string; readonly clientId: null }
  | { readonly subjectId: null; readonly subjectType: null; readonly clientId: string };

/**
 * Whom an alert is about, so that their access is reviewed: its subject, else its client.
 * @throws ScopewardenError BAD_USER_INPUT; NOT_FOUND; CONFLICT where its decisions have neither in common; FORBIDDEN to whom it is about, and
 * to all where the subject is a patient there: reviewers, to whom a review names them, would learn whose the pseudonym is
 */
export type HolderOfAlert = (caller: Identity, alertId: string) => Promise<AccessHolder>;

export const createHolderOfAlert =
  (deps: {
    readonly store: AlertStore;
    readonly directory: () => Directory;
    readonly recordAudit: RecordAudit;
  }): HolderOfAlert =>
  async (caller, alertId) => {
    const message = identifierProblem(alertId);
    if (message !== null) throw badInput([{ path: "input.alertId", message }]);
    const alert = await deps.store.find(alertId);
    if (alert === null) throw new ScopewardenError("NOT_FOUND", `There is no alert ${alertId}.`);
    await requireSomebodyElse(caller, alert, {
      ...{
        store: deps.store,
        directory: deps.directory(),
        recordAudit: deps.recordAudit,
        field: "startReviewCampaign",
      },
    });
    const { clientId, entity, subject } = alert;
    if (entity.kind === "CLIENT") return { subjectId: null, subjectType: null, clientId: entity.id };
    if (subject === null && clientId !== null) return { subjectId: null, subjectType: null, clientId };
    if (subject === null)
      throw new ScopewardenError(
        "CONFLICT",
        `The decisions of alert ${alertId} have neither subject nor client in common.`,
      );
    const own = await deps.store.ownSubjects([alertId]);
    if (own.some(({ subjectId }) => subjectId === subject.id) || isPatientThere({ patients: [], subject }))
      throw new ScopewardenError(
        "FORBIDDEN",
        "The person is a patient too, and has a pseudonym here: a review that names the alert would tell reviewers whose that is. Begin one over a role of theirs.",
      );
    return { subjectId: subject.id, subjectType: subject.type, clientId: null };
  };
