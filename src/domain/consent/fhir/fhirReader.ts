import { isObject, type Members, Reader } from "../../kernel/reader.ts";
import { canonicalSystem } from "../../scopes/codeSystems.ts";
import { spanOfDate } from "../../scopes/compare/instants.ts";
import type { Coding } from "../hl7Codes.ts";
import type { Code, ConsentEffect } from "../types.ts";
import type { CodingCheck } from "./fhirCodes.ts";

/** What every element may have, and what says nothing of what a consent permits. */
const EVERYWHERE: readonly string[] = ["id", "extension"];
const NS_A_MS = 1_000_000n;

/** A period in milliseconds since 1970, the end excluded. */
export interface Period {
  readonly from: number | null;
  readonly until: number | null;
}
const NO_PERIOD: Period = { from: null, until: null };

const HOUR_MS = 3_600_000;
/** How long before UTC a day begins somewhere on Earth, and how long after it: UTC+14 and UTC-12. */
export const FIRST_ZONE_MS = 14 * HOUR_MS;
const LAST_ZONE_MS = 12 * HOUR_MS;

/** A date, which has no zone: a time has one. */
const isDate = (value: unknown): boolean => typeof value === "string" && !value.includes("T");

/** Reads elements of FHIR R4: what it does not know of one is a problem, and is not left out. */
export class FhirReader extends Reader {
  /** An element with none but these members. A modifier extension is a problem unless it has one of these addresses. */
  element(value: unknown, path: string, names: readonly string[], modifiers: readonly string[] = []): Members | null {
    const members = this.object(value, path);
    if (members === null) return null;
    for (const name of Object.keys(members)) {
      const isKnown = names.includes(name) || EVERYWHERE.includes(name) || name === "modifierExtension";
      // `_name` has extensions of the member, which may be ignored.
      if (!isKnown && !names.includes(name.replace(/^_/, "")))
        this.problem(`${path}.${name}`, "is no element that is known here");
    }
    for (const [i, extension] of (this.list(members.modifierExtension, `${path}.modifierExtension`) ?? []).entries()) {
      const at = `${path}.modifierExtension[${i}]`;
      const url = this.object(extension, at)?.url;
      if (typeof url !== "string" || !modifiers.includes(url))
        this.problem(at, "changes what the consent means, and is not understood");
    }
    return members;
  }

  /** The value of a modifier extension, which is there once or not at all. */
  modifier(members: Members, path: string, url: string): unknown {
    const all = Array.isArray(members.modifierExtension) ? (members.modifierExtension as readonly unknown[]) : [];
    const found = all.flatMap((each, i) =>
      (each as Members | null)?.url === url ? [[each as Members, i] as const] : [],
    );
    const [[first] = [], second] = found;
    if (second !== undefined) this.problem(`${path}.modifierExtension[${second[1]}]`, "must stand once");
    return first?.valueString ?? first?.valueBoolean;
  }

  /** The items of a list; null: it is absent. An empty one, which FHIR does not have, would say that nothing is meant. */
  list(value: unknown, path: string): readonly unknown[] | null {
    if (value === undefined) return null;
    if (!Array.isArray(value)) return this.problem(path, "must be an array");
    return value.length > 0 ? value : this.problem(path, "must have an item; leave it out for any");
  }

  /** What stands in a list, each read with its path; null: the list is absent. */
  each<T>(value: unknown, path: string, read: (item: unknown, path: string) => T | null): readonly T[] | null {
    const items = this.list(value, path);
    return items === null ? null : items.flatMap((item, i) => read(item, `${path}[${i}]`) ?? []);
  }

  coding(
    value: unknown,
    path: string,
    check: CodingCheck,
    ownSystem: (code: string) => string = () => "",
    inOneForm: (coding: Coding) => Coding = (coding) => coding,
  ): Code | null {
    const members = this.element(value, path, ["system", "version", "code", "display", "userSelected"]);
    if (members === null) return null;
    const code = this.string(members.code, `${path}.code`);
    const given = this.optionalString(members.system, `${path}.system`);
    if (code === null || (given === null && members.system !== undefined)) return null;
    const coding = inOneForm({ system: canonicalSystem(given ?? ownSystem(code)), code });
    const problem = check(coding);
    if (problem !== null) return this.problem(`${path}.${problem.member}`, problem.message);
    return `${coding.system}|${coding.code}`;
  }

  /** The codings of a CodeableConcept, which are names of one thing; what has a text alone is not understood. */
  concept(value: unknown, path: string, check: CodingCheck): readonly Code[] {
    const members = this.element(value, path, ["coding", "text"]);
    if (members === null) return [];
    if (members.coding === undefined) this.problem(`${path}.coding`, "is missing");
    return this.each(members.coding, `${path}.coding`, (item, at) => this.coding(item, at, check)) ?? [];
  }

  concepts(value: unknown, path: string, check: CodingCheck): readonly Code[] | null {
    const each = this.each(value, path, (item, at) => this.concept(item, at, check));
    return each === null ? null : each.flat();
  }

  /** From the first instant of a date or time up to below the first one after it, in milliseconds since 1970. */
  time(value: unknown, path: string): readonly [number, number] | null {
    const text = this.optionalString(value, path);
    if (text === null) return null;
    const span = /T(?!.*(?:Z|[+-]\d\d:\d\d)$)/.test(text) ? null : spanOfDate(text);
    if (span === null) return this.problem(path, "must be a date such as 2026-03, 2026-03-01, or a time with its zone");
    return [Number(span.from / NS_A_MS), Number((span.to + NS_A_MS - 1n) / NS_A_MS)];
  }

  /**
   * When a provision counts. A date has no zone: a refusal counts from when its day begins first anywhere until it ends last, and a permission by
   * UTC: one of today begins in the morning of most. Its end includes all of its day (FHIR R4, datatypes, Period).
   */
  validity(value: unknown, path: string, effect: ConsentEffect | null): Period {
    const { from, until } = this.period(value, path);
    const { end, start } = (isObject(value) ? value : {}) as Members;
    if (effect !== "DENY") return { from, until };
    return {
      from: from !== null && isDate(start) ? from - FIRST_ZONE_MS : from,
      until: until !== null && isDate(end) ? until + LAST_ZONE_MS : until,
    };
  }

  /** The end of a period that is a day, a month or a year includes all of it. */
  period(value: unknown, path: string): Period {
    if (value === undefined) return NO_PERIOD;
    const members = this.element(value, path, ["start", "end"]);
    if (members === null) return NO_PERIOD;
    const start = this.time(members.start, `${path}.start`);
    const end = this.time(members.end, `${path}.end`);
    if (start === null && end === null && members.start === undefined && members.end === undefined)
      this.problem(path, "must have a start or an end");
    if (start !== null && end !== null && end[1] <= start[0]) this.problem(path, "must not end before it starts");
    return { from: start?.[0] ?? null, until: end?.[1] ?? null };
  }
}
