import { isConsentDesk, mayCall, seesAccesses, seesPseudonyms } from "../../callers/permissions.ts";
import type { Caller, Identity } from "../../callers/types.ts";
import { type Directory, entityOf, ORGANIZATION_TYPES } from "../../directory/directory.ts";
import type { Entity } from "../../directory/entity.ts";
import type { OpenDirectory } from "../../directory/openDirectory.ts";
import { isPatientsEntry } from "../../directory/patientsEntry.ts";
import { isStaffType } from "../../directory/staff.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import { breathing, eachInParts } from "../../kernel/inParts.ts";
import { patientId, patientProblem } from "../../kernel/patientId.ts";
import { Reader } from "../../kernel/reader.ts";
import { byText } from "../../kernel/sortedInParts.ts";
import { clipped, textProblem } from "../../kernel/text.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Rule, ScopeVersion } from "../../policy/types.ts";
import type { RecordNamed } from "../namedOnRecord.ts";
import type { RecordAudit } from "../recordReads.ts";
import { seesPatients } from "./nameNotes.ts";
import { organizationsIn } from "./occurring.ts";
import { type PatientPlaces, patientOccurs } from "./patientOccurs.ts";

/** In the order in which equally good matches come. */
const FOUND_KINDS = ["CLIENT", "SCOPE", "ROLE", "RULE", "ORGANIZATION", "STAFF", "PATIENT"] as const;
export type FoundKind = (typeof FOUND_KINDS)[number];

/** One thing whose id or name has the text. */
export interface Found {
  readonly kind: FoundKind;
  readonly id: string;
  /** Of STAFF, the type in the directory; null: the kind says it. */
  readonly type: string | null;
  /** Its name or title; null: it has none, or of a PATIENT it is not said. */
  readonly name: string | null;
  /** Of STAFF, where they work, as the directory says it; null: it does not. */
  readonly unit: string | null;
  /** What it is, in a sentence. */
  readonly what: string;
}

interface FindInput {
  readonly text: string;
  /** Absent or null: all that the caller may see, to a consent desk without STAFF. */
  readonly kinds?: readonly FoundKind[] | null | undefined;
  /** How many at most, 1 or more. */
  readonly first: number;
}

/**
 * What has a text in its id or name, in any letter case: what is called just so first, then what begins with it, then by kind and id. A patient
 * only by the whole id, and that it was looked for is on record before the answer; so is that a consent desk looked for staff, by three letters at least.
 * `complete`: there is no more.
 * @throws ScopewardenError BAD_USER_INPUT; FORBIDDEN for a kind that the caller may not see. Rejects with POLICY_UNAVAILABLE and
 * JOURNAL_UNAVAILABLE.
 */
export type FindByText = (
  caller: Finder,
  input: FindInput,
) => Promise<{ readonly matches: readonly Found[]; readonly complete: boolean }>;

type Finder = Pick<Identity, "defaultClientId" | "id" | "roles" | "subject" | "withoutPerson">;

/** Who sees a kind: whoever may list it, and a consent desk whom and what a consent may name. */
const MAY_SEE: { readonly [Kind in FoundKind]: (caller: Finder) => boolean } = {
  CLIENT: (caller) => mayCall(caller, "clients") || isConsentDesk(caller),
  SCOPE: (caller) => mayCall(caller, "scopes") || isConsentDesk(caller),
  ROLE: (caller) => mayCall(caller, "roles"),
  RULE: (caller) => mayCall(caller, "rules"),
  ORGANIZATION: (caller) => mayCall(caller, "organizations"),
  STAFF: (caller) => seesAccesses(caller) || isConsentDesk(caller),
  PATIENT: seesPatients,
};

/** So much of a name a consent desk says to be shown staff, and so many it is shown: it picks somebody whom the patient named, and lists nobody. */
const DESK_LETTERS = 3;
const DESK_SHOWN = 20;
const LETTER = /[\p{L}\p{N}]/gu;

/** What a consent desk may not ask of staff by. */
function checkDesk(read: Reader, { first, text }: Pick<FindInput, "first" | "text">): void {
  if ((text.match(LETTER)?.length ?? 0) < DESK_LETTERS)
    read.problem("text", `must have ${DESK_LETTERS} letters at least where a consent desk looks for staff`);
  if (first > DESK_SHOWN) read.problem("first", `must be at most ${DESK_SHOWN} where a consent desk looks for staff`);
}

const MOST_CHARACTERS = 256;
/** Rows that are looked at without a break. */
const AT_ONCE = 1_000;
/** Of a name or a description in a sentence. */
const MOST_SHOWN = 200;

/** How well a text fits: 0 is all of it, 1 its beginning, 2 somewhere; null: not at all. */
function fits(sought: string, ...texts: readonly (string | null)[]): number | null {
  let best: number | null = null;
  for (const text of texts) {
    const at = text?.toLowerCase().indexOf(sought) ?? -1;
    if (at < 0) continue;
    const fit = at > 0 ? 2 : text?.length === sought.length ? 0 : 1;
    if (best === null || fit < best) best = fit;
  }
  return best;
}

/** A match before it is told: of as many as there may be, few are. */
interface Match extends Pick<Found, "kind" | "id"> {
  readonly fit: number;
  readonly type?: string;
  readonly unit?: string | null;
  readonly tell: () => Pick<Found, "name" | "what">;
}
const byFit = (a: Match, b: Match): number =>
  a.fit - b.fit ||
  FOUND_KINDS.indexOf(a.kind) - FOUND_KINDS.indexOf(b.kind) ||
  byText(a.id, b.id) ||
  byText(a.type ?? "", b.type ?? "");

/** Keeps the best of as many as come, and whether there was one more. */
function bestOf(first: number) {
  let kept: Match[] = [];
  let last: Match | undefined;
  const cut = (): void => {
    kept = kept.sort(byFit).slice(0, first + 1);
    last = kept[first];
  };
  return {
    add(match: Match): void {
      if (last !== undefined && byFit(match, last) >= 0) return;
      kept.push(match);
      if (kept.length > 2 * (first + 1)) cut();
    },
    answer() {
      cut();
      const matches = kept
        .slice(0, first)
        .map(({ id, kind, tell, type = null, unit = null }): Found => ({ kind, id, type, unit, ...tell() }));
      return { matches, complete: kept.length <= first };
    },
  };
}
type Best = ReturnType<typeof bestOf>;

/** `fit` null: it is no match. */
const offer = (best: Best, fit: number | null, match: Omit<Match, "fit">): void => {
  if (fit !== null) best.add({ fit, ...match });
};

const textOf = (entity: Entity | undefined, property: string): string | null => {
  const value = entity?.properties?.[property];
  return typeof value === "string" && value !== "" ? value : null;
};
const said = (text: string, more: string | null): string =>
  more === null ? text : `${text}: ${clipped(more, MOST_SHOWN)}`;
const allOr = (name: string, all: string): string => (name === "*" ? all : name);

const wordsOfScope = ({ description, state, version }: ScopeVersion): string =>
  said(`A scope, ${state.toLowerCase()}, version ${version}`, description);
const wordsOfRule = ({ action, description, effect, resourceType, role, scope }: Rule): string =>
  said(
    `A rule that ${effect === "ALLOW" ? "allows" : "denies"} ${allOr(role, "every role")} ${allOr(action, "any action")} on ${allOr(resourceType, "any type")} with ${allOr(scope, "any scope")}`,
    description,
  );

interface Sought {
  readonly text: string;
  readonly policy: Snapshot;
  readonly directory: Directory;
}

export function createFindByText(
  deps: {
    readonly snapshot: () => Snapshot;
    readonly directory: () => Directory;
    readonly openDirectory: OpenDirectory;
    readonly recordAudit: RecordAudit;
    readonly recordNamed: RecordNamed;
  } & PatientPlaces,
): FindByText {
  const { breathe } = deps;
  const each = <Item>(items: Iterable<Item>, look: (item: Item) => void): Promise<void> =>
    breathing(eachInParts(items, AT_ONCE, look), breathe);

  const LOOK: {
    readonly [Kind in Exclude<FoundKind, "PATIENT">]: (sought: Sought, best: Best) => Promise<void>;
  } = {
    CLIENT: ({ policy, text }, best) =>
      each(policy.clients.values(), ({ description, id, name, status }) => {
        const what = () => said(`A client, ${status.toLowerCase()}`, description);
        offer(best, fits(text, id, name), { kind: "CLIENT", id, tell: () => ({ name, what: what() }) });
      }),
    SCOPE: ({ policy, text }, best) =>
      each(policy.scopes.values(), (versions) => {
        const newest = versions.at(-1);
        if (newest === undefined) return;
        const { name: id, title: name } = newest;
        offer(best, fits(text, id, name), { kind: "SCOPE", id, tell: () => ({ name, what: wordsOfScope(newest) }) });
      }),
    ROLE: ({ policy, text }, best) =>
      each(policy.roles.values(), ({ description, name }) =>
        offer(best, fits(text, name), {
          kind: "ROLE",
          id: name,
          tell: () => ({ name, what: said("A role", description) }),
        }),
      ),
    RULE: ({ policy, text }, best) =>
      each(policy.rules.values(), (rule) =>
        offer(best, fits(text, rule.id), {
          kind: "RULE",
          id: rule.id,
          tell: () => ({ name: null, what: wordsOfRule(rule) }),
        }),
      ),
    async ORGANIZATION({ directory, policy, text }, best) {
      await each(await organizationsIn({ policies: [policy], directory, breathe }), (id) => {
        const own = policy.organizations.get(id);
        const entity = ORGANIZATION_TYPES.map((type) => entityOf(directory, type, id)).find(Boolean);
        const name = own?.name ?? textOf(entity, "name");
        const what = `An organization, ${own === undefined ? "named by a role assignment or the directory" : "with settings of its own"}`;
        offer(best, fits(text, id, name), { kind: "ORGANIZATION", id, tell: () => ({ name, what }) });
      });
    },
    async STAFF({ directory, policy, text }, best) {
      for (const [type, entities] of directory.entities.entries()) {
        if (!isStaffType(type, policy)) continue;
        await each(entities.values(), (entity) => {
          const { id } = entity;
          const name = textOf(entity, "name");
          const fit = name === null ? null : fits(text, id, name);
          if (fit === null || isPatientsEntry(directory, entity)) return;
          const unit = textOf(entity, "unit");
          const what = () => `A ${type} of the directory${unit === null ? "" : `, unit ${clipped(unit, MOST_SHOWN)}`}`;
          offer(best, fit, { kind: "STAFF", id, type, unit, tell: () => ({ name, what: what() }) });
        });
      }
    },
  };

  /** What is no id of a patient can name none, and is looked for nowhere. */
  async function lookForPatient(caller: Caller, text: string, best: Best): Promise<void> {
    const patient = patientId(text);
    if (patientProblem(patient) !== null) return;
    const occurs = await patientOccurs(deps, deps.directory(), patient);
    await deps.recordAudit(caller, { field: "find", filter: { patient }, shown: occurs ? 1 : 0 });
    const what = "A patient whom the directory, a consent or a decision on record names";
    if (occurs) best.add({ fit: 0, kind: "PATIENT", id: patient, tell: () => ({ name: null, what }) });
  }

  return async (caller, { first, kinds = null, text: given }) => {
    const text = given.trim();
    const asDesk = !seesAccesses(caller);
    const isSought = (kind: FoundKind): boolean =>
      kinds?.includes(kind) ?? (MAY_SEE[kind](caller) && !(asDesk && kind === "STAFF"));
    const seeksStaff = asDesk && isSought("STAFF");
    const read = new Reader();
    read.expect("text", text === "" ? "must not be empty" : textProblem(given, MOST_CHARACTERS));
    if (kinds?.length === 0) read.problem("kinds", "must name a kind, or be left out");
    const refused = kinds?.find((kind) => !MAY_SEE[kind](caller));
    if (seeksStaff && refused === undefined && text !== "") checkDesk(read, { first, text });
    read.check();
    if (refused !== undefined)
      throw new ScopewardenError(
        "FORBIDDEN",
        `kinds: the roles of this caller do not let it find the kind ${refused}.`,
      );
    const isOpen = seesPseudonyms(caller) || seeksStaff;
    const directory = isOpen ? await deps.openDirectory() : deps.directory();
    const sought = { text: text.toLowerCase(), policy: deps.snapshot(), directory };
    const best = bestOf(first);
    for (const kind of FOUND_KINDS) {
      if (!isSought(kind)) continue;
      if (kind === "PATIENT") await lookForPatient(caller, text, best);
      else await LOOK[kind](sought, best);
    }
    const found = best.answer();
    if (seeksStaff) {
      const shown = found.matches.filter(({ kind }) => kind === "STAFF").map(({ id, type }) => `${type}/${id}`);
      await deps.recordNamed(caller, { field: "find", asked: { kind: "STAFF", text, shown } });
    }
    return found;
  };
}
