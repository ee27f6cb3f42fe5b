import { useState } from "react";
import { useAct } from "../../../api/useAsk.ts";
import { type ApiError, errorOf } from "../../../transport/apiError.ts";
import { ask as askAs } from "../../../transport/client.ts";
import { Button } from "../../../ui/buttons.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { Failed, Note } from "../../../ui/feedback.tsx";
import { TextField } from "../../../ui/fields.tsx";
import { Form } from "../../../ui/form.tsx";
import { OutcomeMark } from "../../../ui/marks.tsx";
import type { Said } from "./FirstPolicy.tsx";
import { firstQuestion } from "./firstCurl.ts";
import { FirstDecision, type FirstDecisionResult, FirstKey } from "./firstSteps.graphql.ts";

/** A key of the role SERVICE, as only such a key may ask for decisions; and the first question, asked with it. */
export function FirstQuestion({
  said,
  onChange,
  secret,
  onKey,
}: {
  readonly said: Said;
  readonly onChange: (said: Said) => void;
  /** Null: none has been made. */
  readonly secret: string | null;
  readonly onKey: (secret: string) => void;
}) {
  const make = useAct(FirstKey, ({ createApiKey }) => onKey(createApiKey.key));
  if (secret === null)
    return (
      <>
        <p className="muted">
          A program asks with a key of its own, which opens nothing else. Make that one first; it needs no second
          person.
        </p>
        <Form
          submit="Make its key"
          isRunning={make.isRunning}
          error={make.error}
          onSubmit={() =>
            void make.run({ name: said.client, clientId: said.client, reason: "The first application asks with it." })
          }
          label="A key"
        >
          <TextField
            label="Application"
            isRequired
            isCode
            value={said.client}
            onChange={(client) => onChange({ ...said, client })}
          />
        </Form>
      </>
    );
  return (
    <>
      <Note tone="warn">
        This key is shown once. Keep it where the application finds it: <code className="policy-key">{secret}</code>
      </Note>
      <div className="row">
        <CopyButton text={secret} label="Copy the key" />
      </div>
      <Question said={said} onChange={onChange} secret={secret} />
    </>
  );
}

function Question({
  said,
  onChange,
  secret,
}: {
  readonly said: Said;
  readonly onChange: (said: Said) => void;
  readonly secret: string;
}) {
  const [decision, setDecision] = useState<FirstDecisionResult["authorize"] | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [isAsking, setAsking] = useState(false);
  const run = async () => {
    setAsking(true);
    setError(null);
    setDecision(null);
    try {
      const { authorize } = await askAs(
        { send: (request) => request(`Bearer ${secret}`) },
        { operation: FirstDecision, variables: firstQuestion(said) },
      );
      setDecision(authorize);
    } catch (problem) {
      setError(errorOf(problem));
    }
    setAsking(false);
  };
  const field = (name: keyof Said, label: string) => (
    <TextField
      label={label}
      isRequired
      isCode
      value={said[name]}
      onChange={(value) => onChange({ ...said, [name]: value })}
    />
  );
  return (
    <>
      <div className="policy-two">
        {field("person", "May this person")}
        {field("type", "read data of this type")}
        {field("organization", "of this organization")}
        {field("client", "by this application?")}
      </div>
      <div className="row">
        <Button look="primary" onPress={() => void run()} isDisabled={isAsking}>
          {isAsking ? "Asking…" : "Ask"}
        </Button>
      </div>
      {error !== null && <Failed error={error} />}
      {decision !== null && (
        <div className="policy-trial" role="status">
          <OutcomeMark of={decision.outcome} />
          <p>{decision.summary}</p>
          {decision.obligations.length > 0 && (
            <p className="muted small">
              The application does what it must (<code>{decision.obligations.map(({ type }) => type).join(", ")}</code>
              ), or treats the answer as a denial.
            </p>
          )}
          <p className="muted small">
            It is on record as <code>{decision.id}</code>. Ask for another person, and see what is missing.
          </p>
        </div>
      )}
    </>
  );
}
