import type { ConsentReadAct } from "../consent/consentReadAct.ts";
import type { Consent, ConsentException } from "../consent/types.ts";
import { type Judged, type OnRecord, onceId, open, PERSONAL, SOMEBODY } from "./onRecord.ts";

const recipients = [
  { ...open("clientId", "group", "organization", "role"), identifier: PERSONAL, subject: SOMEBODY },
] as const;

/** What names data of a person is as personal as who is meant. */
const data = {
  ...open("categories", "codes", "from", "labels", "resourceTypes", "until"),
  authors: PERSONAL,
  references: PERSONAL,
} as const;
/** What a consent and its exceptions say. */
const provision = {
  ...open("actions", "effect", "purposes", "scopes", "validFrom", "validUntil"),
  data,
  recipients,
} as const satisfies Judged<Omit<ConsentException, "grantId">>;

export const consentOnRecord = {
  words: "A version of a consent: the whole of it, also where it says that those before hold no more.",
  format: 1,
  id: ({ id, version }) => `consent:${id}:${version}`,
  time: "recordedAt",
  members: {
    ...provision,
    ...open(
      "answers",
      "areas",
      "id",
      "includeNarrower",
      "madeAt",
      "recordedAt",
      "recordedBy",
      "replacesAll",
      "step",
      "version",
    ),
    earlier: [
      {
        ...open("answers", "areas", "begins", "madeAt", "purposes"),
        named: { ...open("actions", "scopes"), data },
        recipients,
      },
    ],
    exceptions: [{ ...provision, ...open("grantId") }],
    links: PERSONAL,
    patient: PERSONAL,
    reason: PERSONAL,
    source: { ...open("kind"), reference: PERSONAL },
  },
  erased: "LASTING",
} as const satisfies OnRecord<Consent>;

export const consentReadOnRecord = {
  words: "Somebody read what patients agreed to or refused.",
  format: 1,
  id: onceId("consent-read"),
  time: "at",
  members: { ...open("callerId", "at", "field", "consents"), patients: PERSONAL },
  erased: "OVER",
} as const satisfies OnRecord<ConsentReadAct>;
