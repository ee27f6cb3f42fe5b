import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useAsk, usePages } from "../../api/useAsk.ts";
import { Answer } from "../../ui/answer.tsx";
import { Empty } from "../../ui/feedback.tsx";
import { CheckField } from "../../ui/fields.tsx";
import { Filters } from "../../ui/filters.tsx";
import { type KeyAction, useKeys } from "../../ui/keys.tsx";
import type { LinkState } from "../../ui/link.ts";
import { ListPage } from "../../ui/listPage.tsx";
import { CampaignHead } from "./CampaignHead.tsx";
import { ReviewItemPanel } from "./ReviewItemPanel.tsx";
import { reviewSubject } from "./reviewCells.tsx";
import { itemColumns, mayDecide } from "./reviewItemColumns.tsx";
import { Review, type ReviewItemRow, ReviewItems, type ReviewItemsResult } from "./reviews.graphql.ts";

/** `id`: the review that is open; `item`: the item of it; `show`: which items. */
export const REVIEW_LINK = { state: "GOING", id: "", item: "", show: "UNDECIDED", new: "" };

type Verdict = "KEEP" | "REMOVE" | "REDUCE";

const SHOWN = [
  { id: "UNDECIDED", name: "To decide" },
  { id: "DECIDED", name: "Decided" },
  { id: "ALL", name: "All" },
];
const NONE: ReadonlyMap<string, ReviewItemRow> = new Map();
const NO_PAGE = { edges: [], pageInfo: { hasNextPage: false, endCursor: null } };
const itemsOf = ({ reviewCampaign }: ReviewItemsResult) => reviewCampaign?.items ?? NO_PAGE;

/** One access review: its items with their evidence, decided one by one or several with one reason. */
export function ReviewCampaignPage({ link }: { readonly link: LinkState<typeof REVIEW_LINK> }) {
  const { id, item, show } = link.values;
  const asked = useAsk(Review, { id });
  const states =
    show === "UNDECIDED" ? (["UNDECIDED"] as const) : show === "DECIDED" ? (["DECIDED", "LAPSED"] as const) : null;
  const pages = usePages(ReviewItems, { id, first: 200, states }, itemsOf, { staysPut: true });
  /** What was decided since the list was asked for: it stays where it was, with its verdict. */
  const [since, setSince] = useState<{ readonly asOf: number; readonly rows: ReadonlyMap<string, ReviewItemRow> }>();
  const asOf = pages.asOf?.getTime() ?? 0;
  const decided = since?.asOf === asOf ? since.rows : NONE;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const lastChosen = useRef("");
  const [begun, setBegun] = useState<{ readonly item: string; readonly verdict: Verdict | "" }>();
  const rows = pages.rows.map((row) => decided.get(row.id) ?? row);
  const decidable = rows.filter(mayDecide);
  const several = rows.filter((row) => chosen.has(row.id));
  const found = asked.data?.reviewCampaign;
  const panelOf = several.length > 0 ? "several" : item;

  /** With Shift all from the one that was chosen before, as far as this one. */
  const choose = (row: ReviewItemRow, isRange = false) => {
    const at = decidable.indexOf(row);
    const from = isRange ? decidable.findIndex(({ id }) => id === lastChosen.current) : -1;
    const these = from === -1 ? [row] : decidable.slice(Math.min(at, from), Math.max(at, from) + 1);
    lastChosen.current = row.id;
    setChosen((old) => {
      const next = new Set(old);
      for (const { id } of these)
        if (old.has(row.id)) next.delete(id);
        else next.add(id);
      return next;
    });
  };
  const open = (next: string, verdict: Verdict | "" = "") => {
    setBegun({ item: next, verdict });
    link.set({ item: next }, { replace: item !== "" && next !== "" });
  };
  const onDecided = (done: readonly ReviewItemRow[]) => {
    const now = new Map([...decided, ...done.map((row) => [row.id, row] as const)]);
    setSince({ asOf, rows: now });
    setChosen(new Set());
    const at = rows.findIndex((row) => row.id === (item || done.at(-1)?.id));
    const waits = (row: ReviewItemRow) => !now.has(row.id) && mayDecide(row);
    open((rows.slice(at + 1).find(waits) ?? rows.find(waits))?.id ?? "");
  };
  const current = rows.find((row) => row.id === item);
  const keys: Record<string, KeyAction> = {};
  if (current !== undefined && mayDecide(current))
    keys.x = { words: "Choose this row, to decide several with one reason", run: () => choose(current) };
  useKeys(keys);

  const isPanel = several.length > 0 || current !== undefined;
  return (
    <ListPage
      title={found?.title ?? "Access review"}
      purpose={
        <>
          <Link to="/reviews" search={{}}>
            All reviews
          </Link>
          {found && ` · about ${reviewSubject(found)}`}
        </>
      }
      link={link}
      above={
        <Answer of={asked} rows={3}>
          {() =>
            found && (
              <>
                <CampaignHead of={found} />
                <Filters link={link} filters={[{ name: "show", label: "Items", kind: "segments", options: SHOWN }]} />
                {decidable.length > 1 && (
                  <CheckField
                    label={`Choose all ${decidable.length}`}
                    value={several.length === decidable.length}
                    onChange={(all) => setChosen(new Set(all ? decidable.map((row) => row.id) : []))}
                  />
                )}
              </>
            )
          }
        </Answer>
      }
      instead={
        found === null && (
          <Empty title="There is no such review">
            The link may be of another service. All reviews are under “All reviews”.
          </Empty>
        )
      }
      caption="Items of the review"
      pages={{ ...pages, rows }}
      idOf={(row) => row.id}
      columns={itemColumns({ chosen, choose, decide: open, isNarrow: isPanel })}
      openId={item}
      opens={(next) => ({ item: next })}
      empty={
        show === "UNDECIDED" ? (
          <Empty title="Everything is decided">What comes next stands above.</Empty>
        ) : (
          <Empty title="Nothing is decided yet">
            Silence certifies nothing: what nobody decides goes into the proposal like what is to be removed.
          </Empty>
        )
      }
      panel={
        isPanel && (
          <ReviewItemPanel
            key={panelOf}
            of={several.length > 0 ? several : current === undefined ? [] : [current]}
            verdict={begun?.item === panelOf ? begun.verdict : ""}
            onVerdict={(verdict) => setBegun({ item: panelOf, verdict })}
            onClose={() => {
              setChosen(new Set());
              open("");
            }}
            onDecided={onDecided}
          />
        )
      }
    />
  );
}
