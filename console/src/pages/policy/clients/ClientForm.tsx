import { useState } from "react";
import type { PolicyOperation } from "../../../generated/schema.ts";
import { CheckField, TextAreaField, TextField } from "../../../ui/fields.tsx";
import { ChangeForm } from "../change/ChangeForm.tsx";

interface ClientFormProps {
  /** Absent: a new one. */
  readonly of?: {
    readonly id: string;
    readonly name: string;
    readonly description: string | null;
    readonly careCritical: boolean;
  };
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Registers a client, or changes what is said of one. */
export function ClientForm({ of, onDone, onClose }: ClientFormProps) {
  const [id, setId] = useState(of?.id ?? "");
  const [name, setName] = useState(of?.name ?? "");
  const [description, setDescription] = useState(of?.description ?? "");
  const [careCritical, setCareCritical] = useState(of?.careCritical ?? false);
  const said = { id: id.trim(), name: name.trim(), careCritical, ...(description !== "" && { description }) };
  const operation: PolicyOperation =
    of === undefined
      ? { putClient: said }
      : {
          updateClient: {
            ...said,
            ...(description === "" && of.description !== null && { clear: ["DESCRIPTION"] as const }),
          },
        };
  return (
    <ChangeForm
      title={of === undefined ? `Register ${said.name}` : `Change the client ${said.name}`}
      submit={of === undefined ? "Register the client" : "Change the client"}
      operations={said.id === "" || said.name === "" ? null : [operation]}
      onDone={onDone}
      onClose={onClose}
    >
      <TextField
        label="Id"
        name="id"
        isCode
        isRequired
        isDisabled={of !== undefined}
        value={id}
        onChange={setId}
        hint="Its client_id at the authorization server."
      />
      <TextField label="Name" name="name" isRequired value={name} onChange={setName} hint="For people." />
      <TextAreaField label="What it is for" name="description" rows={2} value={description} onChange={setDescription} />
      <CheckField label="Care depends on it: no alert may suspend it" value={careCritical} onChange={setCareCritical} />
    </ChangeForm>
  );
}
