import type { IncomingHttpHeaders } from "node:http";

/** A CloudEvent 1.0 in its JSON format. */
export interface CloudEvent {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject?: string;
  readonly data: unknown;
}

const text = (value: unknown): boolean => typeof value === "string" && value !== "";
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+(?:; *[\w-]+=[^;]+)*$/;
/** URI-reference of RFC 3986: its characters, with an authority or without. */
const URI_REFERENCE = /^[\w\-.~:/?#[\]@!$&'()*+,;=%]+$/;

/** Each attribute with what the specification (CloudEvents 1.0.2, "Context Attributes") says that it must be. */
const ATTRIBUTES: Readonly<Record<string, (value: unknown) => boolean>> = {
  specversion: (value) => value === "1.0",
  id: text,
  type: text,
  source: (value) => text(value) && URI_REFERENCE.test(String(value)),
  subject: (value) => value === undefined || text(value),
  time: (value) => value === undefined || (RFC3339.test(String(value)) && Number.isFinite(Date.parse(String(value)))),
  datacontenttype: (value) => value === undefined || MEDIA_TYPE.test(String(value)),
  dataschema: (value) => value === undefined || URL.canParse(String(value)),
};

/**
 * Reads one event in the structured mode of the HTTP binding, strictly: its media type, every attribute, extension attributes of
 * the permitted names alone. @throws Error that names what is wrong
 */
export function readCloudEvent({
  headers,
  body,
}: {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}): CloudEvent {
  if (!/^application\/cloudevents\+json(?:;|$)/.test(headers["content-type"] ?? ""))
    throw new Error(`not in structured mode: ${headers["content-type"]}`);
  const event = JSON.parse(body) as Readonly<Record<string, unknown>>;
  for (const [name, isRight] of Object.entries(ATTRIBUTES))
    if (!isRight(event[name])) throw new Error(`${name} is ${JSON.stringify(event[name])}`);
  for (const name of Object.keys(event))
    if (name !== "data" && name !== "data_base64" && !/^[a-z0-9]{1,20}$/.test(name))
      throw new Error(`${name} is no name`);
  return event as unknown as CloudEvent;
}
