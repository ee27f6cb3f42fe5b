import type { Option } from "../../ui/fields.tsx";
import { findOptions } from "../../ui/findOptions.ts";

/** Clients, scopes, organizations and roles by name. */
export const clientOptions = findOptions("CLIENT");
export const organizationOptions = findOptions("ORGANIZATION");
export const roleOptions = findOptions("ROLE");
export const scopeOptions = findOptions("SCOPE");

export const noOptions = async (): Promise<readonly Option[]> => [];
