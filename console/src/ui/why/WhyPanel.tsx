import type { ComponentProps, ReactNode } from "react";
import { type Asked, useAsk } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Answer } from "../answer.tsx";
import { AskedPanel } from "../askedPanel.tsx";
import { Empty } from "../feedback.tsx";
import { OutcomeMark } from "../marks.tsx";
import { Why } from "./Why.tsx";
import { WhyExplained, WhyOwn } from "./why.graphql.ts";

/** A decision and all that explains it; who may not ask that, such as a service for its own decisions, has the decision alone. Asked once. */
function useWhy(id: string): Asked<{ readonly why: ComponentProps<typeof Why> | null }> {
  const mayExplain = useMay()("explanation");
  const explained = useAsk(WhyExplained, { id }, { when: mayExplain });
  const own = useAsk(WhyOwn, { id }, { when: !mayExplain });
  const explanation = explained.data?.explanation ?? null;
  const decision = explanation?.decision ?? own.data?.decision ?? null;
  const asked = mayExplain ? explained : own;
  return { ...asked, data: asked.data && { why: decision && { decision, explanation } } };
}

interface WhyPanelProps {
  readonly decisionId: string;
  readonly onClose: () => void;
  /** What is to be done about it, above why. */
  readonly children?: ReactNode;
}

/** The panel that says why a decision came out as it did, and what would have changed it. */
export function WhyPanel({ decisionId, onClose, children }: WhyPanelProps) {
  const asked = useWhy(decisionId);
  return (
    <AskedPanel
      key={decisionId}
      asked={asked}
      pick={({ why }) => why}
      label="Why"
      title={(found) => found?.decision.summary ?? "Why"}
      above={({ decision }) => <OutcomeMark of={decision.outcome} />}
      tone={({ decision }) => decision.outcome}
      missing={missing(decisionId)}
      onClose={onClose}
    >
      {(found) => (
        <>
          {children}
          <Why {...found} />
        </>
      )}
    </AskedPanel>
  );
}

const missing = (id: string) => ({
  title: "No such decision",
  text: `None of the id ${id} is on record for you to see. Its month may be archived.`,
});

/** The same within a dialog. */
export function WhyDialogBody({ decisionId }: { readonly decisionId: string }) {
  const { title, text } = missing(decisionId);
  return (
    <Answer of={useWhy(decisionId)}>
      {({ why }) =>
        why === null ? (
          <Empty title={title}>{text}</Empty>
        ) : (
          <>
            <p>
              <OutcomeMark of={why.decision.outcome} /> {why.decision.summary}
            </p>
            <Why {...why} />
          </>
        )
      }
    </Answer>
  );
}
