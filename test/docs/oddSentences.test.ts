import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { readSentences } from "../../tools/docs/oddSentences.ts";

/** Pages that were mended, and stay so. The others wait to be; generated ones say what the code says. */
const MENDED = [
  "access-requests",
  "access-reviews",
  "audit",
  "authzen",
  "block-it-now",
  "command-line",
  "consent",
  "console",
  "cookbook",
  "decisions",
  "demo-hospital",
  "directory",
  "disclosures",
  "emergencies",
  "first-allow",
  "glossary",
  "granting",
  "graphql",
  "installing",
  "keep-the-record",
  "operating",
  "organizations",
  "policy-as-code",
  "reliability",
  "reviewing",
  "rules",
  "runbook",
  "scopes",
  "sign-in",
  "sinks",
  "webhooks",
];

const whyOf = (text: string): readonly string[] => readSentences("a.md", text).odd.map(({ why }) => why);

describe("odd sentences", () => {
  test("fewer than one in a hundred sentences of the mended pages are odd", () => {
    const read = MENDED.map((page) => {
      const file = `docs/${page}.md`;
      return { file, ...readSentences(file, readFileSync(file, "utf8")) };
    });
    const count = read.reduce((sum, page) => sum + page.count, 0);
    const odd = read.flatMap(({ file, odd }) => odd.map(({ line, text, why }) => `${file}:${line} (${why}): ${text}`));
    assert.ok(count > 100, String(count));
    assert.ok(odd.length < count / 100, `${odd.length} of ${count}\n${odd.join("\n")}`);
  });

  test("the mended pages are pages, each once", () => {
    const pages = readdirSync("docs").filter((name) => name.endsWith(".md"));
    assert.deepEqual(
      MENDED.filter((name, n) => !pages.includes(`${name}.md`) || MENDED.indexOf(name) !== n),
      [],
    );
  });

  for (const [text, why] of [
    [`${"word ".repeat(31)}.`, "over 30 words"],
    ["Of these the first counts.", "opens the wrong way round"],
    ["Nor does it wait.", "opens the wrong way round"],
    ["Not every answer is kept.", "opens the wrong way round"],
    ["Who asks gets an answer.", "opens the wrong way round"],
    ["It keeps ten acts, of which one is new.", "of which"],
    ["There may be keys, and none is valid.", "none is"],
    ["The caller is told why.", "told"],
    ["It denies if you ask when it is late, because a rule that fails denies.", "five clauses"],
  ] as const)
    test(`"${text.slice(0, 40)}" is odd: ${why}`, () => {
      assert.deepEqual(whyOf(text), [why]);
    });

  test("plain sentences, questions, labels, code and headings are not", () => {
    const page =
      "# Of what\n\nThe service denies it. Who may ask? Of course.\n\n**Whose a key is.** Yours.\n\n" +
      "```sh\nnone is told\n```\n\n| `none is` | [a page](of-which.md) |\n| Who saw it, and why |\n";
    assert.deepEqual(whyOf(page), []);
  });

  test("the line is where the sentence begins, in a page and in a program", () => {
    const lines = (file: string, text: string) => readSentences(file, text).odd.map(({ line }) => line);
    assert.deepEqual(
      lines("a.md", "One.\n\nTwo is plain. It\ngoes on. Nor\ndoes it end.\n\n- Of three one.\n"),
      [4, 7],
    );
    assert.deepEqual(
      lines("a.ts", 'const a = 1;\n/** Of these one. */\n// Nor that.\nconst b = "Nobody was told about this.";\n'),
      [2, 3, 4],
    );
  });
});
