/** The text of a response, of which no more is taken than is allowed, whatever it says of its length. */
async function readWithin({ body }: Response, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  // To leave the loop cancels the body, which closes its connection.
  for await (const part of body ?? []) {
    bytes += part.length;
    if (bytes > maxBytes) throw new Error("the answer is too large");
    parts.push(part);
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts));
}

/**
 * What an authorization server publishes: JSON, by GET, in bounded time (milliseconds) and bytes.
 * @throws Error where there is no answer of status 200, or one that is too large or no JSON
 */
export async function fetchJson(
  url: URL,
  { accept, maxBytes, timeoutMs }: { readonly accept: string; readonly maxBytes: number; readonly timeoutMs: number },
): Promise<unknown> {
  // A redirect could lead from https to anywhere.
  const response = await fetch(url, {
    redirect: "error",
    headers: { accept },
    signal: AbortSignal.timeout(timeoutMs),
  });
  const { status } = response;
  // The log tells a code, and no message.
  if (status !== 200) throw Object.assign(new Error(`HTTP status ${status}`), { code: status });
  return JSON.parse(await readWithin(response, maxBytes));
}
