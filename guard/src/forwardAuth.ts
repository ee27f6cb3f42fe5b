import type { FastifyRequest } from "fastify";
import type { Holder } from "./holder.ts";
import { type GuardAnswer, Refused, refuse } from "./outcome.ts";
import { readReleased } from "./read.ts";
import type { Searching } from "./search.ts";
import { targetOf } from "./target.ts";

/** A proxy hears from 401 and 403 alone that it must not go on; one and the same for all that does not get through. */
const denied = (): Refused =>
  new Refused(
    refuse(
      403,
      "forbidden",
      "There is no such resource, this token may not have it, or may not have it whole. Only reads of one resource get through here.",
    ),
  );

const address = (text: string): string => text.replace(/^::ffff:/, "");

/** Whether a proxy asks that is known: from anywhere else, what was asked for is only said. */
export const isFromProxy = ({ socket }: FastifyRequest, proxies: ReadonlySet<string> = new Set()): boolean =>
  socket.remoteAddress !== undefined && proxies.has(address(socket.remoteAddress));

const once = (request: FastifyRequest, name: string): string | null => {
  const values = request.raw.headersDistinct[name] ?? [];
  const [only = null] = values;
  return values.length === 1 ? only : null;
};

/**
 * Answers a proxy that asks before it sends a request on by itself. The resource then goes out as the FHIR server has it, so that only one that this
 * token may have whole gets through, and only on a path that can't be read in two ways. @throws Refused
 */
export async function forwardAuth(
  request: FastifyRequest,
  prefix: string,
  holderOf: (authorization: string | undefined) => Promise<Holder>,
  searching: Searching,
): Promise<GuardAnswer> {
  const holder = await holderOf(once(request, "authorization") ?? undefined);
  const [method, uri] = [once(request, "x-forwarded-method"), once(request, "x-forwarded-uri")];
  const target = uri?.startsWith(`${prefix}/`) ? targetOf(uri.slice(prefix.length + 1)) : null;
  if ((method !== "GET" && method !== "HEAD") || target?.is !== "INSTANCE") throw denied();
  const released = await readReleased(target, holder, searching);
  if (released === null || !released.isWhole || released.notices.length > 0) throw denied();
  return { status: 204 };
}
