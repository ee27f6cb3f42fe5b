/** The categories that law treats apart, by the words that name them in a scope. */
export const CATEGORIES: readonly { readonly name: string; readonly words: RegExp }[] = [
  { name: "behavioural health", words: /\b(?:behaviou?ral|mental|psych\w*|counsell?ing)\b/ },
  {
    name: "substance use",
    words: /\b(?:substance (?:use|abuse|misuse)|addiction\w*|alcohol\w*|opioids?|sud|detox\w*)\b/,
  },
  { name: "HIV", words: /\bhiv\b/ },
  {
    name: "reproductive health",
    words: /\b(?:reproductive|pregnan\w*|abortions?|contracepti\w*|fertility|obstetric\w*|family planning)\b/,
  },
];
