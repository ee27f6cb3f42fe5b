/** A scope without its constraint, which may name anything, a patient too. */
export const withoutConstraint = (scope: string): string => scope.split("?", 1)[0] ?? scope;
