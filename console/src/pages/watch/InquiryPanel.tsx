import { Link } from "@tanstack/react-router";
import { useAct, useAsk } from "../../api/useAsk.ts";
import type { InquiryReason } from "../../generated/schema.ts";
import { useMay } from "../../session/useSession.ts";
import { AskedPanel } from "../../ui/askedPanel.tsx";
import { stepOf } from "../../ui/buttons.tsx";
import { ChoiceField, TextAreaField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import { StateChip } from "../../ui/marks.tsx";
import { ActorName, SubjectName } from "../../ui/names.tsx";
import { Facts, Section } from "../../ui/panel.tsx";
import { fromNow, When } from "../../ui/when.tsx";
import { Withdraw } from "./InquiryAnswers.tsx";
import { AnswerInquiry, OneInquiry, type OneInquiryResult } from "./inquiries.graphql.ts";
import { REASONS } from "./inquiryWords.ts";

type InquiryInFull = NonNullable<OneInquiryResult["inquiry"]>;
interface InquiryPanelProps {
  readonly id: string;
  /** It answers for the person, and says so. */
  readonly isService: boolean;
  readonly onClose: () => void;
}

function Reply({ inquiry, isService }: { readonly inquiry: InquiryInFull } & Pick<InquiryPanelProps, "isService">) {
  const [{ reasonCode: reason, text }, field] = useFields({ reasonCode: "", text: "" });
  const act = useAct(AnswerInquiry);
  const { id, subjectId, subjectType } = inquiry;
  const answeredBy = isService ? { id: subjectId, type: subjectType } : null;
  return (
    <Section title="Your answer">
      <Form
        submit="Send the answer"
        error={act.error}
        isRunning={act.isRunning}
        onSubmit={() => void act.run({ id, reasonCode: reason as InquiryReason, text, answeredBy })}
      >
        <ChoiceField
          label="What was it for?"
          {...field("reasonCode")}
          options={Object.entries(REASONS).map(([id, name]) => ({ id, name }))}
          isRequired
        />
        <TextAreaField
          label="In your words"
          {...field("text")}
          isRequired
          hint="Kept on record. It can be answered once, and name no other patient."
        />
      </Form>
    </Section>
  );
}

/** One question to a person: what it is about, what they say, and answering it where it is one's own. */
export function InquiryPanel({ id, isService, onClose }: InquiryPanelProps) {
  const asked = useAsk(OneInquiry, { id });
  const judges = useMay()("alerts");
  return (
    <AskedPanel
      asked={asked}
      pick={({ inquiry }) => inquiry}
      caseOf={{ kind: "INQUIRY", id }}
      label="Question"
      title={(inquiry) =>
        inquiry === undefined ? "Question" : judges ? <>To {inquiry.subjectId}</> : "A question to you"
      }
      above={(inquiry) => <StateChip state={inquiry.state} />}
      missing={{ title: "No such question", text: "None of this id is there for you to see." }}
      onClose={onClose}
    >
      {(inquiry) => (
        <>
          <p className="watch-question">{inquiry.question}</p>
          <Facts
            of={{
              To: judges && <SubjectName subject={{ id: inquiry.subjectId, type: inquiry.subjectType }} />,
              Asked: (
                <>
                  <When at={inquiry.at} />{" "}
                  {inquiry.by !== null && (
                    <>
                      by <ActorName actor={inquiry.by} />
                    </>
                  )}
                </>
              ),
              "To answer": inquiry.state === "OPEN" && fromNow(inquiry.until),
              Why: inquiry.reason,
              "Because of": inquiry.alertId !== null && (
                <Link to="/alerts" search={{ id: inquiry.alertId }}>
                  an alert
                </Link>
              ),
              Withdrawn: inquiry.withdrawnAt !== null && (
                <>
                  <When at={inquiry.withdrawnAt} /> {inquiry.withdrawReason}
                </>
              ),
            }}
          />
          {inquiry.answeredAt !== null && (
            <Section title="The answer">
              <p>
                <strong>{inquiry.reasonCode !== null && REASONS[inquiry.reasonCode]}.</strong> {inquiry.text}
              </p>
              <p className="muted">
                <When at={inquiry.answeredAt} /> <ActorName actor={inquiry.answeredBy} />
              </p>
            </Section>
          )}
          {stepOf(inquiry.viewerMay, "answerInquiry")?.allowed === true && (
            <Reply inquiry={inquiry} isService={isService} />
          )}
          {stepOf(inquiry.viewerMay, "withdrawInquiry")?.allowed === true && (
            <div>
              <Withdraw id={inquiry.id} />
            </div>
          )}
        </>
      )}
    </AskedPanel>
  );
}
