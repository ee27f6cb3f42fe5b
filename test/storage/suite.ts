import { after, before, describe } from "node:test";
import { openStorage, type Storage, type StorageOptions } from "../../src/storage/storage.ts";
import { UNHURRIED } from "../support/unhurried.ts";
import { type Backend, backends } from "./backends.ts";

export interface Bench {
  readonly backend: () => Backend;
  /** Storage on a new database, or on a given one; closed when the suite ends. */
  open(url?: string, options?: Partial<StorageOptions>): Promise<Storage>;
}

/** One suite, run on every backend. */
export function onEveryBackend(title: string, define: (bench: Bench) => void): void {
  for (const { name, start } of backends) {
    describe(`${title} (${name})`, () => {
      let backend: Backend | null = null;
      const opened: Storage[] = [];
      const started = (): Backend => {
        if (backend === null) throw new Error("not started");
        return backend;
      };
      // Nothing that storage does by itself keeps a process alive: a test that waits for it would end without a word.
      let alive: NodeJS.Timeout;
      before(async () => {
        alive = setInterval(() => undefined, 1_000);
        backend = await start();
      });
      after(async () => {
        await Promise.all(opened.map((storage) => storage.close()));
        await started().stop();
        clearInterval(alive);
      });
      define({
        backend: started,
        async open(url, options) {
          const storage = await openStorage({
            url: url ?? (await started().fresh()),
            clock: Date.now,
            // On SQLite, instances that share a file are the service and commands beside it.
            beside: true,
            // No looks at the server: some tests count statements.
            heartbeatMs: 3_600_000,
            ...options,
            following: { ...UNHURRIED, ...options?.following },
          });
          opened.push(storage);
          return storage;
        },
      });
    });
  }
}
