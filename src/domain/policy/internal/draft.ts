import type { NewId } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { DEFAULT_FHIR_VERSION, type FhirVersion } from "../../scopes/fhir.ts";
import type { CheckCondition, IsNarrower, ReadCondition } from "../conditions.ts";
import type { PlacedRole } from "../obligationsEnded.ts";
import type { PutMode } from "../operations.ts";
import { changeOf, rowAt, type Snapshot, withChange } from "../snapshot.ts";
import type { Noun, PolicyRows, RowChange, Rule } from "../types.ts";
import { rowKey } from "../types.ts";
import type { RecentUse } from "../use.ts";

/** What the change function needs from outside: the time of the change, rule ids, and the condition language. */
export interface ChangeFacts {
  readonly now: number;
  readonly newId: NewId;
  readonly checkCondition: CheckCondition;
  readonly readCondition: ReadCondition;
  /** Absent: of no condition that differs it is sure that it allows no more. */
  readonly isNarrower?: IsNarrower;
  /** The version of FHIR by which scopes are read. Absent: R4; null: any, for a change that is judged elsewhere. */
  readonly fhirVersion?: FhirVersion | null;
  /** Who used a scope lately, for steps that would break them. Absent: nothing is known of any use. */
  readonly recentUse?: RecentUse;
  /** The organizations that occur somewhere, for roles that are assigned in others. Absent: nothing is known of any. */
  readonly organizations?: ReadonlySet<string>;
  /** The roles that keys in force may assert. Absent: none. */
  readonly assertable?: readonly PlacedRole[];
}

/** A policy change in the making: the snapshot as changed so far, and every problem found. */
export class Draft extends Reader {
  snapshot: Snapshot;
  readonly facts: ChangeFacts;
  /** Rows that were put or removed, with the operation that did it last. */
  readonly touched = new Map<string, { readonly noun: Noun; readonly key: string; readonly path: string }>();

  /** Rules whose justification an update left as it is, by id, as they were: it was given for what they were. */
  readonly keptJustifications = new Map<string, Rule>();

  constructor(snapshot: Snapshot, facts: ChangeFacts) {
    super();
    this.snapshot = snapshot;
    this.facts = facts;
  }

  get fhirVersion(): FhirVersion | null {
    const { fhirVersion = DEFAULT_FHIR_VERSION } = this.facts;
    return fhirVersion;
  }

  put<N extends Noun>(noun: N, row: PolicyRows[N], path: string): void {
    const key = (rowKey[noun] as (row: PolicyRows[N]) => string)(row);
    this.#replace(noun, key, row, path);
  }

  remove(noun: Noun, key: string, path: string): void {
    this.#replace(noun, key, null, path);
  }

  #replace(noun: Noun, key: string, after: PolicyRows[Noun] | null, path: string): void {
    const before = rowAt(this.snapshot, noun, key);
    if (before === null && after === null) return;
    this.snapshot = withChange(this.snapshot, changeOf(noun, before, after) satisfies RowChange);
    this.touched.set(`${noun} ${key}`, { noun, key, path });
  }

  /** For `createX`, which says that the thing must be new. */
  expectMode(mode: PutMode, exists: boolean, path: string, what: string): boolean {
    return this.expect(path, mode === "create" && exists ? `${what} exists already; use update to change it` : null);
  }

  /** For `updateX`, which changes what is there. */
  expectThere(exists: boolean, path: string, what: string): boolean {
    return this.expect(path, exists ? null : `there is no ${what}; use create to make it`);
  }
}
