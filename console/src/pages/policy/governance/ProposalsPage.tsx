import { Page } from "../../../ui/page.tsx";

export default function ProposalsPage() {
  return (
    <Page title="Proposals" purpose="Changes that wait for somebody else to approve them.">
      {null}
    </Page>
  );
}
