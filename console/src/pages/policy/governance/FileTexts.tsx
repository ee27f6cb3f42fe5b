import { useAsk } from "../../../api/useAsk.ts";
import { Button } from "../../../ui/buttons.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { Failed, Loading, Note } from "../../../ui/feedback.tsx";
import { downloadFile } from "../../../ui/files.tsx";
import { Files } from "./files.graphql.ts";

/** The policy of a revision, or of now, as files to read, copy and take away. */
export function FileTexts({ revision }: { readonly revision: number | null }) {
  const asked = useAsk(Files, { revision });
  if (asked.error !== null) return <Failed error={asked.error} retry={asked.refresh} />;
  if (asked.data === undefined) return <Loading rows={3} />;
  const { files, unsaid } = asked.data.policyFiles;
  if (files.length === 0) return <Note>The policy is empty: there is nothing to write into a file.</Note>;
  return (
    <>
      <div className="row">
        <Button k="d" onPress={() => files.forEach(downloadFile)}>
          Download all {files.length} files
        </Button>
      </div>
      <ul className="governance-files">
        {files.map((file) => (
          <li key={file.name}>
            <details>
              <summary>
                <code>{file.name}</code> <span className="muted small">{file.text.split("\n").length - 1} lines</span>
              </summary>
              <pre className="code-block">{file.text}</pre>
            </details>
            <span className="row">
              <Button aria-label={`Download ${file.name}`} onPress={() => downloadFile(file)}>
                Download
              </Button>
              <CopyButton text={file.text} label="Copy" />
            </span>
          </li>
        ))}
      </ul>
      {unsaid.length > 0 && (
        <details>
          <summary>What files can't say ({unsaid.length})</summary>
          <ul>
            {unsaid.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
