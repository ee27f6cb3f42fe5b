import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useAct } from "../../api/useAsk.ts";
import type { AuthorizeInput } from "../../generated/schema.ts";
import { useMay } from "../../session/useSession.ts";
import { Note } from "../../ui/feedback.tsx";
import { PickerField, SelectField, TextField } from "../../ui/fields.tsx";
import { findOptions } from "../../ui/findOptions.ts";
import "../../ui/policyChange/policyChange.css";
import { labelName, PURPOSE_OPTIONS } from "../../ui/codeWords.ts";
import { Form } from "../../ui/form.tsx";
import { OutcomeMark } from "../../ui/marks.tsx";
import { Section } from "../../ui/panel.tsx";
import { PersonField } from "../../ui/people/PersonField.tsx";
import { personOf } from "../../ui/people/personText.ts";
import { policyOptions } from "../../ui/policyChange/policyOptions.ts";
import { Enough } from "../../ui/why/Enough.tsx";
import { Obligations } from "../../ui/why/Obligations.tsx";
import { count } from "../../ui/words.ts";
import { AskWhy, type AskWhyResult } from "./why.graphql.ts";

type Result = AskWhyResult["simulate"]["results"][number];
interface Given extends Pick<Result, "sufficientAccess"> {
  readonly answer: Result["after"];
  readonly notes: readonly string[];
  readonly clientId: string;
  readonly subject: string;
}
interface AnsweredProps extends Given {
  /** The policy was changed from here since. */
  readonly isOld: boolean;
  readonly onGiven: () => void;
}

const CLIENTS = policyOptions("CLIENT");
const ORGANIZATIONS = findOptions("ORGANIZATION");
const EMPTY = {
  clientId: "",
  subject: "",
  action: "read",
  type: "",
  resource: "",
  patient: "",
  organization: "",
  purpose: "",
  scopes: "",
  labels: "",
  category: "",
};
type Values = typeof EMPTY;
/** FHIR's system of the categories of observations. */
const CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category|";
const CATEGORIES = [
  { id: "", name: "None said" },
  ...[
    "laboratory",
    "vital-signs",
    "survey",
    "imaging",
    "procedure",
    "social-history",
    "exam",
    "therapy",
    "activity",
  ].map((id) => ({ id, name: id.replace("-", " ") })),
];
/** The nearest reasons come first: those of scopes that are for something else say little. */
const MOST = 5;

const words = (text: string): readonly string[] => text.split(/[\s,]+/).filter((word) => word !== "");

function inputOf(values: Values): AuthorizeInput {
  const { action, category, clientId, labels, organization, patient, purpose, resource, scopes, subject, type } =
    values;
  return {
    clientId,
    action,
    resource: {
      type,
      ...(resource !== "" && { id: resource }),
      ...(patient !== "" && { patient }),
      ...(organization !== "" && { organization }),
      ...(labels !== "" && { labels: words(labels) }),
      ...(category !== "" && type === "Observation" && { attributes: { category: [CATEGORY + category] } }),
    },
    ...(subject !== "" && { subject: personOf(subject) }),
    ...(purpose !== "" && { purposeOfUse: purpose }),
    ...(scopes !== "" && { scopes: words(scopes) }),
  };
}

/** How a question would be answered, what would be enough, and why. */
function Answered({ answer, notes, clientId, subject, sufficientAccess, isOld, onGiven }: AnsweredProps) {
  const may = useMay();
  const [isAll, setAll] = useState(false);
  const { outcome, obligations, reasonCount, reasons, scope, sufficientScopes } = answer;
  const rule = reasons.find(({ ruleId }) => ruleId !== null)?.ruleId;
  return (
    <section className={`ask-answer ${outcome} ${isOld ? "old" : ""}`} role="status" aria-label="The answer">
      <h3>
        <OutcomeMark of={outcome} />{" "}
        {scope !== null && (
          <>
            with <code>{scope}</code>
          </>
        )}
      </h3>
      {notes.map((note) => (
        <Note key={note} tone="warn">
          {note}
        </Note>
      ))}
      {outcome === "DENY" && (
        <Enough
          clientId={clientId}
          subject={subject === "" ? null : { id: subject, type: null }}
          {...{ onGiven, reasons, sufficientAccess, sufficientScopes }}
        />
      )}
      <Section title={outcome === "ALLOW" ? "By what" : "What stands in the way, the nearest first"}>
        <ul className="ask-conditions">
          {reasons.slice(0, isAll ? reasons.length : MOST).map(({ message }) => (
            <li key={message}>{message}</li>
          ))}
        </ul>
        {!isAll && reasons.length > MOST && (
          <div>
            <button type="button" className="button quiet" onClick={() => setAll(true)}>
              Show all {reasons.length}
            </button>
          </div>
        )}
        {isAll && reasonCount > reasons.length && (
          <p className="muted">{count(reasonCount - reasons.length, "reason")} more are not listed.</p>
        )}
      </Section>
      <Obligations of={obligations} />
      <div className="row">
        {may("clientAccess") && (
          <Link to="/client-access" search={{ client: clientId } as never} className="button">
            All that this client can see
          </Link>
        )}
        {rule != null && (
          <Link to="/what-if" search={{ op: "deleteRule", id: rule } as never} className="button">
            What if the rule {rule} went?
          </Link>
        )}
      </div>
    </section>
  );
}

/** A question as a client would put it. It is answered by the policy as it is now, and decides nothing. */
export function Question({ about }: { readonly about: Pick<Values, "clientId" | "type" | "organization"> }) {
  const [values, setValues] = useState<Values>({ ...EMPTY, ...about });
  const [answered, setAnswered] = useState<Given | null>(null);
  const [isOld, setOld] = useState(false);
  const asked = useAct(AskWhy, ({ simulate: { notes, results } }) => {
    const [result] = results;
    if (result === undefined) return;
    const { clientId, subject } = values;
    setOld(false);
    setAnswered({ answer: result.after, notes, clientId, subject, sufficientAccess: result.sufficientAccess });
  });
  const field = (name: keyof Values) => ({
    value: values[name],
    onChange: (value: string) => {
      setAnswered(null);
      setValues((old) => ({ ...old, [name]: value }));
    },
  });
  return (
    <>
      <Form
        label="A question by hand"
        submit="How would it be answered?"
        error={asked.error}
        isRunning={asked.isRunning}
        onSubmit={() => void asked.run({ input: { operations: [], requests: [inputOf(values)] } })}
      >
        <div className="change-fields">
          <PickerField label="Client" name="clientId" {...field("clientId")} search={CLIENTS} isRequired />
          <PersonField
            label="For a person"
            name="subject"
            {...field("subject")}
            hint="Empty: the client acts as itself."
          />
          <TextField
            label="Action"
            name="action"
            {...field("action")}
            isRequired
            hint="read, search, create, update, delete …"
          />
          <TextField label="Type" name="resource.type" {...field("type")} isRequired hint="Such as Observation." />
          {values.type === "Observation" && (
            <SelectField
              label="Category"
              name="attributes"
              {...field("category")}
              options={CATEGORIES}
              hint="Many scopes reach some of them only."
            />
          )}
          <TextField label="Patient" name="patient" {...field("patient")} hint="Whose data it is." />
          <PickerField
            label="Organization"
            name="organization"
            {...field("organization")}
            search={ORGANIZATIONS}
            hint="Where the data are."
          />
          <SelectField
            label="Purpose"
            name="purposeOfUse"
            {...field("purpose")}
            options={[{ id: "", name: "None said" }, ...PURPOSE_OPTIONS]}
          />
        </div>
        <details>
          <summary>More: scopes, the record itself, labels</summary>
          <div className="change-fields ask-more">
            <TextField
              label="Scopes presented"
              name="scopes"
              {...field("scopes")}
              isCode
              hint="Empty: all it is granted."
            />
            <TextField
              label="Id of the record"
              name="resource.id"
              {...field("resource")}
              hint="Empty: the type as a whole, as a search."
            />
            <TextField
              label="Labels"
              name="labels"
              {...field("labels")}
              hint={
                values.labels.trim() === ""
                  ? `Codes, such as ${labelName("R")} or ${labelName("PSY")}.`
                  : words(values.labels).map(labelName).join(", ")
              }
            />
          </div>
        </details>
      </Form>
      {answered !== null && isOld && (
        <Note tone="warn">You have changed the policy since, so this is no longer its answer. Ask again.</Note>
      )}
      {answered !== null && <Answered {...answered} isOld={isOld} onGiven={() => setOld(true)} />}
    </>
  );
}
