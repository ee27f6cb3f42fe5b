import type { Config } from "./config.ts";

/** Why the service can't start, in words for the operator. */
export function startProblem(error: unknown, { host, port }: Config): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return `port ${port} on ${host} is taken by another process; set PORT to a free one`;
  if (code === "EACCES") return `port ${port} on ${host} needs rights that this process does not have`;
  return error instanceof Error ? error.message : String(error);
}
