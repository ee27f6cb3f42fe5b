import type { WatchedEntity } from "../detectors/detector.ts";
import type { WatchedDecision, WatchedPatient } from "../watchedDecision.ts";

/** Peers of those whose peers are all: no role is called so. */
export const EVERYBODY: WatchedEntity = { kind: "ROLE", id: "*" };
/** Of somebody with more roles the first count: what a decision costs is bounded. */
const MOST_ROLES = 3;

export const clientOf = ({ clientId }: WatchedDecision): WatchedEntity => ({ kind: "CLIENT", id: clientId });

export const subjectOf = ({ subject }: WatchedDecision): WatchedEntity | null =>
  subject === null ? null : { kind: "SUBJECT", id: `${subject.type}/${subject.id}` };

/** Whose peers somebody is: those in the same roles, or everybody. */
export function rolesOf({ roles }: WatchedDecision): readonly WatchedEntity[] {
  const [first] = roles;
  if (first === undefined) return [EVERYBODY];
  if (roles.length === 1) return [{ kind: "ROLE", id: first }];
  return [...new Set(roles)].slice(0, MOST_ROLES).map((id) => ({ kind: "ROLE", id }));
}

/** The subject and its peers; none where the client acts as itself. */
export function subjectAndRoles(decision: WatchedDecision): readonly WatchedEntity[] {
  const subject = subjectOf(decision);
  return subject === null ? [] : [subject, ...rolesOf(decision)];
}

/** Patients at most that one decision is looked at for. */
const MOST_PATIENTS = 100;

/** The patients whose data were reached. */
export const reached = ({ outcome, kind, patients }: WatchedDecision): readonly WatchedPatient[] =>
  outcome === "ALLOW" && kind === "ACCESS"
    ? patients.length > MOST_PATIENTS
      ? patients.slice(0, MOST_PATIENTS)
      : patients
    : [];
