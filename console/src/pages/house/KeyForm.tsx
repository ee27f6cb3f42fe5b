import { useAct } from "../../api/useAsk.ts";
import { type CallerRole, CallerRoleWords, type CreateApiKeyInput } from "../../generated/schema.ts";
import { useMay, useViewer } from "../../session/useSession.ts";
import { CopyButton } from "../../ui/copy.tsx";
import { dayUntil } from "../../ui/days.ts";
import { Note } from "../../ui/feedback.tsx";
import { ChoiceField, DateField, PickerField, SelectField, TextField } from "../../ui/fields.tsx";
import { findOptions } from "../../ui/findOptions.ts";
import { useFields } from "../../ui/form.tsx";
import { ApplyOrPropose } from "../../ui/propose/ApplyOrPropose.tsx";
import { words } from "../../ui/words.ts";
import { CreateKey } from "./keys.graphql.ts";

/** The secret, for this one time. */
export function MadeKey({ text, name }: { readonly text: string; readonly name: string }) {
  return (
    <div className="stack">
      <Note tone="warn">Copy it now: it is shown this once, and kept nowhere.</Note>
      <p>
        The key of{" "}
        <strong>
          <bdi>{name}</bdi>
        </strong>
      </p>
      <pre className="code-block">{text}</pre>
      <div className="form-end">
        <CopyButton text={text} label="Copy the key" />
      </div>
    </div>
  );
}

interface KeyFormProps {
  readonly onMade: (key: { readonly text: string; readonly name: string; readonly id: string }) => void;
  readonly onCancel: () => void;
}

/** Makes a key for one person or program; under four eyes, proposes it where that is asked. */
export function KeyForm({ onMade, onCancel }: KeyFormProps) {
  const may = useMay();
  const { service } = useViewer();
  const [{ name, roles: role, type, subject, clientId, until }, field] = useFields({
    name: "",
    roles: "",
    type: "user",
    subject: "",
    clientId: "",
    until: "",
  });
  const make = useAct(CreateKey, ({ createApiKey: { apiKey, key } }) => onMade({ text: key, ...apiKey }));
  const input: CreateApiKeyInput = {
    name,
    roles: [role as CallerRole],
    ...(subject.trim() !== "" && { subject: { type, id: subject.trim() } }),
    ...(clientId !== "" && { clientId }),
    ...(until !== "" && { until: dayUntil(until) }),
  };
  return (
    <ApplyOrPropose
      title={`A key for ${name}`}
      submit="Make the key"
      change={{ apiKey: input }}
      apply={(reason) => make.run({ input, reason })}
      act={make}
      mayApply={!service.fourEyes || !may("proposePolicy") || role === "" || role === "SERVICE"}
      because="Two people make such a key: you propose it, somebody else approves it."
      onClose={onCancel}
    >
      <TextField
        label="Name"
        isRequired
        {...field("name")}
        hint="Whose it is or what for, as lists show it."
        autoFocus
      />
      <ChoiceField
        label="What may its bearer do?"
        isRequired
        {...field("roles")}
        options={Object.entries(CallerRoleWords).map(([id, hint]) => ({ id, name: words(id), hint }))}
        hint="Admins make all but those of auditors, whom auditors make."
      />
      <div className="house-pair">
        <SelectField
          label="Whose is it?"
          {...field("type")}
          options={[
            { id: "user", name: "A person" },
            { id: "client", name: "A program" },
          ]}
        />
        <TextField
          label="Their id"
          isCode
          {...field("subject")}
          isRequired={["ADMIN", "REVIEWER", "AUDITOR"].includes(role)}
          hint="The one under which all else knows them."
        />
      </div>
      {role === "SERVICE" && may("find") && (
        <PickerField
          label="Default client"
          {...field("clientId")}
          search={findOptions("CLIENT")}
          hint="About which its questions are when they name none."
        />
      )}
      <DateField label="Ends with" {...field("until")} hint="Empty: never by itself." />
    </ApplyOrPropose>
  );
}
