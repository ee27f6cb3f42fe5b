import type { Command } from "commander";
import { loadConfig } from "../config.ts";
import { keyStandings, twoWhoApprove } from "../domain/callers/standing.ts";
import type { CallerSubject } from "../domain/callers/types.ts";
import { ownersOf } from "../domain/directory/directory.ts";
import { asKnown } from "../domain/directory/samePeople.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { openBeside } from "./openBeside.ts";
import { type Io, printLines } from "./terminal.ts";

const HELP = `
It reads the database of DATABASE_URL, beside a service that may be running, and changes nothing. A program's key stands for who made it, too: neither
approves what the other proposed. Access tokens are not counted there, as it is not known who will fetch one. People
who have opened, said or decided something with one are named where the directory links their account to nobody (accounts): nobody can tell them from
people with keys, and neither approves what the other did.

Exit codes: 0 it is said; 1 under four eyes (SCOPEWARDEN_FOUR_EYES) there are no two people who could approve; 2 the configuration is not valid; 3 the
database can't be used.

Example:
  $ scopewarden key status`;

export const addStatus = (program: Command): Command =>
  program
    .command("status")
    .description("Says whether two people can approve changes, and whom each key stands for.")
    .addHelpText("after", HELP);

/** So many accounts are named. */
const MOST_SHOWN = 20;

const nameOf = ({ id, type }: Pick<CallerSubject, "id" | "type">): string => (type === null ? id : `${type}/${id}`);

export async function status(io: Io): Promise<ExitCode> {
  const { fourEyes } = loadConfig();
  const opened = await openBeside(io);
  try {
    const standings = await keyStandings(await opened.domain.apiKeys.list(), Date.now());
    const directory = await opened.domain.directory.refresh();
    const two = twoWhoApprove(standings, (subject) => asKnown(directory, subject));
    const unlinked = (await opened.storage.signedIn()).filter((account) => ownersOf(directory, account).length === 0);
    const { uncleanAfter } = await opened.storage.retention.status();
    printLines(io.stdout, [
      two === null
        ? "No two people can approve changes: that takes keys of two people, one of them with admin, the other with admin or reviewer (`scopewarden key recover` makes them)."
        : `Two people can approve changes: ${two.map(nameOf).join(" and ")}.`,
      `Four eyes are ${fourEyes ? "on" : "off"} (SCOPEWARDEN_FOUR_EYES).`,
      `Keys in force: ${standings.length}.`,
      ...standings.map(({ key, makers }) => {
        const whose = [...(key.subject === null ? [] : [key.subject]), ...makers].map(nameOf);
        const stands = whose.length === 0 ? "nobody who is named" : whose.join(", ");
        return `  ${key.id}  ${key.name} (${key.roles.join(", ")}) stands for ${stands}`;
      }),
      `People who signed in and are linked to nobody: ${unlinked.length}${unlinked.length === 0 ? "." : " (docs/sign-in.md)."}`,
      ...unlinked.slice(0, MOST_SHOWN).map(({ id, issuer }) => `  ${id} of ${issuer}`),
      ...(uncleanAfter === null
        ? []
        : [
            `Hashes of what was erased after position ${uncleanAfter} may still stand in the search index: the next erasure takes them away (docs/keep-the-record.md#erase-what-identifies-people).`,
          ]),
    ]);
    return fourEyes && two === null ? EXIT.refused : EXIT.ok;
  } finally {
    await opened.close();
  }
}
