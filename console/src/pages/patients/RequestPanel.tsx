import { useState } from "react";
import { useAct, useAsk } from "../../api/useAsk.ts";
import { stepOf } from "../../ui/buttons.tsx";
import { codeOf, purposeText } from "../../ui/codeWords.ts";
import { Failed, Note } from "../../ui/feedback.tsx";
import { ChoiceField, TextField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import { StateChip } from "../../ui/marks.tsx";
import { Id } from "../../ui/names.tsx";
import { Facts, Panel, Section } from "../../ui/panel.tsx";
import { Day, fromNow, When } from "../../ui/when.tsx";
import { consentSentence } from "./consentSentence.ts";
import { Answer, InTheWay, type ShownRequest } from "./consents.graphql.ts";

const purposeWords = (coded: string): string => purposeText(coded) ?? codeOf(coded);

function AnswerForm({ request, onDone }: { readonly request: ShownRequest; readonly onDone: () => void }) {
  const [said, setSaid] = useState<Readonly<Record<string, string>>>({});
  const [{ by, answeredBy: other }, field] = useFields({ by: "", answeredBy: "" });
  const answer = useAct(Answer, onDone);
  const scopesSaid = (what: string) => request.scopes.map(({ scope }) => scope).filter((scope) => said[scope] === what);
  const send = () =>
    void answer.run({
      input: {
        id: request.id,
        answeredBy: { id: by === "PATIENT" ? request.patient : other.trim() },
        agreed: scopesSaid("AGREE"),
        refused: scopesSaid("REFUSE"),
      },
    });
  return (
    <Form
      submit="Keep the answer"
      label="The patient's answer"
      onSubmit={send}
      isRunning={answer.isRunning}
      error={answer.error}
    >
      {request.scopes.map(({ description, reaches, scope, title }) => (
        <ChoiceField
          key={scope}
          label={title ?? reaches.join(" ")}
          value={said[scope] ?? ""}
          onChange={(value) => setSaid({ ...said, [scope]: value })}
          hint={
            <>
              {description ?? (title === null ? "" : reaches.join(" "))} <code>{scope}</code>
            </>
          }
          isRequired={Object.keys(said).length === 0}
          options={[
            { id: "AGREE", name: "Agrees" },
            { id: "REFUSE", name: "Refuses" },
          ]}
        />
      ))}
      <ChoiceField
        label="Who answers?"
        {...field("by")}
        isRequired
        options={[
          { id: "PATIENT", name: "The patient" },
          {
            id: "OTHER",
            name: "Somebody for the patient",
            hint: "whom the directory links to the patient's record, or who represents the patient there",
          },
        ]}
      />
      {by === "OTHER" && <TextField label="Their id" isCode isRequired {...field("answeredBy")} />}
    </Form>
  );
}

/** What a patient is asked, scope by scope, with the answer that the desk brings. */
export function RequestPanel({
  request,
  onClose,
  onChanged,
}: {
  readonly request: ShownRequest;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}) {
  const { at, clientName, id, patient, purposes, state, subjectId, until, validUntil } = request;
  const step = stepOf(request.viewerMay, "answerConsentRequest");
  const way = useAsk(InTheWay, { id }, { when: step?.allowed === true });
  const inTheWay = way.data?.consentRequest?.inTheWay ?? [];
  return (
    <Panel
      label="What is asked"
      title={`${clientName} asks for access`}
      above={<StateChip state={state} />}
      onClose={onClose}
    >
      <Facts
        of={{
          Patient: <Id id={patient} />,
          "Acts for": subjectId === null ? "whoever uses it" : <Id id={subjectId} />,
          For:
            purposes.length === 0 ? "any purpose but those that must be named" : purposes.map(purposeWords).join(", "),
          Asked: <When at={at} />,
          "Answer by": (
            <>
              <When at={until} /> <span className="muted">({fromNow(until)})</span>
            </>
          ),
          "A yes holds":
            validUntil === null ? (
              "with no end"
            ) : (
              <>
                until <Day at={validUntil} />
              </>
            ),
        }}
      />
      {inTheWay.length > 0 && (
        <Section title="The patient has refused this to everybody">
          <ul>
            {inTheWay.map((consent) => (
              <li key={consent.id}>{consentSentence(consent.terms)}</li>
            ))}
          </ul>
          <Note>A yes makes an exception to it, for this app alone.</Note>
        </Section>
      )}
      {way.error !== null && <Failed error={way.error} retry={way.refresh} />}
      {step?.allowed === true ? (
        <AnswerForm key={id} request={request} onDone={onChanged} />
      ) : (
        step !== undefined && <p className="because">{step.because}</p>
      )}
    </Panel>
  );
}
