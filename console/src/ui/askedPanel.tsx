import type { ReactNode } from "react";
import { useRead } from "../api/changes.ts";
import type { Asked } from "../api/useAsk.ts";
import type { CaseKind } from "../generated/schema.ts";
import { Answer } from "./answer.tsx";
import { Empty } from "./feedback.tsx";
import { Panel, type PanelProps } from "./panel.tsx";
import { timeOf } from "./when.tsx";

interface AskedPanelProps<R, N> extends Pick<PanelProps, "label" | "onClose"> {
  readonly asked: Asked<R>;
  /** What the panel is about, within the answer; null: it is not there. */
  readonly pick: (answer: R) => N | null;
  /** A case, which others may change meanwhile. */
  readonly caseOf?: { readonly kind: CaseKind; readonly id: string };
  /** `undefined`: it is not known yet, or not there. */
  readonly title: (found: N | undefined) => ReactNode;
  readonly above?: (found: N) => ReactNode;
  readonly tone?: (found: N) => PanelProps["tone"];
  /** What it means that it is not there. */
  readonly missing: { readonly title: string; readonly text: string };
  readonly children: (found: N) => ReactNode;
}

/** The panel of what is asked for by itself, with the time as of which it is. */
export function AskedPanel<R, N>(props: AskedPanelProps<R, N>) {
  const { asked, pick, caseOf, title, above, tone, missing, children, ...panel } = props;
  const found = asked.data === undefined ? null : pick(asked.data);
  useRead(asked.asOf, caseOf ?? null);
  return (
    <Panel
      {...panel}
      title={title(found ?? undefined)}
      above={found !== null && above?.(found)}
      tone={(found !== null && tone?.(found)) || "plain"}
      beside={asked.asOf !== null && <span className="muted small number">As of {timeOf(asked.asOf)}</span>}
    >
      <Answer of={asked}>
        {() => (found === null ? <Empty title={missing.title}>{missing.text}</Empty> : children(found))}
      </Answer>
    </Panel>
  );
}
