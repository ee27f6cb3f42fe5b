import type { ReactNode } from "react";
import { useAsk } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Empty, Failed, Loading } from "../feedback.tsx";
import { OutcomeMark } from "../marks.tsx";
import { Panel } from "../panel.tsx";
import { Why } from "./Why.tsx";
import { WhyExplained, WhyOwn } from "./why.graphql.ts";

/** A decision and all that explains it; who may not ask that, such as a service for its own decisions, has the decision alone. Asked once. */
function useWhy(decisionId: string) {
  const mayExplain = useMay()("explanation");
  const explained = useAsk(WhyExplained, { id: decisionId }, { when: mayExplain });
  const own = useAsk(WhyOwn, { id: decisionId }, { when: !mayExplain });
  const { error, isPending, refresh } = mayExplain ? explained : own;
  const explanation = explained.data?.explanation ?? null;
  return {
    decisionId,
    explanation,
    decision: explanation?.decision ?? own.data?.decision ?? null,
    error,
    isPending,
    refresh,
  };
}

function WhyAnswer({ decisionId, decision, explanation, error, isPending, refresh }: ReturnType<typeof useWhy>) {
  if (error !== null) return <Failed error={error} retry={refresh} />;
  if (isPending) return <Loading />;
  if (decision === null)
    return (
      <Empty title="No such decision">
        None of the id {decisionId} is on record for you to see. Its month may be archived.
      </Empty>
    );
  return <Why decision={decision} explanation={explanation} />;
}

interface WhyPanelProps {
  readonly decisionId: string;
  readonly onClose: () => void;
  /** What is to be done about it, above why. */
  readonly children?: ReactNode;
}

/** The panel that says why a decision came out as it did, and what would have changed it. */
export function WhyPanel({ decisionId, onClose, children }: WhyPanelProps) {
  const why = useWhy(decisionId);
  const { decision } = why;
  return (
    <Panel
      key={decisionId}
      label="Why"
      title={decision?.summary ?? "Why"}
      above={decision !== null && <OutcomeMark of={decision.outcome} />}
      tone={decision?.outcome ?? "plain"}
      onClose={onClose}
    >
      {children}
      <WhyAnswer {...why} />
    </Panel>
  );
}

/** The same within a dialog. */
export function WhyDialogBody({ decisionId }: { readonly decisionId: string }) {
  const why = useWhy(decisionId);
  return (
    <>
      {why.decision !== null && (
        <p>
          <OutcomeMark of={why.decision.outcome} /> {why.decision.summary}
        </p>
      )}
      <WhyAnswer {...why} />
    </>
  );
}
