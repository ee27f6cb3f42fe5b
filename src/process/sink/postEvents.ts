import type { ExportFormat } from "../../domain/audit/export/actLine.ts";
import { cloudEventsOf } from "../../domain/audit/sink/sinkEvent.ts";
import type { SignedPost } from "../webhooks/signedPost.ts";
import type { SinkTarget } from "./sinkTarget.ts";

const MOST = 100;
/** What a receiver says of a body, and not of itself: bad request, too large, not to be processed (RFC 9110). */
const OF_THE_BODY: ReadonlySet<number> = new Set([400, 413, 422]);

/** Posts events as CloudEvents in batches, each signed as a whole (Standard Webhooks). */
export function createPostEvents(deps: {
  readonly post: SignedPost;
  readonly format: ExportFormat;
  /** Names the service that tells, as a URI reference. */
  readonly source: string;
  readonly timeoutMs: number;
}): SinkTarget {
  const { post, timeoutMs } = deps;
  return {
    most: MOST,
    timeoutMs,
    async deliver(events, stop) {
      const id = `record:${events[0]?.position}-${events.at(-1)?.position}`;
      const { error, status } = await post({ id, body: cloudEventsOf(events, deps) }, stop);
      if (error === null) return { kind: "DELIVERED" };
      if (stop.aborted) return { kind: "STOPPED" };
      return { kind: status !== null && OF_THE_BODY.has(status) ? "REFUSED" : "FAILED", status, error };
    },
    async close() {},
  };
}
