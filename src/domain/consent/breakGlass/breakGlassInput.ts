import { patientId, patientProblem } from "../../kernel/patientId.ts";
import { Reader } from "../../kernel/reader.ts";
import { identifierProblem, reasonProblem } from "../../kernel/text.ts";
import { ALL_ORGANIZATIONS, type BreakGlassSettings } from "../../policy/types.ts";
import { type NamedSubject, readSubject } from "../accessRequests/accessRequestInput.ts";
import type { EmergencyTerms } from "./breakGlass.ts";

/** An emergency as it arrives. */
export interface BreakGlassInput {
  /** The person in whose name the client acts. */
  readonly subject: NamedSubject;
  /** As an id or `Patient/id`; the directory need not know it. */
  readonly patient: string;
  readonly organization: string;
  readonly reason: string;
  /** For how long, from now. */
  readonly minutes: number;
}

/** A program acts in nobody's name by itself. */
const CLIENT = "client";

/** Reads what is opened, as far as the policy need not be looked at. @throws ScopewardenError BAD_USER_INPUT with every problem */
export function readBreakGlass(
  input: BreakGlassInput,
): EmergencyTerms & { readonly reason: string; readonly minutes: number } {
  const read = new Reader();
  const { minutes, organization, reason } = input;
  const subject = readSubject(read, input.subject, "input.subject");
  if (subject.type === CLIENT)
    read.problem("input.subject.type", "must be that of a person: no client breaks glass by itself");
  const patient = patientId(input.patient);
  read.expect("input.patient", patientProblem(patient));
  if (organization === ALL_ORGANIZATIONS)
    read.problem("input.organization", "must be one organization: an emergency is open in no other");
  else read.expect("input.organization", identifierProblem(organization));
  read.expect("input.reason", reasonProblem(reason));
  if (!Number.isInteger(minutes) || minutes < 1) read.problem("input.minutes", "must be a whole number from 1");
  read.check();
  return { subject, patient, organization, reason, minutes };
}

/** @throws ScopewardenError BAD_USER_INPUT for more minutes than the organization lets */
export function requireWithin(minutes: number, { maxMinutes }: BreakGlassSettings, organization: string): void {
  const read = new Reader();
  if (minutes > maxMinutes)
    read.problem("input.minutes", `must be at most ${maxMinutes}, for which ${organization} lets glass be broken`);
  read.check();
}
