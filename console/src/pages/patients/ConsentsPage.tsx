import "./patients.css";
import { useAsk, usePages } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../../ui/buttons.tsx";
import { Empty, Failed, Note } from "../../ui/feedback.tsx";
import { HIDDEN, useLink } from "../../ui/link.ts";
import { type Column, List } from "../../ui/list.tsx";
import { ListPage } from "../../ui/listPage.tsx";
import { StateChip } from "../../ui/marks.tsx";
import { PatientField } from "../../ui/people/PatientField.tsx";
import { Day, fromNow, When } from "../../ui/when.tsx";
import { count } from "../../ui/words.ts";
import { ConsentForm } from "./ConsentForm.tsx";
import { ConsentPanel } from "./ConsentPanel.tsx";
import { consentSentence, exceptionSentence } from "./consentSentence.ts";
import { Asked, AskedOnce, Consents, type ShownConsent } from "./consents.graphql.ts";
import { RequestPanel } from "./RequestPanel.tsx";

// The id of a consent is whoever recorded it's to choose, and may name the patient.
const SHAPE = { patient: HIDDEN, consent: HIDDEN, id: "", new: "" } as const;

const COLUMNS: readonly Column<ShownConsent>[] = [
  {
    name: "What the patient said",
    isMain: true,
    cell: ({ exceptions, terms }) => (
      <>
        {consentSentence(terms)}{" "}
        {exceptions.length > 2
          ? `With ${count(exceptions.length, "exception")}.`
          : exceptions.map((exception) => exceptionSentence(exception.terms)).join(" ")}
      </>
    ),
  },
  { name: "State", cell: ({ state }) => <StateChip state={state} /> },
  {
    name: "Until",
    cell: ({ terms }) =>
      terms.validUntil === null ? <span className="muted">No end</span> : <Day at={terms.validUntil} />,
  },
  { name: "Recorded", isMinor: true, cell: ({ at }) => <When at={at} /> },
];

/** The consent desk: what a patient said, what they are asked, and how it is recorded and taken back. */
export default function ConsentsPage() {
  const link = useLink(SHAPE);
  const may = useMay();
  const once = useAsk(
    AskedOnce,
    { id: link.values.id },
    { when: link.values.id !== "" && link.values.patient === "" && may("consentRequest") },
  );
  const patient = link.values.patient || (once.data?.consentRequest?.patient ?? "");
  const consents = usePages(Consents, { patient }, (answer) => answer.consents, { when: patient !== "" });
  const asked = usePages(Asked, { patient }, (answer) => answer.consentRequests, {
    when: patient !== "" && may("consentRequests"),
  });
  const active = consents.rows.filter(({ state }) => state === "ACTIVE");
  const others = consents.rows.filter(({ state }) => state !== "ACTIVE");
  const open = consents.rows.find(({ id }) => id === link.values.consent);
  const request =
    asked.rows.find(({ id }) => id === link.values.id) ??
    (link.values.patient === "" ? once.data?.consentRequest : null);
  const close = () => link.set({ consent: "", id: "", new: "" });
  const list = { idOf: ({ id }: ShownConsent) => id, openId: link.values.consent, columns: COLUMNS };
  const opens = (consent: string) => ({ consent, id: "" });
  return (
    <ListPage
      title="Consents"
      purpose="What a patient agreed to or refused, and what they are asked. Each look at a patient is put on record."
      link={link}
      begin={
        patient !== "" &&
        may("recordConsent") && {
          label: "Record a consent",
          look: "primary",
          form: () => <ConsentForm patient={patient} onDone={close} onCancel={close} />,
        }
      }
      above={
        <>
          <div className="card pad">
            <PatientField
              patient={patient}
              onPatient={(next) => link.set({ patient: next, consent: "", id: "", new: "" })}
              isUnknown={link.unknown.length > 0}
              act="Show consents"
            />
          </div>
          {once.error !== null && <Failed error={once.error} retry={once.refresh} />}
          {consents.first?.consents.notes.map((note) => (
            <Note key={note} tone="warn">
              {note}
            </Note>
          ))}
          {asked.error !== null && <Failed error={asked.error} retry={asked.refresh} />}
          {asked.rows.length > 0 && (
            <section className="card patients-asked" aria-label="Asked, and not answered yet">
              <h2>Asked, and not answered yet</h2>
              <ul>
                {asked.rows.map(({ clientName, id, scopes, until }) => (
                  <li key={id}>
                    <span>
                      <strong>
                        <bdi>{clientName}</bdi>
                      </strong>{" "}
                      asks: {scopes.map(({ scope, title }) => title ?? scope).join(", ")}
                      <span className="muted small"> Ends {fromNow(until)}.</span>
                    </span>
                    <Button
                      onPress={() => link.set({ id, consent: "", new: "" })}
                      aria-expanded={id === link.values.id}
                    >
                      Bring the answer
                    </Button>
                  </li>
                ))}
              </ul>
            </section>
          )}
        </>
      }
      {...list}
      caption="Consents in force"
      opens={opens}
      pages={{ ...consents, rows: active }}
      instead={
        patient === "" && (
          <Empty title="Type the patient's id">
            Then you see what they said, what they are asked, and can record what they say now.
          </Empty>
        )
      }
      empty={
        <Empty title="Nothing is in force">
          The patient has said nothing that counts now. The organization decides whether silence lets anybody in.
        </Empty>
      }
      panel={
        request != null ? (
          <RequestPanel key={request.id} request={request} onClose={close} onChanged={close} />
        ) : (
          open !== undefined && <ConsentPanel key={open.id} consent={open} onClose={close} />
        )
      }
    >
      {others.length > 0 && (
        <details className="card patients-other">
          <summary>Withdrawn, replaced or over ({others.length})</summary>
          <List
            {...list}
            caption="Consents that no longer count"
            onOpen={(consent) => link.set({ ...opens(consent), new: "" })}
            pages={{ ...consents, rows: others, hasMore: false }}
            empty={null}
          />
        </details>
      )}
    </ListPage>
  );
}
