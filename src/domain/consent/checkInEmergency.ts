import { type ConsentFacts, type ConsentUse, type ConsentVerdict, isUnlabelled } from "./checkConsent.ts";
import { checkConsents } from "./checkConsents.ts";
import { NO_OBLIGATIONS } from "./duties.ts";
import { isSubstanceUse } from "./specialProtection.ts";

/**
 * The same of a use in an emergency that is open for the patient: it satisfies what silence, a scope or a label asks for (of
 * substance-use data 42 CFR 2.51), so that only what the patient said of emergencies can stand against it: a refusal, or a
 * permission for others. Where the organization lets it override a refusal, nothing can. The notice goes with what may be
 * substance-use data: what is labelled so, and what has no labels.
 */
export function checkInEmergency(
  { consents, isGuarded }: ConsentFacts,
  { question }: ConsentUse,
  overridesRefusal: boolean,
): ConsentVerdict {
  const { data } = question;
  const labels = data.kind === "RESOURCE" ? (data.labels ?? []) : [];
  const mayBe = isUnlabelled(data) && isGuarded && question.recipient.who !== "PATIENT";
  const noRedisclosure = mayBe || isSubstanceUse(labels);
  const permitted = { permits: true, basedOn: [], obligations: NO_OBLIGATIONS, noRedisclosure } as const;
  if (consents.length === 0 || overridesRefusal) return permitted;
  const answer = checkConsents(consents, question);
  const { basedOn } = answer;
  switch (answer.outcome) {
    case "PERMIT":
      return { ...permitted, basedOn, obligations: answer.obligations };
    case "DENY":
      return {
        permits: false,
        problem: answer.problem,
        need: null,
        basedOn,
        ...(answer.unlinked && { unlinked: answer.unlinked }),
      };
    case "NO_CONSENT":
      return answer.silence === "REPLACED"
        ? { permits: false, problem: answer.problem, need: null, basedOn }
        : { ...permitted, obligations: answer.obligations };
  }
}
