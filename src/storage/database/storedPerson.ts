import { peopleBehind, peopleOf } from "../../domain/callers/samePerson.ts";
import type { Person } from "../../domain/callers/types.ts";

/** All whom somebody stands for, for a column that the database compares; null: nobody is named, so that it may be anybody. */
export const peopleColumn = (person: Pick<Person, "subject" | "people">): readonly string[] | null =>
  person.subject === null ? null : peopleBehind(person);

/** The same as the text that such a column holds. */
export function peopleText(person: Pick<Person, "subject" | "people">): string | null {
  const people = peopleColumn(person);
  return people === null ? null : JSON.stringify(people);
}

/** Those of a subject of the policy. */
export const subjectPeople = ({ id, type }: { readonly id: string; readonly type: string }): readonly string[] =>
  peopleOf([{ id, type, issuer: null }]);

/** What of a person stands in columns. */
interface PersonColumns {
  readonly id: string | null;
  readonly type: string | null;
  readonly issuer: string | null;
  /** Absent where nothing is compared with them again. */
  readonly people?: readonly string[] | null;
}

/** Whoever did something, of the columns that tell. */
export function storedPerson(callerId: string, { id, issuer, people = null, type }: PersonColumns): Person {
  if (id === null) return { callerId, subject: null };
  const subject = { id, type, issuer };
  const own = peopleOf([subject]);
  const alone = people === null || (people.length === own.length && own.every((text) => people.includes(text)));
  return { callerId, subject, ...(!alone && { people }) };
}
