/**
 * FOR DEVELOPMENT ONLY: whoever opens the login page may be any of these people of the demo hospital. In production this
 * is your directory and its login.
 */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly about: string;
  /** The patient in launch context. For those who may choose one, ask at login, and keep the choice beside the grant. */
  readonly patient: { readonly id: string; readonly name: string };
}

const ada = { id: "ada", name: "Ada" };
const ben = { id: "ben", name: "Ben" };
const stan = { id: "stan", name: "Stan" };

export const PEOPLE: readonly Person[] = [
  { ...ada, about: "a patient", patient: ada },
  { ...ben, about: "a patient", patient: ben },
  { id: "gina", name: "Gina", about: "who looks after Ada", patient: ada },
  { ...stan, about: "who works here and is no patient", patient: stan },
];

export const personOf = (id: unknown): Person | undefined => PEOPLE.find((person) => person.id === id);
