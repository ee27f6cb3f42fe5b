import type { Consent, ConsentAnswer, ConsentQuestion } from "./types.ts";
export declare function checkConsents(consents: readonly Consent[], question: ConsentQuestion): ConsentAnswer;
