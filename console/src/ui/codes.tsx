import { capital, codeOf, labelText, purposeText, reasonName } from "./codeWords.ts";

/** A code, its words first: "Treatment TREAT". A code that is not known stands alone. */
const Coded = ({ of, text }: { readonly of: string; readonly text: string | null }) => (
  <span className="coded">
    {text !== null && <>{capital(text)} </>}
    <code className={text === null ? "id" : "id muted"}>{codeOf(of)}</code>
  </span>
);

export const Purpose = ({ of }: { readonly of: string }) => <Coded of={of} text={purposeText(of)} />;
export const Label = ({ of }: { readonly of: string }) => <Coded of={of} text={labelText(of)} />;

/** Purposes or labels, side by side. */
export const Codes = ({ of, as: One }: { readonly of: readonly string[]; readonly as: typeof Purpose }) => (
  <span className="about">
    {of.map((code) => (
      <One key={code} of={code} />
    ))}
  </span>
);

/** Why something was denied in a word or two. */
export const Reason = ({ of }: { readonly of: string }) => <span>{reasonName(of)}</span>;
