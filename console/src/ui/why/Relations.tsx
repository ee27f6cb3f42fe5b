import type { ExplanationKind } from "../../generated/schema.ts";
import { Chip } from "../marks.tsx";
import { PatientName } from "../names.tsx";
import { Section } from "../panel.tsx";
import { When } from "../when.tsx";
import type { Explained } from "./why.graphql.ts";

const KINDS: Readonly<Record<ExplanationKind, string>> = {
  OWN_RECORD: "It is the person's own record.",
  REPRESENTS: "The person speaks for the patient.",
  CARE_TEAM: "The person is on the care team.",
  APPOINTMENT: "The patient has an appointment with the person or their unit.",
  ORDER: "The patient has an order for the person or their unit.",
  REFERRAL: "The patient was referred to the person or their unit.",
  SAME_UNIT: "The patient is in the person's unit.",
  BREAK_GLASS: "An emergency was open for them.",
  ACCESS_REQUEST: "An approved access request gave the person the role.",
  CONSENT: "The patient agreed to it, and named the person.",
  COLLEAGUE: "A colleague of the same role and unit had seen the patient, for a known reason.",
};

/** Whether something relates the person to each patient: what may be done is the rules' matter, and whether there was cause is this. */
export function Relations({ explanation }: { readonly explanation: Explained }) {
  if (explanation.explained === null || explanation.patients.length === 0) return null;
  return (
    <Section title="Was there cause to look?">
      <ul className="why-list">
        {explanation.patients.map(({ patient, explained, explainedLater, kind, reference, since }) => (
          <li key={patient}>
            <div className="row">
              <PatientName id={patient} />
              {!explained && <Chip tone="wait">Not explained</Chip>}
            </div>
            <p>
              {kind === null
                ? "Nothing on record relates the person to this patient: no unit, order, appointment, referral or consent."
                : KINDS[kind]}{" "}
              {since !== null && (
                <span className="muted">
                  Known since <When at={since} />
                  {explainedLater && ", and not yet when it was decided"}.
                </span>
              )}
            </p>
            {reference !== null && (
              <p className="muted">
                Source: <code className="id">{reference}</code>
              </p>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}
