import { useState } from "react";
import type { ClearableOrganizationMember, PolicyOperation } from "../../../generated/schema.ts";
import { PickerField, TextAreaField, TextField } from "../../../ui/fields.tsx";
import { findOptions } from "../../../ui/findOptions.ts";
import { useFields } from "../../../ui/form.tsx";
import { ChangeForm } from "../../../ui/propose/ChangeForm.tsx";
import { SETTING_NAMES } from "../../../ui/settingWords.ts";
import { SettingFields } from "./SettingFields.tsx";
import type { Organization } from "./settingsDraft.ts";
import { draftOf, settingsOf } from "./settingsDraft.ts";

interface OrganizationFormProps {
  /** Absent: one that sets nothing yet. */
  readonly of?: Organization;
  /** Of one that sets nothing yet, where it is known. */
  readonly id?: string;
  readonly onClose: () => void;
}

/** `accessRequestMaxMinutes` as `clear` names it. */
const memberOf = (name: string) =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase() as ClearableOrganizationMember;

/** What an organization sets. What is left empty is not set: what all have holds then. */
export function OrganizationForm({ of, id: known = "", onClose }: OrganizationFormProps) {
  const [{ id, name, justification }, field] = useFields({
    id: of?.id ?? known,
    name: of?.name ?? "",
    justification: of?.justification ?? "",
  });
  const [draft, setDraft] = useState(() => draftOf(of?.settings));
  const settings = settingsOf(draft);
  const said = {
    id: id.trim(),
    settings,
    ...(name !== "" && { name }),
    ...(justification !== "" && { justification }),
  };
  const emptied =
    of === undefined
      ? []
      : [
          ...SETTING_NAMES.filter((setting) => of.settings[setting] !== null && settings[setting] === undefined).map(
            memberOf,
          ),
          ...(name === "" && of.name !== null ? (["NAME"] as const) : []),
          ...(justification === "" && of.justification !== null ? (["JUSTIFICATION"] as const) : []),
        ];
  const operation: PolicyOperation =
    of === undefined ? { putOrganization: said } : { updateOrganization: { ...said, clear: emptied } };
  return (
    <ChangeForm
      title={`Settings of ${name || id}`}
      submit={of === undefined ? "Set the organization" : "Change the settings"}
      operations={said.id === "" ? null : [operation]}
      onClose={onClose}
    >
      {of === undefined && (
        <PickerField
          label="Organization"
          {...field("id")}
          search={findOptions("ORGANIZATION")}
          isRequired
          hint="Its id, as requests name it; * is what all have."
        />
      )}
      <TextField label="Name" {...field("name")} hint="For people." />
      <SettingFields draft={draft} onChange={setDraft} />
      {(of?.justification ?? null) !== null && (
        <TextAreaField label="Why it is set so" rows={2} {...field("justification")} hint="Kept, and shown." />
      )}
    </ChangeForm>
  );
}
