import type { Clock } from "../domain/kernel/ports.ts";
import type { Detector } from "../domain/monitoring/detectors/detector.ts";
import { DETECTORS } from "../domain/monitoring/detectors/detectors.ts";
import type { NetworkPlace } from "../domain/monitoring/watchedDecision.ts";
import { newId } from "../process/ids.ts";
import { newSalt } from "../process/salts.ts";
import type { Dialect } from "./database/dialect.ts";
import { createPutOnRecord } from "./journal/acts.ts";
import { BLOCK, createDecisionBlocks } from "./journal/decisionBlocks.ts";
import type { Follower } from "./journal/follower.ts";
import { FOLLOWERS } from "./journal/followers.ts";
import { webhookOutbox } from "./journal/webhookOutbox.ts";
import type { DetectorFailures } from "./monitoring/detectorFailures.ts";
import { createTakeWatched } from "./monitoring/takeWatched.ts";
import { createWatching } from "./monitoring/watching.ts";
import { recordTree } from "./record/recordTree.ts";

export interface ServiceFollowersOptions {
  readonly clock: Clock;
  readonly dialect: Dialect;
  readonly failed: DetectorFailures["note"];
  /** Names the service in what receivers of webhooks are told; null: nobody is told. */
  readonly source: string | null;
  /** Where an address is; absent: nowhere. */
  readonly placeOf?: ((ipAddress: string) => NetworkPlace | null) | undefined;
  /** What looks at each decision; absent: all that there are. */
  readonly detectors?: readonly Detector[] | undefined;
  /** Positions of a block of what is searched. */
  readonly blockSize?: number | undefined;
  /** In the place of what explains and watches accesses, and of those that serve the journal, the blocks and the tree. */
  readonly watching?: Follower | undefined;
  readonly list?: readonly Follower[] | undefined;
}

/** What follows the journal of a service, in whichever process. */
export interface ServiceFollowers {
  readonly blocks: Follower;
  readonly watching: Follower;
  /** What tells receivers of webhooks; null: nobody is told. */
  readonly telling: Follower | null;
  readonly list: readonly Follower[];
}

export function serviceFollowers({
  blockSize = BLOCK,
  clock,
  detectors = DETECTORS,
  dialect,
  failed,
  list,
  placeOf = () => null,
  source,
  watching: given,
}: ServiceFollowersOptions): ServiceFollowers {
  const putOnRecord = createPutOnRecord({ dialect, newSalt });
  const blocks = createDecisionBlocks(blockSize);
  const watching =
    given ?? createWatching({ placeOf, next: createTakeWatched({ clock, newId, detectors, failed, putOnRecord }) });
  const telling = source === null ? null : webhookOutbox(source);
  const own = list ?? [...FOLLOWERS, blocks, watching, recordTree];
  return { blocks, watching, telling, list: telling === null ? own : [...own, telling] };
}
