import { readFileSync } from "node:fs";

/** FOR DEVELOPMENT ONLY, as `people.ts`: who works with Scopewarden itself, and with which of its roles. */
export interface Employee {
  readonly id: string;
  readonly name: string;
  readonly about: string;
  readonly roles: readonly string[];
}

/** The file as it is now: whoever leaves it gets no more tokens, and a role that is taken out of it is in no later one. */
export const readStaff = (file: string): readonly Employee[] => JSON.parse(readFileSync(file, "utf8"));
