import { Page } from "../../../ui/page.tsx";

export default function PolicyTestsPage() {
  return (
    <Page title="Policy tests" purpose="Cases that the policy has to answer as you expect.">
      {null}
    </Page>
  );
}
