import "./ask.css";
import { useEffect, useState } from "react";
import { useMay } from "../../session/useSession.ts";
import { TextField } from "../../ui/fields.tsx";
import { Form } from "../../ui/form.tsx";
import { useLink } from "../../ui/link.ts";
import { Page } from "../../ui/page.tsx";
import { WhyPanel } from "../../ui/why/WhyPanel.tsx";
import { Question } from "./Question.tsx";

const SHAPE = { id: "", client: "", type: "", organization: "" } as const;

/** Why a decision came out as it did, by its id; or how a question would be answered, without deciding it. */
export default function WhyPage() {
  const link = useLink(SHAPE);
  const may = useMay();
  const { id, client, type, organization } = link.values;
  const [text, setText] = useState(id);
  useEffect(() => setText(id), [id]);
  const mayRead = may("explanation") || may("decision");
  return (
    <Page
      title="Why"
      purpose="Why a decision came out as it did, or how a question would be answered. Nothing is decided by asking."
    >
      <div className={`split ${id === "" ? "" : "two"}`}>
        <div className="stack">
          {mayRead && (
            <section className="card pad stack" aria-label="A decision on record">
              <h2>A decision on record</h2>
              <Form label="A decision on record" submit="Say why" onSubmit={() => link.set({ id: text.trim() })}>
                <TextField
                  label="Id of the decision"
                  value={text}
                  onChange={setText}
                  isCode
                  isRequired
                  hint="As logs, alerts and the answer to the client name it."
                  placeholder="0199ab12-…"
                />
              </Form>
            </section>
          )}
          <section className="card pad stack" aria-label="A question by hand">
            <h2>A question by hand</h2>
            <Question key={`${client} ${type} ${organization}`} about={{ clientId: client, type, organization }} />
          </section>
        </div>
        {id !== "" && <WhyPanel decisionId={id} onClose={() => link.set({ id: "" })} />}
      </div>
    </Page>
  );
}
