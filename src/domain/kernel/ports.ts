/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Clock = () => number;
/**
 * Milliseconds since some moment, by a clock that nobody can set: for ages and pauses. By `Clock` they would grow by an
 * hour when the machine's time is set back by one, and a revoked key would live as much longer.
 */
export type MonotonicClock = () => number;
/** A new id, unique for ever, ordered by creation time as far as one process can (UUID version 7). */
export type NewId = () => string;
/** SHA-256 of the UTF-8 bytes of a text, in lower-case hexadecimal. */
export type Sha256 = (text: string) => string;
/** A text that stands for another, always the same one, and from which that can't be guessed. */
export type Pseudonym = (text: string) => string;
/** Lets other work run before it resolves: decisions must not wait for a long question or change. */
export type Breathe = () => Promise<void>;
