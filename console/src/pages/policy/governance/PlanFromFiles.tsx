import { useState } from "react";
import { useTask } from "../../../api/useAsk.ts";
import type { PolicyOperation } from "../../../generated/schema.ts";
import { ask } from "../../../session/session.ts";
import { useMay } from "../../../session/useSession.ts";
import { Note } from "../../../ui/feedback.tsx";
import { CheckField } from "../../../ui/fields.tsx";
import { FilesField, type TextFile } from "../../../ui/files.tsx";
import { Form } from "../../../ui/form.tsx";
import { Section } from "../../../ui/panel.tsx";
import { ChangeForm } from "../../../ui/propose/ChangeForm.tsx";
import { ChangeList } from "../../../ui/propose/ChangeList.tsx";
import { count, words } from "../../../ui/words.ts";
import { FileProblems } from "./FileProblems.tsx";
import { Files, PlanFiles, type PlanFilesResult } from "./files.graphql.ts";

type Plan = PlanFilesResult["planPolicyFiles"];
interface Planned {
  /** Null: every file says what the policy says. */
  readonly plan: Plan | null;
  readonly prune: boolean;
}

/** What files would change. Those that say what the policy says already are not sent, as a question has its size. */
async function plan(files: readonly TextFile[], prune: boolean): Promise<Planned> {
  const { policyFiles } = await ask(Files, { revision: null });
  const now = new Set(policyFiles.files.map(({ text }) => text));
  const sent = prune ? files : files.filter(({ text }) => !now.has(text));
  if (sent.length === 0) return { plan: null, prune };
  const { planPolicyFiles } = await ask(PlanFiles, { files: sent, prune });
  return { plan: planPolicyFiles, prune };
}

export function PlanFromFiles() {
  const [files, setFiles] = useState<readonly TextFile[]>([]);
  const [prune, setPrune] = useState(false);
  const [planned, setPlanned] = useState<Planned | null>(null);
  const task = useTask(() => plan(files, prune));
  const change = (apply: () => void) => {
    apply();
    task.clear();
    setPlanned(null);
  };
  const run = async () => {
    setPlanned(null);
    setPlanned(await task.run(undefined));
  };
  return (
    <>
      <Form
        label="Change it by files"
        submit="Show what would change"
        isRunning={task.isRunning}
        onSubmit={() => void run()}
      >
        <FilesField
          label="Policy files"
          pastedName="pasted.yaml"
          isRequired
          files={files}
          onChange={(next) => change(() => setFiles(next))}
          hint="Those that you changed are enough. Nothing changes yet."
        />
        <CheckField
          label="These are all files of the policy: take away what they do not say"
          value={prune}
          onChange={(next) => change(() => setPrune(next))}
        />
      </Form>
      {task.error !== null && <FileProblems error={task.error} files={files} />}
      {planned !== null && <PlanView {...planned} />}
    </>
  );
}

function PlanView({ plan: found, prune }: Planned) {
  const may = useMay();
  if (found === null || found.revision === null) return <Note>The policy says already what these files say.</Note>;
  const { revision, left, leftCount, ended, operations } = found;
  return (
    <>
      {ended.length > 0 && (
        <Note>
          {count(ended.length, "thing")} in the files {ended.length === 1 ? "has" : "have"} ended and{" "}
          {ended.length === 1 ? "is" : "are"} not put again:{" "}
          {ended.map(({ file, line }) => `${file}:${line}`).join(", ")}
        </Note>
      )}
      {prune && leftCount > 0 && (
        <details>
          <summary>{count(leftCount, "thing")} that the files do not say would be taken away</summary>
          <ul>
            {left.map(({ noun, key }) => (
              <li key={`${noun} ${key}`}>
                {words(noun)} {key}
              </li>
            ))}
          </ul>
        </details>
      )}
      {may("proposePolicy") ? (
        <ChangeForm title="" operations={operations as readonly PolicyOperation[]} submit="Put it in force" />
      ) : (
        <Section title={`What it would change (${count(revision.changeCount, "change")})`}>
          <ChangeList changes={revision.changes} total={revision.changeCount} findings={revision.findings} />
          <Note>Reviewers and admins propose changes. Your role sees what they would do.</Note>
        </Section>
      )}
    </>
  );
}
