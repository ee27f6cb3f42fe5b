import { useState } from "react";
import { Button } from "./buttons.tsx";

/** Copies a text, and says so. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [came, setCame] = useState<string | null>(null);
  const copy = async () => {
    try {
      // A page that did not come over TLS has no clipboard.
      await navigator.clipboard.writeText(text);
      setCame("Copied");
    } catch {
      setCame("Your browser refuses: select the text instead");
    }
    setTimeout(() => setCame(null), 4000);
  };
  return <Button onPress={() => void copy()}>{came ?? label}</Button>;
}
