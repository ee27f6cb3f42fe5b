import type { AssignRole } from "../../../generated/schema.ts";
import { useViewer } from "../../../session/useSession.ts";
import { PickerField, TextField } from "../../../ui/fields.tsx";
import { findOptions } from "../../../ui/findOptions.ts";
import { useFields } from "../../../ui/form.tsx";
import { ChangeForm } from "../../../ui/propose/ChangeForm.tsx";
import { isoOf } from "../../../ui/when.tsx";

/** Who holds which role where. */
export type Holding = Pick<AssignRole, "role" | "organization" | "subjectId" | "subjectType" | "clientId">;

const none = () => Promise.resolve([]);

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
  const validUntil = isoOf(until === "" ? "" : `${until}T00:00`);
  // The service finds people by name for these alone, and refuses it to others.
  const findsPeople = useViewer().roles.some((one) => one === "REVIEWER" || one === "AUDITOR");
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
                  ...(clientId !== undefined ? { clientId } : { subjectId }),
                  ...(validUntil !== null && { validUntil }),
                },
              },
            ]
          : null
      }
      onClose={onClose}
    >
      {clientId === undefined && (
        <PickerField
          label="Person"
          {...field("subjectId")}
          search={findsPeople ? findOptions("STAFF") : none}
          isRequired
          hint="The id that requests have; a reviewer or an auditor finds people by name."
        />
      )}
      {fixed === undefined && <PickerField label="Role" {...field("role")} search={findOptions("ROLE")} isRequired />}
      <PickerField
        label="Organization"
        {...field("organization")}
        search={findOptions("ORGANIZATION")}
        isRequired
        hint="Where it counts; * is everywhere."
      />
      <TextField label="Until, if it ends by itself" type="date" {...field("validUntil")} />
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
