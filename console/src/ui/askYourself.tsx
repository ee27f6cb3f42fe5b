import { useState } from "react";
import type { Question } from "../api/useAsk.ts";
import { Button } from "./buttons.tsx";
import { CopyButton } from "./copy.tsx";
import { Dialog } from "./dialog.tsx";
import { Note } from "./feedback.tsx";

/** Hands a question to the playground by a channel, as a patient's id may not stand in an address. */
function openPlayground({ operation, variables }: Question): void {
  const id = crypto.randomUUID();
  const channel = new BroadcastChannel(`scopewarden.ask.${id}`);
  channel.addEventListener("message", ({ data }) => {
    if (data !== "ready") return;
    channel.postMessage({ query: operation.text, variables: JSON.stringify(variables, null, 2) });
    channel.close();
  });
  window.open(new URL(`../playground#ask=${id}`, document.baseURI).href, "_blank", "noopener");
}

/** The question of a page as the API takes it, for programs and for experts. */
export function AskYourself({
  question,
  isOpen,
  onClose,
}: {
  readonly question: Question;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const [isGone, setGone] = useState(false);
  const variables = JSON.stringify(question.variables, null, 2);
  return (
    <Dialog title="Ask this yourself" isOpen={isOpen} onClose={onClose} isWide>
      <p>What this page asked the service. Programs ask the same at /graphql; the playground lets you change it.</p>
      <pre className="code-block">{question.operation.text}</pre>
      <pre className="code-block">{variables}</pre>
      <div className="form-end">
        <CopyButton text={question.operation.text} label="Copy the question" />
        <CopyButton text={variables} label="Copy the variables" />
        <Button
          onPress={() => {
            openPlayground(question);
            setGone(true);
          }}
        >
          Open in the playground
        </Button>
      </div>
      {isGone && <Note>The playground asks for your key or sign-in, as nothing of yours is kept.</Note>}
    </Dialog>
  );
}
