import type { Domain } from "./domain/domain.ts";
import type { Log } from "./http/log.ts";

/** The running service, of one process or several. */
export interface Served {
  readonly url: string;
  /** The policy and the keys, to be changed for all processes alike. */
  openDomain(): Promise<Domain>;
  /** Finishes what is in flight, and rejects when that is not done in time. */
  close(): Promise<void>;
}

export interface ServeOptions {
  readonly log: Log;
  /** Told what a person at the terminal must see once: the generated first key. Default: standard output. */
  readonly announce?: (text: string) => void;
  /** The environment that the configuration was read from, which workers read again. Default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The file descriptor that workers log to. Default: 1. */
  readonly logTo?: 1 | 2;
}
