import { maybePatientId } from "../../shell/maybePatientId.ts";
import { findOptions } from "../findOptions.ts";

const staff = findOptions("STAFF");

/** People who work here, by name. What may be an id is not looked for while it is typed. */
export const personOptions: typeof staff = async (text, signal) => (maybePatientId(text) ? [] : staff(text, signal));
