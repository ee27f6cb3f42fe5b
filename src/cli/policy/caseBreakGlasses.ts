import type { KeptBreakGlass } from "../../domain/consent/breakGlass/breakGlass.ts";
import { readBreakGlass } from "../../domain/consent/breakGlass/breakGlassInput.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { settingsOf } from "../../domain/policy/organizations.ts";
import type { Snapshot } from "../../domain/policy/snapshot.ts";
import { badUsage } from "../exit.ts";
import type { CaseBreakGlass } from "./caseFiles.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * The emergencies that are open for cases, each opened at the time of the case that is asked. Who may open them is not looked at
 * here: a service does. @throws CliError naming the place of what is not valid
 */
export function caseBreakGlasses(
  said: readonly CaseBreakGlass[],
  snapshot: Snapshot,
): (now: number) => readonly KeptBreakGlass[] {
  const read = said.map(({ input, place: { file, line, path } }) => {
    try {
      return readBreakGlass(input);
    } catch (error) {
      if (!(error instanceof ScopewardenError)) throw error;
      const lines = error.problems.map(
        (each) => `  ${file}:${line} ${each.path.replace("input", path)} ${each.message}`,
      );
      throw badUsage(`The file ${file} is not valid:`, ...lines);
    }
  });
  return (now) =>
    read.map(({ minutes, ...terms }, i) => {
      const endsAt = now + minutes * MINUTE_MS;
      const { reviewWithinHours = 0 } = settingsOf(snapshot, terms.organization).breakGlass ?? {};
      return {
        ...terms,
        id: `break-glass-${i}`,
        openedBy: { callerId: "file", subject: null },
        startedAt: now,
        endsAt,
        reviewDueAt: endsAt + reviewWithinHours * HOUR_MS,
        ended: null,
        review: null,
      };
    });
}
