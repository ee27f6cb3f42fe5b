import { extname, join, resolve } from "node:path";

/** A program of the project, for Node: its file, and the flags that it takes to run it. */
interface Program {
  readonly file: string;
  readonly flags: readonly string[];
}

/** The program at a path of the project, `src/main.ts`: compiled, if this file is, and else by tsx. */
export function program(path: string): Program {
  if (extname(import.meta.url) === ".ts")
    return { file: resolve(path), flags: ["--import", import.meta.resolve("tsx")] };
  return { file: join(import.meta.dirname, "../..", path.replace(/\.ts$/, ".js")), flags: [] };
}

/** The arguments with which Node runs it. */
export function argumentsOf(path: string): readonly string[] {
  const { file, flags } = program(path);
  return [...flags, file];
}
