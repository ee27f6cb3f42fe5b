import { ClientName, PatientName, SubjectName } from "../../ui/names.tsx";
import type { AlertRow } from "./alerts.graphql.ts";

/** Whom an alert is about: the person, the patient, the client. */
export const About = ({ of }: { readonly of: AlertRow }) => (
  <span className="about">
    {of.subjectId !== null && <SubjectName subject={{ id: of.subjectId, type: of.subjectType }} />}
    <PatientName id={of.patient} />
    <ClientName client={of.client} id={of.clientId} />
  </span>
);
