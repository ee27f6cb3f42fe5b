import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A sentence that is probably read twice, and why. */
interface OddSentence {
  readonly line: number;
  readonly text: string;
  readonly why: string;
}

interface Sentence {
  readonly line: number;
  readonly text: string;
}

const CLAUSE =
  /;|: |\b(?:that|which|who|whose|whom|if|because|since|unless|until|when|whenever|where|while|whether|although|but)\b/gi;

const ODD: readonly (readonly [why: string, is: (sentence: string) => boolean])[] = [
  ["over 30 words", (text) => wordsOf(text) > 30],
  ["five clauses", (text) => (text.match(CLAUSE) ?? []).length >= 4],
  [
    "opens the wrong way round",
    (text) =>
      /^(?:Of (?!course\b)|Nor\b|Named is\b|Not\b.*\b(?:is|are|was|were)\b|(?:Who|What|Whom|Whose)\b.*[.:;]$)/.test(
        text,
      ),
  ],
  ["of which", (text) => /\bof (?:which|whom)\b/i.test(text)],
  ["none is", (text) => /\bnone (?:is|are)\b|\b(?:is|are) none\b/i.test(text)],
  ["told", (text) => /\btold\b/i.test(text)],
];

const wordsOf = (text: string): number => text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

/** Names in backquotes count as one word, links as their text; a label in bold is no sentence. */
const plain = (text: string): string =>
  text
    .replace(/`[^`]*`/g, "`x`")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^\*\*[^*]+[.:?]\*\*(?: |$)/, "")
    .replace(/[*_]{2}/g, "");

/** The sentences of a paragraph that begins at `line`; each is shown as it is written. */
function* sentencesOf(paragraph: string, line: number): Generator<Sentence> {
  let at = 0;
  for (const end of paragraph.matchAll(/[.!?][)*"]*(?=\s+[\p{Lu}`"([*]|\s*$)|$/gu)) {
    const piece = paragraph.slice(at, end.index + end[0].length);
    const text = piece.trim().replace(/\s+/g, " ");
    const breaks = paragraph.slice(0, at + piece.length - piece.trimStart().length).split("\n").length - 1;
    if (text !== "") yield { line: line + breaks, text };
    at = end.index + end[0].length;
  }
}

/** What a page of Markdown says, without code and headings. A cell of a table and an item of a list are paragraphs. */
function* markdownSentences(markdown: string): Generator<Sentence> {
  let [paragraph, start, fenced] = ["", 0, false];
  const lines = [...markdown.split("\n"), ""];
  for (const [index, line] of lines.entries()) {
    const fence = /^\s*```/.test(line);
    const alone = fence || fenced || line.trim() === "" || /^(?:#|\||<)/.test(line);
    const item = /^\s*(?:[-*>]|\d+\.) /.exec(line)?.[0] ?? "";
    if ((alone || item !== "") && paragraph !== "") {
      yield* sentencesOf(paragraph, start);
      paragraph = "";
    }
    if (fence) fenced = !fenced;
    else if (!fenced && line.startsWith("|"))
      for (const cell of line.replace(/`[^`]*`/g, (code) => code.replaceAll("|", "/")).split("|"))
        yield* sentencesOf(cell, index + 1);
    if (alone) continue;
    if (paragraph === "") start = index + 1;
    paragraph += `${paragraph === "" ? "" : "\n"}${line.slice(item.length)}`;
  }
}

/** The comments of a program, and its messages as far as they stand in one literal and read as a sentence. */
function* programSentences(program: string): Generator<Sentence> {
  const tokens =
    /\/\*[\s\S]*?\*\/|(?:^[ \t]*\/\/.*\n?)+|\/\/ .*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/gm;
  for (const { 0: token, index } of program.matchAll(tokens)) {
    const line = program.slice(0, index).split("\n").length;
    if (/^\s*\/[/*]/.test(token)) {
      const text = token.replace(/^[ \t]*(?:\/\*\*?|\*\/|\*|\/\/)/gm, "").replace(/\*\/$/, "");
      for (const part of text.split(/\n(?=\s*[@-])/)) yield* sentencesOf(part, line);
    } else if (/^.[A-Z][^{}<>\n]*(?:\$\{[^}]*\}[^{}<>\n]*)* [^\n]*.$/.test(token) && wordsOf(token) > 4)
      yield* sentencesOf(token.slice(1, -1).replace(/\$\{[^}]*\}/g, "`x`"), line);
  }
}

/** The sentences of a file, and those of them that are odd. */
export function readSentences(file: string, text: string): { readonly count: number; readonly odd: OddSentence[] } {
  const sentences = [...(file.endsWith(".md") ? markdownSentences(text) : programSentences(text))];
  const odd = sentences.flatMap((sentence) => {
    const why = ODD.filter(([, is]) => is(plain(sentence.text))).map(([name]) => name);
    return why.length === 0 ? [] : [{ ...sentence, why: why.join(", ") }];
  });
  return { count: sentences.length, odd };
}

const GENERATED = /^docs\/(?:reason-codes|settings)\.md$/;

/** Pages and programs of the project that somebody writes. */
const written = (): readonly string[] => [
  ...readdirSync(".").filter((name) => name.endsWith(".md")),
  ...["docs", "examples", "seeds", "src", "console/src"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(?:md|tsx?)$/.test(name) && !/(?:^|\/)(?:node_modules|dist)\//.test(name))
      .map((name) => join(folder, name)),
  ),
];

/** `npx tsx tools/docs/oddSentences.ts [FILE ...]`; without files all that are written by hand. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2);
  let [count, found] = [0, 0];
  for (const file of asked.length > 0 ? asked : written().filter((name) => !GENERATED.test(name) && existsSync(name))) {
    const { count: all, odd } = readSentences(file, readFileSync(file, "utf8"));
    for (const { line, text, why } of odd) console.log(`${file}:${line} (${why}): ${text}`);
    count += all;
    found += odd.length;
  }
  console.log(`${found} of ${count} sentences`);
}
