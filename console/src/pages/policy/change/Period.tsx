import { serviceNow } from "../../../session/session.ts";
import { Chip } from "../../../ui/marks.tsx";
import { Day } from "../../../ui/when.tsx";

/** The period of a grant or an assignment, where it says one. */
export function Period({ from, until }: { readonly from: string | null; readonly until: string | null }) {
  const now = serviceNow().getTime();
  if (until !== null && Date.parse(until) <= now)
    return (
      <Chip>
        ended <Day at={until} />
      </Chip>
    );
  return (
    <>
      {from !== null && Date.parse(from) > now && (
        <Chip tone="wait">
          from <Day at={from} />
        </Chip>
      )}
      {until !== null && (
        <span className="muted small">
          {" "}
          until <Day at={until} />
        </span>
      )}
    </>
  );
}
