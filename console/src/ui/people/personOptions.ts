import { findOptions } from "../findOptions.ts";
import { maybePatientId } from "../maybePatientId.ts";

const staff = findOptions("STAFF");

/** People who work here, by name. What may be an id is not looked for while it is typed. */
export const personOptions: typeof staff = async (text, signal) => (maybePatientId(text) ? [] : staff(text, signal));
