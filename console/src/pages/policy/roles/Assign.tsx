import { useState } from "react";
import type { AssignRole } from "../../../generated/schema.ts";
import { useViewer } from "../../../session/useSession.ts";
import { PickerField, TextField } from "../../../ui/fields.tsx";
import { findOptions } from "../../../ui/findOptions.ts";
import { isoOf } from "../../../ui/when.tsx";
import { ChangeForm } from "../change/ChangeForm.tsx";

/** Who holds which role where. */
export type Holding = Pick<AssignRole, "role" | "organization" | "subjectId" | "subjectType" | "clientId">;

const none = () => Promise.resolve([]);

interface StepProps {
  readonly onDone: () => void;
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
  onDone,
  onClose,
}: StepProps & { readonly role?: string; readonly clientId?: string }) {
  const [role, setRole] = useState(fixed ?? "");
  const [subjectId, setSubject] = useState("");
  const [organization, setOrganization] = useState("");
  const [until, setUntil] = useState("");
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
      onDone={onDone}
      onClose={onClose}
    >
      {clientId === undefined && (
        <PickerField
          label="Person"
          name="subjectId"
          value={subjectId}
          onChange={setSubject}
          search={findsPeople ? findOptions("STAFF") : none}
          isRequired
          hint="The id that requests have; a reviewer or an auditor finds people by name."
        />
      )}
      {fixed === undefined && (
        <PickerField label="Role" name="role" value={role} onChange={setRole} search={findOptions("ROLE")} isRequired />
      )}
      <PickerField
        label="Organization"
        name="organization"
        value={organization}
        onChange={setOrganization}
        search={findOptions("ORGANIZATION")}
        isRequired
        hint="Where it counts; * is everywhere."
      />
      <TextField label="Until, if it ends by itself" name="validUntil" type="date" value={until} onChange={setUntil} />
    </ChangeForm>
  );
}

/** Takes a role from who holds it. */
export function TakeAway({ of, onDone, onClose }: StepProps & { readonly of: Holding }) {
  return (
    <ChangeForm
      title={`Take ${of.role} from ${holderOf(of)}`}
      submit="Take the role away"
      look="danger"
      operations={[{ unassignRole: of }]}
      onDone={onDone}
      onClose={onClose}
    >
      <p>
        <strong>{holderOf(of)}</strong> would no longer hold <strong>{of.role}</strong>{" "}
        {of.organization === "*" ? "in all organizations" : `in ${of.organization}`}.
      </p>
    </ChangeForm>
  );
}
