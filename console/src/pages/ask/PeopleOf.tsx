import { Link } from "@tanstack/react-router";
import { usePages } from "../../api/useAsk.ts";
import { hide } from "../../session/hidden.ts";
import { Failed, Loading } from "../../ui/feedback.tsx";
import { Id } from "../../ui/names.tsx";
import { useWhole } from "./useWhole.ts";
import { PeopleWhoCan } from "./whoCan.graphql.ts";
import type { Place } from "./whoSees.ts";

interface PeopleOfProps {
  readonly place: Place;
  readonly role: string;
  readonly patient: string;
  readonly asOf: string | null;
  readonly type: string;
  readonly action: string;
}

/** The people behind a count, asked when they are looked at. */
export function PeopleOf({ place: { organization, row }, role, patient, asOf, type, action }: PeopleOfProps) {
  const [reach] = row.reaches.length > 0 ? row.reaches : (row.before?.reaches ?? []);
  const resourceType = type || (reach?.resourceTypes.find((each) => each !== "*") ?? "Observation");
  const input = {
    action: action || (reach?.actions.find((each) => each !== "*") ?? "read"),
    resource: { type: resourceType, patient, ...(organization !== null && { organization }) },
    purposeOfUse: row.purposeOfUse,
    clientId: row.clientId,
    asOf,
  };
  const pages = usePages(
    PeopleWhoCan,
    { input },
    ({ whoCan: { matches, pageInfo } }) => ({ edges: matches.map((node) => ({ node })), pageInfo }),
    { enough: 200 },
  );
  const isWhole = useWhole(pages, 200);
  const people = pages.rows.filter(
    ({ roles, subjectId }) => subjectId !== null && (roles.length === 0 || roles.at(-1) === role),
  );
  if (pages.error !== null) return <Failed error={pages.error} retry={pages.refresh} />;
  if (pages.isPending) return <Loading rows={3} />;
  return (
    <>
      <ul className="ask-people">
        {people.map(({ subjectId, subjectType, roles }) => (
          <li key={`${subjectType} ${subjectId}`}>
            <Link
              to="/person"
              search={{ type: subjectType ?? "user", person: hide(subjectId ?? "") } as never}
              className="name"
            >
              <Id id={subjectId ?? ""} />
            </Link>
            {roles.length > 1 && <span className="muted small"> as {roles[0]}</span>}
          </li>
        ))}
      </ul>
      {people.length === 0 && isWhole && (
        <p className="muted">
          Nobody who holds it there meets the conditions for {input.action} {resourceType}.
        </p>
      )}
      <p className="muted small">
        For {input.action} {resourceType} by way of <bdi>{row.client?.name ?? row.clientId}</bdi>
        {row.purposeOfUse !== null && `, for ${row.purposeOfUse}`}. {!isWhole && "Still looking…"}
      </p>
    </>
  );
}
