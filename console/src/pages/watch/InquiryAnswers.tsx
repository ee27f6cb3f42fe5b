import { useAct } from "../../api/useAsk.ts";
import { stepOf } from "../../ui/buttons.tsx";
import { StateChip } from "../../ui/marks.tsx";
import { SubjectName } from "../../ui/names.tsx";
import { Section } from "../../ui/panel.tsx";
import { ReasonStep } from "../../ui/reasonStep.tsx";
import { fromNow, When } from "../../ui/when.tsx";
import type { AlertInquiry } from "./alerts.graphql.ts";
import { WithdrawInquiry } from "./inquiries.graphql.ts";
import { REASONS } from "./inquiryWords.ts";

/** Withdraws a question, with the reason first. */
export const Withdraw = ({ id }: { readonly id: string }) => (
  <ReasonStep id={id} act={useAct(WithdrawInquiry)} submit="Withdraw the question" />
);

/** What the person was asked because of an alert, and what they say. */
export function InquiryAnswers({
  inquiries,
  isNamed,
}: {
  readonly inquiries: readonly AlertInquiry[];
  /** Whether several people are asked about it. */
  readonly isNamed: boolean;
}) {
  if (inquiries.length === 0) return null;
  return (
    <Section title={isNamed ? "What they say" : "What the person says"}>
      <ul className="why-list">
        {inquiries.map((inquiry) => (
          <li key={inquiry.id}>
            {isNamed && <SubjectName subject={{ id: inquiry.subjectId, type: inquiry.subjectType }} />}
            {inquiry.state === "ANSWERED" ? (
              <>
                <p>
                  <strong>{inquiry.reasonCode !== null && REASONS[inquiry.reasonCode]}.</strong> {inquiry.text}
                </p>
                <p className="muted">
                  Answered <When at={inquiry.answeredAt} />. It explains no access by itself: the verdict is yours.
                </p>
              </>
            ) : (
              <p>
                <StateChip state={inquiry.state} /> Asked <When at={inquiry.at} />
                {inquiry.state === "OPEN" && <span className="muted">, to answer {fromNow(inquiry.until)}</span>}
              </p>
            )}
            {stepOf(inquiry.viewerMay, "withdrawInquiry")?.allowed === true && <Withdraw id={inquiry.id} />}
          </li>
        ))}
      </ul>
    </Section>
  );
}
