import { withoutContained } from "@scopewarden/client/fhir";
import { isMembers, type Members, type Resource } from "./json.ts";
import { isServed } from "./searchQuery.ts";
import type { Upstream } from "./upstream.ts";

/** Where a reference leads. `name`: `Type/id` on the server behind. */
export type Lead =
  | { readonly is: "HERE"; readonly type: string; readonly id: string; readonly name: string }
  | { readonly is: "ELSEWHERE"; readonly type: string | null }
  /** A search, or nothing that can be read. */
  | { readonly is: "UNREADABLE" };

const TYPE_AND_ID = "([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?$";
const RELATIVE = new RegExp(`^${TYPE_AND_ID}`);
const ABSOLUTE = new RegExp(`^https?://[^?#]+/${TYPE_AND_ID}`);

export function leadOf(text: string, base: string): Lead {
  const [, type, id] = RELATIVE.exec(text.startsWith(`${base}/`) ? text.slice(base.length + 1) : text) ?? [];
  if (type !== undefined && id !== undefined) return { is: "HERE", type, id, name: `${type}/${id}` };
  if (/^urn:(uuid|oid):/.test(text)) return { is: "ELSEWHERE", type: null };
  return /^https?:\/\//.test(text) && !text.includes("?")
    ? { is: "ELSEWHERE", type: ABSOLUTE.exec(text)?.[1] ?? null }
    : { is: "UNREADABLE" };
}

/** All that a resource refers to outside of itself, with what is contained in it. */
export function referencesIn(resource: Members): ReadonlySet<string> {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(look);
    if (!isMembers(value)) return;
    if (typeof value.reference === "string" && !value.reference.startsWith("#")) found.add(value.reference);
    Object.values(value).forEach(look);
  };
  look(resource);
  return found;
}

const AT_ONCE = 8;

/** What these references lead to on the server behind, by `Type/id`; null: it is not there, or of a type that is not served. @throws Refused */
export async function readAll(
  leads: readonly Extract<Lead, { is: "HERE" }>[],
  upstream: Pick<Upstream, "read">,
): Promise<ReadonlyMap<string, Resource | null>> {
  const each = [...new Map(leads.map((lead) => [lead.name, lead])).values()];
  const read = new Map<string, Resource | null>();
  for (let at = 0; at < each.length; at += AT_ONCE)
    await Promise.all(
      each.slice(at, at + AT_ONCE).map(async ({ id, name, type }) => {
        read.set(name, isServed(type) ? await upstream.read(type, id) : null);
      }),
    );
  return read;
}

const NAMES = ["display", "_display", "identifier"];

/**
 * Without what references say of patients whom the decision was not about: their names and identifiers. Where one went, narratives, which may tell it as
 * well, go too, and the resource is marked as not whole.
 */
export function withoutOthers(resource: Members, patients: readonly string[], base: string): Members {
  const isOther = ({ reference, type }: Members): boolean => {
    if (typeof reference !== "string") return type === "Patient";
    if (reference.startsWith("#")) return false;
    const lead = leadOf(reference, base);
    if (lead.is === "HERE") return lead.type === "Patient" && !patients.includes(lead.id);
    return (
      type === "Patient" || reference.startsWith("Patient?") || (lead.is === "ELSEWHERE" && lead.type === "Patient")
    );
  };
  let isTaken = false;
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (!isMembers(value)) return value;
    const isNaming = NAMES.some((name) => value[name] !== undefined) && isOther(value);
    isTaken ||= isNaming;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => !(isNaming && NAMES.includes(name)))
        .map(([name, each]) => [name, copy(each)]),
    );
  };
  const copied = copy(resource) as Members;
  return isTaken ? withoutContained(copied, new Set()) : resource;
}

/** Whether it says itself that it is not whole. */
export function isSubsetted({ meta }: Members): boolean {
  const tags = isMembers(meta) && Array.isArray(meta.tag) ? (meta.tag as readonly unknown[]) : [];
  return tags.some((tag) => isMembers(tag) && tag.code === "SUBSETTED");
}
