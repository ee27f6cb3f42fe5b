import type { ReactNode } from "react";
import { Note } from "../feedback.tsx";
import { OutcomeMark } from "../marks.tsx";
import { ClientName } from "../names.tsx";
import { When } from "../when.tsx";
import { count, FEW_MEANS, figure, sum } from "../words.ts";
import type { ReplayImpact } from "./impact.graphql.ts";
import "./impact.css";

type Kind = ReplayImpact["groups"][number]["kind"];

export const FLIP_KINDS: Readonly<Record<Kind, ReactNode>> = {
  NEWLY_DENIED: <OutcomeMark of="DENY" text="Newly denied" />,
  NEWLY_ALLOWED: <OutcomeMark of="ALLOW" text="Newly allowed" />,
  NARROWED: "Permits less",
  WIDENED: "Permits more",
  OTHER_OBLIGATIONS: "Other obligations",
};

/** How many past decisions would come out otherwise, of how many that were looked at. */
export function ReplayFigures({ replay }: { readonly replay: ReplayImpact }) {
  const { read, complete, from, to } = replay;
  const others = sum([replay.narrowed, replay.widened, replay.otherObligations]);
  return (
    <>
      <div className="figures">
        <Figure n={replay.allowToDeny} words={<OutcomeMark of="DENY" text="newly denied" />} />
        <Figure n={replay.denyToAllow} words={<OutcomeMark of="ALLOW" text="newly allowed" />} />
        {others !== 0 && <Figure n={others} words="otherwise different" />}
        <Figure n={replay.people} words="people concerned" />
        <Figure n={replay.same} words="the same" />
      </div>
      <p className="muted small">
        {read === 0 ? (
          "There was no past decision to look at."
        ) : (
          <>
            Of {count(read, "past decision")} from <When at={from} /> to <When at={to} />, made again with the change.{" "}
            {!complete && "There were more; these are the newest."} {replay.few && FEW_MEANS}
          </>
        )}
      </p>
    </>
  );
}

/** What a change would have made of past decisions: the figures, then whom it concerns. */
export function ReplayView({ replay }: { readonly replay: ReplayImpact }) {
  const { groups, notReplayable, causes, ungrouped } = replay;
  return (
    <>
      <ReplayFigures replay={replay} />
      {groups.length > 0 && (
        <div className="impact-groups">
          <table className="list">
            <caption className="unseen">Decisions that would come out otherwise, by client</caption>
            <thead>
              <tr>
                <th scope="col">Client</th>
                <th scope="col">What</th>
                <th scope="col" className="number">
                  Decisions
                </th>
                <th scope="col" className="number">
                  People
                </th>
                <th scope="col" className="number minor">
                  Patients
                </th>
              </tr>
            </thead>
            <tbody>
              {groups.map((group) => (
                <tr
                  key={`${group.kind} ${group.clientId} ${group.role} ${group.scope} ${group.resourceType} ${group.action}`}
                >
                  <td className="main">
                    <ClientName client={group.client} id={group.clientId} />
                    <div>{FLIP_KINDS[group.kind]}</div>
                  </td>
                  <td>
                    {group.action} {group.resourceType}
                    <div className="muted small">
                      {[group.role, group.scope].filter((part) => part !== null).join(", ")}
                    </div>
                  </td>
                  <td className="number">
                    {figure(group.decisions)}
                    <div className="muted small">on {count(group.days, "day")}</div>
                  </td>
                  <td className="number">{figure(group.people)}</td>
                  <td className="number minor">{figure(group.patients)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {ungrouped !== 0 && <Note>{count(ungrouped, "decision")} more in groups that are not listed.</Note>}
      {notReplayable !== 0 && (
        <Note tone="warn">
          {count(notReplayable, "decision")} can't be made again: {causes.map(({ message }) => message).join("; ")}
        </Note>
      )}
    </>
  );
}

const Figure = ({ n, words }: { readonly n: number | null; readonly words: ReactNode }) => (
  <div>
    <b>{figure(n)}</b>
    <span className="muted">{words}</span>
  </div>
);
