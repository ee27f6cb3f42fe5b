import { useRouterState } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import { useRead } from "../api/changes.ts";
import { refreshAll, useRenewal } from "../api/renewal.ts";
import type { Question } from "../api/useAsk.ts";
import { AskYourself } from "./askYourself.tsx";
import { Button } from "./buttons.tsx";
import { helpOf } from "./help.ts";
import { timeOf } from "./when.tsx";

export interface PageProps {
  readonly title: string;
  /** What one does here, in a sentence. */
  readonly purpose: ReactNode;
  /** What is shown was asked then. Refresh asks all again that is in sight: reading is an act on record. */
  readonly asked?: {
    readonly asOf: Date | null;
    readonly isAsking: boolean;
    readonly question: Question;
    /** In the place of that, where what is shown was asked by a button. */
    readonly again?: () => void;
  };
  /** Beside the title: what can be begun here. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, purpose, asked, actions, children }: PageProps) {
  const [isShown, setShown] = useState(false);
  const renewal = useRenewal();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const isAsking = asked?.isAsking === true || renewal.isRunning;
  useRead(asked?.asOf ?? null, "LIST");
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
              <span className="muted number">As of {timeOf(asked.asOf)}</span>
              <Button look="quiet" k="r" onPress={asked.again ?? refreshAll} isDisabled={isAsking}>
                {isAsking ? "Asking…" : "Refresh"}
              </Button>
            </span>
          )}
          {asked !== undefined && (
            <Button look="quiet" onPress={() => setShown(true)}>
              Ask this yourself
            </Button>
          )}
          {/* A tab of its own: the sign-in is kept in this one alone, and what was typed stays. */}
          <a className="button quiet" href={helpOf(path)} target="_blank" rel="noreferrer">
            Help<span className="unseen"> with this page, in a new tab</span>
          </a>
        </div>
      </header>
      {children}
      {asked !== undefined && (
        <AskYourself question={asked.question} isOpen={isShown} onClose={() => setShown(false)} />
      )}
    </>
  );
}
