import type { CaseResult } from "../../domain/simulation/cases/runCases.ts";

/** Characters that XML 1.0 can't carry, even escaped. */
const NO_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
  "\r": "&#13;",
  "\t": "&#9;",
};

const escaped = (text: string): string =>
  text.replace(NO_XML, "\u{fffd}").replace(/[&<>"\n\r\t]/g, (character) => ENTITIES[character] ?? character);

function testcase({ of, status, lines, took }: CaseResult): string {
  const { name, place } = of;
  const attributes = `classname="${escaped(place.file)}" name="${escaped(name)}" file="${escaped(place.file)}" line="${place.line}" time="${took.toFixed(4)}"`;
  if (status === "passed") return `    <testcase ${attributes}/>`;
  const [first = "", ...rest] = lines;
  const inner =
    status === "skipped"
      ? `<skipped message="${escaped(first)}"/>`
      : `<failure message="${escaped(first)}">${escaped([first, ...rest].join("\n"))}</failure>`;
  return `    <testcase ${attributes}>${inner}</testcase>`;
}

/** The results as JUnit's XML, which CI systems read: a suite a file. */
export function junitXml(results: readonly CaseResult[]): string {
  const suites = new Map<string, CaseResult[]>();
  for (const result of results) {
    const { file } = result.of.place;
    suites.set(file, [...(suites.get(file) ?? []), result]);
  }
  const counts = (of: readonly CaseResult[]): string => {
    const n = (status: CaseResult["status"]): number => of.filter((result) => result.status === status).length;
    const time = of.reduce((sum, { took }) => sum + took, 0);
    return `tests="${of.length}" failures="${n("failed")}" errors="0" skipped="${n("skipped")}" time="${time.toFixed(4)}"`;
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="scopewarden policy test" ${counts(results)}>`,
    ...[...suites].flatMap(([file, of]) => [
      `  <testsuite name="${escaped(file)}" ${counts(of)}>`,
      ...of.map(testcase),
      "  </testsuite>",
    ]),
    "</testsuites>",
    "",
  ].join("\n");
}
