import { type ReactNode, useEffect, useState } from "react";
import type { Question } from "../api/useAsk.ts";
import { AskYourself } from "./askYourself.tsx";
import { Button } from "./buttons.tsx";
import { timeOf, zone } from "./when.tsx";

interface PageProps {
  readonly title: string;
  /** What one does here, in a sentence. */
  readonly purpose: ReactNode;
  /** What is shown was asked then, and is asked again by Refresh: reading is an act on record. */
  readonly asked?: {
    readonly asOf: Date | null;
    readonly refresh: () => void;
    readonly isAsking: boolean;
    readonly question: Question;
  };
  /** Beside the title: what can be begun here. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, purpose, asked, actions, children }: PageProps) {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    document.title = `${title} - Scopewarden`;
  }, [title]);
  return (
    <>
      <header className="page-head">
        <div>
          <h1>{title}</h1>
          <p className="muted">{purpose}</p>
        </div>
        <div className="page-actions">
          {actions}
          {asked?.asOf != null && (
            <span className="as-of">
              <span className="muted number" title={`Times are in ${zone()}`}>
                As of {timeOf(asked.asOf)}
              </span>
              <Button look="quiet" k="r" onPress={asked.refresh} isDisabled={asked.isAsking}>
                {asked.isAsking ? "Asking…" : "Refresh"}
              </Button>
            </span>
          )}
          {asked !== undefined && (
            <Button look="quiet" onPress={() => setShown(true)}>
              Ask this yourself
            </Button>
          )}
        </div>
      </header>
      {children}
      {asked !== undefined && (
        <AskYourself question={asked.question} isOpen={isShown} onClose={() => setShown(false)} />
      )}
    </>
  );
}
