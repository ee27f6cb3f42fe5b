import { patientId, patientProblem } from "../../kernel/patientId.ts";
import { Reader } from "../../kernel/reader.ts";
import { DAY_MS } from "../../policy/use.ts";
import { type AskedWindow, untilNow } from "../countedWindow.ts";

/** Whose data, and when. */
export interface AccessPeriod {
  readonly patient: string;
  /** At or after, and before; milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

/** As it is asked for: without `to` it is until now. */
export interface AskedPeriod extends AskedWindow {
  /** As an id or `Patient/id`. */
  readonly patient: string;
}

/** Six years, two of them leap years: for as long a patient may ask (45 CFR 164.528(a)(1)). */
const MAX_DAYS = 6 * 365 + 2;

/** A period as it is searched. @param at - what paths begin with. Problems: no patient's id, and no period of six years at most */
export function expectAccessPeriod(read: Reader, asked: AskedPeriod, now: number, at = ""): AccessPeriod {
  const { from, patient, to } = untilNow(asked, now);
  const id = patientId(patient);
  read.expect(`${at}patient`, patientProblem(id));
  if (from >= (asked.to ?? Number.POSITIVE_INFINITY)) read.problem(`${at}to`, "must be later than `from`");
  else if (from > now) read.problem(`${at}from`, "must not be in the future");
  else if (Math.min(to, now) - from > MAX_DAYS * DAY_MS)
    read.problem(`${at}from`, `must be at most six years (${MAX_DAYS} days) before \`to\``);
  return { patient: id, from, to };
}

/** A period as it is searched. @throws ScopewardenError BAD_USER_INPUT */
export function readAccessPeriod(asked: AskedPeriod, now: number): AccessPeriod {
  const read = new Reader();
  const period = expectAccessPeriod(read, asked, now);
  read.check();
  return period;
}
