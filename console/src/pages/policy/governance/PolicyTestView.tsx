import { Empty, Note } from "../../../ui/feedback.tsx";
import type { TextFile } from "../../../ui/files.tsx";
import { Icon } from "../../../ui/icons.tsx";
import { Chip } from "../../../ui/marks.tsx";
import { Section } from "../../../ui/panel.tsx";
import { count } from "../../../ui/words.ts";
import { itemAt, textOf } from "./fileProblems.ts";
import type { TestPolicyResult, TestPolicyVariables } from "./tests.graphql.ts";
import "../../../ui/propose/propose.css";

type Test = TestPolicyResult["testPolicy"];
type Result = Test["results"][number];

export interface Ran {
  readonly test: Test;
  /** Of a proposed change: what the same cases come to without it. */
  readonly before: Test | null;
  readonly variables: TestPolicyVariables & { readonly cases: readonly TextFile[] };
  readonly asOf: Date;
}

const ORDER = { FAILED: 0, SKIPPED: 1, PASSED: 2 } as const;
const STATES = {
  FAILED: { words: "Failed", tone: "bad" },
  SKIPPED: { words: "Skipped", tone: "wait" },
  PASSED: { words: "Passed", tone: "good" },
} as const;

const keyOf = ({ place }: Result): string => `${place.file} ${place.path}`;

function decidedBy({ test: { revision }, before }: Ran): string {
  if (before !== null) return `The policy of revision ${revision} with the proposed change decided.`;
  return revision === null ? "Your policy files decided." : `The policy of revision ${revision} decided.`;
}

/** What a proposed change does to the cases, in a sentence. */
function effectOf(results: readonly Result[], without: ReadonlyMap<string, Result["status"]>): string {
  const came = (from: Result["status"], to: Result["status"]) =>
    results.filter((result) => result.status === to && without.get(keyOf(result)) === from).length;
  const [broken, mended] = [came("PASSED", "FAILED"), came("FAILED", "PASSED")];
  if (broken === 0 && mended === 0) return "Without the change, each case comes out the same.";
  const parts = [
    ...(broken === 0 ? [] : [`${count(broken, "case fails that passes", "cases fail that pass")} without it`]),
    ...(mended === 0 ? [] : [`${count(mended, "case passes that fails", "cases pass that fail")} without it`]),
  ];
  return `With the change, ${parts.join(" and ")}.`;
}

/** What came of the cases: those that failed first. */
export function PolicyTestView({ ran }: { readonly ran: Ran | null }) {
  if (ran === null)
    return <Empty title="No test has run yet">Choose files of cases, or load the example, and run them.</Empty>;
  const { test, before } = ran;
  const { results, failed, rules, unmatched, unmatchedCount } = test;
  const passed = results.filter(({ status }) => status === "PASSED").length;
  const sorted = results.toSorted((a, b) => ORDER[a.status] - ORDER[b.status]);
  const without = new Map(before?.results.map((result) => [keyOf(result), result.status]));
  return (
    <>
      <div role="status">
        <strong className="governance-verdict">
          {failed === 0
            ? `All as expected: ${count(passed, "case")} passed`
            : `${count(failed, "case")} failed, ${passed.toLocaleString("en-US")} passed`}
        </strong>
        <p className="muted small">{decidedBy(ran)}</p>
        {before !== null && <p>{effectOf(results, without)}</p>}
      </div>
      <ul className="changes">
        {sorted.map((result) => (
          <li key={keyOf(result)}>
            <Case result={result} without={without.get(keyOf(result))} cases={ran.variables.cases} />
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
  without,
  cases,
}: {
  readonly result: Result;
  /** What came of it without the proposed change; absent: none was tried. */
  readonly without: Result["status"] | undefined;
  readonly cases: readonly TextFile[];
}) {
  const { words, tone } = STATES[status];
  return (
    <details className="change governance-case">
      <summary>
        <Chip tone={tone}>{words}</Chip>
        <span>
          {name}
          {without !== undefined && without !== status && (
            <span className="muted small"> ({STATES[without].words.toLowerCase()} without the change)</span>
          )}
        </span>
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
