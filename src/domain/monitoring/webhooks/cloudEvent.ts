import { isoTime } from "../../kernel/time.ts";
import type { Notification } from "./notification.ts";

/** Of a body in the structured mode of the CloudEvents HTTP binding. */
export const CLOUD_EVENT_MEDIA_TYPE = "application/cloudevents+json; charset=utf-8";

/** A notification as a CloudEvent 1.0 in its JSON format; `source` names the service that tells, as a URI reference. */
export const cloudEventOf = ({ at, data, id, subject, type }: Notification, source: string): string =>
  JSON.stringify({
    specversion: "1.0",
    id,
    source,
    type,
    subject,
    time: isoTime(at),
    datacontenttype: "application/json",
    data,
  });
