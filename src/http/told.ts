/** An answer over HTTP, but for the headers that every answer has. */
export interface Told {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Iterable<readonly [name: string, value: string]>;
  readonly body: string;
}
