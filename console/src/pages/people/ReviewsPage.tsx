import { useState } from "react";
import { usePages } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../../ui/buttons.tsx";
import { Empty } from "../../ui/feedback.tsx";
import { Filters } from "../../ui/filters.tsx";
import { useLink } from "../../ui/link.ts";
import { type Column, List } from "../../ui/list.tsx";
import { Page } from "../../ui/page.tsx";
import { Day } from "../../ui/when.tsx";
import { REVIEW_LINK, ReviewCampaignPage } from "./ReviewCampaignPage.tsx";
import { Decided, ReviewState, reviewSubject } from "./reviewCells.tsx";
import { type ReviewRow, Reviews } from "./reviews.graphql.ts";
import { StartReviewDialog } from "./StartReviewDialog.tsx";
import "./people.css";

const STATES = [
  { id: "GOING", name: "Going on" },
  { id: "CLOSED", name: "Over" },
];

const COLUMNS: readonly Column<ReviewRow>[] = [
  {
    name: "Review",
    isMain: true,
    cell: (row) => (
      <>
        <strong>{row.title}</strong>
        <span className="people-beside">{reviewSubject(row)}</span>
      </>
    ),
  },
  { name: "Decided", cell: (row) => <Decided of={row} /> },
  { name: "Stands", cell: (row) => <ReviewState of={row} /> },
  { name: "Begun", isMinor: true, cell: ({ at }) => <Day at={at} /> },
];

/** Access reviews; one of them with its items. */
export default function ReviewsPage() {
  const link = useLink(REVIEW_LINK);
  return link.values.id === "" ? <AllReviews link={link} /> : <ReviewCampaignPage key={link.values.id} link={link} />;
}

function AllReviews({ link }: { readonly link: ReturnType<typeof useLink<typeof REVIEW_LINK>> }) {
  const may = useMay();
  const [isStarting, setStarting] = useState(false);
  const isOver = link.values.state === "CLOSED";
  const pages = usePages(
    Reviews,
    { states: isOver ? ["CLOSED"] : ["OPEN", "PROPOSED"], orderBy: isOver ? "NEWEST" : "DUE", first: 50 },
    (answer) => answer.reviewCampaigns,
  );
  return (
    <Page
      title="Access reviews"
      purpose="Is the access still needed? Somebody whose own it is not keeps, reduces or removes it."
      asked={pages}
      actions={
        may("startReviewCampaign") && (
          <Button look="primary" k="n" onPress={() => setStarting(true)}>
            Begin a review
          </Button>
        )
      }
    >
      <Filters link={link} filters={[{ name: "state", label: "Show", kind: "segments", options: STATES }]} />
      <div className="card">
        <List
          caption="Access reviews"
          pages={pages}
          idOf={(row) => row.id}
          columns={COLUMNS}
          onOpen={(id) => link.set({ id })}
          empty={
            isOver ? (
              <Empty title="No review is over yet">Those that go on stand under “Going on”.</Empty>
            ) : (
              <Empty title="No review goes on">
                Nobody is asked whether access is still needed.{" "}
                {may("startReviewCampaign")
                  ? "Begin one about an organization, a role, a client, or what nobody used."
                  : "Reviewers and auditors begin one."}
              </Empty>
            )
          }
        />
      </div>
      {isStarting && <StartReviewDialog onClose={() => setStarting(false)} onStarted={(id) => link.set({ id })} />}
    </Page>
  );
}
