import "./patients.css";
import { Link } from "@tanstack/react-router";
import { hide } from "../../session/hidden.ts";
import { useMay } from "../../session/useSession.ts";
import { HIDDEN, useLink } from "../../ui/link.ts";
import { Page } from "../../ui/page.tsx";
import { PatientField } from "../../ui/people/PatientField.tsx";

const SHAPE = { patient: HIDDEN } as const;

const WAYS = [
  {
    to: "/who-saw",
    needs: "accessHistory",
    title: "Who saw it",
    what: "Each access to the data: who, when, what, why. Row by row the reasons.",
  },
  {
    to: "/who-saw",
    needs: "accountingOfDisclosures",
    title: "Accounting for the patient",
    what: "Disclosures as 45 CFR 164.528 wants them told, for print.",
    search: { view: "ACCOUNTING" },
  },
  { to: "/consents", needs: "consents", title: "Consents", what: "What the patient agreed to and refused." },
  {
    to: "/who-can",
    needs: "patientAccess",
    title: "Who can see it",
    what: "Who could see the data now, or could on a day.",
  },
  {
    to: "/decisions",
    needs: "decisions",
    title: "Decisions",
    what: "Each decision about the data, with all that is known of it.",
  },
] as const;

/** One patient: the ways to what is known, each of which is asked, and put on record, when it is opened. */
export default function PatientPage() {
  const link = useLink(SHAPE);
  const may = useMay();
  const { patient } = link.values;
  return (
    <Page
      title="One patient"
      purpose="What do you want to know of this patient? Nothing is looked up before you choose."
    >
      <div className="stack">
        <PatientField
          patient={patient}
          onPatient={(next) => link.set({ patient: next })}
          isUnknown={link.unknown.length > 0}
          act="Take this patient"
        />
        {patient !== "" && (
          <ul className="patients-ways">
            {WAYS.filter(({ needs }) => may(needs)).map((way) => (
              <li key={way.title} className="card">
                <Link to={way.to} search={{ patient: hide(patient), ...("search" in way && way.search) } as never}>
                  <strong>{way.title}</strong>
                  <span className="muted">{way.what}</span>
                </Link>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Page>
  );
}
