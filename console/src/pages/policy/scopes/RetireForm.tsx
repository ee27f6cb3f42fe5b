import { useState } from "react";
import { useAsk } from "../../../api/useAsk.ts";
import { dayFrom } from "../../../ui/days.ts";
import { Failed, Loading, Note } from "../../../ui/feedback.tsx";
import { DateField, PickerField } from "../../../ui/fields.tsx";
import { findOptions } from "../../../ui/findOptions.ts";
import { useFields } from "../../../ui/form.tsx";
import { ClientName } from "../../../ui/names.tsx";
import { Section } from "../../../ui/panel.tsx";
import { ChangeForm } from "../../../ui/propose/ChangeForm.tsx";
import { When } from "../../../ui/when.tsx";
import { count, FEW_MEANS, figure } from "../../../ui/words.ts";
import { WhoWouldBreak, type WhoWouldBreakResult } from "./scopes.graphql.ts";

interface RetireFormProps {
  readonly scope: { readonly name: string; readonly version: number; readonly replacedBy: string | null };
  readonly onClose: () => void;
}

type Preview = WhoWouldBreakResult["retirementPreview"];

/** The end of a scope: first who would break, then a date, or now. */
export function RetireForm({ scope, onClose }: RetireFormProps) {
  const { name, version } = scope;
  const asked = useAsk(WhoWouldBreak, { name, version });
  const [isNow, setNow] = useState(false);
  const [{ sunsetAt: date, replacedBy: successor }, field] = useFields({
    sunsetAt: "",
    replacedBy: scope.replacedBy ?? "",
  });
  const preview = asked.data?.retirementPreview;
  const sunsetAt = dayFrom(date);
  const form = { onClose };
  return (
    <Section title={`If ${name} ended`}>
      {asked.error !== null && <Failed error={asked.error} retry={asked.refresh} />}
      {asked.isPending && (
        <>
          <p className="muted">Deciding the accesses of 30 days again, without this scope…</p>
          <Loading rows={3} />
        </>
      )}
      {preview !== undefined && <Breaks preview={preview} />}
      {!isNow && (
        <div>
          <button type="button" className="policy-link" onClick={() => setNow(true)}>
            End it now instead of on a day
          </button>
        </div>
      )}
      {isNow ? (
        <ChangeForm
          {...form}
          title={`Retire ${name}`}
          submit="End it now"
          look="danger"
          operations={[{ retireScope: { name, version, force: true } }]}
        >
          <p>
            It ends with the next decision.{" "}
            {preview !== undefined && preview.wouldBreak !== 0 && (
              <strong>
                {count(preview.clients.filter((c) => c.wouldBreak !== 0).length, "client")} will be refused at once.{" "}
              </strong>
            )}
            <button type="button" className="policy-link" onClick={() => setNow(false)}>
              End it on a day instead
            </button>
          </p>
        </ChangeForm>
      ) : (
        <ChangeForm
          {...form}
          title={`Deprecate ${name}`}
          submit="Announce its end"
          operations={
            sunsetAt === null
              ? null
              : [{ deprecateScope: { name, version, sunsetAt, ...(successor !== "" && { replacedBy: successor }) } }]
          }
        >
          <DateField
            label="It ends on"
            {...field("sunsetAt")}
            isRequired
            hint="It works until that day begins. Each decision by it says that it will end."
          />
          <PickerField label="To be used instead, if anything" {...field("replacedBy")} search={findOptions("SCOPE")} />
        </ChangeForm>
      )}
    </Section>
  );
}

function Breaks({ preview }: { readonly preview: Preview }) {
  const { clients, wouldBreak, checked, complete, few, people } = preview;
  if (clients.length === 0) return <Note>Nobody used it in the last 30 days: nobody would notice.</Note>;
  return (
    <>
      <p>
        <strong>
          {wouldBreak === 0
            ? "Nobody would be refused"
            : `${count(wouldBreak, "access", "accesses")} of ${count(people, "person", "people")} would be refused`}
        </strong>
        {checked !== null && ` of ${count(checked, "access", "accesses")}`}: the accesses of the last 30 days were
        decided again without it{complete ? "" : ", the newest of each client"}. {(few || people === null) && FEW_MEANS}
      </p>
      <ul className="policy-breaks">
        {clients.map((row) => (
          <li key={row.clientId}>
            <div className="row">
              <strong>
                <ClientName client={row.client} id={row.clientId} />
              </strong>
              <span className="muted">
                {count(row.uses, "use")}, last <When at={row.lastUsedAt} />
              </span>
            </div>
            <div>
              {row.wouldBreak === 0
                ? "Nothing of it would be refused"
                : `${figure(row.wouldBreak)} refused, of ${count(row.people, "person", "people")}`}
              {row.wouldChange !== 0 && `, ${figure(row.wouldChange)} allowed in another way`}.{" "}
              {row.useInstead.length > 0 ? (
                <>
                  Use instead:{" "}
                  {row.useInstead.map((other, i) => (
                    <span key={other.scope}>
                      {i > 0 && ", "}
                      <code>{other.scope}</code> ({other.successor ? "the successor, " : ""}
                      {figure(other.covers)} of them{other.granted ? "" : ", to be granted first"})
                    </span>
                  ))}
                  .
                </>
              ) : (
                row.wouldBreak !== 0 && "It holds nothing that it could use instead."
              )}
              {row.useInstead.length > 0 && row.unanswered !== 0 && ` ${figure(row.unanswered)} have no other way.`}
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}
