import { Page } from "../../ui/page.tsx";

export default function ClientsPage() {
  return (
    <Page title="Clients" purpose="Applications, and the scopes that each may use.">
      {null}
    </Page>
  );
}
