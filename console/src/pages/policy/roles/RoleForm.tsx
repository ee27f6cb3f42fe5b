import type { PolicyOperation } from "../../../generated/schema.ts";
import { TextAreaField, TextField } from "../../../ui/fields.tsx";
import { useFields } from "../../../ui/form.tsx";
import { ChangeForm } from "../../../ui/propose/ChangeForm.tsx";
import { useTaken } from "../../../ui/propose/useTaken.ts";

interface RoleFormProps {
  /** Absent: a new one. */
  readonly of?: { readonly name: string; readonly inherits: readonly string[]; readonly description: string | null };
  readonly onClose: () => void;
}

/** Creates a role, or changes what is said of one. */
export function RoleForm({ of, onClose }: RoleFormProps) {
  const [{ name, inherits, description }, field] = useFields({
    name: of?.name ?? "",
    inherits: of?.inherits.join(", ") ?? "",
    description: of?.description ?? "",
  });
  const said = {
    name: name.trim(),
    inherits: inherits
      .split(",")
      .map((role) => role.trim())
      .filter((role) => role !== ""),
    ...(description !== "" && { description }),
  };
  const emptied =
    of === undefined
      ? []
      : [
          ...(said.inherits.length === 0 && of.inherits.length > 0 ? (["INHERITS"] as const) : []),
          ...(description === "" && of.description !== null ? (["DESCRIPTION"] as const) : []),
        ];
  const { inherits: roles, ...rest } = said;
  const put = { ...rest, ...(roles.length > 0 && { inherits: roles }) };
  const operation: PolicyOperation = of === undefined ? { putRole: put } : { updateRole: { ...put, clear: emptied } };
  const taken = useTaken("ROLE", of === undefined ? name : "");
  return (
    <ChangeForm
      title={of === undefined ? `New role ${said.name}` : `Change the role ${said.name}`}
      submit={of === undefined ? "Create the role" : "Change the role"}
      operations={said.name === "" ? null : [operation]}
      taken={taken}
      onClose={onClose}
    >
      <TextField label="Name" isRequired isDisabled={of !== undefined} {...field("name")} problem={taken.problem} />
      <TextField
        label="Has also what these roles have"
        {...field("inherits")}
        hint="Names of roles, with commas between them."
      />
      <TextAreaField label="What it is for" rows={2} {...field("description")} />
    </ChangeForm>
  );
}
