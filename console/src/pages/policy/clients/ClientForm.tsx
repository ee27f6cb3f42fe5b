import type { PolicyOperation } from "../../../generated/schema.ts";
import { CheckField, TextAreaField, TextField } from "../../../ui/fields.tsx";
import { useFields } from "../../../ui/form.tsx";
import { ChangeForm } from "../../../ui/propose/ChangeForm.tsx";
import { useTaken } from "../../../ui/propose/useTaken.ts";

interface ClientFormProps {
  /** Absent: a new one. */
  readonly of?: {
    readonly id: string;
    readonly name: string;
    readonly description: string | null;
    readonly careCritical: boolean;
  };
  readonly onClose: () => void;
}

/** Registers a client, or changes what is said of one. */
export function ClientForm({ of, onClose }: ClientFormProps) {
  const [{ id, name, description, careCritical }, field] = useFields({
    id: of?.id ?? "",
    name: of?.name ?? "",
    description: of?.description ?? "",
    careCritical: of?.careCritical ?? false,
  });
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
  const taken = useTaken("CLIENT", of === undefined ? id : "");
  return (
    <ChangeForm
      title={of === undefined ? `Register ${said.name}` : `Change the client ${said.name}`}
      submit={of === undefined ? "Register the client" : "Change the client"}
      operations={said.id === "" || said.name === "" ? null : [operation]}
      taken={taken}
      onClose={onClose}
    >
      <TextField
        label="Id"
        isCode
        isRequired
        isDisabled={of !== undefined}
        {...field("id")}
        problem={taken.problem}
        hint="Its client_id at the authorization server."
      />
      <TextField label="Name" isRequired {...field("name")} hint="For people." />
      <TextAreaField label="What it is for" rows={2} {...field("description")} />
      <CheckField label="Care depends on it: no alert may suspend it" {...field("careCritical")} />
    </ChangeForm>
  );
}
