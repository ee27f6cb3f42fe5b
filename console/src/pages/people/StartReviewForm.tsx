import { useState } from "react";
import { useAct } from "../../api/useAsk.ts";
import { serviceNow } from "../../session/session.ts";
import { Button } from "../../ui/buttons.tsx";
import { isoOf } from "../../ui/days.ts";
import { Note } from "../../ui/feedback.tsx";
import { DateField, PickerField, ReasonField, TextField } from "../../ui/fields.tsx";
import { findOptions } from "../../ui/findOptions.ts";
import { Form, useFields } from "../../ui/form.tsx";
import { orNull } from "../../ui/link.ts";
import { localOf } from "../../ui/when.tsx";
import { count } from "../../ui/words.ts";
import { StartReview } from "./reviews.graphql.ts";

const TWO_WEEKS_MS = 14 * 86_400_000;
const organizations = findOptions("ORGANIZATION");
const roles = findOptions("ROLE");
const clients = findOptions("CLIENT");
const idsIn = (text: string) => text.split(/[\s,]+/).filter((id) => id !== "");

/** Begins an access review; says first how many items it would have. */
export function StartReviewForm({
  onClose,
  onStarted,
}: {
  readonly onClose: () => void;
  readonly onStarted: (id: string) => void;
}) {
  const [{ title, dueAt: due, reviewers, fallbackReviewer: fallback, reason, ...about }, field] = useFields({
    title: "",
    ...{ organization: "", role: "", clientId: "", unusedForDays: "" },
    dueAt: localOf(new Date(serviceNow().getTime() + TWO_WEEKS_MS)),
    reviewers: "",
    fallbackReviewer: "",
    reason: "",
  });
  const { organization, role, clientId, unusedForDays: days } = about;
  const [tried, setTried] = useState<string | null>(null);
  const start = useAct(StartReview, ({ startReviewCampaign }) => onStarted(startReviewCampaign.id));
  const attempt = useAct(StartReview, ({ startReviewCampaign: { itemCount, leftOut } }) =>
    setTried(
      `${count(itemCount, "item")} to decide${leftOut > 0 ? `; ${count(leftOut, "row")} of the same access left out, as used, excepted, or seen for too short a time` : ""}.`,
    ),
  );
  const input = () => ({
    title: title || "Access review",
    ...{ organization: orNull(organization), role: orNull(role), clientId: orNull(clientId) },
    unusedForDays: days === "" ? null : Number(days),
    dueAt: isoOf(due) ?? "",
    reviewers: reviewers.trim() === "" ? null : idsIn(reviewers),
    fallbackReviewer: orNull(fallback.trim()),
    reason: reason || "How many are there?",
  });
  /** What it is about: what was counted before is no answer to it. */
  const scoped = (name: keyof typeof about) => {
    const { onChange, ...rest } = field(name);
    return {
      ...rest,
      onChange: (value: string) => {
        onChange(value);
        setTried(null);
      },
    };
  };
  return (
    <Form
      submit="Begin the review"
      error={start.error ?? attempt.error}
      isRunning={start.isRunning}
      onCancel={onClose}
      onSubmit={() => void start.run({ input: { ...input(), title, reason }, dryRun: false })}
      more={
        <Button onPress={() => void attempt.run({ input: input(), dryRun: true })} isDisabled={attempt.isRunning}>
          {attempt.isRunning ? "Counting…" : "How many items?"}
        </Button>
      }
    >
      <TextField label="Title" {...field("title")} isRequired autoFocus placeholder="General hospital, autumn" />
      <fieldset className="people-fields">
        <legend>What it is about: all that is given must hold</legend>
        <PickerField
          label="Organization"
          {...scoped("organization")}
          search={organizations}
          hint="Roles that hold there."
        />
        <PickerField label="Role" {...scoped("role")} search={roles} />
        <PickerField label="Client" {...scoped("clientId")} search={clients} hint="Its scopes and its own roles." />
        <TextField
          label="Unused for days"
          type="number"
          {...scoped("unusedForDays")}
          hint="Only what nobody used for so long."
        />
      </fieldset>
      {tried !== null && <Note>{tried}</Note>}
      <fieldset className="people-fields">
        <legend>Who decides, and until when</legend>
        <DateField label="Due" type="datetime-local" {...field("dueAt")} isRequired />
        <TextField
          label="Reviewers"
          {...field("reviewers")}
          isCode
          hint="Ids of people, with commas. Empty: whoever is a reviewer or auditor."
        />
        <TextField
          label="Takes over"
          {...field("fallbackReviewer")}
          isCode
          hint="Who decides what is undecided when it is due, and the reviewers' own access."
        />
      </fieldset>
      <ReasonField {...field("reason")} />
    </Form>
  );
}
