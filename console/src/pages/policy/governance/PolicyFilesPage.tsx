import { useState } from "react";
import { useAsk } from "../../../api/useAsk.ts";
import { useMay } from "../../../session/useSession.ts";
import { Button } from "../../../ui/buttons.tsx";
import { Page } from "../../../ui/page.tsx";
import { Section } from "../../../ui/panel.tsx";
import { FileTexts } from "./FileTexts.tsx";
import { FromGit } from "./FromGit.tsx";
import { Files } from "./files.graphql.ts";
import { PlanFromFiles } from "./PlanFromFiles.tsx";
import "./governance.css";

/** The policy as files, out of the service and into it. */
export default function PolicyFilesPage() {
  const may = useMay();
  const [round, setRound] = useState(0);
  const asked = useAsk(Files, { revision: null });
  return (
    <Page
      title="Policy files"
      purpose="The policy as YAML files: take them away, change them, and see what that would change before anything is."
      asked={asked}
    >
      <div className="governance-halves">
        <div className="card pad stack">
          <Section
            title={
              asked.data === undefined
                ? "The policy as it is"
                : `The policy as it is, revision ${asked.data.policyFiles.revision}`
            }
          >
            <FileTexts revision={null} />
          </Section>
        </div>
        <div className="card pad stack">
          {may("planPolicyFiles") && (
            <Section
              title="Change it by files"
              more={
                <Button look="quiet" onPress={() => setRound(round + 1)}>
                  Begin anew
                </Button>
              }
            >
              <PlanFromFiles key={round} />
            </Section>
          )}
          <FromGit />
        </div>
      </div>
    </Page>
  );
}
