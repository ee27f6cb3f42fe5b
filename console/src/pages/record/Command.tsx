import { CopyButton } from "../../ui/copy.tsx";
import "./record.css";

/** A command line, to be copied. */
export const Command = ({ text }: { readonly text: string }) => (
  <div className="record-command">
    <pre className="code-block">{text}</pre>
    <CopyButton text={text} label="Copy" />
  </div>
);
