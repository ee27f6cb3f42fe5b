import type { DecisionRecord } from "../../decisions/types.ts";
import type { Pseudonym } from "../../kernel/ports.ts";
import { isoTime } from "../../kernel/time.ts";
import { actTime } from "../../record/actTime.ts";
import { exportLine } from "../../record/exportLine.ts";
import type { ActKind } from "../../record/kinds.ts";
import { partsOfDecision } from "../../record/personal.ts";
import { pseudonymised } from "../../record/pseudonymised.ts";
import { wholeDecision } from "../../record/wholeDecision.ts";
import { actLine, decisionLine, type ExportFormat } from "../export/actLine.ts";
import type { StoredAct } from "../export/store.ts";

/**
 * What a sink tells of people. NONE: nothing. PSEUDONYMS: of decisions, patients, resources and addresses as reviewers see them, and
 * subjects by their ids; of other acts nothing. ALL: everything that is on record.
 */
export type SinkPersonal = "NONE" | "PSEUDONYMS" | "ALL";

/** An act as a sink tells it. */
export interface SinkEvent {
  readonly position: number;
  /** What it is: the same each time that it is told. */
  readonly id: string;
  readonly kind: ActKind;
  /** When it was, in milliseconds since 1970. */
  readonly at: number;
  /** One line of JSON, without its end. */
  readonly text: string;
}

/** Of a sink: how it tells acts, and what of people. */
export interface SinkForm {
  readonly format: ExportFormat;
  readonly personal: SinkPersonal;
  /** Asked of PSEUDONYMS alone. */
  readonly pseudonym: Pseudonym;
}

/** A line as it is stored, with other personal values. The salt would open what they are committed to: it stays. */
const plainLine = (act: StoredAct, personal: string): string =>
  exportLine({ act: { ...act, personal, salt: null }, leaf: null });

/** What a decision's record is without what identifies people: null in each place where a value of theirs would be. */
function withoutPersonal(open: string): DecisionRecord {
  const record = wholeDecision(open, "{}");
  const { context, subject } = record.request;
  const without = {
    context:
      context === null
        ? null
        : { ...context, attributes: null, ipAddress: null, patient: null, tokenId: null, userAgent: null },
    requestId: null,
    subject: subject === null ? null : { ...subject, attributes: null },
  };
  if (record.kind === "GRANT") return { ...record, request: { ...record.request, ...without } };
  const resource = { ...record.request.resource, attributes: null, id: null, patient: null, patients: null };
  return { ...record, request: { ...record.request, ...without, resource } };
}

function shownDecision(act: StoredAct, { personal, pseudonym }: SinkForm): DecisionRecord {
  if (personal === "NONE") return withoutPersonal(act.record);
  return pseudonymised(wholeDecision(act.record, act.personal, act.salt === null), pseudonym);
}

function textOf(act: StoredAct, form: SinkForm): string {
  const { format, personal } = form;
  if (personal === "ALL") return actLine(format, act, null);
  if (format !== "NDJSON") return decisionLine[format](shownDecision(act, form), act.position);
  if (personal === "NONE" || act.kind !== "DECISION") return plainLine(act, "{}");
  return plainLine(act, partsOfDecision(shownDecision(act, form)).personal);
}

/** An act of a kind that the format can tell. */
export const sinkEvent = (act: StoredAct, form: SinkForm): SinkEvent => ({
  position: act.position,
  id: act.id,
  kind: act.kind,
  at: actTime(act),
  text: textOf(act, form),
});

/** Of a body that is a batch of events (JSON Batch Format of CloudEvents 1.0). */
export const CLOUD_EVENTS_MEDIA_TYPE = "application/cloudevents-batch+json; charset=utf-8";

const DATA_TYPES: { readonly [Format in ExportFormat]: string } = {
  NDJSON: "application/json",
  OCSF: "application/json",
  FHIR: "application/fhir+json",
};

/** Digits of a position, so that their order is that of texts. */
const POSITION_DIGITS = 16;

/** Events as CloudEvents in the JSON Batch Format; `source` names the service that tells, as a URI reference. */
export function cloudEventsOf(
  events: readonly SinkEvent[],
  { format, source }: { readonly format: ExportFormat; readonly source: string },
): string {
  const each = ({ at, id, kind, position, text }: SinkEvent): string => {
    const envelope = JSON.stringify({
      specversion: "1.0",
      id,
      source,
      type: `scopewarden.record.${kind.toLowerCase()}`,
      time: isoTime(at),
      sequence: String(position).padStart(POSITION_DIGITS, "0"),
      datacontenttype: DATA_TYPES[format],
    });
    // The text is JSON already, and stands there as it is.
    return `${envelope.slice(0, -1)},"data":${text}}`;
  };
  return `[${events.map(each).join(",")}]`;
}
