import type { FastifyReply } from "fastify";
import type { Answer } from "../doors/answer.ts";
import { deprecationHeaders } from "../doors/deprecation.ts";

/** Printable ASCII. */
const ASCII = /^[\x20-\x7e]*$/;

export function sendAnswer(reply: FastifyReply, { status, contentType, headers, body }: Answer): FastifyReply {
  for (const [name, value] of headers) reply.header(name, value);
  if (status === 503) reply.header("retry-after", "1");
  const { deprecation } = reply.request.facts;
  if (deprecation !== null && status < 300) reply.headers(deprecationHeaders(deprecation));
  reply.code(status).header("content-type", contentType);
  // Node writes headers and a text as one text in UTF-8, which would change an id beyond ASCII; bytes go by themselves.
  return reply.send(ASCII.test(String(reply.getHeader("x-request-id"))) ? body : Buffer.from(body, "utf8"));
}
