import "./patients.css";
import { useState } from "react";
import { useAsk, usePages } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../../ui/buttons.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Empty, Failed, Note } from "../../ui/feedback.tsx";
import { HIDDEN, useLink } from "../../ui/link.ts";
import { type Column, List } from "../../ui/list.tsx";
import { StateChip } from "../../ui/marks.tsx";
import { Page } from "../../ui/page.tsx";
import { Split } from "../../ui/panel.tsx";
import { PatientField } from "../../ui/people/PatientField.tsx";
import { Day, fromNow, When } from "../../ui/when.tsx";
import { count } from "../../ui/words.ts";
import { ConsentForm } from "./ConsentForm.tsx";
import { ConsentPanel } from "./ConsentPanel.tsx";
import type { ConsentDraft } from "./consentDraft.ts";
import { consentSentence, exceptionSentence } from "./consentSentence.ts";
import { Asked, AskedOnce, Consents, type ShownConsent } from "./consents.graphql.ts";
import { RequestPanel } from "./RequestPanel.tsx";

// The id of a consent is whoever recorded it's to choose, and may name the patient.
const SHAPE = { patient: HIDDEN, consent: HIDDEN, id: "" } as const;

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
  const [form, setForm] = useState<"closed" | "new" | ConsentDraft>("closed");
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
  const close = () => link.set({ consent: "", id: "" });
  const lists = {
    idOf: ({ id }: ShownConsent) => id,
    openId: link.values.consent,
    onOpen: (consent: string) => link.set({ consent, id: "" }),
    columns: COLUMNS,
  };
  const recorded = () => {
    setForm("closed");
    close();
  };
  return (
    <Page
      title="Consents"
      purpose="What a patient agreed to or refused, and what they are asked. Each look at a patient is put on record."
      {...(patient !== "" && { asked: consents })}
      actions={
        patient !== "" &&
        may("recordConsent") && (
          <Button look="primary" k="n" onPress={() => setForm("new")}>
            Record a consent
          </Button>
        )
      }
    >
      <div className="stack">
        <div className="card pad">
          <PatientField
            patient={patient}
            onPatient={(next) => link.set({ patient: next, consent: "", id: "" })}
            isUnknown={link.unknown.length > 0}
            act="Show consents"
          />
        </div>
        {once.error !== null && <Failed error={once.error} retry={once.refresh} />}
        {patient === "" ? (
          <div className="card">
            <Empty title="Type the patient's id">
              Then you see what they said, what they are asked, and can record what they say now.
            </Empty>
          </div>
        ) : (
          <>
            {consents.first?.consents.notes.map((note) => (
              <Note key={note} tone="warn">
                {note}
              </Note>
            ))}
            <Split
              list={
                <>
                  {asked.error !== null && <Failed error={asked.error} retry={asked.refresh} />}
                  {asked.rows.length > 0 && (
                    <section className="patients-asked" aria-label="Asked, and not answered yet">
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
                            <Button onPress={() => link.set({ id, consent: "" })} aria-expanded={id === link.values.id}>
                              Bring the answer
                            </Button>
                          </li>
                        ))}
                      </ul>
                    </section>
                  )}
                  <List
                    {...lists}
                    caption="Consents in force"
                    pages={{ ...consents, rows: active }}
                    empty={
                      <Empty title="Nothing is in force">
                        The patient has said nothing that counts now. Whether silence lets anybody in, the organization
                        says.
                      </Empty>
                    }
                  />
                  {others.length > 0 && (
                    <details className="patients-other">
                      <summary>Withdrawn, replaced or over ({others.length})</summary>
                      <List
                        {...lists}
                        caption="Consents that no longer count"
                        pages={{ ...consents, rows: others, hasMore: false }}
                        empty={null}
                      />
                    </details>
                  )}
                </>
              }
              panel={
                request != null ? (
                  <RequestPanel key={request.id} request={request} onClose={close} onChanged={recorded} />
                ) : (
                  open !== undefined && <ConsentPanel key={open.id} consent={open} onClose={close} onAnew={setForm} />
                )
              }
            />
          </>
        )}
      </div>
      <Dialog
        title={typeof form === "object" ? "Say it anew" : "Record a consent"}
        isOpen={form !== "closed"}
        onClose={() => setForm("closed")}
        isWide
      >
        <ConsentForm
          patient={patient}
          onDone={recorded}
          onCancel={() => setForm("closed")}
          {...(typeof form === "object" && open !== undefined && { anew: { id: open.id, draft: form } })}
        />
      </Dialog>
    </Page>
  );
}
