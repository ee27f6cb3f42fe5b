import type { KeptBreakGlass } from "../../consent/breakGlass/breakGlass.ts";
import { readBreakGlass } from "../../consent/breakGlass/breakGlassInput.ts";
import { badInput, ScopewardenError } from "../../kernel/errors.ts";
import { problemAt } from "../../policy/files/fileReader.ts";
import { settingsOf } from "../../policy/organizations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { CaseBreakGlass } from "./caseFile.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * The emergencies that are open for cases, each opened at the time of the case that is asked. Who may open them is not looked at
 * here: a service does. @throws ScopewardenError BAD_USER_INPUT naming file and line
 */
export function caseBreakGlasses(
  said: readonly CaseBreakGlass[],
  snapshot: Snapshot,
): (now: number) => readonly KeptBreakGlass[] {
  const read = said.map(({ input, place }) => {
    try {
      return readBreakGlass(input);
    } catch (error) {
      if (!(error instanceof ScopewardenError)) throw error;
      throw badInput(
        error.problems.map(({ path, message }) =>
          problemAt({ ...place, path: path.replace("input", place.path), message }),
        ),
      );
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
