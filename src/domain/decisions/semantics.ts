/**
 * By what semantics decisions are made; each record names it. Under one version the same facts and the same request give
 * the same bytes. A change of what is decided, of a reason's parameters or of their order makes the next version.
 *
 * 3: a patient is the id of a resource of type Patient, and one of several; `filter` has its one shape; searches that name
 * nobody are confined; shared types, all types at once and exports are covered as docs/scopes.md says.
 * 4: consents are looked at, and what silence means; the reasons and obligations that follow.
 * 5: to break glass (BTG) takes an emergency that is open, which satisfies consent and is marked.
 * 6: what an alert brought on a client or a subject suspends it, or adds the obligation `stepUp`.
 * 7: what a patient refused is refused (docs/consent.md): persons by their FHIR resources, whatever is told of codes and references, sets of
 * nobody in particular (`askEachPatient`), and what is specially protected (`specialProtection`); a purpose may be required.
 * A denial by rules says what the request lacks, the nearest way first and what takes an emergency last; one for want of an emergency says where
 * one is open. A token of protocol scopes alone says so.
 * 8: purposes and labels are read once, in one form (docs/decisions.md#one-form); what a purpose means that is not known is refused by all that
 * names purposes, and a label that may be meant for HL7's counts as that one where it refuses; what may be meant for BTG is refused, and labels that
 * attributes say count. A code in other letters may be the one that is refused. A refusal reaches
 * narrower purposes, but for those of emergencies; substance use is one thing where it is refused, and for its data health care operations are
 * those of 45 CFR 164.501; `code` alone does not answer for codes of components. What names nobody does not stand against the patient, and a
 * program of 42 CFR Part 2 writes its own records without consent. A later
 * consent ends of refusals only those of the data that it names, unless it replaces all. Refusals of groups, identifiers and care teams meet
 * whom the directory links to them, and whoever is said to belong; a client that acts as itself is refused with its organization. What attributes
 * say of the subject's organization and roles counts where a patient refuses; what somebody wrote is refused under each of their names.
 */
export const SEMANTICS_VERSION = 8;
