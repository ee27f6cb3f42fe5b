import { breathing, eachInParts } from "../kernel/inParts.ts";
import { PATIENT_TYPE } from "../kernel/patientId.ts";
import { PersistentMap } from "../kernel/persistentMap.ts";
import type { Breathe } from "../kernel/ports.ts";
import { USER } from "../policy/types.ts";
import { type Directory, EMPTY_DIRECTORY, withPart } from "./directory.ts";
import type { Entity, EntityRef } from "./entity.ts";
import { isPatientsEntry, openProperties } from "./patientsEntry.ts";

/** Entries that are looked at without a break. */
const AT_ONCE = 500;

const NONE: PersistentMap<Entity> = PersistentMap.empty();

/** The ids of a type whose entries may be shown otherwise than before. */
function* changedIds(type: string, now: Directory, before: Directory): Generator<string> {
  const changed = (of: string) => (now.entities.get(of) ?? NONE).differingKeys(before.entities.get(of) ?? NONE);
  yield* changed(type);
  // A user is a patient by the same id.
  if (type === USER) yield* changed(PATIENT_TYPE);
}

/** An entry as it is shown to who sees no patients; null: it is not. */
function openEntry(directory: Directory, entity: Entity): Entity | null {
  if (isPatientsEntry(directory, entity)) return null;
  const properties = openProperties(entity.properties);
  return properties === entity.properties ? entity : { ...entity, properties };
}

/** The same without entries of patients, made of what it was before by what differs. */
async function opened(
  now: Directory,
  last: { readonly directory: Directory; readonly open: Directory },
  breathe: Breathe,
): Promise<Directory> {
  const { directory: before } = last;
  let open: Omit<Directory, "revision"> = last.open;
  let [gone, put]: [EntityRef[], Entity[]] = [[], []];
  const take = (): void => {
    open = withPart(open, { gone, put });
    [gone, put] = [[], []];
  };
  for (const type of new Set([...now.entities.keys(), ...before.entities.keys()])) {
    const looking = eachInParts(changedIds(type, now, before), AT_ONCE, (id) => {
      const entity = now.entities.get(type)?.get(id);
      const shown = entity === undefined ? null : openEntry(now, entity);
      if (shown !== null) put.push(shown);
      else if (open.entities.get(type)?.has(id)) gone.push({ type, id });
      if (put.length + gone.length >= AT_ONCE) take();
    });
    await breathing(looking, breathe);
  }
  take();
  const { alike, entities, linked } = open;
  return { revision: now.revision, alike, entities, linked, isOpen: true };
}

/** The directory as those may know it who see patients under pseudonyms: staff, clients, and resources that are nobody's. */
export type OpenDirectory = () => Promise<Directory>;

/** Made when it is first asked for, and from then on of what differs. */
export function createOpenDirectory(deps: {
  readonly directory: () => Directory;
  readonly breathe: Breathe;
}): OpenDirectory {
  let last = { directory: EMPTY_DIRECTORY, open: EMPTY_DIRECTORY };
  let tail: Promise<unknown> = Promise.resolve();
  async function next(): Promise<Directory> {
    const now = deps.directory();
    if (now.entities !== last.directory.entities)
      last = { directory: now, open: await opened(now, last, deps.breathe) };
    return last.open;
  }
  return () => {
    const run = tail.then(next, next);
    tail = run.catch(() => undefined);
    return run;
  };
}
