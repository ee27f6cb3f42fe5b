import { useState } from "react";
import type { PolicyOperation, PutRule } from "../../../generated/schema.ts";
import { ChoiceField, PickerField, TextAreaField, TextField } from "../../../ui/fields.tsx";
import { findOptions } from "../../../ui/findOptions.ts";
import { ChangeForm } from "../change/ChangeForm.tsx";
import { Findings } from "../change/Findings.tsx";
import { useSettled } from "../change/useSettled.ts";
import { CelField } from "./CelField.tsx";
import { LintARule, type RuleInFullResult } from "./roles.graphql.ts";

export type Rule = NonNullable<RuleInFullResult["rule"]>;

const EFFECTS = [
  { id: "ALLOW", name: "Allow", hint: "unless a rule denies it as well" },
  { id: "DENY", name: "Deny", hint: "whatever other rules allow" },
];

interface RuleFormProps {
  /** Absent: a new one. */
  readonly of?: Rule;
  /** Of a new one, as far as it is known. */
  readonly role?: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Writes a rule, or changes one; it is linted and tried while one types. */
export function RuleForm({ of, role: known = "", onDone, onClose }: RuleFormProps) {
  const [id, setId] = useState(of?.id ?? "");
  const [effect, setEffect] = useState<string>(of?.effect ?? "");
  const [role, setRole] = useState(of?.role ?? known);
  const [scope, setScope] = useState(of?.scope ?? "");
  const [action, setAction] = useState(of?.action ?? "*");
  const [resourceType, setType] = useState(of?.resourceType ?? "");
  const [when, setWhen] = useState(of?.when ?? "");
  const [description, setDescription] = useState(of?.description ?? "");
  const [justification, setJustification] = useState(of?.justification ?? "");
  const isWhole = [effect, role, scope, action, resourceType].every((text) => text.trim() !== "");
  const put: PutRule = {
    ...{ role, scope, action: action.trim(), resourceType: resourceType.trim() },
    effect: effect as PutRule["effect"],
    ...(id !== "" && { id: id.trim() }),
    ...(when.trim() !== "" && { when }),
    ...(description !== "" && { description }),
    ...(justification !== "" && { justification }),
  };
  // A lint reads the whole rule, so it has what the form does not show too.
  const lint = useSettled(
    LintARule,
    isWhole
      ? { input: { ...put, ...(of !== undefined && of.obligations.length > 0 && { obligations: of.obligations }) } }
      : null,
  );
  const findings = lint.data?.lintRule ?? [];
  const emptied =
    of === undefined
      ? []
      : (
          [
            when.trim() === "" && of.when !== null && "WHEN",
            description === "" && of.description !== null && "DESCRIPTION",
            justification === "" && of.justification !== null && "JUSTIFICATION",
          ] as const
        ).filter((one) => one !== false);
  const operation: PolicyOperation =
    of === undefined ? { putRule: put } : { updateRule: { ...put, id: of.id, clear: emptied } };
  return (
    <ChangeForm
      title={of === undefined ? `New rule ${id || `for ${role}`}` : `Change the rule ${of.id}`}
      submit={of === undefined ? "Create the rule" : "Change the rule"}
      operations={isWhole ? [operation] : null}
      onDone={onDone}
      onClose={onClose}
    >
      {of === undefined && (
        <TextField
          label="Id"
          name="id"
          isCode
          value={id}
          onChange={setId}
          hint="Reasons name it; empty: one is made."
        />
      )}
      <ChoiceField label="Effect" name="effect" value={effect} onChange={setEffect} options={EFFECTS} isRequired />
      <PickerField
        label="Role"
        name="role"
        value={role}
        onChange={setRole}
        search={findOptions("ROLE")}
        isRequired
        hint="* is anybody, and who holds none."
      />
      <PickerField
        label="Scope"
        name="scope"
        value={scope}
        onChange={setScope}
        search={findOptions("SCOPE")}
        isRequired
        hint="A SMART scope means all that it covers; * is any."
      />
      <div className="policy-two">
        <TextField
          label="Action"
          name="action"
          isCode
          value={action}
          onChange={setAction}
          isRequired
          hint="read, search, create, update, delete; * is any."
        />
        <TextField
          label="Type of data"
          name="resourceType"
          isCode
          value={resourceType}
          onChange={setType}
          isRequired
          hint="Observation; * is any."
        />
      </div>
      <CelField label="Condition" value={when} onChange={setWhen} />
      <Findings of={findings} />
      {(justification !== "" || findings.some(({ severity }) => severity === "REFUSE")) && (
        <TextAreaField
          label="Why it must stand"
          name="justification"
          rows={2}
          value={justification}
          onChange={setJustification}
          hint="Kept, and shown with the rule."
        />
      )}
      <TextAreaField label="What it is for" name="description" rows={2} value={description} onChange={setDescription} />
    </ChangeForm>
  );
}
