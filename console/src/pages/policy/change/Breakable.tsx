/** A name that may go on in the next line after its `_`, `-`, `.`, `/`, and nowhere within a word. */
export const Breakable = ({ text }: { readonly text: string }) => (
  <>
    {text.split(/(?<=[_\-./?&|])/).map((part, i) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text, in its order
      <span key={i}>
        {i > 0 && <wbr />}
        {part}
      </span>
    ))}
  </>
);
