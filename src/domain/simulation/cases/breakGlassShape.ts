import type { NamedSubject } from "../../consent/accessRequests/accessRequestInput.ts";
import type { BreakGlassInput } from "../../consent/breakGlass/breakGlassInput.ts";
import { may, must, object, text, whole } from "../../policy/files/fileKinds.ts";

/** An emergency as `breakGlass` takes it; of the subject what it lets be given. */
export const BREAK_GLASS = object<BreakGlassInput>({
  subject: must(object<Pick<NamedSubject, "id" | "type">>({ id: must(text), type: may(text) })),
  patient: must(text),
  organization: must(text),
  reason: must(text),
  minutes: must(whole),
});
