import { usePages } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Empty } from "../../ui/feedback.tsx";
import { useLink } from "../../ui/link.ts";
import type { Column } from "../../ui/list.tsx";
import { ListPage } from "../../ui/listPage.tsx";
import { Day } from "../../ui/when.tsx";
import { REVIEW_LINK, ReviewCampaignPage } from "./ReviewCampaignPage.tsx";
import { Decided, ReviewState, reviewSubject } from "./reviewCells.tsx";
import { type ReviewRow, Reviews } from "./reviews.graphql.ts";
import { StartReviewForm } from "./StartReviewForm.tsx";
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
  const isOver = link.values.state === "CLOSED";
  const pages = usePages(
    Reviews,
    { states: isOver ? ["CLOSED"] : ["OPEN", "PROPOSED"], orderBy: isOver ? "NEWEST" : "DUE", first: 50 },
    (answer) => answer.reviewCampaigns,
  );
  return (
    <ListPage
      title="Access reviews"
      purpose="Is the access still needed? Somebody whose own it is not keeps, reduces or removes it."
      begin={
        may("startReviewCampaign") && {
          label: "Begin a review",
          look: "primary",
          form: (close) => (
            <StartReviewForm onClose={close} onStarted={(id) => link.set({ id, new: "" }, { replace: true })} />
          ),
        }
      }
      link={link}
      filters={[{ name: "state", label: "Show", kind: "segments", options: STATES }]}
      pages={pages}
      idOf={(row) => row.id}
      columns={COLUMNS}
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
      panel={null}
    />
  );
}
