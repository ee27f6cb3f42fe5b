import { useState } from "react";
import { useAct } from "../../../api/useAsk.ts";
import { Button } from "../../../ui/buttons.tsx";
import { FilesField, type TextFile, withFiles } from "../../../ui/files.tsx";
import { Form } from "../../../ui/form.tsx";
import { Page } from "../../../ui/page.tsx";
import { FileProblems } from "./FileProblems.tsx";
import { PolicyTestView } from "./PolicyTestView.tsx";
import { TestPolicy, type TestPolicyResult } from "./tests.graphql.ts";
import "./governance.css";

interface Ran {
  readonly test: TestPolicyResult["testPolicy"];
  readonly cases: readonly TextFile[];
  readonly asOf: Date;
}

/** Cases that the policy has to answer as somebody expects. */
export default function PolicyTestsPage() {
  const [cases, setCases] = useState<readonly TextFile[]>([]);
  const [files, setFiles] = useState<readonly TextFile[]>([]);
  const [isOther, setOther] = useState(false);
  const [ran, setRan] = useState<Ran | null>(null);
  const act = useAct(TestPolicy);
  const variables = { cases, files: isOther && files.length > 0 ? files : null };
  const run = async () => {
    setRan(null);
    const answer = await act.run(variables);
    if (answer !== null) setRan({ test: answer.testPolicy, cases, asOf: new Date() });
  };
  const change = (set: (next: readonly TextFile[]) => void) => (next: readonly TextFile[]) => {
    set(next);
    setRan(null);
    act.clear();
  };
  const loadExample = async () => {
    const { default: text } = await import("./exampleCases.yaml?raw");
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
          isAsking: act.isRunning,
          question: { operation: TestPolicy as never, variables },
        },
      })}
    >
      <div className="governance-halves">
        <div className="card pad stack">
          <Form
            label="Run tests"
            submit="Run the tests"
            isRunning={act.isRunning}
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
              files={cases}
              onChange={change(setCases)}
              hint="YAML with requests, grants or never. The example is of the demo hospital."
            />
            {isOther ? (
              <FilesField
                label="Policy files that decide"
                pastedName="pasted.yaml"
                files={files}
                onChange={change(setFiles)}
                hint="All files of a policy. Without any, the policy in force decides."
              />
            ) : (
              <div className="row">
                <Button look="quiet" onPress={() => setOther(true)}>
                  Test other policy files
                </Button>
                <span className="muted small">The policy in force decides.</span>
              </div>
            )}
          </Form>
          {act.error !== null && <FileProblems error={act.error} files={[...cases, ...files]} />}
        </div>
        <div className="card pad stack">
          <PolicyTestView test={ran?.test ?? null} cases={ran?.cases ?? cases} />
        </div>
      </div>
    </Page>
  );
}
