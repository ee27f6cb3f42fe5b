/** Single quotes, in which a POSIX shell takes everything as it stands. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A text as one word of a command, for somebody to copy: quoted where a shell would take it otherwise. */
export const shellWord = (text: string): string => (/^[\w./+=:-]+$/.test(text) ? text : quoted(text));
