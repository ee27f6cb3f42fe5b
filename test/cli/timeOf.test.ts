import assert from "node:assert/strict";
import { test } from "node:test";
import { timeOf } from "../../src/cli/timeOf.ts";

const REFUSED = /^CliError: --from must be a date such as 2026-03-01, or a time such as 2026-03-01T09:30:00Z\.$/;

test("a date stays one, for the service to read, and a time is told in UTC", () => {
  for (const [text, time] of [
    ["2026-03-01", "2026-03-01"],
    ["2028-02-29", "2028-02-29"],
    ["2026-03-01T09:30Z", "2026-03-01T09:30:00.000Z"],
    ["2026-03-01T23:59:59.5Z", "2026-03-01T23:59:59.500Z"],
    ["2026-03-01T00:30:00+02:00", "2026-02-28T22:30:00.000Z"],
    ["2026-02-28T23:30:00-02:00", "2026-03-01T01:30:00.000Z"],
  ] as const)
    assert.equal(timeOf(text, "--from"), time);
});

test("a day, an hour or an offset that there is not is refused, with a time as without", () => {
  for (const text of [
    ...["", "now", "2026-3-1", "2026-03-01T09:30:00", "2026-03-01 09:30:00Z", " 2026-03-01"],
    ...["2026-02-30", "2026-02-30T00:00:00Z", "2026-02-29T12:00:00+01:00", "2026-04-31T00:00Z", "2026-13-01T00:00Z"],
    ...["2026-03-01T24:00:00Z", "2026-03-01T25:00:00Z", "2026-03-01T23:60:00Z", "2026-03-01T23:59:60Z"],
    ...["2026-03-01T00:00:00+24:00", "2026-03-01T00:00:00+00:60"],
    // In UTC they have no year of four digits.
    ...["0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"],
  ])
    assert.throws(() => timeOf(text, "--from"), REFUSED, text);
});
