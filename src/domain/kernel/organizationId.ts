import { identifierProblem } from "./text.ts";

/** A FHIR reference to an organization, relative or absolute, perhaps to one version (R4, section 2.3.0). */
const REFERENCE = /^(?:https?:\/\/[^\s?#]+\/)?Organization\/([^\s/?#|%\\]+)(?:\/_history\/[^\s/?#]+)?$/i;
/** What a reference, a search or a token is written with, and no id of an organization. */
const NO_ID = /[/\\|#?%]|^urn:/i;

/** The id of an organization, which may be named by a FHIR reference too, such as `Organization/x`. */
export const organizationId = (value: string): string =>
  value.includes("/") ? (REFERENCE.exec(value)?.[1] ?? value) : value;

/** What is wrong with the id of the organization that a resource belongs to: what may be another name for one would have none of its settings. */
export const organizationProblem = (id: string): string | null =>
  NO_ID.test(id) ? "must be an id, or Organization/ and an id" : identifierProblem(id);
