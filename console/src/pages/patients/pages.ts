import type { PageGroup } from "../pageEntry.ts";

export const patientsPages: PageGroup = {
  name: "Patients",
  pages: [],
};
