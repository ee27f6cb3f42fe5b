import type { Purpose } from "../scopes/purposes.ts";
import type { Label } from "../scopes/securityLabels.ts";
import type { AsSent } from "./types.ts";

interface Sent {
  readonly labels?: readonly string[] | null | undefined;
  readonly purposeOfUse?: string | null | undefined;
}
interface Read {
  readonly labels: readonly Label[] | null;
  readonly purposeOfUse: Purpose | null;
}

const isSame = (sent: readonly string[], read: readonly string[]): boolean =>
  sent.length === read.length && sent.every((text, i) => text === read[i]);

/** What was sent in another form than it was read in; null: nothing, as of most requests. */
export function asSent(sent: Sent, { labels, purposeOfUse }: Read): AsSent | null {
  const otherPurpose = purposeOfUse !== null && sent.purposeOfUse !== purposeOfUse ? sent.purposeOfUse : null;
  const otherLabels = labels !== null && sent.labels && !isSame(sent.labels, labels) ? sent.labels : null;
  if (!otherPurpose && otherLabels === null) return null;
  return { ...(otherLabels && { labels: otherLabels }), ...(otherPurpose && { purposeOfUse: otherPurpose }) };
}
