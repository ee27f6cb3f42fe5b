import { Page } from "../../ui/page.tsx";

export default function OrganizationsPage() {
  return (
    <Page title="Organizations" purpose="What each organization has set for its own data.">
      {null}
    </Page>
  );
}
