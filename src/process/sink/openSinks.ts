import { CLOUD_EVENTS_MEDIA_TYPE, type SinkForm } from "../../domain/audit/sink/sinkEvent.ts";
import type { SinkName } from "../../domain/audit/sink/store.ts";
import type { Pseudonym } from "../../domain/kernel/ports.ts";
import { createSignedPost, type Receiver } from "../webhooks/signedPost.ts";
import { followRecord, type SinkAttempt, type SinkFollowing } from "./followRecord.ts";
import { createPostEvents } from "./postEvents.ts";
import { createRotatingFile, type RotatingFileOptions } from "./rotatingFile.ts";
import type { SinkTarget } from "./sinkTarget.ts";

/** What is sent where; null: nothing. */
interface SinkSettings
  extends Pick<SinkForm, "format" | "personal">,
    Pick<Parameters<typeof followRecord>[0], "attempts" | "begin" | "everyMs"> {
  readonly file: RotatingFileOptions | null;
  readonly webhook: Receiver | null;
}

const withheld: Pseudonym = () => {
  throw new Error("a sink that tells no pseudonyms asked for one");
};

/** Follows the record to where it is sent, by names; none where none is configured. `source` names the service, as a URI reference. */
export function openSinks(
  { file, format, personal, webhook, ...rest }: SinkSettings,
  deps: Pick<Parameters<typeof followRecord>[0], "clock" | "giveWay" | "log" | "monotonic" | "store" | "stored"> & {
    readonly pseudonym: () => Promise<Pseudonym>;
    readonly source: string;
    readonly count: (sink: SinkName, outcome: SinkAttempt) => void;
  },
): ReadonlyMap<SinkName, SinkFollowing> {
  const { clock, count, pseudonym, source } = deps;
  const following = new Map<SinkName, SinkFollowing>();
  const form = async () => ({
    ...{ format, personal },
    pseudonym: personal === "PSEUDONYMS" ? await pseudonym() : withheld,
  });
  const follow = (sink: SinkName, target: SinkTarget): void => {
    const shared = { ...rest, ...deps, form, chance: Math.random };
    following.set(sink, followRecord({ ...shared, sink, target, count: (outcome) => count(sink, outcome) }));
  };
  if (file !== null) follow("file", createRotatingFile({ ...file, clock }));
  if (webhook !== null) {
    const post = createSignedPost({ ...webhook, clock, mediaType: CLOUD_EVENTS_MEDIA_TYPE });
    follow("webhook", createPostEvents({ post, format, source, timeoutMs: webhook.timeoutMs }));
  }
  return following;
}
