import { useAsk } from "../../api/useAsk.ts";
import { Empty } from "../../ui/feedback.tsx";
import { type LinkShape, useLink } from "../../ui/link.ts";
import { allRows } from "../../ui/list.tsx";
import { ListPage } from "../../ui/listPage.tsx";
import { DetectorPanel } from "./DetectorPanel.tsx";
import { ModeChip } from "./detectorMode.tsx";
import { Detectors } from "./detectors.graphql.ts";
import "./watch.css";

/** What looks at decisions, how loud it is, and what it is set to. */
export default function DetectorsPage() {
  const link = useLink({ id: "", job: "" } satisfies LinkShape);
  const { id, job } = link.values;
  const asked = useAsk(Detectors, {});
  const open = asked.data?.detectors.find(({ code }) => code === id);
  return (
    <ListPage
      title="Detectors"
      purpose="What is watched for, how much it finds, and how it is set. Try a setting on the past before you change it."
      pages={allRows(asked.data?.detectors, asked)}
      idOf={({ code }) => code}
      opens={(next) => ({ id: next, job: "" })}
      empty={<Empty title="No detector">The service watches nothing.</Empty>}
      columns={[
        { name: "Detector", isMain: true, cell: ({ title }) => title },
        { name: "It", cell: ({ mode }) => <ModeChip mode={mode} /> },
        {
          name: "Found in a week",
          isNumber: true,
          cell: ({ findingsLastWeek }) => findingsLastWeek.toLocaleString("en-US"),
        },
        {
          name: "Alerts in a week",
          isNumber: true,
          cell: ({ alertsLastWeek }) => alertsLastWeek.toLocaleString("en-US"),
        },
      ]}
      panel={
        open !== undefined && (
          <DetectorPanel
            key={open.code}
            detector={open}
            job={job}
            onJob={(started) => link.set({ job: started })}
            onClose={() => link.set({ id: "", job: "" })}
          />
        )
      }
      link={link}
    />
  );
}
