import { callerName, keyIdOf } from "./callerName.ts";
import { isProgram } from "./samePerson.ts";
import type { ApiKey, CallerSubject } from "./types.ts";

type Made = Pick<ApiKey, "createdBy" | "subject">;

/** Where keys are found by their ids. */
interface Keys {
  find(id: string): Promise<ApiKey | null>;
}

const isOfPerson = ({ subject }: Made): boolean => subject !== null && !isProgram(subject.type);

/** Who made a key; null where that names nobody, as the first key, `SCOPEWARDEN_ADMIN_KEY` and the machine do. */
export async function makerOf(store: Keys, { createdBy }: Made): Promise<CallerSubject | null> {
  const id = keyIdOf(createdBy);
  return callerName(createdBy, id === null ? null : await store.find(id)).subject;
}

/**
 * Whom a key stands for beside its own subject: the key of a program, or of nobody, for its maker, and for the maker's maker, up to the first
 * person. A person's key stands for nobody else. Rejects as the store does.
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
