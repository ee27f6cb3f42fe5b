import type { ConsentStore } from "../consent/store.ts";
import type { Consent, ConsentRef } from "../consent/types.ts";
import type { DecisionRecord } from "../decisions/types.ts";

/** A version that a decision names, with its place in the record. */
export interface NamedConsent extends ConsentRef {
  readonly path: string;
}

export const consentNames = ({ facts }: Pick<DecisionRecord, "facts">): readonly NamedConsent[] =>
  (facts ?? []).flatMap(({ id, kind, version }, i) =>
    kind === "CONSENT" ? [{ id, version, path: `facts.${i}` }] : [],
  );

/** What is held at once, at most: a page may name very many. */
const KEPT = 5_000;

/** Reads versions of consents: for one decision, or ahead for many. */
export interface ConsentsThen {
  /** In the order named; null: that version is not there. @throws ScopewardenError POLICY_UNAVAILABLE */
  of(names: readonly ConsentRef[]): Promise<readonly (Consent | null)[]>;
  /** Reads at once what these name, in place of what was read before, as far as there is room. @throws as `of` */
  ahead(records: readonly DecisionRecord[]): Promise<void>;
}

const keyOf = ({ id, version }: ConsentRef): string => JSON.stringify([id, version]);

export function createConsentsThen(store: Pick<ConsentStore, "versions">): ConsentsThen {
  let kept: ReadonlyMap<string, Consent | null> = new Map();
  return {
    async of(names) {
      if (names.length === 0) return [];
      const held = names.map((name) => kept.get(keyOf(name)));
      return held.every((consent) => consent !== undefined) ? (held as (Consent | null)[]) : store.versions(names);
    },
    async ahead(records) {
      const named = new Map<string, ConsentRef>();
      for (const { id, version } of records.flatMap(consentNames)) {
        if (named.size === KEPT) break;
        // One that was erased names nothing.
        if ((id as string | undefined) !== undefined) named.set(keyOf({ id, version }), { id, version });
      }
      const refs = [...named.values()];
      const found = refs.length === 0 ? [] : await store.versions(refs);
      kept = new Map(refs.map((ref, i) => [keyOf(ref), found[i] ?? null]));
    },
  };
}
