import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { type Asked, useAct, useAsk } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Button, stepOf } from "../../ui/buttons.tsx";
import { Failed, Loading, Note } from "../../ui/feedback.tsx";
import { Chip } from "../../ui/marks.tsx";
import { ActorName } from "../../ui/names.tsx";
import { Section } from "../../ui/panel.tsx";
import { ReasonStep } from "../../ui/reasonStep.tsx";
import { fromNow, When } from "../../ui/when.tsx";
import { count } from "../../ui/words.ts";
import { AskForBlock } from "./AskForBlock.tsx";
import type { usePersonCases } from "./PersonCases.tsx";
import { LiftBlock, type PersonBlocksResult, PersonQuestions } from "./person.graphql.ts";

type Block = PersonBlocksResult["restrictionsOf"][number];

/** One restriction that is in force: until when, by whom and why, and its end before that. */
function InForce({ block, onLifted }: { readonly block: Block; readonly onLifted: () => void }) {
  const lift = useAct(LiftBlock, onLifted);
  const { alertId, at, by, reason, response, until, viewerMay } = block;
  return (
    <li className="people-block">
      <p>
        <Chip tone="bad">{response === "SUSPENSION" ? "Blocked" : "Asked for a fresh sign-in"}</Chip>{" "}
        <strong>
          until <When at={until} />
        </strong>{" "}
        ({fromNow(until)}), by <ActorName actor={by} /> since <When at={at} />
        {reason !== null && <>: {reason}</>}
        {alertId !== null && (
          <>
            ,{" "}
            <Link to="/alerts" search={{ id: alertId }}>
              because of an alert
            </Link>
          </>
        )}
      </p>
      <ReasonStep id={block.id} act={lift} submit="Lift it" step={{ of: stepOf(viewerMay, "liftRestriction") }} />
    </li>
  );
}

interface Open {
  readonly id: string;
  readonly text: ReactNode;
}

/** How a person stands now: blocked or not, and what is open about them. */
export function PersonState({
  id,
  type,
  name,
  blocks,
  cases: { alerts, emergencies, requests },
}: {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly blocks: Asked<PersonBlocksResult>;
  readonly cases: ReturnType<typeof usePersonCases>;
}) {
  const may = useMay();
  const mayBlock = may("imposeRestriction") || may("endAccess");
  // Only who sees people by name may ask for the questions to one.
  const questions = useAsk(PersonQuestions, { id }, { when: may("accessHistory") && !requests.isPending });
  const [isAsking, setAsking] = useState(false);
  const [isLifted, setLifted] = useState(false);
  const inForce = blocks.data?.restrictionsOf ?? [];
  const toReview = emergencies.data?.waiting.totalCount ?? 0;
  const waiting: readonly Open[] = [
    ...(alerts.data?.waiting.edges ?? []).map(({ node }) => ({
      id: node.id,
      text: (
        <>
          Alert:{" "}
          <Link to="/alerts" search={{ id: node.id, ...(node.state === "ACKNOWLEDGED" && { state: "ACKNOWLEDGED" }) }}>
            {node.title}
          </Link>
        </>
      ),
    })),
    ...(toReview === 0
      ? []
      : [
          {
            id: "emergencies",
            text: (
              <Link to="/emergencies" search={{}}>
                {count(toReview, "emergency", "emergencies")} open, or to review
              </Link>
            ),
          },
        ]),
    ...(requests.data?.waiting.edges ?? []).map(({ node }) => ({
      id: node.id,
      text: (
        <>
          Access request:{" "}
          <Link to="/access-requests" search={{ id: node.id }}>
            {node.reason}
          </Link>
        </>
      ),
    })),
    ...(questions.data?.inquiries.edges ?? []).map(({ node }) => ({
      id: node.id,
      text: (
        <>
          <Link to="/inquiries" search={{ id: node.id }}>
            A question to them
          </Link>{" "}
          waits for an answer until <When at={node.until} />
        </>
      ),
    })),
  ];
  const isPending = alerts.isPending || emergencies.isPending || requests.isPending;
  return (
    <section className="card pad people-state" aria-label="How they stand">
      {blocks.isPending && <Loading rows={1} />}
      {blocks.error !== null && <Failed error={blocks.error} retry={blocks.refresh} />}
      {isLifted && <Note>{id} is no longer blocked; from the next decision on the policy counts again.</Note>}
      {blocks.data !== undefined && inForce.length === 0 && (
        <p>
          <Chip>Not blocked</Chip> <bdi>{name}</bdi> may do what the policy lets them
          {!may("alerts") && ", unless an alert restricts them, which reviewers and auditors see"}.
        </p>
      )}
      <ul className="people-lines">
        {inForce.map((block) => (
          <InForce key={block.id} block={block} onLifted={() => setLifted(true)} />
        ))}
      </ul>
      {!mayBlock && inForce.length === 0 && (
        <div className="row">
          <Button look="danger" aria-expanded={isAsking} onPress={() => setAsking(true)}>
            Have <bdi>{name}</bdi> blocked
          </Button>
          <span className="muted">You may not block anybody yourself: reviewers and admins do.</span>
        </div>
      )}
      {isAsking && <AskForBlock id={id} type={type} name={name} onClose={() => setAsking(false)} />}
      <Section title="Open about them">
        {isPending && <Loading rows={2} />}
        {!isPending && waiting.length === 0 && <p className="muted">Nothing that you may see is open.</p>}
        <ul className="people-lines">
          {waiting.map((each) => (
            <li key={each.id}>{each.text}</li>
          ))}
        </ul>
      </Section>
    </section>
  );
}
