import { useState } from "react";
import { usePages } from "../../api/useAsk.ts";
import { Button } from "../../ui/buttons.tsx";
import { Empty } from "../../ui/feedback.tsx";
import { List } from "../../ui/list.tsx";
import { Section } from "../../ui/panel.tsx";
import { When } from "../../ui/when.tsx";
import { count } from "../../ui/words.ts";
import { AccountingsGiven, type GivenAccounting } from "./whoSaw.graphql.ts";

/** The accountings that a patient was given. They are asked for by a button, as each look is on record. */
export function GivenBefore({
  patient,
  onOpen,
}: {
  readonly patient: string;
  readonly onOpen: (given: GivenAccounting) => void;
}) {
  const [isShown, setShown] = useState(false);
  const pages = usePages(AccountingsGiven, { patient }, (answer) => answer.accountingsGiven, { when: isShown });
  if (!isShown)
    return (
      <div className="no-print">
        <Button onPress={() => setShown(true)}>Accountings that were given before</Button>
      </div>
    );
  return (
    <div className="no-print">
      <Section title="Given before">
        <List
          caption="Accountings that were given"
          pages={pages}
          idOf={({ id }) => id}
          onOpen={(id) => {
            const given = pages.rows.find((row) => row.id === id);
            if (given !== undefined) onOpen(given);
          }}
          empty={<Empty title="None was given">Looked at: all that is on record, and not archived.</Empty>}
          columns={[
            { name: "Given", isMain: true, cell: ({ at }) => <When at={at} /> },
            { name: "By", cell: ({ by }) => by.name },
            {
              name: "Of",
              cell: ({ from, to }) => (
                <>
                  <When at={from} /> to <When at={to} />
                </>
              ),
            },
            { name: "Lists", cell: ({ lines }) => count(lines.length, "line") },
          ]}
        />
      </Section>
    </div>
  );
}
