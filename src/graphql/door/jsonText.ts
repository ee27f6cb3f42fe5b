/** A value of an answer that is JSON text already, and so need not be written again. */
export class JsonText {
  /** For types that take any record as data. */
  readonly [member: string]: unknown;
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  /** The same value, for whoever writes JSON and knows nothing of this. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** The body of an answer, its members in the order that GraphQL recommends. */
export function bodyOf(result: {
  readonly errors?: unknown;
  readonly data?: unknown;
  readonly extensions?: unknown;
}): string {
  const { errors, data, extensions } = result;
  if (data instanceof JsonText && errors === undefined && extensions === undefined) return `{"data":${data.text}}\n`;
  return `${JSON.stringify({ errors, data, extensions })}\n`;
}
