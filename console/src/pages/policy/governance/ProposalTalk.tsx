import { useState } from "react";
import { useAct } from "../../../api/useAsk.ts";
import { Button, stepOf } from "../../../ui/buttons.tsx";
import { TextAreaField } from "../../../ui/fields.tsx";
import { Form } from "../../../ui/form.tsx";
import { ActorName } from "../../../ui/names.tsx";
import { Section } from "../../../ui/panel.tsx";
import { When } from "../../../ui/when.tsx";
import { CommentProposal, type OneProposal } from "./proposals.graphql.ts";

/** What was said of it, and a place to say something. */
export function ProposalTalk({ proposal: { id, comments, viewerMay } }: { readonly proposal: OneProposal }) {
  const [text, setText] = useState("");
  const [isOpen, setOpen] = useState(false);
  const comment = useAct(CommentProposal, () => {
    setText("");
    setOpen(false);
  });
  const may = stepOf(viewerMay, "commentProposal")?.allowed === true;
  if (comments.length === 0 && !may) return null;
  return (
    <Section
      title="What was said"
      more={
        may &&
        !isOpen && (
          <Button look="quiet" k="m" onPress={() => setOpen(true)}>
            Comment
          </Button>
        )
      }
    >
      {comments.length === 0 && <p className="muted">Nothing yet.</p>}
      <ul className="governance-plain">
        {comments.map((said) => (
          <li key={said.id}>
            <span className="muted small">
              <ActorName actor={said.by} />, <When at={said.at} />
            </span>
            <p>{said.text}</p>
          </li>
        ))}
      </ul>
      {may && isOpen && (
        <Form
          label="Say something"
          submit="Add the comment"
          isRunning={comment.isRunning}
          error={comment.error}
          onCancel={() => setOpen(false)}
          onSubmit={() => void comment.run({ id, text })}
        >
          <TextAreaField label="Comment" name="text" value={text} onChange={setText} rows={2} isRequired autoFocus />
        </Form>
      )}
    </Section>
  );
}
