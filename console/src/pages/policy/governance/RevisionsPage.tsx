import { Page } from "../../../ui/page.tsx";

export default function RevisionsPage() {
  return (
    <Page title="Revisions" purpose="Every change of the policy: who made it, why, and what it changed.">
      {null}
    </Page>
  );
}
