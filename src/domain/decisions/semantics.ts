/**
 * By what semantics decisions are made; each record names it. Under one version the same facts and the same request give
 * the same bytes. A change of what is decided, of a reason's parameters or of their order makes the next version.
 */
export const SEMANTICS_VERSION = 3;
