import { useAct, usePages } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../../ui/buttons.tsx";
import { Empty } from "../../ui/feedback.tsx";
import { List } from "../../ui/list.tsx";
import { ActorName } from "../../ui/names.tsx";
import { ReasonStep } from "../../ui/reasonStep.tsx";
import { Day } from "../../ui/when.tsx";
import { EndQuiet, QuietPairs } from "./alerts.graphql.ts";
import { unusualText } from "./alertWords.ts";

const End = ({ id }: { readonly id: string }) => (
  <ReasonStep id={id} act={useAct(EndQuiet)} submit="Let it be heard again" />
);

/** Of whom nothing makes an alert for a while; whom it is about is seen at its alert. */
export function QuietPairsList({ onOpen }: { readonly onOpen: (alertId: string) => void }) {
  const may = useMay();
  const pages = usePages(QuietPairs, { filter: { inForce: true }, first: 50 }, (answer) => answer.alertSuppressions);
  return (
    <div className="card">
      <List
        caption="What makes no alert for now"
        pages={pages}
        idOf={({ id }) => id}
        empty={
          <Empty title="Nothing is quiet">
            Whatever detectors find can make an alert. Who is quiet after a verdict is said at its alert.
          </Empty>
        }
        columns={[
          {
            name: "Whose",
            isMain: true,
            cell: (row) => (
              <Button look="quiet" onPress={() => onOpen(row.alertId)}>
                Whom this alert is about
              </Button>
            ),
          },
          { name: "What", cell: (row) => (row.detector === null ? "Whatever is found" : unusualText(row.detector)) },
          { name: "Why", cell: (row) => row.reason },
          { name: "Until", cell: (row) => <Day at={row.until} /> },
          { name: "By", isMinor: true, cell: (row) => <ActorName actor={row.by} /> },
          ...(may("endAlertSuppression")
            ? [{ name: "Step", cell: (row: { readonly id: string }) => <End id={row.id} /> }]
            : []),
        ]}
      />
    </div>
  );
}
