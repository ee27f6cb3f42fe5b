import { Page } from "../../ui/page.tsx";

export default function FirstStepsPage() {
  return (
    <Page title="First steps" purpose="From an empty policy to the first access that is allowed.">
      {null}
    </Page>
  );
}
