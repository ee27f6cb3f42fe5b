import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { type Asked, useAsk } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Failed, Loading } from "../../ui/feedback.tsx";
import { SeverityMark, StateChip } from "../../ui/marks.tsx";
import { When } from "../../ui/when.tsx";
import { Asked as AskedFor, minutesText } from "./accessRequestCells.tsx";
import { EmergencyState } from "./EmergencyState.tsx";
import { PersonAlerts, PersonEmergencies, PersonRequests } from "./person.graphql.ts";

export const PersonCard = ({
  title,
  more,
  children,
}: {
  readonly title: string;
  readonly more?: ReactNode;
  readonly children: ReactNode;
}) => (
  <section className="card pad people-card">
    <header>
      <h2>{title}</h2>
      {more}
    </header>
    {children}
  </section>
);

interface CasesProps<N> {
  readonly title: string;
  readonly asked: Asked<unknown>;
  readonly rows: readonly N[] | undefined;
  readonly none: string;
  readonly isMore: boolean;
  readonly children: (row: N) => ReactNode;
}

function Cases<N extends { readonly id: string }>({ title, asked, rows, none, isMore, children }: CasesProps<N>) {
  return (
    <PersonCard title={title}>
      {asked.isPending && <Loading rows={2} />}
      {asked.error !== null && <Failed error={asked.error} retry={asked.refresh} />}
      {rows?.length === 0 && <p className="muted">{none}</p>}
      <ul className="people-lines">
        {rows?.map((row) => (
          <li key={row.id}>{children(row)}</li>
        ))}
      </ul>
      {isMore && <p className="muted small">There are more; the newest five are shown.</p>}
    </PersonCard>
  );
}

/** What is asked of a person's cases, one question after the other. */
export function usePersonCases({ id, type }: { readonly id: string; readonly type: string }) {
  const may = useMay();
  const emergencies = useAsk(PersonEmergencies, { id }, { when: may("breakGlasses") });
  const alerts = useAsk(PersonAlerts, { id }, { when: may("alerts") && !emergencies.isPending });
  const before = emergencies.isPending || alerts.isPending;
  const requests = useAsk(PersonRequests, { id, type }, { when: may("accessRequests") && !before });
  return { emergencies, alerts, requests };
}

/** Emergencies, alerts and requests of a person, the newest of each. */
export function PersonCases({ emergencies, alerts, requests }: ReturnType<typeof usePersonCases>) {
  const may = useMay();
  return (
    <>
      {may("breakGlasses") && (
        <Cases
          title="Emergencies"
          asked={emergencies}
          rows={emergencies.data?.breakGlasses.edges.map(({ node }) => node)}
          none="They broke no glass."
          isMore={emergencies.data?.breakGlasses.pageInfo.hasNextPage ?? false}
        >
          {(row) => (
            <>
              <Link to="/emergencies" search={{ id: row.id, ...(row.state === "REVIEWED" && { state: "REVIEWED" }) }}>
                {row.reason}
              </Link>
              <span className="people-beside">
                <EmergencyState of={row} /> <When at={row.at} />, {row.organization}
              </span>
            </>
          )}
        </Cases>
      )}
      {may("alerts") && (
        <Cases
          title="Alerts about them"
          asked={alerts}
          rows={alerts.data?.alerts.edges.map(({ node }) => node)}
          none="Nothing unusual was told of them, or none that you may see."
          isMore={alerts.data?.alerts.pageInfo.hasNextPage ?? false}
        >
          {(row) => (
            <>
              <Link to="/alerts" search={{ id: row.id }}>
                {row.title}
              </Link>
              <span className="people-beside">
                <SeverityMark of={row.severity} /> <StateChip state={row.state} /> <When at={row.at} />
              </span>
            </>
          )}
        </Cases>
      )}
      <Cases
        title="Access requests"
        asked={requests}
        rows={requests.data?.accessRequests.edges.map(({ node }) => node)}
        none="They asked for nothing for a while."
        isMore={requests.data?.accessRequests.pageInfo.hasNextPage ?? false}
      >
        {(row) => (
          <>
            <Link to="/access-requests" search={{ id: row.id }}>
              {row.reason}
            </Link>
            <span className="people-beside">
              <StateChip state={row.state} /> <AskedFor of={row} /> for {minutesText(row.minutes)}
            </span>
          </>
        )}
      </Cases>
    </>
  );
}
