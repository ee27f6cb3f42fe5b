import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";

/** What the page of the playground does with answers: see playground/answers.js. */
export interface PlaygroundAnswers {
  readonly known: Record<string, string>;
  learn(data: unknown): void;
  fill(text: string): { readonly query: string; readonly missing: string | null };
}

/** The page's own code, as a browser has it before anything was asked. */
export function playgroundAnswers(): PlaygroundAnswers {
  const window: { openAnswers?: (known: Record<string, string>) => PlaygroundAnswers } = {};
  runInNewContext(readFileSync("playground/answers.js", "utf8"), { window });
  if (window.openAnswers === undefined) throw new Error("playground/answers.js opens nothing");
  return window.openAnswers({});
}
