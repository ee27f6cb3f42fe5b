import { forgetAsked, refreshAll } from "../../api/renewal.ts";
import { TextField, Unsent } from "../fields.tsx";
import { Form, useFields } from "../form.tsx";
import "./people.css";

interface TypedIdProps {
  readonly label: string;
  /** Of whom the page is; "": of nobody yet. */
  readonly id: string;
  readonly onId: (id: string) => void;
  /** What the button does: "Show consents". */
  readonly act: string;
}

/** Whom a page is about: a whole id, typed. */
export const TypedId = (props: TypedIdProps) => <Typed key={props.id} {...props} />;

function Typed({ label, id, onId, act }: TypedIdProps) {
  const [{ typed }, field] = useFields({ typed: id });
  const send = () => {
    if (typed.trim() === id) return refreshAll();
    forgetAsked();
    onId(typed.trim());
  };
  return (
    <Form submit={act} onSubmit={send}>
      <Unsent is={id !== "" && typed.trim() !== id}>
        <TextField label={label} isCode isRequired {...field("typed")} autoFocus={id === ""} />
      </Unsent>
    </Form>
  );
}
