import { callerName, keyIdOf } from "./callerName.ts";
import { onlyAsks } from "./keyRoles.ts";
import { isProgram } from "./samePerson.ts";
import type { ApiKey, CallerSubject } from "./types.ts";

type Made = Pick<ApiKey, "assertRoles" | "createdBy" | "roles" | "subject">;

/** Where keys are found by their ids. */
interface Keys {
  find(id: string): Promise<ApiKey | null>;
}

/** Of one that only asks for decisions nobody but its maker has seen whose it is: a key that is proposed is read by another. */
const isOfPerson = (key: Made): boolean => key.subject !== null && !isProgram(key.subject.type) && !onlyAsks(key);

/** Who made a key; null where that names nobody, as the first key, `SCOPEWARDEN_ADMIN_KEY` and the machine do. */
export async function makerOf(store: Keys, { createdBy }: Pick<Made, "createdBy">): Promise<CallerSubject | null> {
  const id = keyIdOf(createdBy);
  return callerName(createdBy, id === null ? null : await store.find(id)).subject;
}

/**
 * Whom a key stands for beside its own subject: the key of a program, or of nobody, or one that only asks for decisions, for its maker, and for
 * the maker's maker, up to the first person. Any other key of a person stands for nobody else. Rejects as the store does.
 */
export async function makersOf(store: Keys, key: Made): Promise<readonly CallerSubject[]> {
  const makers: CallerSubject[] = [];
  const passed = new Set<string>();
  let made: Made | null = key;
  while (made !== null && !isOfPerson(made) && !passed.has(made.createdBy)) {
    const { createdBy }: Made = made;
    passed.add(createdBy);
    const id = keyIdOf(createdBy);
    const maker: ApiKey | null = id === null ? null : await store.find(id);
    const { subject } = callerName(createdBy, maker);
    if (subject !== null) makers.push(subject);
    made = maker;
  }
  return makers;
}
