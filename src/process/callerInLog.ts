import { createHmac, randomBytes } from "node:crypto";

const secret = randomBytes(32);

/**
 * What the log calls a caller. A key by its id, which is ours. A token's subject is what somebody else wrote, often a
 * person's name or address: the log has a word in its place, the same one until this process ends.
 */
export function callerInLog(id: string): string {
  return id.startsWith("jwt:") ? `jwt#${createHmac("sha256", secret).update(id).digest("hex").slice(0, 16)}` : id;
}
