import { type ReactNode, useEffect, useRef } from "react";
import { Button } from "./buttons.tsx";
import { useKeys } from "./keys.tsx";
import { Room } from "./room.ts";

export interface PanelProps {
  readonly title: ReactNode;
  /** What stands above the title: a mark, a state. */
  readonly above?: ReactNode;
  readonly tone?: "ALLOW" | "DENY" | "plain";
  /** What stands beside the button that closes it. */
  readonly beside?: ReactNode;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly label: string;
}

/** The one panel: beside its list where there is room, over it where there is not. Esc closes it. */
export function Panel({ title, above, tone = "plain", beside, onClose, children, label }: PanelProps) {
  useKeys({ Escape: { words: "Close the panel", run: onClose } });
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone it covers the list: whoever reads by ear is led to it.
    if (matchMedia("(max-width: 999px)").matches) panel.current?.focus();
  }, []);
  return (
    <section ref={panel} className="panel" aria-label={label} tabIndex={-1}>
      <header className={`panel-head ${tone}`}>
        <div>
          {above}
          <h2>{title}</h2>
        </div>
        <div className="row">
          {beside}
          <Button look="quiet" aria-label="Close" onPress={onClose}>
            <span aria-hidden="true">✕</span>
          </Button>
        </div>
      </header>
      <div className="panel-body">{children}</div>
    </section>
  );
}

/** A list and what is open in it, side by side from 1,000 px on. */
export const Split = ({ list, panel }: { readonly list: ReactNode; readonly panel: ReactNode }) => (
  <div className={`split ${panel ? "two" : ""}`}>
    <div className="card">{list}</div>
    {panel}
  </div>
);

export const Section = ({
  title,
  children,
  more,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly more?: ReactNode;
}) => (
  <section className="section">
    <header>
      <h3>{title}</h3>
      {more}
    </header>
    {children}
  </section>
);

/** What is known, by name: `{ Client: <ClientName … />, … }`; null and false are left out. */
export const Facts = ({ of }: { readonly of: Readonly<Record<string, ReactNode>> }) => (
  <Room.Provider value="fact">
    <dl className="facts">
      {Object.entries(of)
        .filter(([, value]) => value !== null && value !== undefined && value !== false && value !== "")
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  </Room.Provider>
);
