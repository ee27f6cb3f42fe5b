import { Empty, Note } from "../../../ui/feedback.tsx";
import type { TextFile } from "../../../ui/files.tsx";
import { Icon } from "../../../ui/icons.tsx";
import { Chip } from "../../../ui/marks.tsx";
import { Section } from "../../../ui/panel.tsx";
import { count } from "../../../ui/words.ts";
import { itemAt, textOf } from "./fileProblems.ts";
import type { TestPolicyResult } from "./tests.graphql.ts";
import "../../../ui/propose/propose.css";

type Test = TestPolicyResult["testPolicy"];
type Result = Test["results"][number];

const ORDER = { FAILED: 0, SKIPPED: 1, PASSED: 2 } as const;
const STATES = {
  FAILED: { words: "Failed", tone: "bad" },
  SKIPPED: { words: "Skipped", tone: "wait" },
  PASSED: { words: "Passed", tone: "good" },
} as const;

/** What came of the cases: those that failed first. */
export function PolicyTestView({ test, cases }: { readonly test: Test | null; readonly cases: readonly TextFile[] }) {
  if (test === null)
    return <Empty title="No test has run yet">Choose files of cases, or load the example, and run them.</Empty>;
  const { results, failed, revision, rules, unmatched, unmatchedCount } = test;
  const passed = results.filter(({ status }) => status === "PASSED").length;
  const sorted = results.toSorted((a, b) => ORDER[a.status] - ORDER[b.status]);
  return (
    <>
      <div role="status">
        <strong className="governance-verdict">
          {failed === 0
            ? `All as expected: ${count(passed, "case")} passed`
            : `${count(failed, "case")} failed, ${passed.toLocaleString("en-US")} passed`}
        </strong>
        <p className="muted small">
          {revision === null ? "Your policy files decided." : `The policy of revision ${revision} decided.`}
        </p>
      </div>
      <ul className="changes">
        {sorted.map((result) => (
          <li key={`${result.place.file} ${result.place.path}`}>
            <Case result={result} cases={cases} />
          </li>
        ))}
      </ul>
      <Section title="Rules that no case reached">
        {unmatchedCount === 0 ? (
          <p>Each of the {count(rules, "rule")} decided in some case.</p>
        ) : (
          <details>
            <summary>
              {unmatchedCount.toLocaleString("en-US")} of {count(rules, "rule")}: a change of these fails no test
            </summary>
            <p className="governance-ids">
              {unmatched.map((id) => (
                <code key={id}>{id}</code>
              ))}
            </p>
            {unmatchedCount > unmatched.length && (
              <Note>And {count(unmatchedCount - unmatched.length, "more rule")}.</Note>
            )}
          </details>
        )}
      </Section>
    </>
  );
}

function Case({
  result: { name, status, lines, requests, place },
  cases,
}: {
  readonly result: Result;
  readonly cases: readonly TextFile[];
}) {
  const { words, tone } = STATES[status];
  return (
    <details className="change governance-case">
      <summary>
        <Chip tone={tone}>{words}</Chip>
        <span>{name}</span>
        <Icon name="next" size={13} />
      </summary>
      <div className="stack">
        {lines.length > 0 && <pre className="code-block">{lines.join("\n")}</pre>}
        {lines.length === 0 && <p className="muted">{count(requests, "request")}, answered as expected.</p>}
        <div>
          <p className="muted small">
            <code>
              {place.file}:{place.line}:{place.column}
            </code>
          </p>
          <pre className="code-block">{itemAt(textOf(cases, place.file), place.line)}</pre>
        </div>
      </div>
    </details>
  );
}
