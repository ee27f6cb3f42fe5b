import { useState } from "react";
import { useAsk, useTask } from "../../../api/useAsk.ts";
import { ask } from "../../../session/session.ts";
import { part } from "../../../transport/part.ts";
import { Button } from "../../../ui/buttons.tsx";
import { Segments } from "../../../ui/fields.tsx";
import { FilesField, type TextFile, withFiles } from "../../../ui/files.tsx";
import { Form } from "../../../ui/form.tsx";
import { useLink } from "../../../ui/link.ts";
import { Page } from "../../../ui/page.tsx";
import { Section } from "../../../ui/panel.tsx";
import { FileProblems } from "./FileProblems.tsx";
import { PolicyTestView, type Ran } from "./PolicyTestView.tsx";
import { ProposalField, ProposedText } from "./ProposedText.tsx";
import { ProposalToTest, TestPolicy } from "./tests.graphql.ts";
import "./governance.css";

const DECIDES = [
  { id: "", name: "The policy in force" },
  { id: "proposal", name: "A proposed change" },
  { id: "files", name: "Other policy files" },
];

/** Cases that the policy has to answer as somebody expects. */
export default function PolicyTestsPage() {
  const link = useLink({ decides: "", proposal: "" });
  const { decides, proposal: id } = link.values;
  const [cases, setCases] = useState<readonly TextFile[]>([]);
  const [files, setFiles] = useState<readonly TextFile[]>([]);
  const [ran, setRan] = useState<Ran | null>(null);
  const isProposal = decides === "proposal";
  const proposed = useAsk(ProposalToTest, { id }, { when: isProposal && id !== "" });
  const task = useTask(async (): Promise<Ran> => {
    const variables = { cases, files: decides === "files" ? files : null, proposal: isProposal ? id : null };
    const { testPolicy: test } = await ask(TestPolicy, variables);
    // What the same tests say without the change tells what it does to them.
    const before = isProposal ? (await ask(TestPolicy, { ...variables, proposal: null })).testPolicy : null;
    return { test, before, variables, asOf: new Date() };
  });
  const run = async () => {
    setRan(null);
    setRan(await task.run(undefined));
  };
  const forget = () => {
    setRan(null);
    task.clear();
  };
  const change = (set: (next: readonly TextFile[]) => void) => (next: readonly TextFile[]) => {
    set(next);
    forget();
  };
  const decide = (next: Parameters<typeof link.set>[0]) => {
    link.set(next, { replace: true });
    forget();
  };
  const loadExample = async () => {
    const { default: text } = await part(() => import("./exampleCases.yaml?raw"));
    change(setCases)(withFiles(cases, [{ name: "example.yaml", text }]));
  };
  return (
    <Page
      title="Policy tests"
      purpose="Questions with the answers that you expect. The policy is asked, and you see what comes out otherwise."
      {...(ran !== null && {
        asked: {
          asOf: ran.asOf,
          again: () => void run(),
          isAsking: task.isRunning,
          question: { operation: TestPolicy as never, variables: ran.variables },
        },
      })}
    >
      <div className="governance-halves">
        <div className="card pad stack">
          <Form
            label="Run tests"
            submit="Run the tests"
            isRunning={task.isRunning}
            onSubmit={() => void run()}
            more={
              <Button k="e" onPress={() => void loadExample()}>
                Load an example
              </Button>
            }
          >
            <FilesField
              label="Files of cases"
              pastedName="pasted-cases.yaml"
              isRequired
              showsText
              files={cases}
              onChange={change(setCases)}
              hint="YAML with requests, grants or never. The example is of the demo hospital. Keep your files in git: they are not kept here."
            />
            <Segments
              label="What decides"
              value={decides}
              onChange={(next) => decide({ decides: next })}
              options={DECIDES}
            />
            {isProposal && <ProposalField value={id} onChange={(proposal) => decide({ proposal })} />}
            {decides === "files" && (
              <FilesField
                label="Policy files that decide"
                pastedName="pasted.yaml"
                isRequired
                files={files}
                onChange={change(setFiles)}
                hint="All files of a policy."
              />
            )}
          </Form>
          {task.error !== null && <FileProblems error={task.error} files={[...cases, ...files]} />}
        </div>
        <div className="stack">
          {isProposal && id !== "" && (
            <div className="card pad stack">
              <Section title="The proposed change as text">
                <ProposedText asked={proposed} />
              </Section>
            </div>
          )}
          <div className="card pad stack">
            <PolicyTestView ran={ran} />
          </div>
        </div>
      </div>
    </Page>
  );
}
