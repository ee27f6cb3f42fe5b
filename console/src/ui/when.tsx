import { useContext } from "react";
import { serviceNow } from "../session/session.ts";
import { Room } from "./room.ts";
import { wholeWords } from "./times.ts";

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const DAY_OF_YEAR = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** The zone in which this page tells times. */
export const zone = (): string => ZONE;

export const timeOf = (at: Date): string => TIME.format(at);

/** "12:41" today, "30 Nov, 12:41" this year, else with the year. */
export function whenWords(at: Date, now: Date = new Date()): string {
  if (at.toDateString() === now.toDateString()) return TIME.format(at);
  const day = (at.getFullYear() === now.getFullYear() ? DAY : DAY_OF_YEAR).format(at);
  return `${day}, ${TIME.format(at)}`;
}

/** A time, as whole as there is room for; its zone stands at the foot of the page. */
export function When({ at }: { readonly at: string | null | undefined }) {
  const room = useContext(Room);
  if (at == null) return null;
  const date = new Date(at);
  return (
    <time dateTime={at} className="number">
      {room === "fact" ? wholeWords(date) : whenWords(date)}
    </time>
  );
}

/** A day; where there is room, with the time of it at which that is. */
export function Day({ at }: { readonly at: string | null | undefined }) {
  const room = useContext(Room);
  if (at == null) return null;
  return (
    <time dateTime={at} className="number">
      {room === "fact" ? wholeWords(new Date(at)) : DAY_OF_YEAR.format(new Date(at))}
    </time>
  );
}

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** "in 3 days", "2 hours ago", by the service's clock. */
export function fromNow(at: string): string {
  const ms = Date.parse(at) - serviceNow().getTime();
  const [unit, size] = UNITS.find(([, size]) => Math.abs(ms) >= size) ?? ["minute", 60_000];
  const n = Math.max(1, Math.round(Math.abs(ms) / size));
  const text = `${n} ${unit}${n === 1 ? "" : "s"}`;
  return ms < 0 ? `${text} ago` : `in ${text}`;
}

/** How a due time stands, by the service's clock: "overdue by 26 days", "due in 3 hours". */
export function dueWords(due: string): string {
  const text = fromNow(due);
  return text.endsWith(" ago") ? `overdue by ${text.slice(0, -" ago".length)}` : `due ${text}`;
}

/** A time as a field of the kind datetime-local has it, in this zone. */
export function localOf(at: Date): string {
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
