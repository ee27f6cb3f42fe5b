/**
 * FOR DEVELOPMENT ONLY: whoever opens the login page may be any of these people of the demo hospital. In production this
 * is your directory and its login.
 */
export interface Person {
  readonly id: string;
  readonly name: string;
  /** The patient in launch context. For those who may choose one, ask at login, and keep the choice beside the grant. */
  readonly patient: string;
}

export const PEOPLE: readonly Person[] = [
  { id: "ada", name: "Ada, a patient", patient: "ada" },
  { id: "ben", name: "Ben, a patient", patient: "ben" },
  { id: "stan", name: "Stan, who works here and is no patient", patient: "stan" },
];

export const personOf = (id: unknown): Person | undefined => PEOPLE.find((person) => person.id === id);
