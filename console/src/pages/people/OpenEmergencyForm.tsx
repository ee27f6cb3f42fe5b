import { useAct } from "../../api/useAsk.ts";
import { ReasonField, TextField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import { OpenEmergency } from "./emergencies.graphql.ts";

/** Opens an emergency: for whom, for whose data, where, why and for how long. */
export function OpenEmergencyForm({
  onClose,
  onOpened,
}: {
  readonly onClose: () => void;
  readonly onOpened: (id: string) => void;
}) {
  const [{ subject: person, patient, organization, minutes, reason }, field] = useFields({
    subject: "",
    patient: "",
    organization: "",
    minutes: "60",
    reason: "",
  });
  const act = useAct(OpenEmergency, ({ breakGlass }) => onOpened(breakGlass.id));
  return (
    <>
      <p>
        From then on this person may reach the patient's data for the purpose BTG, as far as scopes and rules let them.
        It ends by itself, and somebody else reviews it.
      </p>
      <Form
        submit="Open the emergency"
        look="danger"
        error={act.error}
        isRunning={act.isRunning}
        onCancel={onClose}
        onSubmit={() =>
          void act.run({
            input: {
              subject: { id: person.trim() },
              patient: patient.trim(),
              organization: organization.trim(),
              minutes: Number(minutes),
              reason,
            },
          })
        }
      >
        <ReasonField
          label="What has happened"
          {...field("reason")}
          hint="Kept on record, and read by whoever reviews it. Write no names."
          autoFocus
        />
        <TextField
          label="Who acts"
          {...field("subject")}
          isRequired
          isCode
          hint="The id of the person, who holds a role that may break the glass there."
        />
        <TextField label="Patient" {...field("patient")} isRequired isCode />
        <TextField label="Organization" {...field("organization")} isRequired isCode />
        <TextField
          label="For how many minutes"
          type="number"
          {...field("minutes")}
          isRequired
          hint="The organization says how long at most."
        />
      </Form>
    </>
  );
}
