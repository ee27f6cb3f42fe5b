import "./policyChange.css";
import { useState } from "react";
import { useAct } from "../../api/useAsk.ts";
import type { PolicyOperation } from "../../generated/schema.ts";
import { Button } from "../buttons.tsx";
import { PickerField, SelectField, TextAreaField, TextField } from "../fields.tsx";
import { findOptions } from "../findOptions.ts";
import { Form } from "../form.tsx";
import { SimulateChange } from "../impact/impact.graphql.ts";
import { NamingSubject } from "../names.tsx";
import { CHANGE_KINDS, type ChangeField, changedSubject, changeWords } from "./changeKinds.ts";
import { grantedOptions, policyOptions } from "./policyOptions.ts";

const SEARCHES = {
  rule: policyOptions("RULE"),
  client: policyOptions("CLIENT"),
  scope: policyOptions("SCOPE"),
  role: policyOptions("ROLE"),
  organization: findOptions("ORGANIZATION"),
};

function Field({
  field,
  values,
  onChange,
}: {
  readonly field: ChangeField;
  readonly values: Readonly<Record<string, string>>;
  readonly onChange: (value: string) => void;
}) {
  const { kind, label, name, hint, isOptional = false, options = [] } = field;
  const common = {
    label,
    name,
    value: values[name] ?? "",
    onChange,
    isRequired: !isOptional,
    ...(hint !== undefined && { hint }),
  };
  if (kind === "text") return <TextField {...common} />;
  if (kind === "cel") return <TextAreaField {...common} rows={2} isCode />;
  if (kind === "select") return <SelectField {...common} options={options} />;
  return (
    <PickerField {...common} search={kind === "granted" ? grantedOptions(values.clientId ?? "") : SEARCHES[kind]} />
  );
}

/** One more operation: it is tried at the service before it counts, so that what is wrong stands at its field. */
function AddChange({
  operations,
  onAdd,
  onCancel,
}: {
  readonly operations: readonly PolicyOperation[];
  readonly onAdd: (operation: PolicyOperation) => void;
  readonly onCancel?: (() => void) | undefined;
}) {
  const [kindId, setKind] = useState("");
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const tried = useAct(SimulateChange);
  const kind = CHANGE_KINDS.find(({ id }) => id === kindId);
  const add = async () => {
    if (kind === undefined) return;
    const operation = kind.make(values);
    if ((await tried.run({ input: { operations: [...operations, operation], requests: [] } })) !== null)
      onAdd(operation);
  };
  return (
    <Form
      label="A change"
      submit={operations.length === 0 ? "Try this change" : "Add to the change"}
      onSubmit={() => void add()}
      error={tried.error}
      isRunning={tried.isRunning}
      {...(onCancel && { onCancel })}
    >
      <div className="change-fields">
        <SelectField
          label="What would change"
          value={kindId}
          onChange={(next) => {
            setKind(next);
            setValues({});
            tried.clear();
          }}
          options={CHANGE_KINDS}
          isRequired
        />
        {kind?.fields.map((field) => (
          <Field
            key={`${kindId} ${field.name}`}
            field={field}
            values={values}
            onChange={(value) => setValues((old) => ({ ...old, [field.name]: value }))}
          />
        ))}
      </div>
    </Form>
  );
}

/** The operations of a change, one by one, and a form for the next one. */
export function ChangeEditor({
  operations,
  onChange,
}: {
  readonly operations: readonly PolicyOperation[];
  readonly onChange: (operations: readonly PolicyOperation[]) => void;
}) {
  const [isAdding, setAdding] = useState(false);
  return (
    <div className="stack">
      {operations.length > 0 && (
        <ol className="change-list" aria-label="The change">
          {operations.map((operation, i) => (
            <li key={JSON.stringify(operation)}>
              <span>
                <NamingSubject text={changeWords(operation)} subject={changedSubject(operation)} />
              </span>
              <Button
                look="quiet"
                aria-label={`Leave out: ${changeWords(operation)}`}
                onPress={() => onChange(operations.filter((_, j) => j !== i))}
              >
                Leave out
              </Button>
            </li>
          ))}
        </ol>
      )}
      {operations.length === 0 || isAdding ? (
        <AddChange
          operations={operations}
          onAdd={(operation) => {
            setAdding(false);
            onChange([...operations, operation]);
          }}
          onCancel={operations.length === 0 ? undefined : () => setAdding(false)}
        />
      ) : (
        <div>
          <Button k="a" onPress={() => setAdding(true)}>
            Add another change
          </Button>
        </div>
      )}
    </div>
  );
}
