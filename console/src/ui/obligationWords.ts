/** The service's own obligations (docs/decisions.md) in words; those of other types are the policy's. */
export const OBLIGATION_MEANS: Readonly<Record<string, string>> = {
  askEachPatient: "ask again for each patient whose data it is",
  breakGlass: "say that it is an emergency, which is reviewed afterwards",
  filter: "return only what meets these conditions",
  label: "label the data first, and leave out what bears no label",
  noRedisclosure: "send the notice along that it may not be passed on",
  redact: "leave out what meets one of these conditions",
  stepUp: "let it through only after a new sign-in",
};
