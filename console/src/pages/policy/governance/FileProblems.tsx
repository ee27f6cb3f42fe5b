import type { ApiError } from "../../../transport/apiError.ts";
import { Failed } from "../../../ui/feedback.tsx";
import type { TextFile } from "../../../ui/files.tsx";
import { count } from "../../../ui/words.ts";
import { fileProblems, textOf } from "./fileProblems.ts";

/** What is wrong in files, each problem with the line in which it is. */
export function FileProblems({ error, files }: { readonly error: ApiError; readonly files: readonly TextFile[] }) {
  const problems = fileProblems(error.problems);
  if (problems === null) return <Failed error={error} />;
  return (
    <div className="failed" role="alert">
      <strong>{count(problems.length, "problem")} in the files. Nothing was changed.</strong>
      <ul className="governance-problems">
        {problems.map(({ file, line, column, message }) => (
          <li key={`${file}:${line}:${column} ${message}`}>
            <code>
              {file}:{line}:{column}
            </code>{" "}
            {message}
            <pre className="code-block">
              <span className="muted">{line} </span>
              {textOf(files, file).split("\n")[line - 1] ?? ""}
            </pre>
          </li>
        ))}
      </ul>
    </div>
  );
}
