import { codeOf, labelText, purposeText } from "../../ui/codeWords.ts";

/** What of a consent, an exception or a form a sentence is made of; null: it is not limited by that. */
export interface Said {
  readonly effect: "PERMIT" | "DENY";
  readonly recipients: readonly SaidRecipient[] | null;
  readonly scopes: readonly string[] | null;
  readonly purposes: readonly string[] | null;
  readonly actions: readonly string[] | null;
  readonly resourceTypes: readonly string[] | null;
  readonly categories: readonly string[] | null;
  readonly labels: readonly string[] | null;
  readonly codes: readonly string[] | null;
  readonly references: readonly { readonly reference: string }[] | null;
  readonly authors: readonly string[] | null;
  readonly dataFrom: string | null;
  readonly dataUntil: string | null;
}

export interface SaidRecipient {
  readonly clientId: string | null;
  readonly client?: { readonly name: string } | null;
  readonly subjectId: string | null;
  readonly subjectType: string | null;
  readonly role: string | null;
  readonly organization: string | null;
  readonly group: string | null;
  readonly identifier: string | null;
}

/** What a purpose takes in, to stand beside its field; undefined: nothing that is not plain. */
export function reachHint(effect: string, purpose: string): string | undefined {
  if (effect === "PERMIT" && purpose !== "") return "Just this purpose: narrower ones are not permitted with it.";
  if (effect !== "DENY" || purpose === "") return undefined;
  const narrower = NARROWER_WORDS[purpose];
  if (narrower === undefined) return "Narrower purposes are refused too, if there are any.";
  const emergency =
    purpose === "TREAT" ? " Emergency treatment is not refused by this: choose it by itself to refuse it." : "";
  return `Narrower purposes are refused too, such as ${narrower}.${emergency}`;
}

/** Examples of what HL7 has below a purpose. */
const NARROWER_WORDS: Readonly<Record<string, string>> = {
  TREAT: "coordination of care (COC)",
  HPAYMT: "claim attachments (CLMATTCH) and coverage (COVERAGE, ELIGVER)",
  HOPERAT: "care management (CAREMGT) and legal proceedings (HLEGAL)",
  HRESCH: "clinical trials (CLINTRCH)",
};

function list(items: readonly string[], word = "and"): string {
  const [last = "", ...before] = [...items].reverse();
  return before.length === 0 ? last : `${before.reverse().join(", ")} ${word} ${last}`;
}

function whoOf({
  client,
  clientId,
  group,
  identifier,
  organization,
  role,
  subjectId,
  subjectType,
}: SaidRecipient): string {
  const parts = [
    ...(subjectId === null
      ? []
      : [`the ${subjectType === null || subjectType === "user" ? "person" : subjectType} ${subjectId}`]),
    ...(role === null ? [] : [`${subjectId === null ? "everyone " : ""}with the role ${role}`]),
    ...(group === null ? [] : [`everyone of the group ${group}`]),
    ...(identifier === null ? [] : [`whoever has the identifier ${identifier}`]),
    ...(organization === null
      ? []
      : [subjectId === null && role === null && group === null ? `everyone at ${organization}` : `at ${organization}`]),
    ...(clientId === null
      ? []
      : [
          subjectId === null && role === null && organization === null
            ? (client?.name ?? clientId)
            : `with ${client?.name ?? `the client ${clientId}`}`,
        ]),
  ];
  return parts.join(" ") || "anyone";
}

function dataOf({ authors, categories, codes, labels, references, resourceTypes, scopes }: Said): string {
  const parts = [
    ...(labels === null ? [] : [list(labels.map((label) => labelText(label) ?? `data labelled ${codeOf(label)}`))]),
    ...(resourceTypes === null ? [] : [`the types ${list(resourceTypes)}`.replace(/^the types (\S+)$/, "$1 data")]),
    ...(categories === null ? [] : [`the category ${list(categories.map(codeOf), "or")}`]),
    ...(codes === null ? [] : [`the code ${list(codes.map(codeOf), "or")}`]),
    ...(references === null ? [] : [list(references.map(({ reference }) => reference))]),
    ...(authors === null ? [] : [`what ${list(authors, "or")} wrote`]),
  ];
  const data = parts.length === 0 ? (scopes === null ? "all data" : "") : list(parts);
  const under = scopes === null ? "" : `what ${list(scopes, "or")} reaches`;
  return [data, under].filter((part) => part !== "").join(", of ");
}

const day = (iso: string): string =>
  new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" }).format(new Date(iso));

const purposesOf = (purposes: readonly string[]): string =>
  list(
    purposes.map((purpose) => purposeText(purpose) ?? codeOf(purpose)),
    "or",
  );

function doOf({ actions, effect }: Said): string {
  return actions === null
    ? "see"
    : list(
        actions.map(codeOf).map((action) => (action === "access" ? "see" : action)),
        effect === "PERMIT" ? "and" : "or",
      );
}

const OWN_WORD = /^(?:anyone|at|everyone|nobody|the|whoever|with) /;
const EVERYONE = /^(?:everyone|anyone)/;

/** Who may, or may not, and what all is called: "may not" of anybody would be read as if some may. */
function whoMay({ dataFrom, dataUntil, effect, recipients }: Said, isAll: boolean): readonly [string, string, string] {
  const each = recipients === null || recipients.length === 0 ? ["anyone"] : recipients.map(whoOf);
  const who = list(each, "or");
  const isWhole = dataFrom === null && dataUntil === null;
  if (effect === "PERMIT") return [who, "may", "all data"];
  if (each.every((one) => EVERYONE.test(one)))
    return [
      `nobody ${list(
        each.map((one) => one.replace(EVERYONE, "").trim()),
        "or",
      )}`.trim(),
      "may",
      isWhole ? "any of it" : "data",
    ];
  return isAll && isWhole ? [who, "may", "none of it"] : [who, "may not", "data"];
}

/** What a patient said, in a sentence: "Research export may see psychotherapy notes, for research." */
export function consentSentence(said: Said): string {
  const data = dataOf(said);
  const [who, may, all] = whoMay(said, data === "all data");
  const purposes = said.purposes === null ? "" : `, for ${purposesOf(said.purposes)}`;
  const from = said.dataFrom === null ? "" : `, made since ${day(said.dataFrom)}`;
  const until = said.dataUntil === null ? "" : `, made before ${day(said.dataUntil)}`;
  const text = `${who} ${may} ${doOf(said)} ${data === "all data" ? all : data}${from}${until}${purposes}.`;
  // The name or the id of an app stays as it is.
  return OWN_WORD.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/** What is otherwise, after the sentence: "But not psychotherapy notes." */
export function exceptionSentence(said: Said): string {
  const but = said.effect === "DENY" ? "But not" : "But yes";
  const who = said.recipients === null ? "" : ` for ${list(said.recipients.map(whoOf), "or")}`;
  const purposes = said.purposes === null ? "" : `, for ${purposesOf(said.purposes)}`;
  return `${but}${who}: ${dataOf(said)}${purposes}.`;
}
