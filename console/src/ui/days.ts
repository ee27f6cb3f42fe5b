import { serviceNow } from "../session/session.ts";

/** The beginning of a day in this zone, `2026-11-25`, as the service takes it; "": null. */
export const dayFrom = (day: string): string | null => (day === "" ? null : new Date(`${day}T00:00:00`).toISOString());

/** The end of a day, which belongs to it, as the service takes it; "": null. */
export function dayUntil(day: string): string | null {
  if (day === "") return null;
  const end = new Date(`${day}T00:00:00`);
  end.setDate(end.getDate() + 1);
  return end.toISOString();
}

/** The day so many days ago, or ahead where it is negative, by the service's clock, as a field of the kind `date` has it. */
export function dayAgo(days: number): string {
  const at = serviceNow();
  at.setDate(at.getDate() - days);
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}`;
}
