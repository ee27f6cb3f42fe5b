import { useState } from "react";
import type { PolicyOperation } from "../../../generated/schema.ts";
import { Button } from "../../../ui/buttons.tsx";
import { TextField } from "../../../ui/fields.tsx";
import { ChangeForm } from "../../../ui/propose/ChangeForm.tsx";

/** What the first steps speak of. */
export interface Said {
  readonly client: string;
  readonly scope: string;
  readonly type: string;
  readonly role: string;
  readonly person: string;
  readonly organization: string;
}

export const EXAMPLE: Said = {
  client: "visit-app",
  scope: "view_goals",
  type: "Goal",
  role: "visit_nurse",
  person: "fay",
  organization: "city-clinic",
};

const operationsOf = ({ client, scope, type, role, person, organization }: Said): readonly PolicyOperation[] => [
  { putClient: { id: client, name: client } },
  { putScope: { name: scope, atoms: [{ resourceType: type, actions: ["read", "search"] }] } },
  { activateScope: { name: scope } },
  { grantScope: { clientId: client, scope } },
  { putRole: { name: role } },
  { assignRole: { subjectId: person, role, organization } },
  {
    putRule: {
      id: `${role}-${scope}`.replaceAll(/[^\w.-]|_/g, "-"),
      role,
      scope,
      action: "*",
      resourceType: type,
      effect: "ALLOW",
    },
  },
];

interface FirstPolicyProps {
  readonly said: Said;
  readonly onChange: (said: Said) => void;
}

/** The whole first policy by one form, and one revision. */
export function FirstPolicy({ said, onChange }: FirstPolicyProps) {
  const [isOpen, setOpen] = useState(false);
  if (!isOpen)
    return (
      <div className="row">
        <Button look="primary" onPress={() => setOpen(true)}>
          Begin
        </Button>
      </div>
    );
  const field = (name: keyof Said, label: string, hint: string) => (
    <TextField
      label={label}
      isRequired
      isCode
      value={said[name]}
      onChange={(value) => onChange({ ...said, [name]: value })}
      hint={hint}
    />
  );
  const isWhole = Object.values(said).every((text) => text.trim() !== "");
  return (
    <ChangeForm
      title="The first policy"
      submit="Put it in force"
      operations={isWhole ? operationsOf(said) : null}
      onClose={() => setOpen(false)}
    >
      <div className="policy-two">
        {field("client", "Application", "Its client_id at the authorization server.")}
        {field("scope", "Scope", "What one permission is called.")}
        {field("type", "Type of data", "What may be read and searched with it: a FHIR type, or one of your own.")}
        {field("role", "Role", "What people are, such as a nurse.")}
        {field("person", "Person", "Who holds it, by the id in tokens.")}
        {field("organization", "Organization", "Where they hold it.")}
      </div>
    </ChangeForm>
  );
}
