import type { AtomContext } from "../generated/schema.ts";

interface Declared {
  readonly context: AtomContext;
  readonly resourceType: string;
  readonly actions: readonly string[];
  readonly constraint: string | null;
}

const CONTEXTS: Readonly<Record<AtomContext, string>> = {
  ANY: "",
  PATIENT: " of the patient in context",
  USER: " in the name of a person",
  SYSTEM: " for the client itself, without a person",
};

const list = (items: readonly string[]): string =>
  items.length < 2 ? items.join() : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;

/** `category=http://…|laboratory` as people read it: "category is laboratory". */
const constraintWords = (constraint: string): string =>
  constraint
    .split("&")
    .map((part) => {
      const [name = "", value = ""] = part.split(/=(.*)/);
      return `${name} is ${value
        .split(",")
        .map((code) => code.split("|").at(-1) || code)
        .join(" or ")}`;
    })
    .join(" and ");

/** "Read and search Observation of the patient in context, where category is laboratory". */
export function atomWords({ context, resourceType, actions, constraint }: Declared): string {
  const verbs = list(actions.map((action) => (action === "*" ? "do anything with" : action)));
  const what = resourceType === "*" ? "everything" : resourceType;
  const where = constraint === null ? "" : `, where ${constraintWords(constraint)}`;
  return `${verbs.charAt(0).toUpperCase()}${verbs.slice(1)} ${what}${CONTEXTS[context]}${where}`;
}

/** Atoms that differ in their action alone, as one declaration. */
export function declared(
  atoms: readonly {
    readonly context: AtomContext;
    readonly resourceType: string;
    readonly action: string;
    readonly constraint: string | null;
  }[],
): readonly Declared[] {
  const found = new Map<string, Declared & { readonly actions: string[] }>();
  for (const { action, ...rest } of atoms) {
    const key = JSON.stringify(rest);
    const had = found.get(key);
    if (had === undefined) found.set(key, { ...rest, actions: [action] });
    else had.actions.push(action);
  }
  return [...found.values()];
}
