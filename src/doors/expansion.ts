/**
 * How many times the bytes that a request may have it may come to when it is written out: defaults in each item that they
 * stand for, variables wherever they are used.
 */
export const EXPANSION = 4;
