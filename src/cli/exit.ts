/** The exit codes of every command; docs/command-line.md explains them. */
export const EXIT = { ok: 0, denied: 1, refused: 1, badInput: 2, unavailable: 3, changes: 4, someDenied: 5 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with a message for the person at the terminal: what is wrong, and what to do next. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  /** Printed one a line, with control characters escaped. */
  readonly lines: readonly string[];

  constructor(exitCode: ExitCode, ...lines: readonly string[]) {
    super(lines.join("\n"));
    this.name = "CliError";
    this.exitCode = exitCode;
    this.lines = lines;
  }
}

export const badUsage = (...lines: readonly string[]): CliError => new CliError(EXIT.badInput, ...lines);
export const unavailable = (...lines: readonly string[]): CliError => new CliError(EXIT.unavailable, ...lines);
