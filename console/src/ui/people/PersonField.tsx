import { ask } from "../../session/session.ts";
import { useMay, useViewer } from "../../session/useSession.ts";
import { type Option, PickerField, type PickerProps } from "../fields.tsx";
import { Find } from "../find.graphql.ts";
import { maybePatientId } from "../maybePatientId.ts";
import { PersonKnown } from "./person.graphql.ts";
import { personOf, personText } from "./personText.ts";

const UNKNOWN = "Nobody is known by this name or id.";

type Finding = Pick<PickerProps, "hint" | "isWhole" | "offersNone" | "search" | "unknown">;

async function staff(text: string, signal: AbortSignal): Promise<readonly Option[]> {
  if (text === "") return [];
  const { find } = await ask(Find, { text, kinds: ["STAFF"], first: 20 }, signal);
  return find.matches.map(({ id, name, type, unit }) => ({
    id: personText(id, type),
    name: name ?? id,
    hint: unit === null ? id : `${id}, ${unit}`,
  }));
}
/** Who may look through the staff. */
const REVIEWING: Finding = {
  ...{ search: staff, isWhole: maybePatientId, unknown: UNKNOWN },
  hint: "By name or id.",
};

/** So many letters the service asks for before it shows staff to a desk. */
const LETTERS = 3;
const letters = (text: string): number => text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
/** A consent desk, each of whose searches is an act on record. */
const DESK: Finding = {
  search: async (text, signal) => (letters(text) < LETTERS ? [] : staff(text, signal)),
  isWhole: maybePatientId,
  unknown: UNKNOWN,
  hint: "Three letters of the name, or the whole id. Each search is put on record.",
};

/** Who reads the directory by whole ids alone, as an admin. */
const BY_ID: Finding = {
  search: async (text, signal) => {
    const person = personOf(text);
    if (person.id === "") return [];
    const { entity } = await ask(PersonKnown, person, signal);
    const { name } = (entity?.properties ?? {}) as { readonly name?: unknown };
    return entity === null ? [] : [{ id: text, name: typeof name === "string" ? name : text }];
  },
  isWhole: () => true,
  unknown: "Nobody is known by this id.",
  hint: "The whole id; a reviewer or an auditor finds people by name.",
  offersNone:
    "Nobody is offered, as an admin sees people by their id alone. Type the whole id: a reviewer or an auditor finds it by the name, and whoever holds a role stands under Roles and rules.",
};
const UNSEEN: Finding = {
  search: async () => [],
  isWhole: () => true,
  hint: "The whole id.",
  offersNone: "Nobody is offered, as you may not look people up. Type the whole id.",
};

/** How the viewer finds people; for `PersonField` and filters. */
export function usePersonFinding(): Finding {
  const { roles } = useViewer();
  const may = useMay();
  if (roles.some((role) => role === "REVIEWER" || role === "AUDITOR")) return REVIEWING;
  if (roles.includes("CONSENT") && may("find")) return DESK;
  return may("entity") ? BY_ID : UNSEEN;
}

/**
 * The one picker of a person, by name where the viewer may find staff, else by id; `personOf` makes of its value what the service takes. An id by which
 * nobody is known counts only by a press of its own: as a slip it would block, refuse or let in nobody, without a word.
 */
export function PersonField({ hint, ...rest }: Omit<PickerProps, keyof Finding> & Pick<PickerProps, "hint">) {
  const finding = usePersonFinding();
  return (
    <PickerField
      {...rest}
      {...finding}
      hint={
        <>
          {finding.hint} {hint}
        </>
      }
    />
  );
}
