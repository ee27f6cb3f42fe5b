import type { Command } from "commander";
import { loadConfig } from "../config.ts";
import { isUnknown } from "../domain/callers/samePerson.ts";
import { EMPTY_DIRECTORY } from "../domain/directory/directory.ts";
import { saysItself } from "../http/tokens/tokenHolder.ts";
import type { TokenIssuer } from "../http/tokens/tokenIssuer.ts";
import { badUsage, EXIT, type ExitCode } from "./exit.ts";
import { readText } from "./readText.ts";
import { type Io, printLines } from "./terminal.ts";

const HELP = `
Reads an access token from standard input, never from an argument that other processes could see, and looks at it as the service does, by the same
variables: SCOPEWARDEN_JWT_ISSUERS, or the three of one issuer. It fetches the issuer's keys, and asks no database: who is linked to whom, and what was
revoked here, only the service knows.

Exit codes: 0 it would be accepted; 1 it would be refused, and at which check; 2 the configuration is not valid, or there is no token; 3 the issuer's
keys can't be had.

Example:
  $ scopewarden key check-token < token.txt`;

export const addCheckToken = (to: Command): Command =>
  to
    .command("check-token")
    .description("Says whether an access token would be accepted, whose it is, or at which check it falls.")
    .addHelpText("after", HELP);

/** Why it can't be told whether a person signed in, and what an operator does about it. */
const untold = (issuer: TokenIssuer | undefined): string =>
  `Warning: its holder approves nothing. ${
    issuer === undefined || saysItself(issuer.profile)
      ? "The token lacks what its issuer's tokens of people have (docs/sign-in.md)."
      : issuer.people === null
        ? "If people sign in at this issuer, name a claim that only their tokens have: `people` in the file of issuers, or SCOPEWARDEN_JWT_PEOPLE."
        : `The token does not have the claim of people that is set: ${issuer.people.claim.join(".")}.`
  }`;

export async function checkToken(io: Io): Promise<ExitCode> {
  const config = loadConfig();
  if (config.jwt === null)
    throw badUsage("No access tokens are accepted: set SCOPEWARDEN_JWT_ISSUERS (docs/sign-in.md).");
  const token = (await readText("-", io.stdin)).trim();
  if (token === "") throw badUsage("There is no token on standard input.");
  const [{ configuredIssuers }, { openTokens }] = await Promise.all([
    import("../app.ts"),
    import("../http/tokens/openTokens.ts"),
  ]);
  const issuers = await configuredIssuers(config);
  const tokens = openTokens({
    ...config.jwt,
    issuers,
    directory: () => EMPTY_DIRECTORY,
    standing: async () => [],
    log: { warn: () => undefined },
    clock: () => Date.now(),
    monotonic: () => performance.now(),
  });
  try {
    const verdict = await tokens.read(token);
    if (verdict.ok) {
      const { caller, token: found } = verdict;
      const isOpen = isUnknown(caller);
      const who = isOpen
        ? `${caller.name}, or a program: it can't be told`
        : caller.withoutPerson === true
          ? "no person: a client asks for itself"
          : caller.name;
      printLines(io.stdout, [
        `It would be accepted, as ${[...caller.roles].join(", ")}.`,
        `  who       ${who}`,
        `  account   ${found.person} of ${caller.subject?.issuer}`,
        `  client    ${caller.defaultClientId}`,
        `  token id  ${found.tokenId}`,
        `  signed in ${caller.authTime ? new Date(caller.authTime).toISOString() : "is not said"}`,
        `  ends      ${new Date(caller.expiresAt ?? 0).toISOString()}`,
        ...(isOpen ? [untold(issuers.find(({ issuer }) => issuer === caller.subject?.issuer))] : []),
      ]);
      return EXIT.ok;
    }
    const message = verdict.refusal.ok ? "" : verdict.refusal.refusal.message;
    const known = issuers.map(
      ({ audience, clients, issuer, profile }) =>
        `  ${issuer}, profile ${profile}, ${clients === null ? `audience ${audience}` : `without aud, of the clients ${[...clients].join(", ")}`}`,
    );
    printLines(io.stdout, [
      `It would be refused at the check ${verdict.check}: ${message}`,
      "Issuers that are accepted:",
      ...known,
    ]);
    return verdict.check === "keys_unavailable" ? EXIT.unavailable : EXIT.refused;
  } finally {
    tokens.close();
  }
}
