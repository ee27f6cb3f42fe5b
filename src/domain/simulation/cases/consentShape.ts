import type {
  ConsentExceptionInput,
  ConsentSourceInput,
  ProvisionInput,
  RecordConsentInput,
} from "../../consent/consentInput.ts";
import {
  CONSENT_EFFECTS,
  CONSENT_SOURCES,
  type ConsentEffect,
  DATA_MEANINGS,
  type DataReference,
} from "../../consent/types.ts";
import { flag, list, may, must, object, oneOf, type Shape, text, time } from "../../policy/files/fileKinds.ts";

const texts = list(text);
const reference = object<DataReference>({ meaning: must(oneOf(DATA_MEANINGS)), reference: must(text) });
const effect = oneOf<ConsentEffect>(CONSENT_EFFECTS);

const provision = {
  clientId: may(text),
  subjectId: may(text),
  subjectType: may(text),
  organization: may(text),
  roles: may(texts),
  groups: may(texts),
  identifiers: may(texts),
  scopes: may(texts),
  purposes: may(texts),
  actions: may(texts),
  resourceTypes: may(texts),
  categories: may(texts),
  labels: may(texts),
  codes: may(texts),
  references: may(list(reference)),
  authors: may(texts),
  dataFrom: may(time),
  dataUntil: may(time),
  validFrom: may(time),
  validUntil: may(time),
} satisfies Shape<ProvisionInput>;

const source = object<ConsentSourceInput>({ kind: must(oneOf(CONSENT_SOURCES)), reference: may(text) });

/** A consent as `recordConsent` takes it. */
export const CONSENT = object<RecordConsentInput>({
  id: may(text),
  patient: must(text),
  effect: must(effect),
  ...provision,
  includeNarrower: may(flag),
  replacesAll: may(flag),
  untilLinked: may(oneOf(["ALL"])),
  exceptions: may(list(object<ConsentExceptionInput>({ effect: may(effect), ...provision }))),
  source: must(source),
  madeAt: may(time),
  reason: must(text),
});
