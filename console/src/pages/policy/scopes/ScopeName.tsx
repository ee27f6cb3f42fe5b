import { Breakable } from "../change/Breakable.tsx";

/** A scope as it stands in tokens; what of it is an address of a code system is cut, and told to whoever points at it. */
export const ScopeName = ({ name }: { readonly name: string }) => (
  <code className="id" title={name}>
    <Breakable text={name.replaceAll(/https?:\/\/[^|&,]*\|/g, "…|")} />
  </code>
);
