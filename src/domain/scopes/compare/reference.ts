import { type Compared, metIf } from "./comparison.ts";

interface Reference {
  /** Of an absolute one, the base of its server; null: the server at hand. */
  readonly base: string | null;
  /** Null: it is an id alone. */
  readonly type: string | null;
  readonly id: string;
  readonly version: string | null;
}

const ID = "[A-Za-z0-9.-]{1,64}";
const REFERENCE = new RegExp(`^(?:(?:([a-z][a-z0-9+.-]*:.+)/)?([A-Z][A-Za-z]+)/)?(${ID})(?:/_history/(${ID}))?$`);

/** Null: a URN, a canonical URL, or what else points at no resource of a FHIR server. */
function read(text: string): Reference | null {
  const [whole, base = null, type = null, id = "", version = null] = REFERENCE.exec(text) ?? [];
  return whole === undefined ? null : { base, type, id, version };
}

/** Whether two parts are the same; UNKNOWN where one of them is not said. */
const same = (a: string | null, b: string | null): Compared =>
  a === b ? "MET" : a === null || b === null ? "UNKNOWN" : "UNMET";

/**
 * `id` (of any type), `Type/id` or an absolute URL, with the version of either. Whether an absolute URL is that of a
 * resource of this server, and which type an id alone is of, can't be told. A URL with `|version` (canonical) is
 * compared without it. FHIR R4, section 3.1.1.4.12, https://hl7.org/fhir/R4/search.html#reference
 */
export function compareReference(actual: string, wanted: string): Compared {
  if (actual === wanted) return "MET";
  const [a, w] = [read(actual), read(wanted)];
  if (a === null || w === null) return metIf(actual.startsWith(`${wanted}|`));
  if (a.id !== w.id) return "UNMET";
  const parts: Compared[] = [
    w.type === null ? "MET" : same(a.type, w.type),
    same(a.base, w.base),
    w.version === null ? "MET" : same(a.version, w.version),
  ];
  return parts.find((part) => part === "UNMET") ?? parts.find((part) => part === "UNKNOWN") ?? "MET";
}
