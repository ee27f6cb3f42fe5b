/** Is told what any instance on the same database has committed. Must not throw. */
export interface HintListener {
  /** The policy has a newer revision. */
  policy(): void;
  /** The directory has a newer revision. */
  directory(): void;
  /** The API key of this id was revoked. */
  apiKey(id: string): void;
  /** Hints may have been missed, so that all they speak of may have changed. Said after each connection, the first included. */
  missed(): void;
}

/**
 * Where an instance hears of what others have committed. A hint is never the truth: it may be lost, doubled or about
 * nothing, and says only that a look at the database is worth while now.
 */
export interface Hints {
  /** Connects, and again after each loss, until it is stopped. */
  listen(listener: HintListener): Listening;
}

export interface Listening {
  /** Whether hints come at present. */
  readonly up: boolean;
  stop(): Promise<void>;
}
