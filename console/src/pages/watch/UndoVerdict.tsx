import { useEffect } from "react";
import { useAct } from "../../api/useAsk.ts";
import { serviceNow } from "../../session/session.ts";
import { Button } from "../../ui/buttons.tsx";
import { Failed } from "../../ui/feedback.tsx";
import { timeOf } from "../../ui/when.tsx";
import { type CloseAlertResult, ReopenAlert, type ReopenAlertResult } from "./alerts.graphql.ts";
import { verdictText } from "./alertWords.ts";

export type ClosedAlert = CloseAlertResult["closeAlert"];

/** For so long whoever closed an alert may take the verdict back. */
const UNDO_MS = 600_000;

/** Says which verdict was given, and takes it back, as long as that may be. */
export function UndoVerdict({
  alert: { closedAt, id, title, verdict },
  onUndone,
  onOver,
}: {
  readonly alert: ClosedAlert;
  readonly onUndone: (reopened: ReopenAlertResult["reopenAlert"]) => void;
  readonly onOver: () => void;
}) {
  const act = useAct(ReopenAlert, ({ reopenAlert }) => onUndone(reopenAlert));
  const until = Date.parse(closedAt ?? "") + UNDO_MS;
  useEffect(() => {
    const timer = setTimeout(onOver, Math.max(0, until - serviceNow().getTime()));
    return () => clearTimeout(timer);
  }, [until, onOver]);
  return (
    <div className="note watch-undo" role="status">
      <p>
        <strong>Closed: {verdict !== null && verdictText(verdict).toLowerCase()}.</strong> {title}
      </p>
      <div className="row">
        <Button k="u" isDisabled={act.isRunning} onPress={() => void act.run({ id })}>
          Undo
        </Button>
        <span className="muted">until {timeOf(new Date(until))}</span>
        <Button look="quiet" onPress={onOver}>
          Leave it so
        </Button>
      </div>
      {act.error !== null && <Failed error={act.error} />}
    </div>
  );
}
