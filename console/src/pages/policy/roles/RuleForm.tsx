import { useSettled } from "../../../api/useSettled.ts";
import type { PolicyOperation, PutRule } from "../../../generated/schema.ts";
import { ChoiceField, PickerField, TextAreaField, TextField } from "../../../ui/fields.tsx";
import { findOptions } from "../../../ui/findOptions.ts";
import { useFields } from "../../../ui/form.tsx";
import { ChangeForm } from "../../../ui/propose/ChangeForm.tsx";
import { useTaken } from "../../../ui/propose/useTaken.ts";
import { Findings } from "../change/Findings.tsx";
import { CelField } from "./CelField.tsx";
import { LintARule, type RuleInFullResult } from "./roles.graphql.ts";

type Rule = NonNullable<RuleInFullResult["rule"]>;

const EFFECTS = [
  { id: "ALLOW", name: "Allow", hint: "unless a rule denies it as well" },
  { id: "DENY", name: "Deny", hint: "whatever other rules allow" },
];

interface RuleFormProps {
  /** Absent: a new one. */
  readonly of?: Rule;
  /** Of a new one, as far as it is known. */
  readonly role?: string;
  readonly onClose: () => void;
}

/** Writes a rule, or changes one; it is linted and tried while one types. */
export function RuleForm({ of, role: known = "", onClose }: RuleFormProps) {
  const [{ id, effect, role, scope, action, resourceType, when, description, justification }, field] = useFields({
    id: of?.id ?? "",
    effect: of?.effect ?? "",
    role: of?.role ?? known,
    scope: of?.scope ?? "",
    action: of?.action ?? "*",
    resourceType: of?.resourceType ?? "",
    when: of?.when ?? "",
    description: of?.description ?? "",
    justification: of?.justification ?? "",
  });
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
  const taken = useTaken("RULE", of === undefined ? id : "");
  return (
    <ChangeForm
      title={of === undefined ? `New rule ${id || `for ${role}`}` : `Change the rule ${of.id}`}
      submit={of === undefined ? "Create the rule" : "Change the rule"}
      operations={isWhole ? [operation] : null}
      isLinted
      taken={taken}
      onClose={onClose}
    >
      {of === undefined && (
        <TextField
          label="Id"
          isCode
          {...field("id")}
          problem={taken.problem}
          hint="Reasons name it; empty: one is made."
        />
      )}
      <ChoiceField label="Effect" {...field("effect")} options={EFFECTS} isRequired />
      <PickerField
        label="Role"
        {...field("role")}
        search={findOptions("ROLE")}
        isRequired
        hint="* is anybody, and who holds none."
      />
      <PickerField
        label="Scope"
        {...field("scope")}
        search={findOptions("SCOPE")}
        isRequired
        hint="A SMART scope means all that it covers; * is any."
      />
      <div className="policy-two">
        <TextField
          label="Action"
          isCode
          {...field("action")}
          isRequired
          hint="read, search, create, update, delete; * is any."
        />
        <TextField label="Type of data" isCode {...field("resourceType")} isRequired hint="Observation; * is any." />
      </div>
      <CelField label="Condition" {...field("when")} />
      <Findings of={findings} />
      {(of?.justification ?? null) !== null && (
        <TextAreaField
          label="Why it must stand"
          rows={2}
          {...field("justification")}
          hint="Kept, and shown with the rule."
        />
      )}
      <TextAreaField label="What it is for" rows={2} {...field("description")} />
    </ChangeForm>
  );
}
