/** An answer over HTTP, but for the headers that every answer has. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Iterable<readonly [name: string, value: string]>;
  readonly body: string;
}

/** Printable ASCII. */
const ASCII = /^[\x20-\x7e]*$/;

/** What is sent for a body: Node writes headers and a text as one text in UTF-8, which changes an id beyond ASCII. */
export const bodyBeside = (requestId: string, body: string): string | Buffer =>
  ASCII.test(requestId) ? body : Buffer.from(body, "utf8");
