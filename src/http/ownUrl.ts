import type { Socket } from "node:net";
import { badInput } from "../domain/kernel/errors.ts";

const LOOPBACK = /^(127\.|::1$)/;
const inUrl = (address: string): string => (address.includes(":") ? `[${address}]` : address);

/** The names under which this server can be meant by whoever reached it at this end of a connection. */
function namesOf(configured: string, localAddress: string): readonly string[] {
  const address = localAddress.replace(/^::ffff:/, "");
  return [configured, address, ...(LOOPBACK.test(address) ? ["localhost"] : [])].map(inUrl);
}

/**
 * The URL by which a request has reached this server directly. A `Host` header is the caller's to choose: one that is not
 * known to be ours is never said back, or a cache between would hand it on to others.
 * @throws ScopewardenError BAD_USER_INPUT for a host that is not known.
 */
export function ownUrl(
  host: string | undefined,
  { localAddress = "", localPort = 0 }: Pick<Socket, "localAddress" | "localPort">,
  configured: string,
): string {
  const asked = host?.toLowerCase();
  const named = namesOf(configured.toLowerCase(), localAddress).find(
    (name) => asked === `${name}:${localPort}` || (localPort === 80 && asked === name),
  );
  if (named === undefined)
    throw badInput([
      {
        path: "Host",
        message:
          "must be an address that this server knows for its own; where callers reach it under another, SCOPEWARDEN_PUBLIC_URL has to be set to that",
      },
    ]);
  return `http://${asked}`;
}
