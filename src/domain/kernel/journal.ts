/** A record that is durable, and its position in the one order of all acts: later ones have greater ones. */
export interface Appended<RecordType> {
  readonly record: RecordType;
  readonly position: number;
}

/** A record under a request id, which may have been answered more than once: `turn` says which of the answers it is, from 0. */
export interface Answered<RecordType> {
  readonly record: RecordType;
  readonly turn: number;
}

/**
 * Where records become durable. The one promise on which the rest stands: `append` resolves only after
 * every record is on stable storage, and rejects with JOURNAL_UNAVAILABLE otherwise.
 */
export interface Journal<RecordType> {
  /**
   * Keeps room for `count` more records, of about so many bytes together; called before anything is decided, and
   * followed by one `release` of the same.
   * @throws ScopewardenError JOURNAL_UNAVAILABLE when it is not ready or its queue is full; then nothing is kept.
   */
  admit(count: number, bytes?: number): void;
  /** Gives the room back: the records are appended next, or there are none. */
  release(count: number, bytes?: number): void;
  /**
   * Makes the records durable. Answers, in order, with what the journal holds and where: the record itself, or, when
   * one with the same caller, request id and turn is there already, that earlier one. `turns` are those of the records,
   * in their order; absent: 0.
   */
  append(records: readonly RecordType[], turns?: readonly number[]): Promise<readonly Appended<RecordType>[]>;
  /** The newest record of this caller under this request id, or null. */
  findByRequestId(callerId: string, requestId: string): Promise<Answered<RecordType> | null>;
}
