/**
 * The apps that may ask for tokens: here by name and secret, in Scopewarden by what they may be granted. The secrets are
 * for development; in production they come from where you keep secrets, or from dynamic registration.
 */
export interface App {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
  /** What the app is for, a code of HL7 v3 PurposeOfUse: it goes into the token. */
  readonly purposeOfUse: string;
  /** The same in words, for the consent page: what it wants data for. */
  readonly purpose: string;
}

/** HL7's PATRQT: patient requested. */
const FOR_PATIENTS = { purposeOfUse: "PATRQT", purpose: "the patient's own use" };

export const APPS: readonly App[] = [
  { id: "patient-app", name: "Patient app", secret: "secret-of-the-patient-app", ...FOR_PATIENTS },
  { id: "us-core-app", name: "US Core app", secret: "secret-of-the-us-core-app", ...FOR_PATIENTS },
  { id: "member-app", name: "Member app", secret: "secret-of-the-member-app", ...FOR_PATIENTS },
  { id: "old-kiosk", name: "Lobby kiosk", secret: "secret-of-the-old-kiosk", ...FOR_PATIENTS },
];

export const appOf = (id: unknown): App | undefined => APPS.find((app) => app.id === id);
