import { useState } from "react";
import { useAct } from "../../api/useAsk.ts";
import type { RecordConsentInput } from "../../generated/schema.ts";
import { Button } from "../../ui/buttons.tsx";
import { PickerField, SelectField, TextField } from "../../ui/fields.tsx";
import { Form } from "../../ui/form.tsx";
import { OutcomeMark } from "../../ui/marks.tsx";
import { PersonField } from "../../ui/people/PersonField.tsx";
import { EMPTY_QUESTION, type QuestionDraft, questionInput } from "./consentDraft.ts";
import { ASKED_PURPOSES, KEPT_BACK_OPTIONS } from "./consentOptions.ts";
import { AskConsent, type AskConsentResult } from "./consents.graphql.ts";
import { clientOptions } from "./deskOptions.ts";

const MOST = 5;
const ACTIONS = [
  { id: "read", name: "See one record" },
  { id: "search", name: "Search through them" },
  { id: "update", name: "Change one" },
  { id: "create", name: "Add one" },
];
const MARKS = {
  PERMITTED: ["ALLOW", "Yes"],
  BY_SILENCE: ["ALLOW", "Yes, by silence"],
  DENIED: ["DENY", "No"],
  DEPENDS: ["CONDITIONAL", "It depends"],
} as const;

type Said = AskConsentResult["recordConsent"]["said"];

/** Whom a consent lets in and whom not, asked of the service before it is recorded, or after. */
export function AskWhatItSays({ input }: { readonly input: RecordConsentInput }) {
  const [questions, setQuestions] = useState<readonly QuestionDraft[]>([EMPTY_QUESTION]);
  const [answer, setAnswer] = useState<{ readonly to: string; readonly said: Said } | null>(null);
  const act = useAct(AskConsent);
  const asked = { input, questions: questions.map(questionInput) };
  const to = JSON.stringify(asked);
  // An answer stands under its own question alone.
  const said = answer?.to === to ? answer.said : [];
  const set = (at: number, change: Partial<QuestionDraft>) =>
    setQuestions(questions.map((each, i) => (i === at ? { ...each, ...change } : each)));
  const send = async (): Promise<void> => {
    const answered = await act.run(asked);
    if (answered !== null) setAnswer({ to, said: answered.recordConsent.said });
  };
  return (
    <section className="patients-preview" aria-label="What it says">
      <Form
        label="Ask what it says"
        submit="Ask what it says"
        isRunning={act.isRunning}
        error={act.error}
        onSubmit={() => void send()}
        more={
          questions.length < MOST && (
            <Button onPress={() => setQuestions([...questions, questions.at(-1) ?? EMPTY_QUESTION])}>
              Another question
            </Button>
          )
        }
      >
        <p className="muted">
          May this person do this? The answer is what the patient's consents say, with this one among them. Whether the
          policy lets the person in is not asked.
        </p>
        {questions.map((question, i) => {
          const answered = said[i];
          const at = `questions[${i}]`;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a question has nothing else to go by
            <fieldset key={i} className="patients-question">
              <legend>{questions.length === 1 ? "A question" : `Question ${i + 1}`}</legend>
              <div className="patients-pair">
                <PersonField
                  label="Who?"
                  name={`${at}.subject`}
                  value={question.person}
                  onChange={(person) => set(i, { person })}
                />
                <PickerField
                  label="By which app or system?"
                  name={`${at}.clientId`}
                  value={question.clientId}
                  search={clientOptions}
                  hint="Empty: by any."
                  onChange={(clientId) => set(i, { clientId })}
                />
                <SelectField
                  label="Does what?"
                  name={`${at}.action`}
                  value={question.action}
                  options={ACTIONS}
                  onChange={(action) => set(i, { action })}
                />
                <SelectField
                  label="What for?"
                  name={`${at}.purposeOfUse`}
                  value={question.purpose}
                  options={ASKED_PURPOSES}
                  onChange={(purpose) => set(i, { purpose })}
                />
                <TextField
                  label="Type of data"
                  name={`${at}.resource.type`}
                  isCode
                  isRequired
                  value={question.resourceType}
                  hint="Of FHIR, such as Observation."
                  onChange={(resourceType) => set(i, { resourceType })}
                />
                <SelectField
                  label="Specially protected?"
                  name={`${at}.resource.labels`}
                  value={question.label}
                  options={KEPT_BACK_OPTIONS}
                  onChange={(label) => set(i, { label })}
                />
              </div>
              {answered !== undefined && (
                <p role="status">
                  <OutcomeMark of={MARKS[answered.outcome][0]} text={MARKS[answered.outcome][1]} />{" "}
                  {answered.text.replace(/^(?:Yes|No): (.)/, (_, first: string) => first.toUpperCase())}
                </p>
              )}
            </fieldset>
          );
        })}
      </Form>
    </section>
  );
}
