import { useAct } from "../../api/useAsk.ts";
import { useMay, useViewer } from "../../session/useSession.ts";
import { PickerField, ReasonField, Segments, SelectField, TextField } from "../../ui/fields.tsx";
import { findOptions } from "../../ui/findOptions.ts";
import { Form, useFields } from "../../ui/form.tsx";
import { RequestAccess } from "./accessRequests.graphql.ts";

const DURATIONS = [30, 60, 120, 240, 480].map((minutes) => ({
  id: String(minutes),
  name: minutes < 60 ? `${minutes} minutes` : minutes === 60 ? "1 hour" : `${minutes / 60} hours`,
}));

interface NameProps {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly kind: "ROLE" | "ORGANIZATION" | "CLIENT" | "SCOPE";
}

/** Found at the service by who may look into the policy, typed by others. */
function NameField({ kind, ...rest }: NameProps) {
  const may = useMay();
  return may("roles") ? (
    <PickerField {...rest} search={findOptions(kind)} isRequired />
  ) : (
    <TextField {...rest} isRequired isCode />
  );
}

/** Asks for a role or a scope for a while: for oneself, or, at a desk that speaks for others, for somebody. */
export function RequestAccessForm({
  onClose,
  onAsked,
}: {
  readonly onClose: () => void;
  readonly onAsked: (id: string) => void;
}) {
  const { roles, subject } = useViewer();
  const isForOthers = roles.includes("SERVICE");
  const [{ kind, subject: person, role, organization, clientId: client, scope, minutes, reason }, field] = useFields({
    kind: "ROLE",
    subject: "",
    role: "",
    organization: "",
    clientId: "",
    scope: "",
    minutes: "240",
    reason: "",
  });
  const act = useAct(RequestAccess, ({ requestAccess }) => onAsked(requestAccess.id));
  const what = kind === "ROLE" ? { role, organization } : { clientId: client, scope };
  const whose = isForOthers && person.trim() !== "" ? { subject: { id: person.trim() } } : {};
  return (
    <>
      <p>
        {isForOthers
          ? "For a person, or a scope for a client."
          : `For yourself${subject === null ? "" : ` (${subject.id})`}.`}{" "}
        Nothing changes until somebody else approves it.
      </p>
      <Form
        submit="Ask for it"
        error={act.error}
        isRunning={act.isRunning}
        onCancel={onClose}
        onSubmit={() => void act.run({ input: { ...what, ...whose, minutes: Number(minutes), reason } })}
      >
        <Segments
          label="What"
          {...field("kind")}
          options={[
            { id: "ROLE", name: "A role" },
            { id: "SCOPE", name: "A scope for a client" },
          ]}
        />
        {isForOthers && (
          <TextField
            label="For whom"
            {...field("subject")}
            isRequired={kind === "ROLE"}
            isCode
            hint="The id of the person."
          />
        )}
        {kind === "ROLE" ? (
          <>
            <NameField kind="ROLE" label="Role" {...field("role")} />
            <NameField kind="ORGANIZATION" label="Organization" {...field("organization")} />
          </>
        ) : (
          <>
            <NameField kind="CLIENT" label="Client" {...field("clientId")} />
            <NameField kind="SCOPE" label="Scope" {...field("scope")} />
          </>
        )}
        <SelectField label="For how long, once it is approved" {...field("minutes")} options={DURATIONS} isRequired />
        <ReasonField {...field("reason")} />
      </Form>
    </>
  );
}
