import type { Json } from "../kernel/canonical.ts";

export type Properties = { readonly [name: string]: Json | undefined };

export interface EntityRef {
  readonly type: string;
  readonly id: string;
}

/** What is said of a subject or a resource: it becomes exactly this. */
export interface NewEntity extends EntityRef {
  /** Null: nothing but that it exists. */
  readonly properties: Properties | null;
}

/**
 * What the directory knows of a subject or a resource: its properties are facts for decisions. It says nothing about who
 * may do what. Versions are never changed: what is put again is the next.
 */
export interface Entity extends NewEntity {
  /** The directory's revision with which this version began. */
  readonly version: number;
}
