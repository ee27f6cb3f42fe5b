/** That somebody read what patients have agreed to or refused. */
export interface ConsentReadAct {
  /** Who read. */
  readonly callerId: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** What was asked, by the name of the field. */
  readonly field: string;
  /** Whose consents were asked for or shown. */
  readonly patients: readonly string[];
  /** How many were shown. */
  readonly consents: number;
}
