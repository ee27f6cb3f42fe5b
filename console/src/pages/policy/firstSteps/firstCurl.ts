import { ENDPOINT } from "../../../transport/client.ts";
import type { Said } from "./FirstPolicy.tsx";
import { FirstDecision, type FirstDecisionVariables } from "./firstSteps.graphql.ts";

/** `N`, normal: a read of data without a label is allowed with obligations that a first program can't meet. */
export const firstQuestion = ({ client, person, type, organization }: Said): FirstDecisionVariables => ({
  input: {
    clientId: client,
    subject: { id: person },
    action: "read",
    resource: { type, id: "example", organization, labels: ["N"] },
  },
});

/** For a POSIX shell: between single quotes nothing has a meaning but the quote itself. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The first question as a program asks it, to paste into a terminal. */
export const firstCurl = (said: Said, key: string): string =>
  [
    `curl -s ${quoted(ENDPOINT)}`,
    `-H ${quoted(`Authorization: Bearer ${key}`)}`,
    "-H 'Content-Type: application/json'",
    `-d ${quoted(JSON.stringify({ query: FirstDecision.text.replaceAll(/\s+/g, " "), variables: firstQuestion(said) }))}`,
  ].join(" \\\n  ");
