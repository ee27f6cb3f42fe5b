import { useViewer } from "../../session/useSession.ts";
import { findOptions } from "../findOptions.ts";
import { maybePatientId } from "../maybePatientId.ts";

const staff = findOptions("STAFF");
const nobody: typeof staff = async () => [];
/** What may be an id is not looked for while it is typed. */
const people: typeof staff = async (text, signal) => (maybePatientId(text) ? [] : staff(text, signal));

/** People who work here, by name: the service finds them for reviewers and auditors, and refuses it to others. */
export const usePersonOptions = (): typeof staff =>
  useViewer().roles.some((role) => role === "REVIEWER" || role === "AUDITOR") ? people : nobody;
