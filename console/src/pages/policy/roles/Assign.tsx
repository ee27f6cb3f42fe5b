import type { AssignRole } from "../../../generated/schema.ts";
import { dayFrom } from "../../../ui/days.ts";
import { DateField, PickerField } from "../../../ui/fields.tsx";
import { findOptions } from "../../../ui/findOptions.ts";
import { useFields } from "../../../ui/form.tsx";
import { PersonField } from "../../../ui/people/PersonField.tsx";
import { personOf } from "../../../ui/people/personText.ts";
import { ChangeForm } from "../../../ui/propose/ChangeForm.tsx";

/** Who holds which role where. */
export type Holding = Pick<AssignRole, "role" | "organization" | "subjectId" | "subjectType" | "clientId">;

interface StepProps {
  readonly onClose: () => void;
}

const holderOf = ({
  subjectId,
  subjectType,
  clientId,
}: Pick<Holding, "subjectId" | "subjectType" | "clientId">): string =>
  clientId ??
  `${subjectType === undefined || subjectType === null || subjectType === "user" ? "" : `${subjectType}/`}${subjectId ?? ""}`;

/** Gives a role to a person or client: what of the three is known stands fast, the rest is chosen. */
export function Assign({
  role: fixed,
  clientId,
  onClose,
}: StepProps & { readonly role?: string; readonly clientId?: string }) {
  const [{ role, subjectId, organization, validUntil: until }, field] = useFields({
    role: fixed ?? "",
    subjectId: "",
    organization: "",
    validUntil: "",
  });
  const validUntil = dayFrom(until);
  const person = personOf(subjectId);
  const isWhole = role !== "" && organization !== "" && (clientId !== undefined || subjectId !== "");
  const holder = clientId ?? subjectId;
  return (
    <ChangeForm
      title={`Give ${role} to ${holder}`}
      submit="Give the role"
      operations={
        isWhole
          ? [
              {
                assignRole: {
                  role,
                  organization,
                  ...(clientId !== undefined
                    ? { clientId }
                    : { subjectId: person.id, ...(person.type !== "user" && { subjectType: person.type }) }),
                  ...(validUntil !== null && { validUntil }),
                },
              },
            ]
          : null
      }
      onClose={onClose}
    >
      {clientId === undefined && <PersonField label="Person" {...field("subjectId")} isRequired />}
      {fixed === undefined && <PickerField label="Role" {...field("role")} search={findOptions("ROLE")} isRequired />}
      <PickerField
        label="Organization"
        {...field("organization")}
        search={findOptions("ORGANIZATION")}
        isRequired
        hint="Where it counts; * is everywhere."
      />
      <DateField label="Until, if it ends by itself" {...field("validUntil")} />
    </ChangeForm>
  );
}

/** Takes a role from who holds it. */
export function TakeAway({ of, onClose }: StepProps & { readonly of: Holding }) {
  return (
    <ChangeForm
      title={`Take ${of.role} from ${holderOf(of)}`}
      submit="Take the role away"
      look="danger"
      operations={[{ unassignRole: of }]}
      onClose={onClose}
    >
      <p>
        <strong>{holderOf(of)}</strong> would no longer hold <strong>{of.role}</strong>{" "}
        {of.organization === "*" ? "in all organizations" : `in ${of.organization}`}.
      </p>
    </ChangeForm>
  );
}
