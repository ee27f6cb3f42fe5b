/** What the guard answers. It never has a header or a text of the upstream's. */
export interface GuardAnswer {
  readonly status: number;
  /** As JSON; absent: no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Codes of HL7's IssueType that are used here (R4, OperationOutcome). */
type IssueCode =
  | "not-found"
  | "forbidden"
  | "login"
  | "not-supported"
  | "invalid"
  | "transient"
  | "conflict"
  | "informational"
  | "exception";

export function outcome(code: IssueCode, text: string, severity: "error" | "information" = "error"): object {
  return { resourceType: "OperationOutcome", issue: [{ severity, code, diagnostics: text }] };
}

export const refuse = (
  status: number,
  code: IssueCode,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): GuardAnswer => ({ status, body: outcome(code, text), headers });

/** One and the same for what is not there and for what may not be seen: which of the two it is tells nothing to who may not know. */
export const notThere = (): GuardAnswer =>
  refuse(
    404,
    "not-found",
    "There is no such resource, or this token may not have it. The service that decides has on record what is in the way.",
  );

export const unavailable = (): GuardAnswer =>
  refuse(
    503,
    "transient",
    "Nobody can decide at the moment what this token may have, so that nothing goes out. Try again.",
    {
      "retry-after": "1",
    },
  );

export const upstreamFailed = (): GuardAnswer =>
  refuse(
    502,
    "transient",
    "The FHIR server behind this guard did not answer as it must, so that nothing goes out. Try again.",
  );

/** An answer thrown through what can't go on. */
export class Refused extends Error {
  readonly answer: GuardAnswer;
  constructor(answer: GuardAnswer) {
    super("refused");
    this.name = "Refused";
    this.answer = answer;
  }
}

/** What a client asked for and does not get, whoever it is: 400, naming the part. */
export const notSupported = (text: string): Refused => new Refused(refuse(400, "not-supported", text));
