import { setImmediate as nextTurn } from "node:timers/promises";
import type { MessagePort } from "node:worker_threads";
import { createBirpc } from "birpc";
import { openPlaces } from "../process/places.ts";
import { scrubbed } from "../storage/database/faults.ts";
import type { Followers } from "../storage/journal/followers.ts";
import { openFollowers } from "../storage/openFollowers.ts";
import { type FollowerCalls, type FollowerWork, SERVICE_EVENTS, type ServiceCalls } from "./followerCalls.ts";

/** How long the service may know less than this thread. */
const STATUS_EVERY_MS = 100;

/** Follows the journal until it is told to close, with connections of its own that read. */
export default async function followApart({
  placeData,
  port,
  source,
  url,
}: FollowerWork & { readonly port: MessagePort }): Promise<void> {
  let close = (): void => {};
  let end: number | null = null;
  const closing = new Promise<void>((resolve) => {
    close = resolve;
  });
  // What the service asks meanwhile waits for this.
  const damaged = ({ message }: Error): void =>
    void service.log({ level: "error", message: "A file of places is damaged.", detail: message });
  const opening: Promise<Followers> = openPlaces(placeData, damaged).then((placeOf) =>
    openFollowers({
      ...{ placeOf, source, url },
      taker: {
        take: (...step) => service.take(...step),
        want: (...asked) => service.want(...asked),
        release: (...asked) => service.release(...asked),
      },
      log: (entry) => void service.log(entry),
      failed: (detector, error) => void service.failed(detector, error instanceof Error ? error.name : typeof error),
    }),
  );
  const service = createBirpc<ServiceCalls, FollowerCalls>(
    {
      async appended(position) {
        end = position;
        (await opening).appended(position);
      },
      capacity: async () => (await opening).capacity(),
      // An error keeps its text alone on its way.
      caughtUp: async (name) =>
        (await opening).caughtUp({ name }).catch((error: unknown) => Promise.reject(scrubbed(error))),
      close,
    },
    {
      post: (message) => port.postMessage(message),
      on: (listen) => void port.on("message", listen),
      eventNames: SERVICE_EVENTS,
      timeout: -1,
    },
  );
  try {
    const followers = await opening;
    let told = "";
    const tell = (): void => {
      const status = followers.status();
      const text = JSON.stringify([status, end]);
      if (text !== told) void service.status(status, end);
      told = text;
    };
    const telling = setInterval(tell, STATUS_EVERY_MS);
    tell();
    await closing;
    clearInterval(telling);
    await followers.close();
    // The last turn is over before the service hears that this has ended.
    await nextTurn();
  } finally {
    port.close();
  }
}
