import type { Clock } from "../../domain/kernel/ports.ts";
import type { Detector } from "../../domain/monitoring/detectors/detector.ts";
import { DETECTORS } from "../../domain/monitoring/detectors/detectors.ts";
import type { NetworkPlace } from "../../domain/monitoring/watchedDecision.ts";
import { newId } from "../../process/ids.ts";
import { newSalt } from "../../process/salts.ts";
import type { Dialect } from "../database/dialect.ts";
import { createPutOnRecord } from "../journal/acts.ts";
import type { Consumer } from "../journal/consumer.ts";
import { decisionIndex } from "../journal/decisionIndex.ts";
import { webhookOutbox } from "../journal/webhookOutbox.ts";
import type { DetectorFailures } from "../monitoring/detectorFailures.ts";
import { createTakeWatched } from "../monitoring/takeWatched.ts";
import { createWatching } from "../monitoring/watching.ts";
import { recordTree } from "../record/recordTree.ts";

/** What consumers need beside the journal. */
export interface ConsumersOptions {
  readonly clock: Clock;
  readonly dialect: Dialect;
  readonly failed: DetectorFailures["note"];
  /** Names the service in what receivers of webhooks are told; null: nobody is told. */
  readonly source: string | null;
  /** Where an address is; absent: nowhere. */
  readonly placeOf?: ((ipAddress: string) => NetworkPlace | null) | undefined;
  /** What looks at each decision; absent: all that there are. */
  readonly detectors?: readonly Detector[] | undefined;
}

/**
 * All that takes the journal's acts, in the order in which it does; those in one array share a transaction. Whatever is derived from the
 * record is here, but what leaves this service: sinks and webhooks keep their positions in the same way, and send.
 */
export const consumersOf = ({
  clock,
  detectors = DETECTORS,
  dialect,
  failed,
  placeOf = () => null,
  source,
}: ConsumersOptions): readonly (readonly Consumer[])[] => {
  const next = createTakeWatched({
    clock,
    newId,
    detectors,
    failed,
    putOnRecord: createPutOnRecord({ dialect, newSalt }),
  });
  return [
    [decisionIndex, recordTree],
    [createWatching({ placeOf, next })],
    ...(source === null ? [] : [[webhookOutbox(source)]]),
  ];
};
