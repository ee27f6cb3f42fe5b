import { useState } from "react";
import { useSettled } from "../../../api/useSettled.ts";
import type { PolicyOperation, PutScope } from "../../../generated/schema.ts";
import { Button } from "../../../ui/buttons.tsx";
import { CheckField, TextAreaField, TextField } from "../../../ui/fields.tsx";
import { useFields } from "../../../ui/form.tsx";
import { ChangeForm } from "../../../ui/propose/ChangeForm.tsx";
import { useTaken } from "../../../ui/propose/useTaken.ts";
import { Findings } from "../change/Findings.tsx";
import { AtomFields, type AtomRow, inputOf, NEW_ATOM, rowOf } from "./AtomFields.tsx";
import { LintAScope, type ScopeInFullResult } from "./scopes.graphql.ts";

type Scope = NonNullable<ScopeInFullResult["scope"]>;

/** At which field a finding of the lint stands. */
const fieldOf = (code: string): "name" | "title" | "atoms" =>
  code === "BROAD_NAME" ? "name" : code === "BROAD_TITLE" ? "title" : "atoms";

/** A new scope, a draft anew, or the next version. What the lint finds stands at its field while one types. */
export function ScopeForm({ of, onClose }: { readonly of?: Scope; readonly onClose: () => void }) {
  const [{ name, title, description, requiresConsent: consent, justification, isActive }, field] = useFields({
    name: of?.name ?? "",
    title: of?.title ?? "",
    description: of?.description ?? "",
    requiresConsent: of?.requiresConsent ?? false,
    justification: of?.justification ?? "",
    isActive: false,
  });
  const [atoms, setAtoms] = useState<readonly AtomRow[]>(of?.declarations.map(rowOf) ?? [NEW_ATOM]);
  const isSmart = /^(patient|user|system)\//.test(name);
  const isWhole =
    name.trim() !== "" &&
    (isSmart || atoms.every((atom) => atom.resourceType.trim() !== "" && inputOf(atom).actions.length > 0));
  const put: PutScope = {
    name: name.trim(),
    ...(title !== "" && { title }),
    ...(description !== "" && { description }),
    ...(!isSmart && { atoms: atoms.map(inputOf) }),
    requiresConsent: consent,
    ...(justification !== "" && { justification }),
  };
  const lint = useSettled(LintAScope, isWhole ? { input: put } : null);
  const findings = lint.data?.lintScope ?? [];
  const at = (field: ReturnType<typeof fieldOf>) => findings.filter(({ code }) => fieldOf(code) === field);
  const emptied =
    of === undefined
      ? []
      : (
          [
            title === "" && of.title !== null && "TITLE",
            description === "" && of.description !== null && "DESCRIPTION",
            justification === "" && of.justification !== null && "JUSTIFICATION",
          ] as const
        ).filter((one) => one !== false);
  const operations: PolicyOperation[] = [
    of === undefined ? { putScope: put } : { updateScope: { ...put, clear: emptied } },
    ...(isActive ? [{ activateScope: { name: put.name } }] : []),
  ];
  const taken = useTaken("SCOPE", of === undefined ? name : "");
  return (
    <ChangeForm
      title={
        of === undefined
          ? `New scope ${put.name}`
          : of.state === "DRAFT"
            ? `Change the draft of ${put.name}`
            : `Next version of ${put.name}`
      }
      submit={of?.state === "DRAFT" ? "Save the draft" : isActive ? "Create it, in force" : "Create the draft"}
      operations={isWhole ? operations : null}
      isLinted
      {...(!isActive && {
        hits: { operations: [...operations, { activateScope: { name: put.name } }], when: "Once it is in force" },
      })}
      taken={taken}
      onClose={onClose}
    >
      <TextField
        label="Name"
        isCode
        isRequired
        isDisabled={of !== undefined}
        {...field("name")}
        problem={taken.problem}
        hint="As it stands in tokens: view_lab_results, or a SMART scope such as patient/Observation.rs."
      />
      <Findings of={at("name")} />
      <TextField label="Title" {...field("title")} hint="For people, on the page that asks for their agreement." />
      <Findings of={at("title")} />
      <TextAreaField label="Description" rows={2} {...field("description")} />
      {isSmart ? (
        <p className="muted">A SMART scope says by its syntax what it permits.</p>
      ) : (
        <fieldset className="policy-atoms">
          <legend>What it permits</legend>
          {atoms.map((atom, i) => (
            <AtomFields
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name, and are seldom taken away but from the end
              key={i}
              at={`atoms[${i}]`}
              atom={atom}
              onChange={(next) => setAtoms(atoms.map((one, j) => (j === i ? next : one)))}
              {...(atoms.length > 1 && { onRemove: () => setAtoms(atoms.filter((_, j) => j !== i)) })}
            />
          ))}
          <Button onPress={() => setAtoms([...atoms, NEW_ATOM])}>Another type of data</Button>
        </fieldset>
      )}
      <Findings of={at("atoms")} />
      {(of?.justification ?? null) !== null && (
        <TextAreaField
          label="Why it must be as broad as it is"
          rows={2}
          {...field("justification")}
          hint="Kept, and shown with the scope."
        />
      )}
      <CheckField label="Ask for the patient's consent whenever it is used" {...field("requiresConsent")} />
      <CheckField label="Put it in force at once" {...field("isActive")} />
    </ChangeForm>
  );
}
